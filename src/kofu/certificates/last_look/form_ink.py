"""What a form itself marks: its labels and its rules, approved by a person and kept as a list.

A form rules as many rows as a page has, so the list says for each kind of page (the last one or one before it, with so
many rows) which of its marks are there, in the order they are drawn in.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from kofu.certificates.last_look.marks import Drawn, Path, PathSegment, Pen

PLACE_TOLERANCE = 0.02  # points
PEN_TOLERANCE = 0.005
GREY_TOLERANCE = 0.001


class Label(NamedTuple):
    """A text of the form: each of its clusters begins at one of `starts` on the baseline (points), in black."""

    clusters: tuple[str, ...]
    size: float
    starts: tuple[float, ...]
    baseline: float


FormMark: TypeAlias = Label | Drawn


class PageKind(NamedTuple):
    """Which page of a form: the last one or one before it, and how many rows of a table stand on it."""

    last: bool
    rows: int

    @property
    def key(self) -> str:
        """How the approved list names it."""
        return f"{'last' if self.last else 'more'} {self.rows}"


@dataclass(frozen=True, slots=True)
class FormInk:
    """The marks of a form version, and by kind of page which of them stand there."""

    marks: tuple[FormMark, ...]
    pages: Mapping[str, tuple[int, ...]]

    def on(self, page: PageKind) -> tuple[FormMark, ...]:
        """Give the marks of a page; none where no such page was approved."""
        return tuple(self.marks[index] for index in self.pages.get(page.key, ()))


def same_drawn(one: Drawn, other: Drawn) -> bool:
    """Whether two drawn paths look the same."""
    return (
        _same_grey(one.fill, other.fill)
        and _same_pen(one.pen, other.pen)
        and same_path(one.path, other.path)
        and len(one.clips) == len(other.clips)
        and all(map(same_path, one.clips, other.clips))
    )


def same_path(one: Path, other: Path) -> bool:
    """Whether two paths take the same steps to the same points."""
    if len(one) != len(other):
        return False
    for (step, points), (step_too, points_too) in zip(one, other, strict=True):
        if step != step_too:
            return False
        for value, value_too in zip(points, points_too, strict=True):
            if not -PLACE_TOLERANCE <= value - value_too <= PLACE_TOLERANCE:
                return False
    return True


def _same_grey(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= GREY_TOLERANCE


def _same_pen(one: Pen | None, other: Pen | None) -> bool:
    if one is None or other is None:
        return one is other
    return (
        (one.cap, one.join, len(one.dashes)) == (other.cap, other.join, len(other.dashes))
        and _same_grey(one.grey, other.grey)
        and abs(one.width - other.width) <= PEN_TOLERANCE
        and abs(one.miter - other.miter) <= PEN_TOLERANCE
        and all(abs(a - b) <= PEN_TOLERANCE for a, b in zip(one.dashes, other.dashes, strict=True))
    )


# -- the list ---------------------------------------------------------------------------------------------------------


def read_form_ink(text: str) -> FormInk:
    """Read an approved list."""
    data = json.loads(text)
    pages = {key: tuple(_indexes(spans)) for key, spans in data["pages"].items()}
    return FormInk(tuple(map(_read_mark, data["marks"])), MappingProxyType(pages))


def write_form_ink(pages: Mapping[PageKind, Iterable[FormMark]]) -> str:
    """Write the list of a form: every mark once, a line each."""
    marks: dict[str, int] = {}
    spans = {}
    for page, own in pages.items():
        indexes = [marks.setdefault(_write_mark(mark), len(marks)) for mark in own]
        spans[page.key] = _spans(indexes)
    lines = ",\n  ".join(marks)
    by_page = ",\n  ".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in spans.items())
    return f'{{"marks": [\n  {lines}\n],\n"pages": {{\n  {by_page}\n}}}}\n'


def _spans(indexes: list[int]) -> str:
    """Write numbers as `0-4 7 9-12`, in their order."""
    found: list[list[int]] = []
    for index in indexes:
        if found and found[-1][1] == index - 1:
            found[-1][1] = index
        else:
            found.append([index, index])
    return " ".join(f"{first}-{last}" if first != last else str(first) for first, last in found)


def _indexes(spans: str) -> list[int]:
    found: list[int] = []
    for span in spans.split():
        first, _, last = span.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def _write_mark(mark: FormMark) -> str:
    if isinstance(mark, Label):
        parts: list[object] = ["text", list(mark.clusters), round(mark.size, 3), round(mark.baseline, 3)]
        parts.append([round(start, 3) for start in mark.starts])
        return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    steps = " ".join(" ".join([segment.step, *(f"{value:.3f}" for value in segment.points)]) for segment in mark.path)
    pen = mark.pen._replace(width=round(mark.pen.width, 4)) if mark.pen else None
    return json.dumps(["drawn", steps, mark.fill, None if pen is None else list(pen)])


def _read_mark(parts: list[object]) -> FormMark:
    match parts:
        case ["text", list(clusters), float(size), float(baseline), list(starts)]:
            return Label(tuple(map(str, clusters)), size, tuple(map(float, starts)), baseline)
        case ["drawn", str(steps), float() | None as fill, list() | None as pen]:
            return Drawn(_read_path(steps), fill, None if pen is None else _read_pen(pen), ())
    raise ValueError("an approved mark is a text or a drawing")


def _read_pen(parts: list[object]) -> Pen:
    match parts:
        case [float(width), int(cap), int(join), float(miter), list(dashes), float(grey)]:
            return Pen(width, cap, join, miter, tuple(map(float, dashes)), grey)
    raise ValueError("a pen has width, ends, corners, dashes and a grey")


def _read_path(steps: str) -> Path:
    found: list[PathSegment] = []
    step, points = "", list[float]()
    for part in [*steps.split(), ""]:
        if part in {"m", "l", "c", "h", ""}:
            if step:
                found.append(PathSegment(step, tuple(points)))
            step, points = part, []
        else:
            points.append(float(part))
    return tuple(found)
