"""Holding the texts of a page against the values expected in its boxes: outline by outline, place by place.

A value is right where the outlines on its lines are those of the certified font for its characters, in their order,
each beginning where the one before ends, in one of the form's sizes for it, on the lines and at the edge the form sets
it to, black, nothing of it cut off; and where the file says of each code a text of that outline.

Blanks at the end of a line leave no mark, so a line may end with them or without.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise, repeat
from types import MappingProxyType
from typing import NamedTuple

from kofu.certificates.last_look.certified import CertifiedFonts, Glyph
from kofu.certificates.last_look.embedded import EmbeddedFont
from kofu.certificates.last_look.layout import Box
from kofu.certificates.last_look.marks import BLACK, ShownText
from kofu.certificates.last_look.mismatch import MismatchKind
from kofu.certificates.last_look.slots import ExpectedValue, PagePlaces
from kofu.core.names import clusters

POINTS_PER_MM = 72 / 25.4
PAD = 1.2 * POINTS_PER_MM  # between the edge of a box and its text
ABOVE_BASELINE_EM, LINE_EM = 0.88, 1.25  # from the top of a line to its baseline; from one baseline to the next
SIZE_STEP = 0.25  # points by which a text that does not fit is made smaller
PLACE_TOLERANCE = 0.02  # points
LINES_MAX = 12
SPACES = frozenset(" \u3000")
_EMPTY_BEFORE = dict.fromkeys("（〔［｛〈《「『【‘“", 2) | dict.fromkeys("・：；", 1)
_EMPTY_AFTER = dict.fromkeys("）〕］｝〉》」』】、。，．’”", 2) | dict.fromkeys("・：；", 1)
"""How many quarters of a glyph are empty before and after its ink: beside others and at the ends of a line, such glyphs
are set closer by these (JLREQ 3.1)."""
MAY_STAND_CLOSER = frozenset(_EMPTY_BEFORE) | frozenset(_EMPTY_AFTER)


class _Letter(NamedTuple):
    start: float
    font: EmbeddedFont
    code: int
    actual: str  # the character the page says it stands for; empty where it says nothing
    beside: str  # that, with those the page says so of together


class _Line(NamedTuple):
    baseline: float
    letters: list[_Letter]


class PaperReading(NamedTuple):
    """What the texts of one paper are held against, and what was found of its codes so far. One for one paper.

    `right`: by font, the glyph each code was found to draw and to mean.
    """

    fonts: CertifiedFonts
    right: dict[int, dict[int, Glyph]]

    def fault_of(self, font: EmbeddedFont, code: int, glyph: Glyph) -> MismatchKind | None:
        """Say what is wrong with one code of a font where `glyph` is expected, or None."""
        right = self.right.setdefault(id(font), {})  # the font lives as long as the reading
        if right.get(code) == glyph:
            return None
        if not font.draws(code, glyph, self.fonts):
            return MismatchKind.TEXT_DIFFERS
        if not font.means(code, glyph, self.fonts):
            return MismatchKind.TEXT_LAYER
        right[code] = glyph
        return None

    def take(self, font: EmbeddedFont, glyphs: Iterable[Glyph]) -> None:
        """Take over what was found of all codes of a font at once, from 1 on."""
        self.right[id(font)] = dict(enumerate(glyphs, start=1))


class Boxes(NamedTuple):
    """The boxes of a page, and which of them cover each whole millimetre from the top."""

    boxes: tuple[Box, ...]
    near: Mapping[int, tuple[int, ...]]


def slot_of(shown: ShownText, font: EmbeddedFont, boxes: Boxes, page_height: float) -> int | None:
    """Find the box a text stands in: its middle is inside. None where it is in no box."""
    end = shown.starts[-1] + font.advance(shown.codes[-1]) / 1000 * shown.size
    x = (shown.starts[0] + end) / 2 / POINTS_PER_MM
    y = (page_height - shown.baseline - (ABOVE_BASELINE_EM - 0.5) * shown.size) / POINTS_PER_MM
    for index in boxes.near.get(int(y), ()):
        left, top, right, bottom = boxes.boxes[index]
        if left <= x <= right and top <= y <= bottom:
            return index
    return None


@lru_cache(maxsize=256)  # the same for every paper of a form version with as many rows
def boxes_of(places: PagePlaces) -> Boxes:
    """Index the boxes of a page's values."""
    near: dict[int, list[int]] = defaultdict(list)
    for index, box in enumerate(places.boxes):
        for mm in range(int(box.top), int(box.bottom) + 1):
            near[mm].append(index)
    return Boxes(places.boxes, MappingProxyType({mm: tuple(indexes) for mm, indexes in near.items()}))


def value_fault(
    slot: ExpectedValue, texts: Sequence[tuple[ShownText, EmbeddedFont]], page_height: float, reading: PaperReading
) -> MismatchKind | None:
    """Compare the texts in one box with the value expected there."""
    if not texts:
        return MismatchKind.TEXT_MISSING if slot.text.strip(" \u3000") else None
    if not slot.text:
        return MismatchKind.TEXT_NOT_EXPECTED
    size = texts[0][0].size
    for shown, _ in texts:
        if shown.grey != BLACK or shown.clips:
            return MismatchKind.HIDDEN_TEXT
        if shown.size != size:
            return MismatchKind.TEXT_SIZE
    expected = tuple(slot.text) if slot.text.isascii() else clusters(slot.text)
    lines = _lines(texts)
    return _letters_fault(expected, lines, reading) or _place_fault(slot, lines, size, page_height, reading)


def baseline_in_the_middle(box: Box, size: float, page_height: float) -> float:
    """Give the baseline of one line in the middle of a box, in points from the bottom of the page."""
    middle = page_height - (box.top + box.bottom) / 2 * POINTS_PER_MM
    return middle - (ABOVE_BASELINE_EM - 0.5) * size


def _lines(texts: Iterable[tuple[ShownText, EmbeddedFont]]) -> list[_Line]:
    """Put texts together to lines, from the top; letters in the order they stand in. Blanks at the end are left out."""
    by_height: dict[float, list[_Letter]] = defaultdict(list)
    for shown, font in texts:
        height = next((one for one in by_height if abs(one - shown.baseline) < PLACE_TOLERANCE), shown.baseline)
        actual = shown.actual or ("",) * len(shown.codes)
        beside = repeat("".join(actual))
        by_height[height] += map(_Letter, shown.starts, repeat(font), shown.codes, actual, beside)
    lines = []
    for baseline in sorted(by_height, reverse=True):
        letters = by_height[baseline]
        if len(by_height) > 1 or len(letters) > 1:
            letters.sort(key=lambda letter: letter.start)
        while letters and _is_space(letters[-1]):
            letters.pop()
        if letters:
            lines.append(_Line(baseline, letters))
    return lines


def _letters_fault(expected: tuple[str, ...], lines: Sequence[_Line], reading: PaperReading) -> MismatchKind | None:
    at = 0
    glyph_of = reading.fonts.glyph
    for number, line in enumerate(lines):
        if number:
            at = _behind_the_break(expected, at, line)
        for letter in line.letters:
            if at >= len(expected):
                return MismatchKind.TEXT_DIFFERS
            glyph = glyph_of(expected[at])
            if glyph is None:
                return MismatchKind.NOT_IN_FONT
            fault = reading.fault_of(letter.font, letter.code, glyph)
            if letter.actual and fault is not MismatchKind.TEXT_DIFFERS:
                fault = None if _stands_for(letter, expected[at], fault) else MismatchKind.TEXT_LAYER
            if fault is not None:
                return fault
            at += 1
    return None if SPACES.issuperset(expected[at:]) else MismatchKind.TEXT_DIFFERS


def _stands_for(letter: _Letter, expected: str, by_table: MismatchKind | None) -> bool:
    """Whether the page says of a letter what is expected, and the font's table nothing against it.

    Of letters that typst takes for one (ｶ and its ﾞ) the table names all at the first one and nothing at the others.
    """
    at_once = letter.font.meanings.get(letter.code, "") in {"", letter.beside}
    return letter.actual == expected and (by_table is None or at_once)


def _behind_the_break(expected: tuple[str, ...], at: int, line: _Line) -> int:
    """Go over the spaces at the end of a line, but for those that stand at the beginning of the next."""
    spaces = 0
    while at + spaces < len(expected) and expected[at + spaces] in SPACES:
        spaces += 1
    begins = 0
    while begins < len(line.letters) and _is_space(line.letters[begins]):
        begins += 1
    return at + max(0, spaces - begins)


def _is_space(letter: _Letter) -> bool:
    """Whether a letter marks nothing, and is said to mean nothing but a space."""
    meaning = letter.actual or letter.font.meanings.get(letter.code)
    return meaning in SPACES and letter.font.is_blank(letter.code)


def _advance(letter: _Letter, size: float) -> float:
    return letter.font.advance(letter.code) / 1000 * size


def _place_fault(
    slot: ExpectedValue, lines: Sequence[_Line], size: float, page_height: float, reading: PaperReading
) -> MismatchKind | None:
    if not lines:
        return MismatchKind.TEXT_MISSING
    tracking = slot.type.tracking * size
    if not _has_a_size_of_its_own(slot, lines, size, reading):
        return MismatchKind.TEXT_SIZE
    is_placed = (
        (_is_in_the_middle(slot, lines, size, page_height) or _is_wider_than_its_box(slot, size, reading))
        and all(_is_one_behind_the_other(line, size, tracking) for line in lines)
        and _is_on_its_lines(slot, lines, size, page_height)
        and all(_is_at_its_edge(slot, line, size, alone=len(lines) == 1) for line in lines)
    )
    return None if is_placed else MismatchKind.TEXT_MISPLACED


def _has_a_size_of_its_own(slot: ExpectedValue, lines: Sequence[_Line], size: float, reading: PaperReading) -> bool:
    """Whether the size is the form's, or one smaller by steps: on one line, the largest in which the text fits."""
    kind = slot.type
    if size == kind.size:
        return True
    steps = (kind.size - size) / SIZE_STEP
    if size < kind.smallest or steps < 0 or abs(steps - round(steps)) > 1e-6:  # noqa: PLR2004 - a rounding
        return False
    larger = size + SIZE_STEP if len(lines) == 1 else kind.size
    return _width(slot, larger, reading) > _inner_width(slot) - PLACE_TOLERANCE


def _is_in_the_middle(slot: ExpectedValue, lines: Sequence[_Line], size: float, page_height: float) -> bool:
    """Whether a text stands on one line in the middle of its box, as each does that fits there."""
    baseline = baseline_in_the_middle(slot.box, size, page_height)
    return len(lines) == 1 and abs(lines[0].baseline - baseline) <= PLACE_TOLERANCE


def _is_wider_than_its_box(slot: ExpectedValue, size: float, reading: PaperReading) -> bool:
    """Whether a text cannot stand on one line, and so is broken."""
    return _width(slot, size, reading) > _inner_width(slot) - PLACE_TOLERANCE


def _width(slot: ExpectedValue, size: float, reading: PaperReading) -> float:
    """How wide a text is on one line, blanks counted with the rest."""
    fonts = reading.fonts
    glyphs = [fonts.glyph(cluster) for cluster in clusters(slot.text)]
    ems = sum(fonts.outline(one).advance / fonts.faces[one.face].program.units_per_em for one in glyphs if one)
    return (ems + slot.type.tracking * (len(glyphs) - 1)) * size


def _inner_width(slot: ExpectedValue) -> float:
    return (slot.box.right - slot.box.left) * POINTS_PER_MM - 2 * PAD


def _empty_before(letter: _Letter) -> int:
    return _EMPTY_BEFORE.get(letter.font.meanings.get(letter.code, ""), 0)


def _empty_after(letter: _Letter) -> int:
    return _EMPTY_AFTER.get(letter.font.meanings.get(letter.code, ""), 0)


def _is_one_behind_the_other(line: _Line, size: float, tracking: float) -> bool:
    letters = line.letters
    for before, after in pairwise(letters):
        apart = after.start - before.start - _advance(before, size) - tracking
        if not -PLACE_TOLERANCE <= apart <= PLACE_TOLERANCE and not _is_closer(
            -apart, size, _empty_after(before) + _empty_before(after)
        ):
            return False
    return True


def _is_closer(distance: float, size: float, empty: int) -> bool:
    """Whether something stands closer by no more than the quarters that are empty between two glyphs."""
    quarters = distance / size * 4
    return 1 <= round(quarters) <= empty and abs(quarters - round(quarters)) * size / 4 <= PLACE_TOLERANCE


def _is_on_its_lines(slot: ExpectedValue, lines: Sequence[_Line], size: float, page_height: float) -> bool:
    """Whether the lines stand in the middle of the box, one behind the other; a line of blanks alone is not seen."""
    top = page_height - slot.box.top * POINTS_PER_MM
    height = (slot.box.bottom - slot.box.top) * POINTS_PER_MM
    for count in range(len(lines), min(LINES_MAX, len(lines) + 2) + 1):
        block = size * (1 + LINE_EM * (count - 1))
        first = top - (height - block) / 2 - ABOVE_BASELINE_EM * size
        steps = [(first - line.baseline) / (LINE_EM * size) for line in lines]
        if all(
            abs(step - round(step)) * LINE_EM * size <= PLACE_TOLERANCE and 0 <= round(step) < count for step in steps
        ):
            return True
    return False


def _is_at_its_edge(slot: ExpectedValue, line: _Line, size: float, *, alone: bool) -> bool:
    """Whether a line begins, ends or is centred where the form sets it; a half-empty glyph reaches over the edge."""
    left, right = slot.box.left * POINTS_PER_MM + PAD, slot.box.right * POINTS_PER_MM - PAD
    first, last = line.letters[0], line.letters[-1]
    start, end = first.start, last.start + _advance(last, size)
    over_left = _empty_before(first) * size / 4
    over_right = _empty_after(last) * size / 4
    if start < left - over_left - PLACE_TOLERANCE or end > right + over_right + PLACE_TOLERANCE:
        return False
    if not alone or slot.type.align == "left":
        return _is_near(start - left, over_left)
    if slot.type.align == "right":
        return _is_near(right - end, over_right)
    return any(
        abs((start + by_left + end - by_right) - (left + right)) <= 2 * PLACE_TOLERANCE
        for by_left in (0.0, over_left)
        for by_right in (0.0, over_right)
    )


def _is_near(distance: float, over: float) -> bool:
    return any(abs(distance + empty) <= PLACE_TOLERANCE for empty in {0.0, over / 2, over})
