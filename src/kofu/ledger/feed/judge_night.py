"""Judges tonight's feed before it leaves, by the rules `issuing` will judge it by.

Rows are looked at as the lines that are written, batch by batch. A row that can never be is a fault of the ledger's own
data or of the program: the run fails, its record names the rule, the first line and how many, and nothing leaves. What
may be is counted, and judged with the figures of the night (`judge_figures`).
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from kofu.contracts.feed import Table
from kofu.core.errors import OurFault
from kofu.judgement.findings import Severity
from kofu.judgement.rows import RowRule
from kofu.ledger.feed.feed_rows import Line

LINES_PER_BATCH = 20_000
FIRST_LINE = 2  # below the header

#: (table, rows to be put, the feed's day) → each broken rule with the lines of the rows that break it.
RowRules = Callable[[Table, pl.DataFrame, date], tuple[tuple[RowRule, pl.Series], ...]]


@dataclass(slots=True)
class NightJudge:
    """Collects what the rules say of the lines of a night.

    `hard`: rule → (file, first line, how many); `warnings`: rule → how many.
    """

    business_date: date
    rules: RowRules
    hard: dict[str, tuple[str, int, int]] = field(default_factory=dict)
    warnings: Counter[str] = field(default_factory=Counter)
    _waiting: list[bytes] = field(default_factory=list)
    _next_line: int = FIRST_LINE

    def look(self, table: Table, line: Line) -> None:
        """Take a line of a table, ended by LF, as it is written."""
        self._waiting.append(bytes(line))
        if len(self._waiting) >= LINES_PER_BATCH:
            self._judge(table)

    def finish(self, table: Table) -> None:
        """Judge what is left of a table."""
        self._judge(table)
        self._next_line = FIRST_LINE

    def require_sound(self) -> None:
        """Raise `OurFault` `judged RULE FILE:LINE COUNT` where a row says what can never be."""
        for rule, (file, line, count) in self.hard.items():
            raise OurFault(
                f"judged {rule} {file}:{line} {count}",
                f"{file}:{line}: {count} rows say what can never be ({rule}); nothing was sent",
            )

    def _judge(self, table: Table) -> None:
        if not self._waiting:
            return
        frame = pl.read_csv(
            io.BytesIO(b"".join(self._waiting)),
            has_header=False,
            schema=dict.fromkeys(table.column_names, pl.String),
            empty_string_is_null=False,
        ).with_columns(line=pl.int_range(pl.len(), dtype=pl.UInt32) + self._next_line)
        self._next_line += frame.height
        self._waiting.clear()
        put = frame.filter(pl.col("change") == "put")
        for rule, lines in self.rules(table, put, self.business_date):
            if rule.severity is Severity.HARD and len(lines):
                file, first, count = self.hard.get(rule.name, (table.file_name, int(lines[0]), 0))
                self.hard[rule.name] = (file, first, count + len(lines))
            elif rule.severity is Severity.WARNING:
                self.warnings[rule.name] += len(lines)
