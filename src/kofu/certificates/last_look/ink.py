"""One page as it is drawn, held against what must be drawn: the form's marks, seal and specimen mark, and the values.

A page begins with its drawings in their order (the word 見本, the seal on the last page, the signed code), then come
the form's own marks as they were approved, then the values. All are black but the grey 見本, which lies below
everything; so nothing can be painted over, and what is not in one of the three groups has no business on the page.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

from kofu.certificates.facts import Authority
from kofu.certificates.last_look.content import Begun, read_content
from kofu.certificates.last_look.content import StreamDrawing as ContentDrawing
from kofu.certificates.last_look.document import ContentStream, PageSource
from kofu.certificates.last_look.embedded import EmbeddedFont
from kofu.certificates.last_look.form_ink import PLACE_TOLERANCE, FormMark, Label, PageKind, same_drawn
from kofu.certificates.last_look.layout import SPECIMEN_DRAWING, SPECIMEN_WIDTH, Layout
from kofu.certificates.last_look.marks import BLACK, CodeSquares, Drawn, Mark, PlacedDrawing, ShownText
from kofu.certificates.last_look.mismatch import MismatchKind, PaperDifference
from kofu.certificates.last_look.plain import PageHeights, stands_plainly
from kofu.certificates.last_look.slots import PageSlots
from kofu.certificates.last_look.svg import DrawingFrame, SvgDrawing, marks_of, read_drawing, read_seal
from kofu.certificates.last_look.syntax import Unreadable
from kofu.certificates.last_look.values import POINTS_PER_MM, PaperReading, boxes_of, slot_of, value_fault

PAGE_TOLERANCE = 0.01  # points


@dataclass(frozen=True, slots=True)
class WantedPage:
    """What one page of an order, `number` from 1, must show around its values."""

    layout: Layout
    number: int
    kind: PageKind
    authority: Authority
    specimen: bool
    code: bool

    def head(self) -> tuple[tuple[Drawn, MismatchKind], ...]:
        """Give the drawings the page begins with, but for the code, each with what is at fault where it differs."""
        height = self.layout.height * POINTS_PER_MM
        found: list[tuple[Drawn, MismatchKind]] = []
        if self.specimen:
            drawing = specimen_drawing()
            found += ((mark, MismatchKind.SPECIMEN) for mark in marks_of(drawing, self._middle(drawing), height))
        if self.kind.last:
            seal = read_seal(self.authority.seal_svg)
            found += ((mark, MismatchKind.SEAL) for mark in marks_of(seal, self._seal(), height))
        return tuple(found)

    def _middle(self, drawing: SvgDrawing) -> DrawingFrame:
        width = self.layout.width * SPECIMEN_WIDTH
        height = width * drawing.area[3] / drawing.area[2]
        left, top = (self.layout.width - width) / 2, (self.layout.height - height) / 2
        return DrawingFrame(*(value * POINTS_PER_MM for value in (left, top, width, height)))

    def _seal(self) -> DrawingFrame:
        side = self.authority.seal_mm
        left, top = self.layout.seal_x - side / 2, self.layout.seal_y - side / 2
        return DrawingFrame(*(value * POINTS_PER_MM for value in (left, top, side, side)))


@cache
def specimen_drawing() -> SvgDrawing:
    """Read the word 見本 once: it comes with the program."""
    return read_drawing(SPECIMEN_DRAWING.read_bytes())


class KnownForm(NamedTuple):
    """What is known of a page's form from papers before: its drawing is the wanted one, or how the content begins."""

    form: bool
    begun: Begun | None


@dataclass(frozen=True, slots=True)
class PageRead:
    """What came of one page: its differences, and the drawing where the signed code stands (or None).

    `begun`: the beginning of its content that shows the form, where that was found to be what is wanted.
    """

    differences: tuple[PaperDifference, ...]
    code: Drawn | CodeSquares | None
    begun: Begun | None


def marks_on(content: ContentStream, begun: Begun | None = None) -> ContentDrawing:
    """Read what a content stream draws; `begun`: how one began that was read before."""
    advances = {name: font.advances for name, font in content.fonts.items()}
    return read_content(content.stream, content.greys, advances, begun)


def _font_of(name: str, content: ContentStream) -> EmbeddedFont:
    font = content.fonts.get(name)
    if font is None:
        raise Unreadable("a text is set in a font the page does not name")
    return font


def compare_page(
    page: PageSource, values: PageSlots, wanted: WantedPage, reading: PaperReading, known: KnownForm
) -> PageRead:
    """Compare one page.

    Raises `Unreadable` where the page draws in a way no paper does.
    """
    found: list[PaperDifference] = []
    layout, number = wanted.layout, wanted.number
    width, height = layout.width * POINTS_PER_MM, layout.height * POINTS_PER_MM
    if max(abs(page.width - width), abs(page.height - height)) > PAGE_TOLERANCE:
        found.append(PaperDifference(number, "", MismatchKind.PAGE_SIZE))
    if known.form and not found:
        plain = stands_plainly(page.content, values, PageHeights(page.height, height), reading, code=wanted.code)
        if plain is not None:
            return PageRead((), plain.code, None)
    drawn = marks_on(page.content, known.begun)
    marks = drawn.marks
    code = begun = None
    if page.content.drawing is None:
        form, rest, code = _form_differences(marks, page.content, wanted, reading)
        if not form:
            begun = known.begun or _beginning(page.content, drawn, wanted)
    else:
        name, drawing = page.content.drawing
        if not marks or marks[0] != PlacedDrawing(name):
            raise Unreadable("a page shows its form first")
        rest = marks[1:]
        if wanted.code and rest and isinstance(rest[0], Drawn) and rest[0].clips:
            code, rest = rest[0], rest[1:]
        form = []
        if not known.form:
            form, spare, _ = _form_differences(marks_on(drawing).marks, drawing, replace(wanted, code=False), reading)
            form += [
                MismatchKind.TEXT_OUTSIDE if isinstance(mark, ShownText) else MismatchKind.DRAWING for mark in spare
            ]
    found += (PaperDifference(number, "seal" if fault is MismatchKind.SEAL else "", fault) for fault in form)
    found += _value_differences(number, rest, page, values, reading)
    return PageRead(tuple(found), code, begun)


def _beginning(content: ContentStream, drawn: ContentDrawing, wanted: WantedPage) -> Begun | None:
    """Give the beginning of a stream that shows nothing but the form; up to the code, where there is one."""
    head = wanted.head()
    count = len(head) if wanted.code else len(head) + len(wanted.layout.ink.on(wanted.kind))
    length = drawn.rests.get(count)
    if length is None:
        return None
    return Begun(length, hashlib.sha256(content.stream[:length]).digest(), content.greys, drawn.marks[:count])


def _value_differences(
    number: int, marks: Sequence[Mark], page: PageSource, values: PageSlots, reading: PaperReading
) -> list[PaperDifference]:
    found: list[PaperDifference] = []
    texts: dict[int, list[tuple[ShownText, EmbeddedFont]]] = {}
    boxes = boxes_of(values.places)
    for mark in marks:
        if not isinstance(mark, ShownText):
            found.append(PaperDifference(number, "", MismatchKind.DRAWING))
            continue
        font = page.content.fonts[mark.font]
        index = slot_of(mark, font, boxes, page.height)
        if index is not None:
            texts.setdefault(index, []).append((mark, font))
        else:
            found.append(PaperDifference(number, "", MismatchKind.TEXT_OUTSIDE))
    for index, slot in enumerate(values.slots):
        fault = value_fault(slot, texts.get(index, ()), page.height, reading)
        if fault is not None:
            found.append(PaperDifference(number, slot.field, fault))
    return found


# -- the form ---------------------------------------------------------------------------------------------------------


def _form_differences(
    marks: tuple[Mark, ...], content: ContentStream, wanted: WantedPage, reading: PaperReading
) -> tuple[list[MismatchKind], tuple[Mark, ...], Drawn | None]:
    """Find the form in the marks: what is at fault with it, the marks that are not its own, and the code's drawing."""
    head, own = wanted.head(), wanted.layout.ink.on(wanted.kind)
    rest, code = marks, None
    if wanted.code and len(marks) > len(head):
        after = marks[len(head)]
        if isinstance(after, Drawn) and after.clips:
            rest, code = (*marks[: len(head)], *marks[len(head) + 1 :]), after
    count = len(head) + len(own)
    expected: list[tuple[FormMark, MismatchKind]] = [*head]
    expected += (
        (mark, MismatchKind.LABEL_MISSING if isinstance(mark, Label) else MismatchKind.DRAWING) for mark in own
    )
    if not own:
        return [MismatchKind.LABEL_MISSING], rest, code
    if len(rest) >= count and all(
        _is_that(mark, one, content, reading) for mark, (one, _) in zip(rest, expected, strict=False)
    ):
        return [], rest[count:], code
    faults, spare = _told_apart(rest, expected, content, reading)
    return faults, spare, code


def _told_apart(
    marks: Sequence[Mark], expected: list[tuple[FormMark, MismatchKind]], content: ContentStream, reading: PaperReading
) -> tuple[list[MismatchKind], tuple[Mark, ...]]:
    """Say what of the form is not there, and which marks are not the form's; in any order, since something is wrong."""
    spare = list(marks)
    faults = []
    for one, fault in expected:
        for index, mark in enumerate(spare):
            if _is_that(mark, one, content, reading):
                del spare[index]
                break
        else:
            faults.append(fault)
    return faults or [MismatchKind.DRAWING], tuple(spare)


def _is_that(mark: Mark, one: FormMark, content: ContentStream, reading: PaperReading) -> bool:
    if isinstance(one, Drawn):
        return isinstance(mark, Drawn) and same_drawn(mark, one)
    return isinstance(mark, ShownText) and _is_label(mark, one, _font_of(mark.font, content), reading)


def _is_label(shown: ShownText, label: Label, font: EmbeddedFont, reading: PaperReading) -> bool:
    if (
        shown.grey != BLACK
        or shown.clips
        or shown.actual
        or len(shown.codes) != len(label.clusters)
        or abs(shown.size - label.size) > PLACE_TOLERANCE
        or abs(shown.baseline - label.baseline) > PLACE_TOLERANCE
    ):
        return False
    for code, start, cluster, place in zip(shown.codes, shown.starts, label.clusters, label.starts, strict=True):
        glyph = reading.fonts.glyph(cluster)
        if glyph is None or abs(start - place) > PLACE_TOLERANCE or reading.fault_of(font, code, glyph) is not None:
            return False
    return True
