"""What stands plainly is read at once, and nothing is released so that reading step by step would not release."""

from __future__ import annotations

import io
import random
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from unittest.mock import patch

import pikepdf
import pytest
from fontTools.ttLib import TTFont
from tests.certificates import orders
from tests.certificates.drawings import BOTH, PRIVATE
from tests.certificates.last_look.attacks import ORDER, TAX, in_place_of, spoilt_in_place, with_content
from tests.certificates.last_look.faults import in_the_content, in_the_font
from tests.certificates.last_look.papers import differences, payments, release

from kofu.certificates import last_look
from kofu.certificates.facts import CertificateOrder
from kofu.certificates.last_look import CertifiedFonts, MismatchKind, ink, plain
from kofu.certificates.last_look.document import FixedPart
from kofu.certificates.last_look.layout import Box, load_layout
from kofu.certificates.last_look.slots import slots_by_page
from kofu.certificates.last_look.wording import expected_texts
from kofu.certificates.render import CertificatePress, render
from kofu.certificates.signed_code import CodeSigner
from kofu.certificates.signing_keys import make_signing_key, read_public_keys, read_signing_keys
from kofu.core.font_file import FontFile
from kofu.platform.fonts import read_font
from kofu.press import forme

pytestmark = pytest.mark.font

LONG_NAME = replace(orders.SUBJECT, name="蘇\U000e0101　花子（見本）" * 5, address="東京都見本区蘇町" * 5)
ORDERS = [orders.TAXATION, orders.VEHICLE_INSPECTION, replace(payments(11), subject=LONG_NAME)]
STATEMENT = "上記のとおり相違ないことを証明します。"
WAYS = [in_the_content] * 60 + [in_the_font] * 10


@contextmanager
def step_by_step() -> Iterator[None]:
    with patch.object(ink, "stands_plainly", lambda *_, **__: None):
        yield


@contextmanager
def watched() -> Iterator[list[bool]]:
    """Note of each page whether it was read at once."""
    seen: list[bool] = []

    def reading(*words, **more):
        page = plain.stands_plainly(*words, **more)
        seen.append(page is not None)
        return page

    with patch.object(ink, "stands_plainly", reading):
        yield seen


def disagreements(order: CertificateOrder, pdf: bytes) -> list[bytes]:
    """The spoilt papers of which the two ways of reading say something else."""
    release(order, pdf)
    chance = random.Random(order.kind.value)  # noqa: S311 - the same faults each time
    spoilt = [way(pdf, chance) for way in WAYS]
    at_once = [differences(order, one) for one in spoilt]
    with step_by_step():
        return [one for one, found in zip(spoilt, at_once, strict=True) if differences(order, one) != found]


@pytest.mark.parametrize("order", [*orders.SAMPLES.values(), *ORDERS], ids=lambda order: order.kind.value)
def test_a_paper_set_from_a_forme_is_read_at_once_page_by_page(order, press):
    """Or every paper would be read at the cost of a strange one, and nobody would notice."""
    pdf = render(order, press)
    release(order, pdf)
    with watched() as seen:
        release(order, pdf)
    assert seen
    assert all(seen)


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.kind.value)
def test_both_ways_of_reading_say_the_same_of_spoilt_papers(order, press):
    assert disagreements(order, render(order, press)) == []


def three_points_to_the_left(found: re.Match[bytes], _: pikepdf.Pdf) -> bytes:
    return found[0].replace(found[4], b"%.3f" % (float(found[4]) - 3))


def test_a_reading_at_once_that_wants_a_text_elsewhere_would_be_seen(press):
    """Twin: what is written a second time decides. With another edge a text passes there, and the other way refuses."""
    right = render(ORDER, press)
    moved = spoilt_in_place(right, in_place_of(TAX, three_points_to_the_left))
    release(ORDER, right)
    assert differences(ORDER, moved) != ()
    box = load_layout(ORDER.kind.value, ORDER.form_version).places["annual_tax"].box

    def elsewhere(own: Box, *words: object) -> plain._Place:
        place = plain_place(own, *words)
        return place._replace(left=place.left - 3) if own == box else place

    plain_place = plain._place
    plain._places.cache_clear()
    with patch.object(plain, "_place", elsewhere):
        assert differences(ORDER, moved) == ()
    plain._places.cache_clear()


def test_a_text_that_is_remembered_is_remembered_with_its_place(press):
    """What nobody's texts looked like is kept: where they stand, how large, how far apart, what their codes mean."""
    right = render(ORDER, press)
    release(ORDER, right)
    moved = spoilt_in_place(right, in_place_of(STATEMENT, three_points_to_the_left))
    assert differences(ORDER, moved) != ()


def test_a_text_remembered_without_its_place_would_pass_elsewhere(press):
    """Twin: with the look left out of what is remembered."""
    right = render(ORDER, press)
    release(ORDER, right)
    moved = spoilt_in_place(right, in_place_of(STATEMENT, three_points_to_the_left))
    with patch.object(plain, "_right_before", AnyLook()):
        assert differences(ORDER, moved) == ()


class AnyLook(set):
    def __contains__(self, _: object) -> bool:
        return True


def test_no_persons_text_is_remembered(press):
    """A process keeps nothing of anybody: what it remembers of texts says the same on the papers of many."""
    fields = {field for order in ORDERS for field in load_layout(order.kind.value, order.form_version).places}
    persons = {"name", "address", "birthday", "certificate_number", "plate", "chassis"}
    assert persons & fields
    assert plain.OF_NOBODY.isdisjoint(persons)
    plain._right_before.clear()
    order = replace(ORDER, assessment=replace(ORDER.assessment, name_at_assessment="蘇（見本）"))
    pdf = render(order, press)
    for _ in range(2):
        release(order, pdf)
    assert plain._right_before
    assert "蘇" not in repr(plain._right_before)


def test_a_letter_wider_than_an_em_is_not_taken_for_plain(font):
    """Or so many letters as fit in any case would not fit, and a text could end behind its box."""
    with TTFont(io.BytesIO(BOTH.data)) as drawn:
        name = drawn.getBestCmap()[ord(PRIVATE)]
        drawn["hmtx"][name] = (drawn["head"].unitsPerEm + 1, drawn["hmtx"][name][1])
        out = io.BytesIO()
        drawn.save(out)
    for file, is_letter in ((BOTH, True), (FontFile.of("wider", out.getvalue()), False)):
        packed = CertifiedFonts.of((read_font(font), file)).packed[1][PRIVATE]
        assert packed is not None
        assert packed.is_letter is is_letter


@pytest.mark.parametrize("order", [*orders.SAMPLES.values(), *ORDERS], ids=lambda order: order.kind.value)
def test_no_two_boxes_of_a_page_cover_the_same_place(order):
    """A text stands in one box: so whoever finds it there need not look for another."""
    layout = load_layout(order.kind.value, order.form_version)
    pages, _ = slots_by_page(layout, expected_texts(order))
    for page in pages:
        boxes = page.places.boxes
        for at, one in enumerate(boxes):
            for other in boxes[at + 1 :]:
                wide = min(one.right, other.right) - max(one.left, other.left)
                high = min(one.bottom, other.bottom) - max(one.top, other.top)
                assert min(wide, high) < 0.01  # mm: edges are rounded


class FromTheLast(dict):
    """Numbers the characters of a paper from the last one that is shown to the first."""

    @classmethod
    def fromkeys(cls, keys, value=None):
        return cls(dict.fromkeys(reversed(list(dict.fromkeys(keys))), value))


class WithOneMore(dict):
    """Puts a character into the font that no text of the paper shows."""

    @classmethod
    def fromkeys(cls, keys, value=None):
        return cls(dict.fromkeys([*keys, "鬱"], value))


@pytest.mark.parametrize("numbered", [FromTheLast, WithOneMore])
@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.kind.value)
def test_how_a_font_numbers_its_characters_is_nothing_either_way_of_reading_relies_on(order, numbered, press):
    usual = render(order, press)
    with patch.object(forme, "dict", numbered, create=True):
        pdf = render(order, press)
    assert pdf != usual
    release(order, usual)
    with watched() as seen:
        assert differences(order, pdf) == ()
    assert seen
    assert all(seen)
    with step_by_step():
        assert differences(order, pdf) == ()
    assert disagreements(order, pdf) == []


# -- the signed code --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def with_codes(font, tmp_path_factory) -> CertificatePress:
    folder = tmp_path_factory.mktemp("keys")
    make_signing_key(folder, date(2026, 1, 1), date(2026, 12, 31))
    return CertificatePress(read_font(font), signer=CodeSigner(read_signing_keys(folder), read_public_keys(folder)))


def in_the_code(old: bytes, new: bytes) -> Callable[[pikepdf.Pdf], None]:
    return with_content(lambda _, content: re.sub(old, new, content, count=1))


SQUARE = rb"(\d+) (\d+) m (\d+) \2 l \3 (\d+) l \1 \4 l h\n"
CODE_FAULTS = {
    "a stretch left out": in_the_code(SQUARE, b""),
    "a stretch twice": in_the_code(SQUARE, rb"\g<0>\g<0>"),
    "a stretch that is none": in_the_code(SQUARE, rb"\1 \2 m \1 \2 l \1 \4 l \1 \4 l h\n"),
    "a stretch askew": in_the_code(SQUARE, rb"\1 \2 m \3 \2 l \3 \4 l 0 \4 l h\n"),
    "a stretch of two rows": in_the_code(SQUARE, rb"\1 0 m \3 0 l \3 9 l \1 9 l h\n"),
    "a stretch beyond the edge": in_the_code(SQUARE, rb"\1 \2 m 999 \2 l 999 \4 l \1 \4 l h\n"),
    "numbers of a stretch beside its letters": in_the_code(SQUARE, rb"\1  \2m \3 \2 l \3 \4 l \1 \4 l h\n"),
    "a number of a stretch around a letter": in_the_code(
        rb"(\d+) (\d+) m (\d)(\d+) \2 l \3\4 (\d+) l \1 \5 l h\n",
        rb"\1 \2 \3m\4  \2 l \3\4 \5 l \1 \5 l h\n",
    ),
    "the code moved": in_the_code(rb"(\d+)(\.\d{3}) cm", rb"1\2 cm"),
    "the code larger": in_the_code(rb"q (\d)(\.\d{6}) 0 0 -\1\2", rb"q 9\2 0 0 -9\2"),
    "the code stretched": in_the_code(rb"q (\d\.\d{6}) 0 0 -\1", rb"q \1 0 0 -9.000000"),
    "the code cut off": in_the_code(rb"0 0 m (\d+) 0 l", rb"0 0 m 9 0 l"),
    "the code grey": in_the_code(rb"W n 0 g", rb"W n 0.9 g"),
    "the code only outlined": in_the_code(rb"\nf\nQ", rb"\nS\nQ"),
    "no code": in_the_code(rb"(?s)\nq \d\.\d{6} 0 0 -.*?\nf\nQ", b""),
    "the code twice": in_the_code(rb"(?s)(\nq \d\.\d{6} 0 0 -.*?\nf\nQ)", rb"\1\1"),
}


def test_a_paper_with_a_code_is_read_at_once(with_codes):
    pdf, keys = render(ORDER, with_codes), with_codes.signer.published
    release(ORDER, pdf, keys)
    with watched() as seen:
        release(ORDER, pdf, keys)
    assert seen == [True]


@pytest.mark.parametrize("fault", CODE_FAULTS)
def test_both_ways_of_reading_say_the_same_of_a_spoilt_code(fault, with_codes):
    pdf, keys = render(ORDER, with_codes), with_codes.signer.published
    release(ORDER, pdf, keys)
    spoilt = spoilt_in_place(pdf, CODE_FAULTS[fault])
    found = differences(ORDER, spoilt, keys)
    assert (found == ()) is (fault == "a stretch twice")  # which marks nothing more
    with step_by_step():
        assert differences(ORDER, spoilt, keys) == found


def test_another_papers_code_is_refused_however_it_is_read(with_codes):
    other = replace(ORDER, certificate_number="2026-00099999")
    keys, code = with_codes.signer.published, re.compile(rb"(?s)\nq \d\.\d{6} 0 0 -.*?\nf\nQ")
    theirs = code.search(render(other, with_codes))[0]
    right = render(ORDER, with_codes)
    release(ORDER, right, keys)
    spoilt = spoilt_in_place(right, with_content(lambda _, content: code.sub(lambda _: theirs, content, count=1)))
    assert {one.fault for one in differences(ORDER, spoilt, keys)} == {MismatchKind.CODE}


# -- what is remembered of forms --------------------------------------------------------------------------------------


def test_a_form_known_by_where_it_lies_and_not_by_its_bytes_would_let_another_one_through(press):
    """Twin of the attacks after a right paper: what is remembered must be known again by its very bytes."""
    right = render(orders.TAXATION, press)
    release(orders.TAXATION, right)
    spoilt = with_a_byte_changed(right)
    assert differences(orders.TAXATION, spoilt) != ()

    def by_place(self: FixedPart, file) -> bool:
        return file.trailer.root == self.root and self.spans.items() <= file.spans.items()

    with patch.object(FixedPart, "begins", by_place):
        assert differences(orders.TAXATION, spoilt) == ()


def with_a_byte_changed(pdf: bytes) -> bytes:
    """Let the form's drawing begin with another byte of its packed bytes: it cannot be read at all."""
    at = pdf.index(b"\nstream\n", pdf.index(b"/Subtype /Form")) + len(b"\nstream\n")
    return pdf[:at] + bytes([pdf[at] ^ 0x0F]) + pdf[at + 1 :]


def test_a_form_known_without_its_seal_would_let_another_seal_through(press):
    """Twin: what a form is remembered by says whose seal is on it, which kind of page, and of which fonts."""
    last_look._right_fixed_parts.clear()
    order, smaller = orders.TAXATION, replace(orders.TAXATION, authority=replace(orders.AUTHORITY, seal_mm=20.0))
    other = render(smaller, press)
    release(smaller, other)
    ((_, of_the_smaller),) = last_look._right_fixed_parts.items()
    release(order, render(order, press))
    assert differences(order, other) != ()
    mistaken = dict.fromkeys(last_look._right_fixed_parts, of_the_smaller)
    with patch.dict(last_look._right_fixed_parts, mistaken):
        assert differences(order, other) == ()
