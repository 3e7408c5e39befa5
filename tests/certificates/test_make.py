"""From facts to a released certificate: what is made is released, or refused for a named reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.certificates import orders

from kofu.certificates.content import NotCertifiable
from kofu.certificates.last_look import LastLookMismatch
from kofu.certificates.make import make
from kofu.certificates.make_again import make_again
from kofu.certificates.render import CertificatePress, FieldCannotBeDrawn
from kofu.core.errors import KofuError, OperatorFault
from kofu.core.font_file import FontFile
from kofu.platform.fonts import read_font
from kofu.press.engine import DoesNotFit

pytestmark = pytest.mark.font

LONG_NAME = "MARIA FERNANDA DE LOS ANGELES GUTIERREZ-VILLANUEVA Y SANTA CRUZ DE LA VEGA MONTOYA（田中マリア）"


def named(order, name):
    assessment = order.assessment and replace(order.assessment, name_at_assessment=name)
    return replace(order, assessment=assessment, subject=replace(order.subject, name=name))


@pytest.mark.parametrize("order", orders.SAMPLES.values(), ids=["-".join(form) for form in orders.SAMPLES])
def test_every_form_is_released(order, press):
    released = make(order, press)
    assert released.pages == 1
    assert released.certificate_number == order.certificate_number
    assert make(order, press).sha256 == released.sha256


def test_a_font_laid_over_the_file_changes_no_paper(font, tmp_path):
    """C4: `cp new.ttf ipamjm.ttf` in place, while issuing runs: set from a forme, laid out by typst, looked at."""
    path = tmp_path / font.name
    path.write_bytes(font.read_bytes())
    press = CertificatePress(read_font(path))
    several = replace(orders.VEHICLE_PAYMENT, collections=orders.vehicles(11))
    before = make(orders.TAXATION, press).sha256
    path.write_bytes(b"no font any more")
    assert make(orders.TAXATION, press).sha256 == before
    assert make(several, press).pages == 2
    with pytest.raises(OperatorFault):
        CertificatePress(FontFile.of(path.name, path.read_bytes()))


def test_the_nightly_re_check_asks_the_second_witness(press, monkeypatch):
    """What both readers agree on is the same bytes; where PDFium reads another text, nothing comes out."""
    assert make_again(orders.TAXATION, press).sha256 == make(orders.TAXATION, press).sha256
    other = replace(orders.TAXATION, certificate_number="2026-00012346")
    monkeypatch.setattr("kofu.certificates.make_again.make", lambda _order, press: make(other, press))
    with pytest.raises(LastLookMismatch, match="second_witness:certificate_number"):
        make_again(orders.TAXATION, press)


def test_several_pages_are_released(press):
    assert make(replace(orders.VEHICLE_PAYMENT, collections=orders.vehicles(25)), press).pages == 3


def test_the_paper_of_a_deputy_in_service_is_released(press):
    """職務代理者: a long office, another seal, another size, no specimen mark."""
    seal = (orders.ROOT / "profiles" / "seals" / "mihon-deputy.svg").read_bytes()
    office = "東京都見本区長職務代理者 東京都見本区副区長"
    deputy = replace(orders.AUTHORITY, office=office, name="例示 花子", seal_svg=seal, seal_mm=21.0)
    assert make(replace(orders.TAXATION, authority=deputy, specimen=False), press).title == "課税証明書"


@pytest.mark.parametrize(
    "name",
    [
        LONG_NAME,
        "渡邉\U000e0110\u3000髙𠮷﨑",
        "山田\u3000",
        "A  B",
        'O\'NEILL "PAT" #1 $x$ *y* _z_ <a@b.c> [q] \\n // /* */',
        "YAMADA-TARO MARIA-LUISA（山田マリア）" * 3,
        "（（（山）））、。、。ー・―…",
        "é Ñ ß ǅ Ａ ﾔﾏﾀﾞ",
        "\u3000A-" + "B" * 40 + "\u3000A-B C",
        "O'NEILL-SATO\u3000O'NEILL-SATO見本見本見本",
        "SATO-",
        "以下余白",
        "＊",
        "-",
    ],
)
@pytest.mark.parametrize("order", orders.SAMPLES.values(), ids=["-".join(form) for form in orders.SAMPLES])
def test_unusual_names_are_released_or_refused_for_a_reason_but_never_stop_everything(order, name, press):
    """A mismatch stops the municipality, so nothing a name can hold may look like one."""
    try:
        make(named(order, name), press)
    except (FieldCannotBeDrawn, DoesNotFit) as refused:
        assert refused.field == "name"  # noqa: PT017 - either outcome is right, any other error is not


YEN = st.integers(-999_999_999_999, 999_999_999_999)
CHARACTERS = st.sampled_from("山田太郎髙𠮷鷹鷺\u3000ー・（）－-'. ,/&＆ABCIWXYZacfgijyé1290ァンヴヶ〇々仝〆")
NAMES = st.text(CHARACTERS, min_size=1, max_size=120).filter(str.strip)
AMOUNTS = st.dictionaries(
    st.sampled_from(["salary_revenue", "business_income", "deduction_total", "base_general", "annual_tax"]), YEN
)
QUIET = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(name=NAMES, address=NAMES, amounts=AMOUNTS, legacy=st.booleans())
@QUIET
def test_any_assessment_is_released_or_refused_by_type(press, name, address, amounts, legacy):
    facts = replace(orders.ASSESSMENT, name_at_assessment=name, address_at_assessment=address, **amounts)
    version = "legacy_landscape" if legacy else "standard_r8"
    try:
        make(replace(orders.TAXATION, assessment=facts, form_version=version), press)
    except LastLookMismatch:
        raise
    except KofuError as refused:
        assert isinstance(refused, DoesNotFit | FieldCannotBeDrawn | NotCertifiable)  # noqa: PT017 - as above


PARTS = st.lists(
    st.tuples(st.integers(-400, 400), st.integers(0, 10**9), st.integers(0, 10**9)).map(
        lambda part: (date(2026, 11, 23) + timedelta(days=part[0]), max(part[1:]), min(part[1:]))
    ),
    max_size=4,
)


@given(notices=st.lists(st.tuples(st.sampled_from(["ordinary", "salary", "pension"]), PARTS), max_size=6))
@QUIET
def test_any_collections_are_released_or_refused_by_type(press, notices):
    collections = tuple(
        replace(
            orders.ORDINARY,
            notice_number=str(number),
            origin_year=2026 - number % 3,
            collection_method=method,
            installments=orders.installments(*parts),
        )
        for number, (method, parts) in enumerate(notices)
    )
    try:
        make(replace(orders.PAYMENT, collections=collections), press)
    except NotCertifiable:
        assert not any(part.assessed for notice in collections for part in notice.installments)
