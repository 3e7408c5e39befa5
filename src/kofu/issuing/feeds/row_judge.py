"""Judges the rows of a feed while its files are read: batch by batch, by `kofu.judgement` and by the font.

What it keeps are lines and rules, never a cell. Which persons the lines are about is asked of the database afterwards,
by the line numbers of the staged rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from kofu.contracts.feed import Table
from kofu.issuing.feeds.feed_problems import FIRST_PROBLEMS, FeedProblems
from kofu.judgement.findings import Finding, Severity
from kofu.judgement.marks import TEXTS
from kofu.judgement.rows import RowRule

UNDRAWABLE = "undrawable"
#: (table, rows to be put, the feed's day) → each broken rule with the lines of the rows that break it.
RowRules = Callable[[Table, pl.DataFrame, date], tuple[tuple[RowRule, pl.Series], ...]]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the font draws: `plain` matches a text made of characters that are all drawn; `undrawable` names the rest.

    `plain` only spares the work: what it does not match is looked at by `undrawable`, which gives code points.
    """

    plain: str
    undrawable: Callable[[str], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class RowMark:
    """A row that people must look at: its line, the rule, the column; `detail` code points that cannot be drawn."""

    line: int
    rule: str
    column: str
    detail: str = ""
    held: bool = True


@dataclass(slots=True)
class RowJudge:
    """Collects what the rules say of the rows of one feed."""

    problems: FeedProblems
    business_date: date
    rules: RowRules
    coverage: Coverage | None = None
    findings: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    marks: dict[str, list[RowMark]] = field(default_factory=dict)

    def look(self, table: Table, frame: pl.DataFrame) -> list[int]:
        """Judge a batch of rows to be put whose cells are all in form; `frame` holds `line` beside the columns.

        Gives the lines of the rows that people must look at.
        """
        known = len(self.marks.get(table.name, ()))
        for rule, lines in self.rules(table, frame, self.business_date):
            if rule.severity is Severity.HARD:
                for line in lines:
                    self.problems.add(table.file_name, rule.name, rule.sentence, line=line, column=rule.column)
                continue
            self._count(table, rule, lines)
            self.warnings[rule.name] += len(lines)  # rows held one by one by the thousand are a feed to look at
            if rule.severity is Severity.ROW_HELD:
                marks = self.marks.setdefault(table.name, [])
                marks.extend(RowMark(line, rule.name, rule.column or "") for line in lines)
        if self.coverage is not None:
            self._look_at_characters(table, frame, self.coverage)
        return [mark.line for mark in self.marks.get(table.name, ())[known:]]

    def _look_at_characters(self, table: Table, frame: pl.DataFrame, coverage: Coverage) -> None:
        for column in TEXTS.get(table.name, ()):
            doubtful = frame.filter(~pl.col(column).str.contains(coverage.plain)).select("line", column)
            found = [
                RowMark(line, UNDRAWABLE, column, " / ".join(dict.fromkeys(points)), held=False)
                for line, text in doubtful.iter_rows()
                if (points := coverage.undrawable(text))
            ]
            if found:
                self.counts[UNDRAWABLE] += len(found)
                self.marks.setdefault(table.name, []).extend(found)

    def _count(self, table: Table, rule: RowRule, lines: pl.Series) -> None:
        self.counts[rule.name] += len(lines)
        self.findings += [
            Finding(
                rule=rule.name,
                severity=rule.severity,
                file=table.file_name,
                line=line,
                column=rule.column,
                sentence=rule.sentence,
            )
            for line in lines.head(max(FIRST_PROBLEMS - len(self.findings), 0))
        ]
