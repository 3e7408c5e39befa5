"""Holding the paper as read against the texts as expected: each value in its box, each label in its place, no more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from kofu.certificates.last_look.drawing import Drawing, Outline
from kofu.certificates.last_look.layout import Box, Label, Layout
from kofu.certificates.last_look.mismatch import Difference, Fault
from kofu.certificates.last_look.reading import FilledPath, Objects, Page, Text
from kofu.certificates.last_look.wording import ExpectedTexts

PAGE_TOLERANCE_MM = 0.2
LABEL_TOLERANCE_MM = 0.3
BOX_TOLERANCE_MM = 0.4  # ink of a glyph may stand out of its box by a hair
SEAL_TOLERANCE_MM = 0.3
POINT_TOLERANCE = 0.01
_SPACES = " \u3000"
LINE_STEP_MM = 1.4  # lines of one text are further apart: the smallest type is 6 pt, 2.1 mm


@dataclass(frozen=True, slots=True)
class Slot:
    """One value expected on one page: the field's full name, its box and its text (possibly empty)."""

    field: str
    box: Box
    text: str


@dataclass(frozen=True, slots=True)
class Drawings:
    """The drawings expected: the seal on the last page, the specimen mark on every page or none."""

    seal: Drawing
    seal_mm: float
    specimen: tuple[Outline, ...]
    code: Box | None = None  # within it one drawing more on the last page, which `last_look.code` reads


def slots_by_page(layout: Layout, expected: ExpectedTexts) -> tuple[list[list[Slot]], list[Difference]]:
    """Spread the expected texts over the pages; and the fields that form and kind do not have in common."""
    per_page = layout.rows_per_page
    count = max(1, -(-len(expected.rows) // per_page)) if per_page else 1
    pages: list[list[Slot]] = [[] for _ in range(count)]
    unused = set(expected.texts)
    faults = []
    for name, place in layout.places.items():
        if place.page == "each":
            for number, slots in enumerate(pages, start=1):
                slots.append(Slot(f"{name}_{number}", place.box, f"{number}/{count}"))
        elif place.page == "row":
            column = name.removeprefix("row_")
            for number, row in enumerate(expected.rows):
                box = place.box.moved_down(number % per_page * layout.row_pitch)
                if column not in row:
                    faults.append(Difference(0, name, Fault.FIELDS_OF_FORM))
                pages[number // per_page].append(Slot(f"row_{number + 1}_{column}", box, row.get(column, "")))
        elif name not in expected.texts:
            faults.append(Difference(0, name, Fault.FIELDS_OF_FORM))
        else:
            unused.discard(name)
            for slots in pages if place.page == "every" else pages[-1:]:
                slots.append(Slot(name, place.box, expected.texts[name]))
    columns = {name.removeprefix("row_") for name, place in layout.places.items() if place.page == "row"}
    unused.update(column for row in expected.rows for column in row if column not in columns)
    faults.extend(Difference(0, name, Fault.FIELDS_OF_FORM) for name in sorted(unused))
    return pages, faults


def compare_page(
    number: int, page: Page, slots: list[Slot], layout: Layout, drawings: Drawings, *, last: bool
) -> list[Difference]:
    """Compare one page; `number` from 1.

    Where the form is the page's fixed part it is held against labels and drawings once; then only what is the paper's
    own is left to compare: a value in a box, or a difference.
    """
    fixed = page.fixed
    if fixed is None or not _is_the_form(fixed, page, slots, layout, drawings, last=last):
        return _compare(number, page, slots, layout, drawings, last=last)
    found, others = _value_differences(number, page.own, slots)
    found += _measure_differences(number, page, layout)
    found += [Difference(number, "", Fault.TEXT_OUTSIDE)] * len(others)
    if page.own.strange or page.own.filled:
        found.append(Difference(number, "", Fault.DRAWING))
    return found


def _compare(
    number: int, page: Page, slots: list[Slot], layout: Layout, drawings: Drawings, *, last: bool
) -> list[Difference]:
    found, others = _value_differences(number, page, slots)
    found += _measure_differences(number, page, layout)
    found += _label_faults(number, others, layout.labels_last if last else layout.labels_more)
    found += _drawing_faults(number, page, layout, drawings, last=last)
    return found


def _is_the_form(
    fixed: Objects, page: Page, slots: list[Slot], layout: Layout, drawings: Drawings, *, last: bool
) -> bool:
    """Whether a fixed part, all by itself, is the approved form with its drawings and without any value.

    The answer is kept with what was read, for the frame it was asked in; a no is asked anew with each paper.
    """
    frame = Frame(layout, drawings.seal, drawings.seal_mm, drawings.specimen, tuple(slot.box for slot in slots), last)
    if drawings.code is not None:
        return False
    if any(frame.is_that(known) for known in fixed.held):
        return True
    alone = Page(page.width, page.height, fixed, None)
    empty = [replace(slot, text="") for slot in slots]
    if _compare(1, alone, empty, layout, drawings, last=last):
        return False
    fixed.held.append(frame)
    return True


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """What a form was held against."""

    layout: Layout
    seal: Drawing
    seal_mm: float
    specimen: tuple[Outline, ...]
    boxes: tuple[Box, ...]
    last: bool

    def is_that(self, other: object) -> bool:
        """Whether it is the same; layouts and drawings are read once, so each is the same value or another."""
        return (
            isinstance(other, Frame)
            and self.layout is other.layout
            and self.seal is other.seal
            and self.specimen is other.specimen
            and (self.seal_mm, self.last, self.boxes) == (other.seal_mm, other.last, other.boxes)
        )


def _measure_differences(number: int, page: Page, layout: Layout) -> list[Difference]:
    found = []
    if max(abs(page.width - layout.width), abs(page.height - layout.height)) > PAGE_TOLERANCE_MM:
        found.append(Difference(number, "", Fault.PAGE_SIZE))
    if page.fonts_missing:
        found.append(Difference(number, "", Fault.FONT_NOT_EMBEDDED))
    return found


def _value_differences(number: int, read: Page | Objects, slots: list[Slot]) -> tuple[list[Difference], list[Text]]:
    """Compare the values with the texts in their boxes; and give the texts that are in no box."""
    found: list[Difference] = []
    values: dict[int, list[Text]] = defaultdict(list)
    others = []
    near = slots_by_height(slots)
    for text in read.texts:
        index = slot_of(text.box, slots, near)
        if text.hidden:
            found.append(Difference(number, slots[index].field if index is not None else "", Fault.HIDDEN_TEXT))
        if index is None:
            others.append(text)
        else:
            values[index].append(text)
    for index, slot in enumerate(slots):
        fault = _value_fault(slot.text, values.get(index, []))
        if fault is not None:
            found.append(Difference(number, slot.field, fault))
    return found, others


def slots_by_height(slots: list[Slot]) -> Mapping[int, list[int]]:
    """Index the slots by the whole millimetres a text inside can have its upper edge at."""
    return _by_height(tuple((slot.box.top, slot.box.bottom) for slot in slots))


@lru_cache(maxsize=64)  # the pages of a form version have the same boxes on every paper
def _by_height(edges: tuple[tuple[float, float], ...]) -> Mapping[int, list[int]]:
    near: dict[int, list[int]] = defaultdict(list)
    for index, (top, bottom) in enumerate(edges):
        for mm in range(int(top - BOX_TOLERANCE_MM), int(bottom + BOX_TOLERANCE_MM) + 1):
            near[mm].append(index)
    return dict(near)


def slot_of(box: Box, slots: list[Slot], near: Mapping[int, list[int]]) -> int | None:
    """Find the slot whose box holds all of the text; None where the text stands outside or only partly inside."""
    for index in near.get(int(box.top), ()):
        outer = slots[index].box
        if (
            box.left >= outer.left - BOX_TOLERANCE_MM
            and box.right <= outer.right + BOX_TOLERANCE_MM
            and box.top >= outer.top - BOX_TOLERANCE_MM
            and box.bottom <= outer.bottom + BOX_TOLERANCE_MM
        ):
            return index
    return None


def _value_fault(expected: str, texts: list[Text]) -> Fault | None:
    if not texts:
        return Fault.TEXT_MISSING if expected.strip(" ") else None
    if not expected:
        return Fault.TEXT_NOT_EXPECTED
    if len(texts) == 1:
        return None if _same(texts[0].text, expected) else Fault.TEXT_DIFFERS
    lines: list[list[Text]] = []
    for text in sorted(texts, key=lambda text: text.baseline):
        if lines and text.baseline - lines[-1][0].baseline < LINE_STEP_MM:
            lines[-1].append(text)
        else:
            lines.append([text])
    written = []
    for line in lines:
        line.sort(key=lambda text: text.box.left)
        for one, following in pairwise(line):
            if following.box.left < one.box.right - BOX_TOLERANCE_MM:
                return Fault.TEXT_DIFFERS  # two texts over each other
        written.append("".join(text.text for text in line))
    return None if _same("\n".join(written), expected) else Fault.TEXT_DIFFERS


def _same(read: str, expected: str) -> bool:
    """Compare character by character; only white space has two ways to be right.

    pdfium adds a space (U+0020) of its own where characters stand apart, so one more is no difference, and reads
    several as one. Where a line ends, the spaces at the break (U+0020, U+3000) are not set. A space inside a line must
    be there.
    """
    if read == expected:
        return True
    at = 0
    for character in read:
        while at and expected[at : at + 1] == " " == expected[at - 1] and character != " ":
            at += 1
        if at < len(expected) and character == expected[at]:
            at += 1
        elif character == "\n":
            at += len(expected[at:]) - len(expected[at:].lstrip(_SPACES))
        elif character != " ":
            return False
    return not expected[at:].strip(_SPACES)


def _label_faults(number: int, texts: list[Text], labels: tuple[Label, ...]) -> list[Difference]:
    waiting: dict[str, list[Label]] = defaultdict(list)
    for label in labels:
        waiting[label.text].append(label)
    found = []
    for text in texts:
        candidates = waiting.get(text.text.strip(" "), [])
        for label in candidates:
            near_x = abs(label.x - text.box.left) <= LABEL_TOLERANCE_MM
            if near_x and abs(label.y - text.box.bottom) <= LABEL_TOLERANCE_MM:
                candidates.remove(label)
                break
        else:
            found.append(Difference(number, "", Fault.TEXT_OUTSIDE))
    missing = sum(map(len, waiting.values()))
    found.extend([Difference(number, "", Fault.LABEL_MISSING)] * missing)
    return found


def sampled_points(drawings: Drawings) -> Mapping[int, tuple[int, ...]]:
    """Say which points of which filled paths the reader is to read."""
    return {
        outline.points: tuple(index for index, _, _ in outline.samples)
        for outline in (*drawings.seal.outlines, *drawings.specimen)
    }


def _drawing_faults(number: int, page: Page, layout: Layout, drawings: Drawings, *, last: bool) -> list[Difference]:
    found = []
    if page.strange:
        found.append(Difference(number, "", Fault.DRAWING))
    rest = list(page.filled)
    unmarked = [outline for outline in drawings.specimen if _take(rest, outline) is None]
    found.extend([Difference(number, "", Fault.SPECIMEN)] * len(unmarked))
    if last:
        for outline in drawings.seal.outlines:
            path = _take(rest, outline)
            if path is None or not _seal_is_in_place(path, page, layout, drawings):
                found.append(Difference(number, "seal", Fault.SEAL))
    if last and drawings.code is not None:
        rest = [path for path in rest if not _within(path.box, drawings.code)]
    if rest:
        found.append(Difference(number, "", Fault.DRAWING))
    return found


def _within(inner: Box, outer: Box) -> bool:
    return (
        inner.left >= outer.left - BOX_TOLERANCE_MM
        and inner.right <= outer.right + BOX_TOLERANCE_MM
        and inner.top >= outer.top - BOX_TOLERANCE_MM
        and inner.bottom <= outer.bottom + BOX_TOLERANCE_MM
    )


def _seal_is_in_place(path: FilledPath, page: Page, layout: Layout, drawings: Drawings) -> bool:
    """Whether the corners of the seal's square lie where the form has them: right size, upright, in its place."""
    seal = drawings.seal
    return all(
        abs(x - layout.seal_x - side_x * drawings.seal_mm / 2) <= SEAL_TOLERANCE_MM
        and abs(y - layout.seal_y - side_y * drawings.seal_mm / 2) <= SEAL_TOLERANCE_MM
        for side_x, side_y in ((-1, -1), (1, -1), (-1, 1), (1, 1))
        for x, y in (
            path.on_page(seal.middle_x + side_x * seal.side / 2, seal.middle_y + side_y * seal.side / 2, page.height),
        )
    )


def _take(paths: list[FilledPath], outline: Outline) -> FilledPath | None:
    """Take the path that is `outline` out of `paths`, or None."""
    for path in paths:
        if path.points == outline.points and all(
            abs(read[1] - drawn[1]) <= POINT_TOLERANCE and abs(read[2] - drawn[2]) <= POINT_TOLERANCE
            for read, drawn in zip(path.samples, outline.samples, strict=True)
        ):
            paths.remove(path)
            return path
    return None
