"""The values of a page that stand plainly, read and held against what is expected all at once.

Nearly every value of a paper set from a forme does: one whole text in the form's own size, on one line, at its edge. A
page of such texts is written in one pattern, so one regular expression takes all of it, column by column, and each
column is compared as a whole. What is not so plain (a smaller type, more lines, closer brackets) is compared letter by
letter, as in any other paper: each text of the pattern sets its font, size, place and tracking itself.

Nothing is decided here that the reading step by step (`content`, `values`) decides otherwise: what this accepts that
accepts too, and what this does not accept is left to that one, to say what is wrong. A test holds both together.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import accumulate, repeat
from typing import NamedTuple

from kofu.certificates.last_look.document import ContentStream
from kofu.certificates.last_look.embedded import EmbeddedFont
from kofu.certificates.last_look.layout import Box, Type
from kofu.certificates.last_look.marks import BLACK, CodeSquares, ShownText
from kofu.certificates.last_look.slots import PagePlaces, PageSlots
from kofu.certificates.last_look.values import (
    PAD,
    PLACE_TOLERANCE,
    POINTS_PER_MM,
    SPACES,
    PaperReading,
    baseline_in_the_middle,
    boxes_of,
    slot_of,
    value_fault,
)

AHEAD_MAX = 12  # texts a value can be written in; one of more is read step by step with all others
CODE_DIGITS = 4
TRACKING_TOLERANCE = 0.001  # points; a text set further apart is compared letter by letter
_TEXTS_BEGIN, _TEXTS_END = b"q 0 g\nBT 0 Tr", b"\nET\nQ"
_TEXT = re.compile(
    rb"(?:\n([0-9]{1,2}(?:\.[0-9]{1,4})?) Tc)?"
    rb"\n/([A-Za-z0-9]{1,32}) ([0-9]{1,3}(?:\.[0-9]{1,4})?) Tf"
    rb" 1 0 0 1 ([0-9]{1,4}\.[0-9]{3}) ([0-9]{1,4}\.[0-9]{3}) Tm<([0-9A-F]+)>Tj"
)
_CODE = re.compile(
    rb"\nq ([0-9]{1,2}\.[0-9]{6}) 0 0 -(\1) ([0-9]{1,4}\.[0-9]{3}) ([0-9]{1,4}\.[0-9]{3}) cm"
    rb"\n0 0 m ([1-9][0-9]{1,2}) 0 l \5 \5 l 0 \5 l h W n 0 g((?:\n[0-9 mlh]+)*)\nf\nQ"
)
"""A code: a grid of whole units from the upper left corner downwards, cut off at its edge, filled black at once."""
_SQUARE = re.compile(rb"\n" + rb"([0-9]{1,3}) ([0-9]{1,3}) m" + rb" ([0-9]{1,3}) ([0-9]{1,3}) l" * 3 + rb" h")
_CORNERS = 9  # what stands before a stretch, and x and y of its four corners
_COLUMNS = 7  # what stands before a text, tracking, font, size, x, y, codes


class _Place(NamedTuple):
    """Where a plain text stands, in points; it begins at or behind `least` and ends at or before `most`.

    So much of its width as its `share` lies before `anchor`: nothing, half of it, all of it.
    """

    size: float
    tracking: float
    baseline: float
    least: float
    most: float
    share: float
    anchor: float


class _Texts(NamedTuple):
    """The texts of a page, column by column; `codes` as hexadecimal digits."""

    trackings: list[float]
    sizes: list[float]
    starts: list[float]
    baselines: list[float]
    codes: list[bytes]


class _Page(NamedTuple):
    """A page, the one font of its texts by its name, and what the texts are held against."""

    name: str
    font: EmbeddedFont
    slots: PageSlots
    height: float
    reading: PaperReading


class PlainPage(NamedTuple):
    """A page whose values are right, and the drawing where its signed code stands (or None)."""

    code: CodeSquares | None


def stands_plainly(
    content: ContentStream, slots: PageSlots, page_height: float, reading: PaperReading, *, code: bool
) -> PlainPage | None:
    """Give the page where it shows its form, with `code` a signed code, and then exactly its values; else None.

    The form's drawing itself must be known to be right.
    """
    if content.drawing is None or len(content.fonts) != 1:
        return None
    ((name, font),) = content.fonts.items()
    begins, ends = content.stream.find(b"\n" + _TEXTS_BEGIN), len(content.stream) - len(_TEXTS_END)
    if begins < 0 or content.stream[ends:] != _TEXTS_END:
        return None
    texts = _texts(content.stream[begins + 1 + len(_TEXTS_BEGIN) : ends], name.encode("ascii"))
    drawn = _before_texts(content.stream[:begins], content.drawing[0], code=code)
    if texts is None or drawn is None or not _are_right(texts, _Page(name, font, slots, page_height, reading)):
        return None
    return drawn


def _texts(stream: bytes, font: bytes) -> _Texts | None:
    """Read texts written one behind the other in the pattern, in one font; None where anything else is there."""
    parts = _TEXT.split(stream)
    if any(parts[::_COLUMNS]) or parts[2::_COLUMNS].count(font) != len(parts) // _COLUMNS:
        return None
    codes = parts[6::_COLUMNS]
    if any(len(one) % CODE_DIGITS for one in codes):
        return None
    tracking = 0.0
    trackings = [tracking := tracking if one is None else float(one) for one in parts[1::_COLUMNS]]
    sizes, starts, baselines = (list(map(float, parts[column::_COLUMNS])) for column in (3, 4, 5))
    return _Texts(trackings, sizes, starts, baselines, codes)


def _before_texts(stream: bytes, form: str, *, code: bool) -> PlainPage | None:
    """Read what stands before the texts: the form's drawing, with `code` a code, too; None for anything else."""
    shown = b"/%b Do" % form.encode("ascii")
    if not code:
        return PlainPage(None) if stream == shown else None
    whole = _CODE.fullmatch(stream, len(shown)) if stream.startswith(shown) else None
    if whole is None:
        return None
    unit, x, top, squares = float(whole[1]), float(whole[3]), float(whole[4]), whole[6]
    parts = _SQUARE.split(squares)
    left, row, right, row_too, right_too, below, left_too, below_too = (
        parts[at::_CORNERS] for at in range(1, _CORNERS)
    )
    if any(parts[::_CORNERS]) or (left, row, right, below) != (left_too, row_too, right_too, below_too):
        return None
    rows = list(map(int, row))
    if list(map(int, below)) != [one + 1 for one in rows]:
        return None
    stretches = tuple(zip(rows, map(int, left), map(int, right), strict=True))
    return PlainPage(CodeSquares(x, top, unit, int(whole[5]), stretches))


def _are_right(texts: _Texts, page: _Page) -> bool:
    font, slots, fonts = page.font, page.slots, page.reading.fonts
    right = font.glyphs_as_said(fonts)
    if right is None:
        return False
    page.reading.take(font, right)
    places = _places(slots.places, page.height)
    plain, others, left = _matched(texts, places, slots.texts)
    codes = _codes(b"".join([texts.codes[at] for at, _ in plain]))
    if not right.keys() >= set(codes):
        return False
    drawn = list(map(right.get, codes))
    expected = "".join([slots.texts[index] for _, index in plain])
    if drawn != list(map(fonts.letters.get, expected)):
        return False
    begins = list(accumulate(map(font.advances.__getitem__, codes), initial=0.0))
    elsewhere = _elsewhere(texts, plain, places, begins)
    others += [at for at, _ in elsewhere]
    left += [index for _, index in elsewhere]
    return not (others or left) or _are_right_alone(texts, others, left, page)


def _matched(
    texts: _Texts, places: Sequence[_Place], expected: Sequence[str]
) -> tuple[list[tuple[int, int]], list[int], list[int]]:
    """Find the text that stands as each place sets it: pairs of both; and the texts and the places left over.

    Both come in the form's order. A blank at the end of a value leaves no mark, so such a value is left over, too.
    """
    pairs: list[tuple[int, int]] = []
    others: list[int] = []
    left: list[int] = []
    looks = list(zip(texts.sizes, map(len, texts.codes), strict=True))
    trackings, baselines, count, next_one = texts.trackings, texts.baselines, len(looks), 0
    for index, (text, (size, tracking, baseline, _, _, _, _)) in enumerate(zip(expected, places, strict=True)):
        if not text:
            continue
        look = (size, len(text) * CODE_DIGITS)
        at, end = next_one, min(count, next_one + AHEAD_MAX)
        while at < end and not (
            looks[at] == look
            and -PLACE_TOLERANCE <= baselines[at] - baseline <= PLACE_TOLERANCE
            and -TRACKING_TOLERANCE <= trackings[at] - tracking <= TRACKING_TOLERANCE
        ):
            at += 1
        if at == end or text[-1] in SPACES:
            left.append(index)
            continue
        pairs.append((at, index))
        if at > next_one:
            others += range(next_one, at)
        next_one = at + 1
    others += range(next_one, count)
    return pairs, others, left


def _elsewhere(
    texts: _Texts, pairs: Sequence[tuple[int, int]], places: Sequence[_Place], begins: Sequence[float]
) -> list[tuple[int, int]]:
    """Find the texts that do not stand at their edge, inside their box. `begins`: of each code, all in one row."""
    found = []
    first, codes, starts, trackings = 0, texts.codes, texts.starts, texts.trackings
    for pair in pairs:
        at, index = pair
        size, _, _, least, most, share, anchor = places[index]
        last = first + len(codes[at]) // CODE_DIGITS
        width = (begins[last] - begins[first]) / 1000 * size + trackings[at] * (last - first - 1)
        first, x = last, starts[at]
        if x < least or x + width > most or not -PLACE_TOLERANCE <= x + width * share - anchor <= PLACE_TOLERANCE:
            found.append(pair)
    return found


def _codes(digits: bytes) -> tuple[int, ...]:
    return struct.unpack(f">{len(digits) // CODE_DIGITS}H", bytes.fromhex(digits.decode("ascii")))


def _are_right_alone(texts: _Texts, others: Iterable[int], left: Iterable[int], page: _Page) -> bool:
    """Whether the texts left over are those of the places left over, each compared letter by letter."""
    font, boxes, slot = page.font, boxes_of(page.slots.places), page.slots.slot
    found: dict[int, list[tuple[ShownText, EmbeddedFont]]] = {index: [] for index in left}
    for at in others:
        shown = _shown(texts, at, page)
        index = slot_of(shown, font, boxes, page.height)
        if index not in found:
            return False
        found[index].append((shown, font))
    return all(value_fault(slot(index), own, page.height, page.reading) is None for index, own in found.items())


def _shown(texts: _Texts, at: int, page: _Page) -> ShownText:
    """Give one text with the place of each of its letters."""
    size, tracking, codes = texts.sizes[at], texts.trackings[at], _codes(texts.codes[at])
    steps = (page.font.advance(code) * size / 1000 + tracking for code in codes[:-1])
    starts = tuple(accumulate(steps, initial=texts.starts[at]))
    return ShownText(page.name, size, codes, starts, texts.baselines[at], BLACK, ())


@lru_cache(maxsize=256)  # the same for every paper of a form version with as many rows
def _places(places: PagePlaces, page_height: float) -> tuple[_Place, ...]:
    return tuple(map(_place, places.boxes, places.types, repeat(page_height)))


def _place(box: Box, kind: Type, page_height: float) -> _Place:
    left, right = box.left * POINTS_PER_MM + PAD, box.right * POINTS_PER_MM - PAD
    share = {"left": 0.0, "center": 0.5, "right": 1.0}[kind.align]
    return _Place(
        kind.size,
        kind.tracking * kind.size,
        baseline_in_the_middle(box, kind.size, page_height),
        left - PLACE_TOLERANCE,
        right + PLACE_TOLERANCE,
        share,
        left + (right - left) * share,
    )
