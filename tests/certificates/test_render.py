"""The forms on paper: every text in its box, nothing cut, nothing overlapping, the same bytes every time."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.certificates import orders

from kofu.certificates.content import ROWS_PER_PAGE, compose
from kofu.certificates.last_look import SEAL_MM_MAX
from kofu.certificates.make import make
from kofu.certificates.render import FORMS_ROOT, CertificatePress, FieldCannotBeDrawn, render
from kofu.core.errors import KofuError, OperatorFault
from kofu.platform.fonts import read_font
from kofu.press.engine import DoesNotFit

pytestmark = pytest.mark.font
SAMPLES = list(orders.SAMPLES.values())
NAMES = [f"{form}-{version}" for form, version in orders.SAMPLES]


def field_list(form: str, version: str) -> dict:
    return tomllib.loads((FORMS_ROOT / form / version / "fields.toml").read_text(encoding="utf-8"))


def page_texts(pdf: bytes) -> list[str]:
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)]


def named(name: str):
    return replace(orders.TAXATION, assessment=replace(orders.ASSESSMENT, name_at_assessment=name))


def test_every_form_version_has_a_sample():
    folders = {(path.parent.parent.name, path.parent.name) for path in FORMS_ROOT.glob("*/*/form.typ")}
    assert folders == orders.SAMPLES.keys()


@pytest.mark.parametrize(("form", "version"), orders.SAMPLES)
def test_the_sample_of_a_form_names_the_fields_of_its_content(form, version):
    sample = json.loads((FORMS_ROOT / form / version / "sample.json").read_text(encoding="utf-8"))
    assert sample.keys() == compose(orders.SAMPLES[form, version]).fields.keys()


@pytest.mark.parametrize(("form", "version"), orders.SAMPLES)
def test_the_largest_seal_stays_clear_of_every_box(form, version):
    """A seal is at most 25 mm square (住民記録システム標準仕様 5.6); it stands beside the name and never touches it."""
    listed = field_list(form, version)
    half, gap = SEAL_MM_MAX / 2, 1.0
    left, top = listed["seal"]["x"] - half - gap, listed["seal"]["y"] - half - gap
    right, bottom = left + SEAL_MM_MAX + 2 * gap, top + SEAL_MM_MAX + 2 * gap
    assert right < listed["form"]["width_mm"] - 10
    touched = [
        name
        for name, field in listed["fields"].items()
        if left < field["x"] + field["w"]
        and field["x"] < right
        and top < field["y"] + field["h"]
        and field["y"] < bottom
    ]
    assert not touched


@pytest.mark.parametrize(("form", "version"), orders.SAMPLES)
def test_boxes_lie_on_the_page_and_do_not_overlap(form, version):
    """No text can run into another: boxes are apart, and a text stays in its box or is refused."""
    listed = field_list(form, version)
    page = listed["form"]
    boxes = []
    for name, field in listed["fields"].items():
        times = page["rows_per_page"] if field["page"] == "row" else 1
        height = field["h"] + (times - 1) * page.get("row_pitch_mm", 0)
        boxes.append((name, field["x"], field["y"], field["x"] + field["w"], field["y"] + height))
        assert field["min_size_pt"] >= 6
    for name, left, top, right, bottom in boxes:
        assert left >= 10, name
        assert top >= 8, name
        assert right <= page["width_mm"] - 10, name
        assert bottom <= page["height_mm"] - 5, name
        for other, left2, top2, right2, bottom2 in boxes:
            apart = right <= left2 + 0.01 or right2 <= left + 0.01 or bottom <= top2 + 0.01 or bottom2 <= top + 0.01
            assert other == name or apart, (name, other)


@pytest.mark.parametrize("form", ["payment", "vehicle_payment"])
def test_tables_have_as_many_rows_as_the_content_counts_pages_by(form):
    for version in (path.name for path in (FORMS_ROOT / form).iterdir()):
        assert field_list(form, version)["form"]["rows_per_page"] == ROWS_PER_PAGE


@pytest.mark.parametrize("order", SAMPLES, ids=NAMES)
def test_every_text_is_on_the_paper(order, press):
    text = "".join("".join(page_texts(render(order, press))).split())
    for field, value in compose(order).fields.items():
        assert "".join(value.split()) in text, field


@pytest.mark.parametrize("order", SAMPLES, ids=NAMES)
def test_the_same_order_gives_the_same_bytes(order, press, font):
    first = render(order, press)
    render(orders.INCOME, press)
    assert render(order, press) == first
    assert render(order, CertificatePress(read_font(font))) == first


def test_a_variation_selector_survives_into_the_text_of_the_paper(press):
    """邉 + U+E0110 is drawn by its own glyph and can be copied out with its selector."""
    name = "渡邉\U000e0110\u3000葛\U000e0102子"
    assert name in page_texts(render(named(name), press))[0]


def test_what_the_font_cannot_draw_is_refused_by_field_and_character(press):
    """Adobe-Japan1 selector on a Moji_Joho font: the base glyph would be drawn, which is another name."""
    with pytest.raises(FieldCannotBeDrawn) as refused:
        render(named("渡邉\U000e0100"), press)
    assert refused.value.field == "name"
    assert refused.value.undrawable[0].character == "U+9089 U+E0100"
    assert "邉" not in str(refused.value)


LONG_NAME = "MARIA FERNANDA DE LOS ANGELES GUTIERREZ-VILLANUEVA Y SANTA CRUZ DE LA VEGA MONTOYA（田中マリア）"
LONG_ADDRESS = (
    "東京都見本区霞ヶ丘町一丁目4番1号\u3000見本タワーレジデンス・ザ・"
    "グランドスクエア・イーストウイング3805号室\u3000見本方"
)


@pytest.mark.parametrize("order", SAMPLES, ids=NAMES)
def test_a_long_name_and_address_fit_on_every_form(order, press):
    """Foreign residents with an alias: more than 80 characters, in two or three lines of smaller type."""
    long = replace(
        order,
        subject=replace(order.subject, name=LONG_NAME, address=LONG_ADDRESS),
        assessment=order.assessment
        and replace(order.assessment, name_at_assessment=LONG_NAME, address_at_assessment=LONG_ADDRESS),
    )
    text = "".join("".join(page_texts(render(long, press))).split())
    assert "".join(LONG_NAME.split()) in text
    assert "".join(LONG_ADDRESS.split()) in text


@pytest.mark.parametrize("name", ["鷹" * 150, "X" * 120], ids=["han", "one_latin_word"])
def test_a_text_too_long_for_its_box_is_refused_and_never_cut(name, press):
    with pytest.raises(DoesNotFit) as refused:
        render(named(name), press)
    assert refused.value.field == "name"


def test_the_seal_stands_only_on_the_last_of_several_pages(press):
    """複葉は最終ページのみ認証文 (住民記録システム標準仕様書 5.1)."""
    pages = page_texts(render(replace(orders.VEHICLE_PAYMENT, collections=orders.vehicles(13)), press))
    assert [orders.AUTHORITY.office in page for page in pages] == [False, True]
    assert ["1/2" in pages[0], "2/2" in pages[1]] == [True, True]
    assert [orders.TAXATION.certificate_number in page for page in pages] == [True, True]


@pytest.mark.parametrize(
    ("svg", "mm"),
    [
        (orders.SEAL, 25.1),
        (b"\x89PNG", 24),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><text>x</text></svg>', 24),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><path fill-opacity=".5" d="M0 0h9v9z"/></svg>', 24),
    ],
    ids=["too_large", "no_svg", "text", "transparent"],
)
def test_a_seal_that_is_none_is_refused(svg, mm, press):
    """電子公印: at most 25 mm, black; opaque because of PDF/A-1b."""
    with pytest.raises(OperatorFault):
        render(replace(orders.TAXATION, authority=replace(orders.AUTHORITY, seal_svg=svg, seal_mm=mm)), press)


def test_an_unknown_form_version_is_the_operators_fault(press):
    with pytest.raises(OperatorFault):
        render(replace(orders.TAXATION, form_version="standard_r99"), press)


YEN = st.integers(-99_999_999_999, 99_999_999_999)
TEXT = st.text(
    st.sampled_from("山田太郎髙𠮷邉\U000e0110AZ az・ー（）1234567890\u3000'\"\\#$*_<>@"), min_size=1, max_size=120
)


@given(amounts=st.dictionaries(st.sampled_from(["total_income", "base_general", "annual_tax"]), YEN), name=TEXT)
@settings(max_examples=25, deadline=None)
def test_any_facts_make_a_paper_or_a_typed_error(press, amounts, name):
    """No text is markup to the press, no amount breaks a column."""
    order = replace(orders.TAXATION, assessment=replace(orders.ASSESSMENT, **amounts, name_at_assessment=name))
    try:
        pdf = render(order, press)
    except KofuError:
        return
    text = "".join(page_texts(pdf)[0].split())
    assert "".join(name.split()) in text


def test_a_city_of_a_prefecture_reads_its_own_taxes_and_never_a_wards(press):
    """地方税法1条2項, 736条: 特別区民税 and 都民税 exist in the special wards of Tokyo alone."""
    for order in (orders.TAXATION, replace(orders.TAXATION, form_version="legacy_landscape"), orders.PAYMENT):
        city = replace(order, municipal_tax="市民税", prefectural_tax="県民税")
        text = "".join(page_texts(make(city, press).pdf))
        assert "市民税" in text
        assert "県民税" in text
        assert "特別区民税" not in text
        assert "都民税" not in text
