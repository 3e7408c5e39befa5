"""What a gate says: findings of rows, figures beside their bounds, and the verdict that follows from them.

A finding names file, line, column and rule, never a cell's value: reports travel. Whom a held row concerns is a value
of its own (`HeldRow`), stored where looks are on record, never written into a report.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """What follows from a broken rule."""

    HARD = "hard"  # can never be: the feed is refused
    ROW_HELD = "row_held"  # the person of the row gets no paper until the row is corrected or accepted
    WARNING = "warning"  # may be; counted, and held above the bound of its figure


class Verdict(StrEnum):
    """What becomes of a feed."""

    ACTIVATE = "activate"
    HOLD = "hold"  # yesterday keeps serving until two people have looked
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One broken rule. `line` counts from 1 (the header); None where the file or the feed as a whole is meant."""

    rule: str
    severity: Severity
    file: str
    line: int | None
    column: str | None
    sentence: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}{f' {self.column}' if self.column else ''}: {self.sentence} [{self.rule}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """How far a figure may move: it is out of bounds when it moves by more than both.

    `permille` of the figure before, `absolute` in the figure's unit (rows, yen). The absolute part is what keeps a tiny
    ward quiet, where one family moving is three percent.
    """

    permille: int
    absolute: int

    def allows(self, before: int, after: int) -> bool:
        """Tell whether a figure may go from `before` to `after`."""
        moved = abs(after - before)
        return moved <= self.absolute or moved * 1000 <= abs(before) * self.permille


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure of a feed: now, in the generation before, and on the same weekday a week before.

    None where there is nothing to compare with (first feed). `bound` None: shown, never a reason to hold.
    """

    name: str
    after: int
    before: int | None = None
    week_before: int | None = None
    bound: Bound | None = None

    @property
    def out_of_bounds(self) -> bool:
        """Tell whether the figure moved further than its bound against either day it is compared with."""
        if self.bound is None:
            return False
        days = (day for day in (self.before, self.week_before) if day is not None)
        return any(not self.bound.allows(day, self.after) for day in days)


def verdict_of(findings: Iterable[Finding], figures: Iterable[Figure], *, held: Iterable[str] = ()) -> Verdict:
    """Decide: a hard finding refuses, a figure out of bounds or another reason to hold (`held`) holds."""
    if any(finding.severity is Severity.HARD for finding in findings):
        return Verdict.REFUSE
    if any(figure.out_of_bounds for figure in figures) or any(True for _ in held):
        return Verdict.HOLD
    return Verdict.ACTIVATE
