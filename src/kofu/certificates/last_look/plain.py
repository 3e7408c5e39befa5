"""The values of a page that stand plainly, held against what is expected all at once.

Nearly every value of a paper set from a forme does: one whole text in the form's own size, on one line, at its edge.
How such a text is written follows from what it says and where the form has it, so it is written here a second time, and
the bytes of the page must be these. What is not so plain (a smaller type, more lines, closer brackets) stands between
them: it is read by one pattern and compared letter by letter, as in any other paper. Each text of the pattern sets its
font, size and place itself, and its tracking where that is another one.

Nothing is decided here that the reading step by step (`content`, `values`) decides otherwise: what this accepts that
accepts too, and what this does not accept is left to that one, to say what is wrong. A test holds both together.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, repeat
from typing import NamedTuple

from kofu.certificates.last_look.document import ContentStream
from kofu.certificates.last_look.embedded import EmbeddedFont, SaidGlyphs
from kofu.certificates.last_look.layout import Box, Type
from kofu.certificates.last_look.marks import BLACK, CodeSquares, ShownText
from kofu.certificates.last_look.slots import PagePlaces, PageSlots
from kofu.certificates.last_look.values import (
    MAY_STAND_CLOSER,
    PAD,
    POINTS_PER_MM,
    SPACES,
    PaperReading,
    baseline_in_the_middle,
    boxes_of,
    slot_of,
    value_fault,
)

CODE_DIGITS = 4
EM = 1000.0  # widths are in thousandths of the size
_TEXTS_BEGIN, _TEXTS_END = b"q 0 g\nBT 0 Tr", b"\nET\nQ"
_TRACKING = rb"\n([0-9]{1,2}(?:\.[0-9]{1,4})?) Tc"
_TEXT = re.compile(
    rb"(?:" + _TRACKING + rb")?"
    rb"\n/([A-Za-z0-9]{1,32}) ([0-9]{1,3}(?:\.[0-9]{1,4})?) Tf"
    rb" 1 0 0 1 ([0-9]{1,4}\.[0-9]{3}) ([0-9]{1,4}\.[0-9]{3}) Tm<([0-9A-F]+)>Tj"
)
_NEXT_TRACKING = re.compile(_TRACKING)
_CODE = re.compile(
    rb"\nq ([0-9]{1,2}\.[0-9]{6}) 0 0 -(\1) ([0-9]{1,4}\.[0-9]{3}) ([0-9]{1,4}\.[0-9]{3}) cm"
    rb"\n0 0 m ([1-9][0-9]{1,2}) 0 l \5 \5 l 0 \5 l h W n 0 g((?:\n[0-9 mlh]+)*)\nf\nQ"
)
"""A code: a grid of whole units from the upper left corner downwards, cut off at its edge, filled black at once."""
_SQUARE = b"\n  m   l   l   l h"  # a stretch without its numbers, x and y of its four corners
_TOKENS = 13  # of a stretch: its numbers and the letters behind them
_WHOLE = {b"%d" % number: number for number in range(1_000)}
_COLUMNS = 7  # what stands before a text, tracking, font, size, x, y, codes
_CODES = tuple(f"{code:04X}" for code in range(1, 1_000))
_NEVER_PLAIN = dict.fromkeys(map(ord, MAY_STAND_CLOSER))  # such letters are left out, and so it is seen
_DIGITS, _ONE_DIGIT = "0123456789", str.maketrans(dict.fromkeys("123456789", "0"))
_OF_AMOUNTS = "0,/"
OF_NOBODY = frozenset(
    {"title", "year", "tax", "statement", "office", "authority_name", *(f"remark_{line}" for line in range(1, 4))}
)
"""Fields that say the same on the papers of many: how one of them looks may be remembered."""
REMEMBERED_MAX = 512


class _Place(NamedTuple):
    """How a plain text is written: what stands before and behind its x, which is in `before` where all begin there.

    In points: its size, its tracking (`apart`, as it is written), where a line begins, and the room it has, of which
    the `share` that is free stands before it. So many letters as `sure` fit in any case: none is wider than an em.
    `amounts`: what stands before the codes of an amount, by how many digits and commas it has.
    """

    before: str
    behind: str
    size: float
    tracking: float
    apart: float
    left: float
    room: float
    share: float
    sure: int
    amounts: dict[str, str]


class _Letters(NamedTuple):
    """The code of each letter that may stand in a plain text, by code point; the width of each, by itself.

    `even`: whether all digits of the font are of one width.
    """

    codes: dict[int, str | None]
    widths: dict[str, float]
    even: bool


class _Shown(NamedTuple):
    """A text as it is written: tracking, size, x, baseline, codes."""

    tracking: float
    size: bytes
    x: bytes
    baseline: bytes
    codes: tuple[int, ...]


class _Stretch(NamedTuple):
    """Plain texts one behind the other, as they are written, and the slots before them whose texts are not plain.

    `begins`, `ends`: the tracking the first one has and the last one leaves; both None for no texts, at the end.
    """

    others: tuple[int, ...]
    written: bytes
    begins: float | None
    ends: float | None


class PageHeights(NamedTuple):
    """How high a page is, in points: as its file says, rounded, and as its form has it."""

    said: float
    of_form: float


class _Page(NamedTuple):
    """A page, the one font of its texts by its name, and what the texts are held against."""

    name: str
    font: EmbeddedFont
    slots: PageSlots
    heights: PageHeights
    reading: PaperReading


class PlainPage(NamedTuple):
    """A page whose values are right, and the drawing where its signed code stands (or None)."""

    code: CodeSquares | None


def stands_plainly(
    content: ContentStream, slots: PageSlots, heights: PageHeights, reading: PaperReading, *, code: bool
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
    drawn = _before_texts(content.stream[:begins], content.drawing[0], code=code)
    said = font.as_said(reading.fonts)
    if drawn is None or said is None:
        return None
    reading.take(font, said.glyphs)
    texts = content.stream[begins + 1 + len(_TEXTS_BEGIN) : ends]
    return drawn if _are_right(texts, said, _Page(name, font, slots, heights, reading)) else None


def _before_texts(stream: bytes, form: str, *, code: bool) -> PlainPage | None:
    """Read what stands before the texts: the form's drawing, with `code` a code, too; None for anything else."""
    shown = b"/%b Do" % form.encode("ascii")
    if not code:
        return PlainPage(None) if stream == shown else None
    whole = _CODE.fullmatch(stream, len(shown)) if stream.startswith(shown) else None
    if whole is None:
        return None
    stretches = _stretches_of(whole[6])
    if stretches is None:
        return None
    return PlainPage(CodeSquares(float(whole[3]), float(whole[4]), float(whole[1]), int(whole[5]), stretches))


def _stretches_of(squares: bytes) -> tuple[tuple[int, int, int], ...] | None:
    """Read the stretches of a code, each of one row and written as its four corners; None where one is not."""
    count, tokens = squares.count(b"\n"), squares.split()
    if squares.translate(None, b"0123456789") != _SQUARE * count or len(tokens) != _TOKENS * count:
        return None
    left, row, move, right, row_too, line, right_too, below, line_too, left_too, below_too, line_again, close = (
        tokens[at::_TOKENS] for at in range(_TOKENS)
    )
    if (move, close) != ([b"m"] * count, [b"h"] * count) or not line == line_too == line_again == [b"l"] * count:
        return None  # a number that touches a letter is read otherwise by each program
    if (left, row, right, below) != (left_too, row_too, right_too, below_too):
        return None
    try:
        rows, lefts, rights, belows = (list(map(_WHOLE.__getitem__, one)) for one in (row, left, right, below))
    except KeyError:  # not the shortest spelling of a number below a thousand
        return None
    return tuple(zip(rows, lefts, rights, strict=True)) if belows == [one + 1 for one in rows] else None


def _are_right(stream: bytes, said: SaidGlyphs, page: _Page) -> bool:
    """Whether texts are the plain ones as they must be written, and between them the others, each as it must look."""
    at, tracking = 0, 0.0
    name = page.name.encode("ascii")
    for others, written, begins, ends in _stretches(_letters(said, page), page):
        found = stream.find(written, at) if written else len(stream)
        between = None if found < 0 else _between(stream[at:found], tracking, name)
        if between is None:
            return False
        shown, tracking = between
        if (begins is not None and tracking != begins) or not _are_right_alone(shown, others, said, page):
            return False
        at, tracking = found + len(written), tracking if ends is None else ends
    return True


def _stretches(letters: _Letters, page: _Page) -> Iterator[_Stretch]:
    """Write what must stand on a page, in the form's order, as far as it is plain. The last one may be empty."""
    places = _places(page.slots.places, page.heights.of_form, page.name, page.reading.fonts.digest)
    ready = {text: _ready(text, letters) for text in set(page.slots.texts)}  # many amounts are the same
    others: list[int] = []
    written: list[str] = []
    begins = tracking = 0.0
    for index, (text, place) in enumerate(zip(page.slots.texts, places, strict=True)):
        codes, kind = ready[text]
        if codes == "":
            continue
        before = place.amounts.get(kind)
        if codes is not None and before is None:
            before = _before(text, kind, place, letters)
        if codes is None or before is None:
            if written:
                yield _Stretch(tuple(others), "".join(written).encode("ascii"), begins, tracking)
                others, written = [], []
            others.append(index)
            continue
        if not written:
            begins = place.apart
        elif place.apart != tracking:
            written.append(f"\n{place.apart:.5g} Tc")
        tracking = place.apart
        written += (before, codes, ">Tj")
    if written:
        yield _Stretch(tuple(others), "".join(written).encode("ascii"), begins, tracking)
        others = []
    yield _Stretch(tuple(others), b"", None, None)


def _ready(text: str, letters: _Letters) -> tuple[str | None, str]:
    """Give the codes of a text, None where it is not plain; and what kind of amount it is, "" where it is none."""
    codes = text.translate(letters.codes)
    if len(codes) != len(text) * CODE_DIGITS or text[-1:] in SPACES:
        return None, ""
    if not letters.even or not text.isascii():
        return codes, ""
    kind = text.translate(_ONE_DIGIT)
    return codes, "" if kind.strip(_OF_AMOUNTS) else kind


def _letters(said: SaidGlyphs, page: _Page) -> _Letters:
    columns = zip(said.texts, _CODES, said.are_letters, strict=False)
    codes: dict[int, str | None] = {ord(text): code for text, code, is_letter in columns if is_letter}
    packed = page.reading.fonts.packed[page.font.face]
    digits = {one.width if (one := packed[digit]) else -1.0 for digit in _DIGITS}
    return _Letters(codes | _NEVER_PLAIN, dict(zip(said.texts, said.widths, strict=True)), len(digits) == 1)


def _before(text: str, kind: str, place: _Place, letters: _Letters) -> str | None:
    """Write what stands before the codes of a text that is on one line in the form's size; None: it does not fit."""
    if not place.share and len(text) <= place.sure:
        return place.before
    free = _free(text, place, letters)
    if free < 0:
        return None
    before = f"{place.before}{place.left + free * place.share:.3f}{place.behind}" if place.share else place.before
    if kind:
        place.amounts[kind] = before
    return before


def _free(text: str, place: _Place, letters: _Letters) -> float:
    """How much room a text leaves, in points; less than nothing where it does not fit."""
    width = sum(map(letters.widths.__getitem__, text)) / EM * place.size
    return place.room - width - place.tracking * (len(text) - 1)


def _between(stream: bytes, tracking: float, font: bytes) -> tuple[list[_Shown], float] | None:
    """Read texts in the pattern, and the tracking behind them; None where anything else is there."""
    if not stream:
        return [], tracking
    parts = _TEXT.split(stream)
    shown = []
    for at in range(0, len(parts) - 1, _COLUMNS):
        between, apart, name, size, x, baseline, digits = parts[at : at + _COLUMNS]
        if between or name != font or len(digits) % CODE_DIGITS:
            return None
        tracking = tracking if apart is None else float(apart)
        codes = struct.unpack(f">{len(digits) // CODE_DIGITS}H", bytes.fromhex(digits.decode("ascii")))
        shown.append(_Shown(tracking, size, x, baseline, codes))
    following = _NEXT_TRACKING.fullmatch(parts[-1])
    if parts[-1] and following is None:
        return None
    return shown, tracking if following is None else float(following[1])


_right_before: set[tuple[object, ...]] = set()


def _are_right_alone(shown: Sequence[_Shown], others: tuple[int, ...], said: SaidGlyphs, page: _Page) -> bool:
    """Whether texts are those of the slots that are not plain, each compared letter by letter.

    Of values that are nobody's it is remembered how they looked and were right: place by place, and what their codes
    are said to mean, which each draws.
    """
    if not others:
        return not shown
    places, texts = page.slots.places, page.slots.texts
    if any(max(one.codes) > len(said.texts) or not min(one.codes) for one in shown):
        return False
    look: tuple[object, ...] | None = None
    if all(places.fields[index] in OF_NOBODY for index in others):
        meant = [(one[:-1], tuple([said.texts[code - 1] for code in one.codes])) for one in shown]
        look = (places, page.heights, page.reading.fonts.digest, *((at, texts[at]) for at in others), *meant)
        if look in _right_before:
            return True
    right = _compared(shown, others, page)
    if right and look is not None:
        if len(_right_before) >= REMEMBERED_MAX:
            _right_before.clear()
        _right_before.add(look)
    return right


def _compared(shown: Sequence[_Shown], others: tuple[int, ...], page: _Page) -> bool:
    font, boxes, slot = page.font, boxes_of(page.slots.places), page.slots.slot
    found: dict[int, list[tuple[ShownText, EmbeddedFont]]] = {index: [] for index in others}
    for one in shown:
        text = _with_places(one, page)
        index = slot_of(text, font, boxes, page.heights.said)
        if index not in found:
            return False
        found[index].append((text, font))
    return all(value_fault(slot(index), own, page.heights.said, page.reading) is None for index, own in found.items())


def _with_places(one: _Shown, page: _Page) -> ShownText:
    """Give one text with the place of each of its letters."""
    size = float(one.size)
    steps = (page.font.advance(code) * size / EM + one.tracking for code in one.codes[:-1])
    starts = tuple(accumulate(steps, initial=float(one.x)))
    return ShownText(page.name, size, one.codes, starts, float(one.baseline), BLACK, ())


@lru_cache(maxsize=256)  # the same for every paper of a form version with as many rows
def _places(places: PagePlaces, page_height: float, font: str, _fonts: str) -> tuple[_Place, ...]:
    """Work out how the plain texts of a page are written. `_fonts`: digest of the fonts that `amounts` are of."""
    return tuple(map(_place, places.boxes, places.types, repeat(page_height), repeat(font)))


def _place(box: Box, kind: Type, page_height: float, font: str) -> _Place:
    left, room = box.left * POINTS_PER_MM + PAD, (box.right - box.left) * POINTS_PER_MM - 2 * PAD
    share = {"left": 0.0, "center": 0.5, "right": 1.0}[kind.align]
    tracking = kind.tracking * kind.size
    before = f"\n/{font} {kind.size:.5g} Tf 1 0 0 1 "
    behind = f" {baseline_in_the_middle(box, kind.size, page_height):.3f} Tm<"
    return _Place(
        before if share else f"{before}{left:.3f}{behind}",
        behind,
        kind.size,
        tracking,
        float(f"{tracking:.5g}"),
        left,
        room,
        share,
        int(room / (kind.size + tracking)),
        {},
    )
