"""The look at a paper set from a forme: its form is read once, and nothing can hide behind that (P2).

Every fault is planted twice: before the right form was ever read in the process, and after.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace

import pikepdf
import pytest
from tests.certificates import orders
from tests.certificates.last_look.papers import differences, payments, release, saved, with_pages

from kofu.certificates import last_look
from kofu.certificates.render import render

pytestmark = pytest.mark.font

ORDER = orders.TAXATION
OTHER = replace(ORDER, assessment=replace(orders.ASSESSMENT, name_at_assessment="別人　花代"))


def objects_of(pdf: bytes) -> list[bytes]:
    """The bodies of the objects 1, 2, … of a file set from a forme."""
    table = int(re.search(rb"startxref\n(\d+)\n%%EOF\n\Z", pdf)[1])
    starts = [int(one) for one in re.findall(rb"(\d{10}) 00000 n \n", pdf[table:])]
    return [pdf[start:stop] for start, stop in zip(starts, [*starts[1:], table], strict=True)]


def put_together(pdf: bytes, bodies: list[bytes]) -> bytes:
    """A file of these objects, as well formed as the right one."""
    out = pdf[: pdf.index(b"1 0 obj")]
    starts = []
    for body in bodies:
        starts.append(len(out))
        out += body
    trailer = re.search(rb"trailer\n.*?>>\n", pdf[pdf.rindex(b"\nxref\n") :], re.DOTALL)[0]
    trailer = re.sub(rb"/Size \d+", b"/Size %d" % (len(bodies) + 1), trailer)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    table += b"".join(b"%010d 00000 n \n" % start for start in starts)
    return out + table + trailer + b"startxref\n%d\n%%%%EOF\n" % len(out)


def with_content(pdf: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """Change the page's own content, and nothing else."""
    bodies = objects_of(pdf)
    for index, body in enumerate(bodies):
        if b"stream\n/S Do\n" in body:
            content = change(body.partition(b"stream\n")[2].removesuffix(b"\nendstream\nendobj\n"))
            head = b"%d 0 obj\n<</Length %d>>\nstream\n" % (index + 1, len(content))
            bodies[index] = head + content + b"\nendstream\nendobj\n"
            return put_together(pdf, bodies)
    raise AssertionError("no content")


def with_bytes(pdf: bytes, old: bytes, new: bytes) -> bytes:
    """Change the bytes of an object, and put the file together again."""
    bodies = objects_of(pdf)
    assert sum(old in body for body in bodies) == 1
    return put_together(pdf, [body.replace(old, new) for body in bodies])


def with_drawing(pdf: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """Change what the form's drawing draws, by another program: the file stays a right PDF."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        drawing = document.pages[0].Resources.XObject.S
        drawing.write(change(drawing.read_bytes()))
        changed = drawing.read_raw_bytes()
    bodies = objects_of(pdf)
    for index, body in enumerate(bodies):
        if b"/Subtype /Form" in body.split(b"stream\n")[0]:
            head = re.sub(rb"/Length \d+", b"/Length %d" % len(changed), body.split(b"\nstream\n")[0])
            head = head.replace(b"/Filter /FlateDecode", b"")
            bodies[index] = head + b"\nstream\n" + changed + b"\nendstream\nendobj\n"
            return put_together(pdf, bodies)
    raise AssertionError("no drawing")


def later_object(pdf: bytes, number: int, body: bytes) -> bytes:
    """Replace an object by one behind the end, as an incremental update does (ISO 32000-1, 7.5.6)."""
    before = int(re.search(rb"startxref\n(\d+)\n%%EOF\n\Z", pdf)[1])
    at = len(pdf)
    added = b"%d 0 obj\n%s\nendobj\n" % (number, body)
    trailer = re.search(rb"trailer\n<<(.*?)>>\n", pdf[before:], re.DOTALL)[1]
    table = b"xref\n%d 1\n%010d 00000 n \n" % (number, at)
    return (
        pdf + added + table + b"trailer\n<<%s/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (trailer, before, at + len(added))
    )


def swapped(content: bytes) -> bytes:
    lines = content.split(b"\n")
    shown = [index for index, text in enumerate(lines) if text.endswith(b"Tj")]
    one, two = shown[10], shown[60]
    codes = [re.search(rb"<.*>", lines[index])[0] for index in (one, two)]
    assert codes[0] != codes[1]
    lines[one] = lines[one].replace(codes[0], codes[1])
    lines[two] = lines[two].replace(codes[1], codes[0])
    return b"\n".join(lines)


def without_a_value(content: bytes) -> bytes:
    lines = content.split(b"\n")
    lines.pop(next(index for index, text in enumerate(lines) if text.endswith(b"Tj")))
    return b"\n".join(lines)


def first_value_again(content: bytes) -> bytes:
    value = next(text for text in content.split(b"\n") if text.endswith(b"Tj"))
    return content.replace(b"\nET", b"\n" + value + b"\nET", 1)


FAULTS: dict[str, Callable[[bytes], bytes]] = {
    "two values swapped": lambda pdf: with_content(pdf, swapped),
    "a value left out": lambda pdf: with_content(pdf, without_a_value),
    "a value printed twice": lambda pdf: with_content(pdf, first_value_again),
    "a text beside the boxes": lambda pdf: with_content(
        pdf, lambda text: text.replace(b"\nET", b"\n/T 9 Tf 1 0 0 1 20 20 Tm<0001>Tj\nET", 1)
    ),
    "a picture over the paper": lambda pdf: with_content(pdf, lambda text: text + b"\nq 1 g 0 0 300 300 re f Q"),
    "the form left out": lambda pdf: with_content(pdf, lambda text: text.removeprefix(b"/S Do\n")),
    "the form shown twice": lambda pdf: with_content(pdf, lambda text: b"/S Do\n" + text),
    "the form shown once more at the end": lambda pdf: with_content(pdf, lambda text: text + b"\n/S Do"),
    "the form moved": lambda pdf: with_content(pdf, lambda text: b"1 0 0 1 9 0 cm\n" + text),
    "the form's letters set apart": lambda pdf: with_content(pdf, lambda text: b"3 Tc\n" + text),
    "the form drawn invisible": lambda pdf: with_content(pdf, lambda text: b"3 Tr\n" + text),
    "the form cut off": lambda pdf: with_content(pdf, lambda text: b"0 0 300 300 re W n\n" + text),
    "the form moved by its own matrix": lambda pdf: with_bytes(
        pdf, b"/Subtype /Form", b"/Subtype /Form/Matrix[1 0 0 1 9 0]"
    ),
    "a label of the form left out": lambda pdf: with_drawing(
        pdf, lambda text: re.sub(rb"BT.*?ET", b"", text, count=1, flags=re.DOTALL)
    ),
    "the word 見本 left out": lambda pdf: with_drawing(pdf, lambda text: text.replace(b"\nB\n", b"\nn\n")),
    "something drawn in the form": lambda pdf: with_drawing(pdf, lambda text: text + b"\n0 g 10 10 90 90 re f\n"),
    "the form replaced behind the end": lambda pdf: later_object(
        pdf,
        int(re.search(rb"/XObject<</S (\d+) 0 R", pdf)[1]),
        b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Length 0>>\nstream\n\nendstream",
    ),
    "an annotation": lambda pdf: with_bytes(
        pdf, b"/Type/Page/", b"/Annots[<</Type/Annot/Subtype/Square/Rect[0 0 99 99]>>]/Type/Page/"
    ),
}


@pytest.fixture(params=["first read", "known"])
def pdf(request, press) -> bytes:
    right = render(ORDER, press)
    last_look._right_fixed_parts.clear()
    if request.param == "known":
        release(ORDER, right)
        assert last_look._right_fixed_parts
    return right


def test_a_right_paper_is_released_the_first_time_and_every_other(pdf) -> None:
    for _ in range(3):
        assert release(ORDER, pdf).certificate_number == ORDER.certificate_number


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught(fault, pdf) -> None:
    spoilt = FAULTS[fault](pdf)
    assert spoilt != pdf
    assert differences(ORDER, spoilt) != ()
    assert differences(ORDER, pdf) == ()  # and what was read of the spoilt paper spoils no right one


def test_another_persons_values_on_the_same_form_are_caught(pdf, press) -> None:
    assert differences(ORDER, render(OTHER, press)) != ()
    assert differences(OTHER, pdf) != ()


def test_the_form_of_another_kind_with_these_values_is_caught(pdf, press) -> None:
    income = render(orders.INCOME, press)
    bodies = objects_of(pdf)
    own = next(index for index, body in enumerate(bodies) if b"stream\n/S Do\n" in body)
    others = objects_of(income)
    first = next(index for index, body in enumerate(others) if b"stream\n/S Do\n" in body)
    assert first == own  # both forms have as many objects of their own
    assert differences(ORDER, put_together(income, [*others[:first], *bodies[own:]])) != ()


def test_an_object_of_the_form_that_lies_elsewhere_is_read_anew(pdf) -> None:
    """The table can lead to another object of the same number behind the form's own bytes, which are as they were."""
    release(ORDER, pdf)
    bodies = objects_of(pdf)
    number = next(n for n, body in enumerate(bodies, 1) if b"/Subtype /Form" in body.split(b"stream\n")[0])
    table = pdf.rindex(b"\nxref\n") + 1
    forged = bodies[number - 1].replace(b"/BBox", b"/BBoy")
    start = pdf.index(bodies[number - 1])
    rest = pdf[table:].replace(b"%010d 00000 n" % start, b"%010d 00000 n" % table)
    rest = re.sub(rb"startxref\n\d+", b"startxref\n%d" % (table + len(forged)), rest)
    assert differences(ORDER, pdf[:table] + forged + rest) != ()


@pytest.mark.parametrize(
    "change",
    [
        lambda pdf: pdf + b"\n\n",
        lambda pdf: pdf + b"another file",
        lambda pdf: pdf.replace(b"%PDF-1.4", b"%PDF-1.5", 1),
        lambda pdf: pdf.replace(b"xref\n0 ", b"xref\n1 ", 1),
        lambda pdf: re.sub(rb"(\d{10}) 00000 n", b"0000000011 00000 n", pdf, count=1),
        lambda pdf: later_object(pdf, 1, b"null"),
        lambda pdf: pdf[:-40],
        lambda pdf: pdf[:0],
    ],
    ids=["lines behind", "more behind", "version", "numbering", "offset", "update", "cut", "nothing"],
)
def test_a_file_built_otherwise_is_not_read(change, pdf) -> None:
    assert {one.fault for one in differences(ORDER, change(pdf))} == {last_look.MismatchKind.UNREADABLE}


def test_a_right_paper_written_anew_by_another_program_is_the_same_paper(pdf) -> None:
    """So that what other tests plant by such a program is all they plant."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert differences(ORDER, saved(document)) == ()


# -- several pages: each form is known by the bytes before the first page's own texts ---------------------------------

LONG = payments(11)


@pytest.fixture(params=["first read", "known"])
def long_pdf(request, press) -> bytes:
    right = render(LONG, press)
    last_look._right_fixed_parts.clear()
    if request.param == "known":
        release(LONG, right)
        assert last_look._right_fixed_parts
    return right


def exchanged(pdf: bytes, pattern: bytes) -> bytes:
    """Exchange what the two pages name."""
    bodies = objects_of(pdf)
    pages = [index for index, body in enumerate(bodies) if b"/Type/Page/" in body]
    one, two = (re.search(pattern, bodies[index])[0] for index in pages)
    assert one != two
    for index, old, new in zip(pages, (one, two), (two, one), strict=True):
        bodies[index] = bodies[index].replace(old, new)
    return put_together(pdf, bodies)


PAGE_FAULTS: dict[str, Callable[[bytes], bytes]] = {
    "the forms of two pages exchanged": lambda pdf: exchanged(pdf, rb"/XObject<</S \d+ 0 R"),
    "the texts of two pages exchanged": lambda pdf: exchanged(pdf, rb"/Contents \d+ 0 R"),
    "two pages exchanged": lambda pdf: re.sub(rb"/Kids \[(\d+ 0 R) (\d+ 0 R)\]", rb"/Kids [\2 \1]", pdf),
    "one page twice": lambda pdf: re.sub(rb"/Kids \[(\d+ 0 R) (\d+ 0 R)\]", rb"/Kids [\1 \1]", pdf),
    "a sum on the second page moved": lambda pdf: with_bytes(pdf, b" 518.903 316.231 Tm", b" 518.903 306.231 Tm"),
}


@pytest.mark.parametrize("fault", PAGE_FAULTS)
def test_a_fault_between_pages_is_caught(fault, long_pdf) -> None:
    spoilt = PAGE_FAULTS[fault](long_pdf)
    assert spoilt != long_pdf
    assert differences(LONG, spoilt) != ()
    assert differences(LONG, long_pdf) == ()


def test_the_second_page_of_another_persons_paper_is_caught(long_pdf, press) -> None:
    """Incident pattern: pages of two people in one file, each right by itself."""
    other = replace(LONG, subject=replace(orders.SUBJECT, name="別人　花代"))
    assert differences(LONG, with_pages(long_pdf, (long_pdf, 0), (render(other, press), 1))) != ()


@pytest.mark.parametrize("order", [ORDER, LONG], ids=["one page", "two pages"])
def test_the_form_is_known_again_in_the_next_persons_paper(order, press) -> None:
    """Or every paper would be read at the cost of the first, and nobody would notice."""
    last_look._right_fixed_parts.clear()
    release(order, render(order, press))
    known = dict(last_look._right_fixed_parts)
    following = replace(order, certificate_number="2026-00054321")
    release(following, render(following, press))
    assert known
    assert last_look._right_fixed_parts == known
