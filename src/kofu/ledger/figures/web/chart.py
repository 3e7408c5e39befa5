"""A line chart as places and texts, drawn by a template as SVG: no inline style, no script, the same on paper.

Years are told apart by dash and mark as well as by colour: a printed page has no colours, and not everybody sees them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kofu.ledger.figures.domain.collection_figures import APRIL, MONTHS_SHOWN, YearLine

WIDTH, HEIGHT = 760, 330
LEFT, RIGHT, TOP, BOTTOM = 48, 96, 14, 34
PERCENT_STEP = 20
WHOLE = 100
LABEL_GAP = 15
#: Colours of at least 4.5:1 on white, and a dash for each; the latest year first.
STROKES = (
    ("#0017c1", ""), ("#ac3e00", "7 4"), ("#115a36", "2 3"), ("#8b008b", "10 3 2 3"), ("#595959", "4 2"),
    ("#604b00", "1 4"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid and its word."""

    at: float
    word: str


@dataclass(frozen=True, slots=True)
class ChartSeries:
    """A year's line: points for `polyline`, its word at the last point, moved where two would lie on each other."""

    points: str
    marks: tuple[tuple[float, float], ...]
    word: str
    word_x: float
    word_y: float
    colour: str
    dash: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything the template draws."""

    percents: tuple[Tick, ...]
    months: tuple[Tick, ...]
    series: tuple[ChartSeries, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


def chart_of(lines: Sequence[tuple[str, YearLine]]) -> Chart:
    """Draw years named by a word, the latest first; years with nothing assessed have no line."""
    series = []
    for (word, line), (colour, dash) in zip(lines, STROKES, strict=False):
        points = [(_x(place), _y(month.rate)) for place, month in enumerate(line.months) if month.rate is not None]
        if points:
            x, y = points[-1]
            text = " ".join(f"{left:.1f},{top:.1f}" for left, top in points)
            series.append(ChartSeries(text, tuple(points), word, x + 8, y + 4, colour, dash))
    return Chart(
        percents=tuple(Tick(_y(Decimal(percent)), f"{percent}%") for percent in range(0, WHOLE + 1, PERCENT_STEP)),
        months=tuple(Tick(_x(place), f"{_month(place).month}月") for place in range(MONTHS_SHOWN)),
        series=_spread_labels(series),
    )


def _spread_labels(series: list[ChartSeries]) -> tuple[ChartSeries, ...]:
    """Move words down that would lie on each other."""
    moved: list[ChartSeries] = []
    for one in sorted(series, key=lambda each: each.word_y):
        above = [each.word_y for each in moved if abs(each.word_x - one.word_x) < RIGHT]
        y = max([one.word_y, *(other + LABEL_GAP for other in above)])
        moved.append(ChartSeries(one.points, one.marks, one.word, one.word_x, y, one.colour, one.dash))
    return tuple(moved)


def _x(place: int) -> float:
    return round(LEFT + (WIDTH - LEFT - RIGHT) * place / (MONTHS_SHOWN - 1), 1)


def _y(percent: Decimal) -> float:
    share = float(min(percent, Decimal(WHOLE))) / WHOLE
    return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share, 1)


def _month(place: int) -> date:
    return date(2000 + (APRIL - 1 + place) // 12, (APRIL - 1 + place) % 12 + 1, 1)
