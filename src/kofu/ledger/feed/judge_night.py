"""Judges tonight's feed before it leaves, by the rules `issuing` will judge it by.

Rows are looked at as the very lines that are written, batch by batch. A row that can never be is a fault of the
ledger's own data or of the program: the run fails, its record names the rule, the first line and how many, and nothing
leaves. What may be is counted, and judged with the figures of the night (`judge_figures`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from kofu.contracts.feed import Table
from kofu.core.errors import OurFault
from kofu.judgement.findings import Severity
from kofu.judgement.number_rows import read_numbers, read_texts
from kofu.judgement.rows import RowRule

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
    _rows: Counter[str] = field(default_factory=Counter)

    def look(self, table: Table, data: bytes) -> int:
        """Judge lines of a table, each ended by LF, as they are written. Gives how many rows they are."""
        frame = read_numbers(table, data[:-1], data.count(b"\n"))
        if frame is None:  # a text in quotes
            frame = read_texts(table, data[:-1])
        first = FIRST_LINE + self._rows[table.name]
        self._rows[table.name] += frame.height
        put = frame.with_columns(line=pl.int_range(pl.len(), dtype=pl.UInt32) + first).filter(pl.col("change") == "put")
        for rule, lines in self.rules(table, put, self.business_date):
            if rule.severity is Severity.HARD and len(lines):
                file, line, count = self.hard.get(rule.name, (table.file_name, int(lines[0]), 0))
                self.hard[rule.name] = (file, line, count + len(lines))
            elif rule.severity is Severity.WARNING:
                self.warnings[rule.name] += len(lines)
        return frame.height

    def require_sound(self) -> None:
        """Raise `OurFault` `judged RULE FILE:LINE COUNT` where a row says what can never be."""
        for rule, (file, line, count) in self.hard.items():
            raise OurFault(
                f"judged {rule} {file}:{line} {count}",
                f"{file}:{line}: {count} rows say what can never be ({rule}); nothing was sent",
            )
