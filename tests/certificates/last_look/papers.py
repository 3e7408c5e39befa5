"""Papers for the tests of the last look: right ones of any facts, and ways to spoil them."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import date, datetime, time, timedelta
from functools import cache

import pikepdf
from hypothesis import strategies as st
from tests.certificates import orders

from kofu.certificates import last_look
from kofu.certificates.content import compose
from kofu.certificates.facts import AssessmentFacts, CertificateOrder, InstallmentFacts
from kofu.certificates.last_look import CertifiedFonts, PaperDifference
from kofu.certificates.released import ReleasedCertificate
from kofu.certificates.render import CertificatePress
from kofu.certificates.signing_keys import PublicKey
from kofu.core.birthday import parse_birthday
from kofu.core.calendar import JST
from kofu.core.kinds import CertificateKind, Declaration, Liability
from kofu.platform.fonts import find_font, read_font

AMOUNTS = [one.name for one in fields(AssessmentFacts) if one.type == "int" and one.name != "fiscal_year"]
FLAGS = [one.name for one in fields(AssessmentFacts) if one.name.startswith("self_")]
PEOPLE = [name for name in AMOUNTS if name.startswith(("dependents_", "disabled_"))]
YEN = [name for name in AMOUNTS if name not in PEOPLE]


@cache
def certified() -> CertifiedFonts:
    """The certified font, as the last look reads it."""
    return CertifiedFonts.of((read_font(find_font()),))


def release(order: CertificateOrder, pdf: bytes, code_keys: Sequence[PublicKey] = ()) -> ReleasedCertificate:
    return last_look.take_last_look(order, pdf, certified(), code_keys=code_keys)


def differences(
    order: CertificateOrder, pdf: bytes, code_keys: Sequence[PublicKey] = ()
) -> tuple[PaperDifference, ...]:
    try:
        last_look.take_last_look(order, pdf, certified(), code_keys=code_keys)
    except last_look.LastLookMismatch as mismatch:
        return mismatch.differences
    return ()


def paper(order: CertificateOrder, press: CertificatePress, **texts: str) -> bytes:
    """Print the order's paper with some fields' texts replaced, as a faulty renderer would."""
    content = compose(order)
    unknown = texts.keys() - content.fields.keys()
    assert not unknown, unknown
    authority = order.authority
    extra = {"specimen": order.specimen, "seal_svg": authority.seal_svg.decode(), "seal_mm": authority.seal_mm}
    created = datetime.combine(order.as_of, time(), JST)
    return press.engine.render(content.form, content.version, {**content.fields, **texts}, extra, created)


def with_pages(pdf: bytes, *pages: tuple[bytes, int]) -> bytes:
    """Put together the pages (of which PDF, which page from 0); `pdf` gives the document.

    As a program of ours would that mixed up two people's pages: each object once, nothing left over.
    """
    sources = {id(source): pikepdf.open(io.BytesIO(source)) for source, _ in pages}
    with pikepdf.open(io.BytesIO(pdf)) as document:
        profile = document.Root.OutputIntents[0].DestOutputProfile.read_bytes()
        del document.pages[:]
        for source, number in pages:
            document.pages.append(sources[id(source)].pages[number])
        assert document.Root.OutputIntents[0].DestOutputProfile.read_bytes() == profile
        described = document.Root.Metadata.read_bytes()
        document.Root.Metadata.write(re.sub(rb"NPages>\d+<", b"NPages>%d<" % len(pages), described))
        return saved(document)


def with_content(pdf: bytes, added: bytes, page: int = 0) -> bytes:
    """Draw something more on a page. `/f0` is the font of the paper."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        content = document.pages[page].Contents
        content.write(content.read_bytes() + b"\n" + added)
        return saved(document)


def saved(document: pikepdf.Pdf) -> bytes:
    """Write a document anew, as one revision of its own: the fault planted in it is all that is wrong."""
    out = io.BytesIO()
    document.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable, fix_metadata_version=False)
    return re.sub(rb"/ID \[<([0-9a-f]+)><[0-9a-f]+>\]", rb"/ID [<\1><\1>]", out.getvalue())


def payments(count: int) -> CertificateOrder:
    """Order a 納税証明書 with `count` rows."""
    notices = tuple(
        replace(
            orders.ORDINARY,
            notice_number=f"1{number:07}",
            statutory_due_date=date(2026, 6, 30) + timedelta(days=number),
            installments=(
                InstallmentFacts(label="1", due_date=date(2026, 6, 30), assessed=1000 + number, paid=number),
            ),
        )
        for number in range(count)
    )
    return replace(orders.PAYMENT, collections=notices)


PARTS = [
    "見本",
    "太郎",
    "𠮷田",
    "邉󠄏",
    "髙橋",
    "Ｍａｒｉａ",
    "MARIA",
    "LEE SUN HEE",
    "O'NEILL-SATO",
    "　",
    "・",
    "々",
    "ヴァ",
    "〇",
]
PLACES = [
    "東京都見本区青葉町",
    "二丁目",
    "3番4-5号",
    "12-34-5",
    "　見本ハイツ",
    "205号室",
    "Park Court 12F",
    "（方書）",
    "ー",
    "邉󠄏",
]
names = st.lists(st.sampled_from(PARTS), min_size=1, max_size=6).map("".join).map(str.strip).filter(bool)
addresses = st.lists(st.sampled_from(PLACES), min_size=1, max_size=14).map("".join).map(str.strip).filter(bool)
yen = st.one_of(st.just(0), st.integers(-99_999_999, 9_999_999_999), st.integers(0, 9_999_999))
birthdays = st.sampled_from(
    ["1975-03-01", "1950-??-??", "1989-01-??", "1989-??-??", "????-??-??", "2019-05-01", "1926-12-??"]
)
days = st.dates(date(2026, 6, 1), date(2027, 5, 31))


@st.composite
def certificate_orders(draw) -> CertificateOrder:
    """Draw orders of every kind and form version with any amounts, names and days."""
    form, version = draw(st.sampled_from(sorted(orders.SAMPLES)))
    subject = replace(
        orders.SUBJECT, name=draw(names), address=draw(addresses), birthday=parse_birthday(draw(birthdays))
    )
    order = replace(
        orders.SAMPLES[form, version],
        as_of=draw(days),
        certificate_number=f"2026-{draw(st.integers(0, 99_999_999)):08}",
        generation=draw(st.integers(1, 10_000)),
        subject=subject,
        specimen=draw(st.booleans()),
    )
    if order.kind in {CertificateKind.TAXATION, CertificateKind.INCOME}:
        return replace(order, assessment=draw(assessments()))
    if order.kind is CertificateKind.VEHICLE_INSPECTION:
        return order
    count = draw(st.integers(1, 23))
    method = st.sampled_from(["ordinary", "salary", "pension"])
    vehicle = order.kind is CertificateKind.VEHICLE_PAYMENT
    notices = []
    for number in range(count):
        parts = draw(st.lists(st.tuples(st.integers(100, 9_999_999), st.floats(0, 1), days), min_size=1, max_size=3))
        notices.append(
            replace(
                orders.VEHICLE if vehicle else orders.ORDINARY,
                notice_number=f"{draw(st.integers(0, 99))}-{number:05}",
                collection_method="ordinary" if vehicle else draw(method),
                origin_year=draw(st.sampled_from([2026, 2026, 2025, 2019])),
                statutory_due_date=draw(days),
                plate_number=f"品川{draw(st.integers(1, 999))}あ{number:02}-{number:02}",
                chassis_last4=f"{number:04}",
                installments=tuple(
                    InstallmentFacts(label=str(at), due_date=due, assessed=tax, paid=int(tax * share))
                    for at, (tax, share, due) in enumerate(parts)
                ),
            )
        )
    return replace(order, collections=tuple(notices))


@st.composite
def assessments(draw) -> AssessmentFacts:
    """Draw assessments: declared, undeclared dependents, taxable or not."""
    facts = replace(
        orders.ASSESSMENT,
        name_at_assessment=draw(names),
        address_at_assessment=draw(addresses),
        liability=draw(st.sampled_from([Liability.TAXABLE, Liability.PER_CAPITA_ONLY])),
        spouse_status=draw(st.sampled_from(["none", "general", "elderly", "same_livelihood"])),
        **{name: draw(yen) for name in YEN},
        **{name: draw(st.integers(0, 12)) for name in PEOPLE},
        **{name: draw(st.booleans()) for name in FLAGS},
    )
    shape = draw(st.sampled_from(["declared", "declared", "nontaxable", "dependent"]))
    if shape == "declared":
        return facts
    declaration = Declaration.DECLARED if shape == "nontaxable" else Declaration.DEPENDENT_UNDECLARED
    return replace(facts, liability=Liability.NONTAXABLE, declaration=declaration, annual_tax=0)
