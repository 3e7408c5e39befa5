"""A text in its box, as `value` of certificate.typ sets it: size, lines, places. Pure; a test holds both to the same.

The largest type between the form's size and its smallest (by quarter points) in which the text fits the box: on one
line, at the edge the field has; else on as many lines as the box is high, from its left edge. Lines are in the middle
of the height. Nothing is ever cut.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple, Protocol

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
_NO_RULE = ""  # the class of what line breaking does not know
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


class TextPlace(NamedTuple):
    """One text of a paper: its name, its page from 0, its box, and what follows from these; in points.

    `top` edge of the box; `left` edge of a line and how much `room` it has, of which the `share` that is free stands
    before it; `baseline` and `tracking` of one line at the size of the form.
    """

    name: str
    page: int
    box: TextBox
    top: float
    left: float
    room: float
    share: float
    baseline: float
    tracking: float


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


_SHARES = {"left": 0.0, "center": 0.5, "right": 1.0}


def place_of(name: str, page: int, box: TextBox, page_height: float, shift: float = 0.0) -> TextPlace:
    """Work out where a text stands; `page_height` and `shift` (how far its box is moved down) in mm."""
    top = (page_height - box.y - shift) * POINTS_PER_MM
    return TextPlace(
        name,
        page,
        box,
        top,
        left=(box.x + PAD_MM) * POINTS_PER_MM,
        room=(box.w - 2 * PAD_MM) * POINTS_PER_MM,
        share=_SHARES[box.align],
        baseline=first_baseline(box, top, box.size, 1),
        tracking=box.tracking_em * box.size,
    )


class PaperPlaces(NamedTuple):
    """The places of all texts of a paper, and their names."""

    names: frozenset[str]
    places: tuple[TextPlace, ...]


@lru_cache(maxsize=128)
def places_of(path: Path, pages: int, rows: int) -> PaperPlaces:
    """Name every text of a paper of so many pages and rows, with its place. `path`: of the form's `fields.toml`."""
    boxes = read_boxes(path)
    found: list[TextPlace] = []
    for name, box in boxes.fields.items():
        if box.page == "row":
            for row in range(rows):
                page, here = divmod(row, boxes.rows_per_page)
                own = f"row_{row + 1}_{name.removeprefix('row_')}"
                found.append(place_of(own, page, box, boxes.page_height, here * boxes.row_pitch))
        elif box.page == "last":
            found.append(place_of(name, pages - 1, box, boxes.page_height))
        else:
            for page in range(pages):
                own = f"{name}_{page + 1}" if box.page == "each" else name
                found.append(place_of(own, page, box, boxes.page_height))
    return PaperPlaces(frozenset(place.name for place in found), tuple(found))


class Advances(Protocol):
    """How far the characters of a font advance, in ems."""

    @property
    def single(self) -> Mapping[str, float]:
        """Every character that always stands by itself."""

    def of(self, cluster: str) -> float:
        """Any cluster the font draws. Raises where it draws none."""


def set_into(text: str, place: TextPlace, advances: Advances) -> tuple[SetText, ...] | None:
    """Set a text into its place.

    None: it does not fit at the smallest type, or holds what cannot be broken here.
    """
    box = place.box
    try:
        ones, ems = tuple(text), list(map(advances.single.__getitem__, text))
    except KeyError:
        ones = clusters(text)
        ems = list(map(advances.of, ones))
    if _PUNCTUATION.isdisjoint(text):
        width = (sum(ems) + box.tracking_em * (len(ones) - 1)) * box.size
        free = place.room - width
        if free >= 0:
            x = place.left + free * place.share
            return (SetText(ones, x, place.baseline, box.size, place.tracking),)
    elif _TOO_CLOSE.search(text):
        return None
    else:
        return _fitted(_Measured(text, ones, tuple(press_together(ones, ems)), place))
    return _fitted(_Measured(text, ones, tuple(map(Pressed, ems)), place))


class _Measured(NamedTuple):
    """A text, its clusters as they stand beside each other, and its place."""

    text: str
    ones: tuple[str, ...]
    pressed: tuple[Pressed, ...]
    place: TextPlace


def _fitted(measured: _Measured) -> tuple[SetText, ...] | None:
    """Set a text in the largest type in which it fits."""
    place = measured.place
    box = place.box
    line = _Line(0, len(measured.ones))
    ems = line.width(measured.pressed) + box.tracking_em * (len(measured.ones) - 1)
    height = (box.h - SPARE_MM) * POINTS_PER_MM
    quick = (
        len(measured.text) * (1 + box.tracking_em) * box.size <= place.room
    )  # certificate.typ does not measure these
    breaker: _Breaker | None = None
    size = box.size
    while size >= box.smallest:
        if ems * size <= place.room:
            if quick or size <= height:
                x = place.left + (place.room - ems * size) * place.share
                return _line_of(measured, line, size, x, first_baseline(box, place.top, size, 1))
        else:
            breaker = breaker or _Breaker(measured)
            lines = None if box.tracking_em else breaker.lines(place.room / size, _ROUNDING / size)
            if lines is None:
                return None
            block = size * (len(lines) + BETWEEN_LINES_EM * (len(lines) - 1))
            if lines and block <= height and breaker.widest <= place.room / size:
                return _lines_of(measured, lines, size)
        size -= SIZE_STEP
    return None


def first_baseline(box: TextBox, top: float, size: float, lines: int) -> float:
    """Give the baseline of the first of so many lines, which stand in the middle of the box; `top`: its upper edge."""
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


def _lines_of(measured: _Measured, lines: Sequence[_Line], size: float) -> tuple[SetText, ...]:
    """Set several lines, each from the left edge of the box."""
    place = measured.place
    first, pitch = first_baseline(place.box, place.top, size, len(lines)), (1 + BETWEEN_LINES_EM) * size
    found: list[SetText] = []
    for number, line in enumerate(lines):
        found += _line_of(measured, line, size, place.left, first - number * pitch)
    return tuple(found)


def _line_of(measured: _Measured, line: _Line, size: float, x: float, baseline: float) -> tuple[SetText, ...]:
    """Set one line from `x` on: as one text, or as several where punctuation is set closer."""
    if line.start == line.end:
        return ()
    ones, pressed = measured.ones, measured.pressed
    tracking = measured.place.box.tracking_em * size
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
        self._items: list[Item] = []
        self._starts: list[int] = []
        index = 0
        while index < len(ones):
            end = boxes.get(index, index + 1)
            kind = BOX if index in boxes else class_of(ones[index])
            self._items.append(Item(ones[index:end], kind or _NO_RULE))
            self._starts.append(index)
            index = end
        self._starts.append(index)
        count = len(self._items)
        self._ends: list[int] | None = None
        if all(item.kind != _NO_RULE for item in self._items):
            self._ends = [*(at for at in range(1, count) if may_break(self._items, at)), count]
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
        if self._ends is None:
            return None
        found: list[_Line] = []
        start, fitting = 0, 0
        for end in self._ends:
            line = self._line(start, end)
            if line.width(self._pressed) > room + spare and fitting > start:
                found.append(self._line(start, fitting))
                start = fitting
                line = self._line(start, end)
            if line.width(self._pressed) > room + spare:
                return []
            fitting = end
        return [*found, self._line(start, len(self._items))]

    def _line(self, start: int, end: int) -> _Line:
        """Take a line without the spaces it is broken at."""
        last = end
        while end < len(self._items) and last > start and _is_blank(self._items[last - 1]):
            last -= 1
        return _Line(self._starts[start], self._starts[last])
