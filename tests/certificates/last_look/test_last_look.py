"""P2: only a paper that says what the facts say, all of it and nothing more, is released; planted faults are caught."""

from __future__ import annotations

import copy
import hashlib
import io
import pickle
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pikepdf
import pytest
from hypothesis import HealthCheck, assume, given, settings
from tests.certificates import orders
from tests.certificates.last_look.papers import (
    certificate_orders,
    differences,
    paper,
    payments,
    release,
    saved,
    with_content,
    with_pages,
)

from kofu.certificates import last_look
from kofu.certificates.last_look import LastLookMismatch, MismatchKind
from kofu.certificates.released import ReleasedCertificate
from kofu.core.birthday import parse_birthday
from kofu.core.errors import InvariantBroken, OperatorFault
from kofu.press.engine import DoesNotFit

pytestmark = pytest.mark.font
OTHER = replace(orders.SUBJECT, name="別人　次郎", addressee_number="000000999999999")


def refused(order, pdf) -> set[tuple[str, MismatchKind]]:
    with pytest.raises(LastLookMismatch) as caught:
        release(order, pdf)
    for private in (order.subject.name, order.subject.address):
        assert private not in str(caught.value)
    return {(one.field, one.fault) for one in caught.value.differences}


@pytest.mark.parametrize("order", orders.SAMPLES.values(), ids=map("-".join, orders.SAMPLES))
def test_a_right_paper_is_released(order, press):
    pdf = paper(order, press)
    released = release(order, pdf)
    assert released.pdf == pdf
    assert released.sha256 == hashlib.sha256(pdf).hexdigest()
    assert released.certificate_number == order.certificate_number
    assert released.title


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(order=certificate_orders())
def test_whatever_the_facts_are_their_paper_is_released(order, press):
    """No false alarm: a mismatch stops issuance for everybody."""
    try:
        pdf = paper(order, press)
    except DoesNotFit:
        assume(False)  # noqa: FBT003 - hypothesis spells it so
    assert differences(order, pdf) == ()


def test_two_amounts_swapped_are_caught(press):
    texts = {"medical_deduction": "981,450", "social_insurance_deduction": "0"}
    assert refused(orders.TAXATION, paper(orders.TAXATION, press, **texts)) == {
        ("medical_deduction", MismatchKind.TEXT_DIFFERS),
        ("social_insurance_deduction", MismatchKind.TEXT_DIFFERS),
    }


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("annual_tax", "238,50"),
        ("annual_tax", "238,5000"),
        ("annual_tax", "24,0500"),
        ("annual_tax", "＊"),
        ("annual_tax", ""),
        ("real_estate_income", "345,000"),
        ("name", "見本　次郎"),
        ("name", "見本太郎"),
        ("address", "東京都見本区青葉町二丁目3番4号"),
        ("birthday", "昭和50年3月11日"),
        ("year", "令和7年度（令和6年分）"),
        ("title", "非課税証明書"),
        ("certificate_number", "2026-00012354"),
        ("issued_on", "令和8年11月24日"),
        ("office", "東京都見本区長職務代理者"),
        ("authority_name", "見本　華子"),
        ("page_1", "1/2"),
        ("remark_2", "余計な一行"),
        ("self_widow", "該当"),
        ("statement", "上記のとおり相違ないことを証明する。"),
    ],
)
def test_one_wrong_text_is_caught_and_named(field, text, press):
    order = orders.TAXATION
    ((found, _),) = refused(order, paper(order, press, **{field: text}))
    assert found == field


@pytest.mark.parametrize("field", ["row_1_paid", "row_2_method", "total_overdue", "as_of", "tax"])
def test_one_wrong_text_of_a_payment_certificate_is_caught(field, press):
    order = orders.PAYMENT
    assert {name for name, _ in refused(order, paper(order, press, **{field: "1"}))} == {field}


def test_another_variant_of_a_name_is_caught(press):
    """邉 with another selector is another character in a person's name, where it has another shape."""
    order = replace(orders.PAYMENT, subject=replace(orders.SUBJECT, name="渡邉\U000e0110"))
    release(order, paper(order, press))
    for name in ("渡邉\U000e010f", "渡邉", "渡邊"):
        assert refused(order, paper(order, press, name=name)) == {("name", MismatchKind.TEXT_DIFFERS)}


def test_a_space_of_a_latin_name_is_held(press):
    order = replace(orders.PAYMENT, subject=replace(orders.SUBJECT, name="LEE SUN HEE"))
    release(order, paper(order, press))
    assert refused(order, paper(order, press, name="LEE SUNHEE")) == {("name", MismatchKind.TEXT_DIFFERS)}


@pytest.mark.parametrize(
    "name",
    [
        "見本  太郎",
        "見本　　太郎",
        "A  B" * 20,
        "長い名前　　" * 12 + "終",
        "　見本",
        "12-34-5ｶﾞ　12-34-5",
        "12-34-5、ｶﾞ'山",
        "12-34 " * 20 + "1",
    ],
)
def test_spaces_where_a_line_breaks_are_no_difference(name, press):
    """Found by a random name: two spaces at the end of a line are set as one, and a false alarm stops issuance."""
    order = replace(orders.PAYMENT, subject=replace(orders.SUBJECT, name=name))
    assert differences(order, paper(order, press)) == ()


def test_the_paper_of_another_person_is_caught(press):
    other = replace(
        orders.PAYMENT, subject=OTHER, certificate_number="2026-00012346", collections=payments(2).collections
    )
    other = replace(
        other,
        collections=tuple(replace(one, addressee_number=OTHER.addressee_number) for one in other.collections),
    )
    found = refused(orders.PAYMENT, paper(other, press))
    assert {("name", MismatchKind.TEXT_DIFFERS), ("certificate_number", MismatchKind.TEXT_DIFFERS)} <= found


def test_a_page_of_another_person_among_the_pages_is_caught(press):
    order = payments(25)
    other = replace(order, subject=replace(orders.SUBJECT, name="別人　次郎"))
    mine, theirs = paper(order, press), paper(other, press)
    release(order, mine)
    mixed = with_pages(mine, (mine, 0), (theirs, 1), (mine, 2))
    assert refused(order, mixed) == {("name", MismatchKind.TEXT_DIFFERS)}


def test_pages_doubled_missing_or_in_another_order_are_caught(press):
    order = payments(25)
    pdf = paper(order, press)
    assert ("", MismatchKind.PAGE_COUNT) in refused(order, with_pages(pdf, (pdf, 0), (pdf, 1), (pdf, 2), (pdf, 2)))
    assert ("", MismatchKind.PAGE_COUNT) in refused(order, with_pages(pdf, (pdf, 0), (pdf, 1)))
    assert ("page_2", MismatchKind.TEXT_DIFFERS) in refused(order, with_pages(pdf, (pdf, 0), (pdf, 0), (pdf, 2)))
    assert ("page_1", MismatchKind.TEXT_DIFFERS) in refused(order, with_pages(pdf, (pdf, 1), (pdf, 0), (pdf, 2)))
    single = paper(orders.TAXATION, press)
    assert refused(orders.TAXATION, with_pages(single, (single, 0), (single, 0))) == {("", MismatchKind.PAGE_COUNT)}


def test_amounts_of_a_stale_generation_are_caught(press):
    """P6: yesterday's paper for today's facts."""
    yesterday = replace(orders.TAXATION, generation=6, assessment=replace(orders.ASSESSMENT, ward_income_levy=141_200))
    assert refused(orders.TAXATION, paper(yesterday, press)) == {("ward_income_levy", MismatchKind.TEXT_DIFFERS)}
    assert last_look.facts_digest(yesterday) != last_look.facts_digest(orders.TAXATION)
    assert last_look.facts_digest(replace(orders.TAXATION, generation=8)) != last_look.facts_digest(orders.TAXATION)


@pytest.mark.parametrize(
    "drawn",
    [
        b"BT 3 Tr /f0 9 Tf 1 0 0 1 300 100 Tm <0005> Tj ET",  # invisible
        b"BT 0 Tr 1 g /f0 9 Tf 1 0 0 1 300 100 Tm <00050006> Tj ET",  # white on white
        b"BT 0 Tr 0 g /f0 0.2 Tf 1 0 0 1 300 100 Tm <0005> Tj ET",  # too small to be seen
        b"BT 0 Tr 0 g /f0 9 Tf 1 0 0 1 -300 100 Tm <0005> Tj ET",  # outside the page
        b"BT 0 Tr 0 g /f0 9 Tf 1 0 0 1 300 100 Tm <0005> Tj ET",  # in the open
        b"BT 0 Tr 0 g /f0 9 Tf 1 0 0 1 250 650 Tm <0005> Tj ET",  # over a value
        b"1 g 100 100 300 300 re f",  # a white area over the paper
        b"0 g 100 100 3 3 re f",
        b"1 G 12 w 100 100 m 300 100 l S",  # a thick white line
    ],
    ids=["invisible", "white", "tiny", "outside", "open", "over", "covered", "blot", "line"],
)
def test_what_is_drawn_beside_the_form_is_caught(drawn, press):
    order = orders.TAXATION
    found = refused(order, with_content(paper(order, press), drawn))
    assert found
    assert {fault for _, fault in found} <= {
        MismatchKind.UNREADABLE,
        MismatchKind.TEXT_OUTSIDE,
        MismatchKind.TEXT_SIZE,
        MismatchKind.HIDDEN_TEXT,
        MismatchKind.DRAWING,
        MismatchKind.TEXT_DIFFERS,
        MismatchKind.TEXT_NOT_EXPECTED,
    }


def test_a_text_that_is_clipped_away_is_caught(press):
    """Nobody sees it, though it can be read."""
    order = orders.PAYMENT
    with pikepdf.open(io.BytesIO(paper(order, press))) as document:
        content = document.pages[0].Contents
        content.write(b"0 0 m 1 0 l 1 1 l 0 1 l h W n " + content.read_bytes())
        assert ("name", MismatchKind.HIDDEN_TEXT) in refused(order, saved(document))


def test_a_value_printed_twice_over_itself_is_caught(press):
    """Two texts in one box: the second may be half covered by the first for the eye, but not for the look."""
    order = orders.TAXATION
    pdf = paper(order, press)
    with pikepdf.open(io.BytesIO(pdf)) as document:
        content = document.pages[0].Contents.read_bytes()
    blocks = re.findall(rb"q 1 0 0 -1 [^q]*?ET\s*Q", content)
    assert blocks
    shifted = blocks[-1].replace(b"q 1 0 0 -1 ", b"q 1 0 0 1 1 0 cm 1 0 0 -1 ", 1)
    assert refused(order, with_content(pdf, shifted))


def test_the_seal_must_be_there_and_must_be_the_seal_of_the_authority(press):
    """A paper without its seal, or with that of the deputy, is not the mayor's."""
    blank = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="7" height="7" fill="none"/></svg>'
    deputy = (orders.ROOT / "profiles" / "seals" / "mihon-deputy.svg").read_bytes()
    order = orders.TAXATION
    for seal in (blank, deputy):
        wrong = replace(order, authority=replace(orders.AUTHORITY, seal_svg=seal))
        assert ("seal", MismatchKind.SEAL) in refused(order, paper(wrong, press))
    smaller = replace(order, authority=replace(orders.AUTHORITY, seal_mm=18.0))
    assert ("seal", MismatchKind.SEAL) in refused(smaller, paper(order, press))
    release(smaller, paper(smaller, press))


def test_every_seal_shipped_can_be_read(press):
    for path in sorted((orders.ROOT / "profiles" / "seals").glob("*.svg")):
        order = replace(orders.TAXATION, authority=replace(orders.AUTHORITY, seal_svg=path.read_bytes()))
        release(order, paper(order, press))


def test_the_specimen_mark_stands_where_it_is_ordered_and_only_there(press):
    specimen, real = orders.TAXATION, replace(orders.TAXATION, specimen=False)
    assert ("", MismatchKind.SPECIMEN) in refused(specimen, paper(real, press))
    assert ("", MismatchKind.DRAWING) in refused(real, paper(specimen, press))
    release(real, paper(real, press))


def test_a_font_that_is_not_embedded_is_caught(press):
    with pikepdf.open(io.BytesIO(paper(orders.PAYMENT, press))) as document:
        for item in document.objects:
            if isinstance(item, pikepdf.Dictionary):
                for key in ("/FontFile", "/FontFile2", "/FontFile3"):
                    if key in item:
                        del item[key]
        pdf = saved(document)
    assert ("", MismatchKind.UNREADABLE) in refused(orders.PAYMENT, pdf)


def test_annotations_and_attachments_are_caught(press):
    pdf = paper(orders.PAYMENT, press)
    with pikepdf.open(io.BytesIO(pdf)) as document:
        document.attachments["a.txt"] = b"x"
        assert ("", MismatchKind.UNREADABLE) in refused(orders.PAYMENT, saved(document))
    with pikepdf.open(io.BytesIO(pdf)) as document:
        note = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[0, 0, 9, 9], Contents="x")
        document.pages[0].Annots = document.make_indirect(pikepdf.Array([document.make_indirect(note)]))
        assert ("", MismatchKind.UNREADABLE) in refused(orders.PAYMENT, saved(document))


@pytest.mark.parametrize("pdf", [b"", b"%PDF-1.4\n", b"not a PDF"])
def test_what_is_no_pdf_is_caught(pdf):
    assert refused(orders.TAXATION, pdf) == {("", MismatchKind.UNREADABLE)}


def test_a_paper_of_another_size_is_caught(press):
    with pikepdf.open(io.BytesIO(paper(orders.PAYMENT, press))) as document:
        document.pages[0].MediaBox = [0, 0, 612, 792]
        assert ("", MismatchKind.PAGE_SIZE) in refused(orders.PAYMENT, saved(document))


@pytest.mark.parametrize(
    "change",
    [
        {"subject": OTHER},
        {"fiscal_year": 2025, "year_label": "令和7年度"},
        {"year_label": "令和7年度"},
        {"assessment": replace(orders.ASSESSMENT, taxing_right=False)},
        {"assessment": None},
    ],
    ids=["person", "year", "label", "right", "none"],
)
def test_an_order_that_mixes_people_or_years_releases_nothing(change, press):
    """The renderer could be right about wrong facts: the look holds the facts against the subject, too."""
    pdf = paper(orders.TAXATION, press)
    order = replace(orders.TAXATION, **change)
    assert {fault for _, fault in refused(order, pdf)} & {MismatchKind.FACTS_OF_ANOTHER, MismatchKind.NOT_PERMITTED}


def test_an_inspection_certificate_for_unpaid_tax_is_not_released(press):
    """道路運送車両法 97条の2: the paper says nothing is owed."""
    pdf = paper(orders.VEHICLE_INSPECTION, press)
    unpaid = replace(orders.VEHICLE, installments=orders.installments((date(2026, 6, 1), 10_800, 10_700)))
    order = replace(orders.VEHICLE_INSPECTION, collections=(unpaid,))
    assert ("paid", MismatchKind.NOT_PERMITTED) in refused(order, pdf)


def test_a_form_version_nobody_approved_releases_nothing(press):
    with pytest.raises(OperatorFault, match="approved"):
        release(replace(orders.TAXATION, form_version="invented"), paper(orders.TAXATION, press))


def test_nobody_but_the_last_look_constructs_a_released_certificate():
    values = {"pdf": b"", "pages": 1, "certificate_number": "", "title": "", "facts_digest": ""}
    with pytest.raises(InvariantBroken):
        ReleasedCertificate(**values, seal=object())
    source = Path(last_look.__file__).parents[2]
    users = {
        str(path.relative_to(source)) for path in source.rglob("*.py") if "LAST_LOOK_ONLY" in path.read_text("utf-8")
    }
    assert users == {"certificates/released.py", "certificates/last_look/__init__.py"}


def test_a_released_certificate_keeps_its_text_out_of_logs_and_pickles(press):
    released = release(orders.PAYMENT, paper(orders.PAYMENT, press))
    assert "PDF" not in repr(released)
    with pytest.raises(InvariantBroken):
        pickle.dumps(released)
    with pytest.raises(InvariantBroken):
        copy.copy(released)
    with pytest.raises(ValueError, match="seal"):
        replace(released, pdf=b"other")


def test_an_unknown_birthday_is_compared_as_it_is_written(press):
    order = replace(orders.TAXATION, subject=replace(orders.SUBJECT, birthday=parse_birthday("1950-??-??")))
    release(order, paper(order, press))
    assert refused(order, paper(order, press, birthday="昭和25年1月1日")) == {("birthday", MismatchKind.TEXT_DIFFERS)}
