"""What a gate says: findings of rows, figures beside their bounds, and the verdict that follows from them.

A finding names file, line, column and rule, never a cell's value: reports travel. Whom a held row concerns is a value
of its own (`HeldRow`), stored where looks are on record, never written into a report.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from kofu.core.gates import Bound as Bound  # noqa: PLC0414 - part of what a figure is


class Severity(StrEnum):
    """What follows from a broken rule."""

    HARD = "hard"  # can never be: the feed is refused
    ROW_HELD = "row_held"  # the person of the row gets no paper until the row is corrected or accepted
    WARNING = "warning"  # may be; counted, and held above the bound of its figure


class FeedVerdict(StrEnum):
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
class Figure:
    """A figure of a feed: now, in the generation before, and on the same weekday a week before.

    None where there is nothing to compare with (first feed). `bound` None: shown, never a reason to hold. `of`: the
    figure counts happenings (names changed, rows gone) among so many; its bound is a share of those, not of yesterday.
    """

    name: str
    after: int
    before: int | None = None
    week_before: int | None = None
    bound: Bound | None = None
    of: int | None = None

    @property
    def out_of_bounds(self) -> bool:
        """Tell whether the figure moved further than its bound against either day it is compared with."""
        if self.bound is None:
            return False
        if self.of is not None:
            return self.after > self.bound.absolute and self.after * 1000 > self.of * self.bound.permille
        days = (day for day in (self.before, self.week_before) if day is not None)
        return any(not self.bound.allows(day, self.after) for day in days)


def verdict_of(findings: Iterable[Finding], figures: Iterable[Figure], *, held: Iterable[str] = ()) -> FeedVerdict:
    """Decide: a hard finding refuses, a figure out of bounds or another reason to hold (`held`) holds."""
    if any(finding.severity is Severity.HARD for finding in findings):
        return FeedVerdict.REFUSE
    if any(figure.out_of_bounds for figure in figures) or any(True for _ in held):
        return FeedVerdict.HOLD
    return FeedVerdict.ACTIVATE
