"""A text in its box, as `value` of certificate.typ sets it: size, lines, places. Pure; a test holds both to the same.

The largest type between the form's size and its smallest (by quarter points) in which the text fits the box: on one
line, at the edge the field has; else on as many lines as the box is high, from its left edge. Lines are in the middle
of the height. Nothing is ever cut.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from kofu.core.errors import ensure
from kofu.core.names import clusters
from kofu.press.forme import SetText
from kofu.press.line_breaking import (
    BOX,
    CLOSING,
    MIDDLE,
    OPENING,
    SPACES,
    Item,
    Pressed,
    class_of,
    may_break,
    press_together,
)

POINTS_PER_MM = 72 / 25.4
PAD_MM = 1.2  # between a box and its text: `pad` of certificate.typ
ABOVE_BASELINE_EM = 0.88  # `top-edge` of certificate.typ; what is below makes it up to one em
BETWEEN_LINES_EM = 0.25  # `leading` of certificate.typ
SIZE_STEP = 0.25
SPARE_MM = 0.2  # of the height, free above and below what is fitted into it
_ROUNDING = 1e-6  # points
_PUNCTUATION = OPENING | CLOSING | MIDDLE
_MARKS = "：；？！·"
#: Typst sets what follows these closer than their ink allows: such a text is not set here.
_TOO_CLOSE = re.compile("[{0}][{1}]|[{1}][{0}]".format(_MARKS, re.escape("".join(sorted(_PUNCTUATION)))))
#: As in certificate.typ: what typst never breaks, and what is kept in one piece there.
_UNBREAKABLE = re.compile(
    "[^\\s\u3000-\u303f\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003fffd]+"
)
_HYPHENATED = re.compile("(?:^[ \u3000]+)?[!-~]+-[!-~]+[ \u3000]*")


@dataclass(frozen=True, slots=True)
class TextBox:
    """A field's box in mm from the top left, its type and its smallest type in points, on which pages it stands."""

    page: str
    x: float
    y: float
    w: float
    h: float
    size: float
    smallest: float
    align: str
    tracking_em: float

    @property
    def room(self) -> float:
        """How wide a line may be, in points."""
        return (self.w - 2 * PAD_MM) * POINTS_PER_MM


@dataclass(frozen=True, slots=True)
class CodeBox:
    """Where a form has the signed code: upper left corner and side, in mm."""

    x: float
    y: float
    side: float


@dataclass(frozen=True, slots=True)
class FormBoxes:
    """The boxes of one form version."""

    page_height: float
    rows_per_page: int
    row_pitch: float
    code: CodeBox | None
    fields: Mapping[str, TextBox]


@lru_cache(maxsize=64)
def read_boxes(path: Path) -> FormBoxes:
    """Read the boxes of a form version."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    form = data["form"]
    fields = {
        name: TextBox(
            one["page"],
            float(one["x"]),
            float(one["y"]),
            float(one["w"]),
            float(one["h"]),
            float(one["size_pt"]),
            float(one["min_size_pt"]),
            one["align"],
            float(one.get("tracking_em", 0)),
        )
        for name, one in data["fields"].items()
    }
    ensure(
        all(box.align in {"left", "center", "right"} for box in fields.values()), "a text stands left, centre or right"
    )
    code = data.get("code")
    return FormBoxes(
        float(form["height_mm"]),
        int(form.get("rows_per_page", 0)),
        float(form.get("row_pitch_mm", 0)),
        None if code is None else CodeBox(float(code["x"]), float(code["y"]), float(code["side"])),
        fields,
    )


def set_into(text: str, box: TextBox, top: float, advance_of: Callable[[str], float]) -> tuple[SetText, ...] | None:
    """Set a text into its box, whose upper edge is at `top` (points from the bottom of the page).

    `advance_of` a cluster, in ems. None: it does not fit at the smallest type, or holds what cannot be broken here.
    """
    ones = tuple(text) if text.isascii() else clusters(text)
    advances = [advance_of(one) for one in ones]
    if _PUNCTUATION.isdisjoint(text):
        width = (sum(advances) + box.tracking_em * (len(ones) - 1)) * box.size
        if width <= box.room:
            baseline = _first_baseline(box, top, box.size, 1)
            return (SetText(ones, _edge(box, width), baseline, box.size, box.tracking_em * box.size),)
    elif _TOO_CLOSE.search(text):
        return None
    else:
        return _fitted(_Measured(text, ones, tuple(press_together(ones, advances)), box), top)
    return _fitted(_Measured(text, ones, tuple(map(Pressed, advances)), box), top)


class _Measured(NamedTuple):
    """A text, its clusters as they stand beside each other, and its box."""

    text: str
    ones: tuple[str, ...]
    pressed: tuple[Pressed, ...]
    box: TextBox


def _fitted(measured: _Measured, top: float) -> tuple[SetText, ...] | None:
    """Set a text in the largest type in which it fits."""
    box = measured.box
    line = _Line(0, len(measured.ones))
    ems = line.width(measured.pressed) + box.tracking_em * (len(measured.ones) - 1)
    height = (box.h - SPARE_MM) * POINTS_PER_MM
    quick = len(measured.text) * (1 + box.tracking_em) * box.size <= box.room  # certificate.typ does not measure these
    breaker: _Breaker | None = None
    size = box.size
    while size >= box.smallest:
        if ems * size <= box.room:
            if quick or size <= height:
                return _line_of(measured, line, size, _edge(box, ems * size), _first_baseline(box, top, size, 1))
        else:
            breaker = breaker or _Breaker(measured)
            lines = None if box.tracking_em else breaker.lines(box.room / size, _ROUNDING / size)
            if lines is None:
                return None
            block = size * (len(lines) + BETWEEN_LINES_EM * (len(lines) - 1))
            if lines and block <= height and breaker.widest <= box.room / size:
                return _lines_of(measured, lines, size, top)
        size -= SIZE_STEP
    return None


def _edge(box: TextBox, width: float) -> float:
    free = box.room - width
    return (box.x + PAD_MM) * POINTS_PER_MM + {"left": 0.0, "center": free / 2, "right": free}[box.align]


def _first_baseline(box: TextBox, top: float, size: float, lines: int) -> float:
    block = size * (lines + BETWEEN_LINES_EM * (lines - 1))
    return top - (box.h * POINTS_PER_MM - block) / 2 - ABOVE_BASELINE_EM * size


@dataclass(frozen=True, slots=True)
class _Line:
    """Clusters from `start` up to `end`, of a text."""

    start: int
    end: int

    def width(self, pressed: Sequence[Pressed]) -> float:
        """Measure it in ems: the white of a bracket that begins it, and of a bracket or stop that ends it, is gone."""
        if self.start == self.end:
            return 0.0
        own = pressed[self.start : self.end]
        after = own[-1].after if own[-1].closes else 0.0
        return sum(one.advance for one in own) - _white_before(own[0]) - after


def _lines_of(measured: _Measured, lines: Sequence[_Line], size: float, top: float) -> tuple[SetText, ...]:
    """Set several lines, each from the left edge of the box."""
    first, pitch = _first_baseline(measured.box, top, size, len(lines)), (1 + BETWEEN_LINES_EM) * size
    x = _edge(measured.box, measured.box.room)
    return tuple(
        part for number, line in enumerate(lines) for part in _line_of(measured, line, size, x, first - number * pitch)
    )


def _line_of(measured: _Measured, line: _Line, size: float, x: float, baseline: float) -> tuple[SetText, ...]:
    """Set one line from `x` on: as one text, or as several where punctuation is set closer."""
    if line.start == line.end:
        return ()
    ones, pressed = measured.ones, measured.pressed
    tracking = measured.box.tracking_em * size
    x -= _white_before(pressed[line.start]) * size
    parts: list[SetText] = []
    begins, at, follows = line.start, x, x
    for index in range(line.start, line.end):
        one = pressed[index]
        here = x - one.moved * size
        if index == begins:
            at = here
        elif abs(here - follows) > _ROUNDING:
            parts.append(SetText(ones[begins:index], at, baseline, size, tracking))
            begins, at = index, here
        x += one.advance * size + tracking
        follows = here + (one.advance + one.moved + one.closer) * size + tracking
    parts.append(SetText(ones[begins : line.end], at, baseline, size, tracking))
    return tuple(parts)


def _white_before(first: Pressed) -> float:
    """Give the white of a bracket that begins a line: it is taken away there."""
    return first.before if first.opens else 0.0


def _is_blank(item: Item) -> bool:
    return item.kind != BOX and SPACES.issuperset(item.clusters)


class _Breaker:
    """Breaks one text into lines: each as long as it can be (typst's way where lines need not be of one width)."""

    def __init__(self, measured: _Measured) -> None:
        text, ones, pressed, _ = measured
        self._pressed = pressed
        at = [0, *accumulate(map(len, ones))]
        index_of = {place: index for index, place in enumerate(at)}
        boxes = {index_of[one.start()]: index_of[one.end()] for one in _HYPHENATED.finditer(text)}
        self._items: list[Item | None] = []
        self._starts: list[int] = []
        index = 0
        while index < len(ones):
            end = boxes.get(index, index + 1)
            kind = BOX if index in boxes else class_of(ones[index])
            self._items.append(None if kind is None else Item(ones[index:end], kind))
            self._starts.append(index)
            index = end
        self._starts.append(index)
        self.widest = max(
            (
                sum(pressed[index_of[place]].advance for place in range(*one.span()) if place in index_of)
                for pattern in (_UNBREAKABLE, _HYPHENATED)
                for one in pattern.finditer(text)
            ),
            default=0.0,
        )

    def lines(self, room: float, spare: float) -> list[_Line] | None:
        """Give the lines, `room` ems wide at most: none where a piece of it is wider; None where no rule says how."""
        items = [item for item in self._items if item is not None]
        if len(items) < len(self._items):
            return None
        ends = [at for at in range(1, len(items)) if may_break(items, at)] + [len(items)]
        found: list[_Line] = []
        start, fitting = 0, 0
        for end in ends:
            line = self._line(items, start, end)
            if line.width(self._pressed) > room + spare and fitting > start:
                found.append(self._line(items, start, fitting))
                start = fitting
                line = self._line(items, start, end)
            if line.width(self._pressed) > room + spare:
                return []
            fitting = end
        return [*found, self._line(items, start, len(items))]

    def _line(self, items: Sequence[Item], start: int, end: int) -> _Line:
        """Take a line without the spaces it is broken at."""
        last = end
        while end < len(items) and last > start and _is_blank(items[last - 1]):
            last -= 1
        return _Line(self._starts[start], self._starts[last])
