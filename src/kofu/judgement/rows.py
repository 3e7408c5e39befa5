"""Rules of one row: expressions over a frame, judged a batch at a time.

A frame holds the columns of the contract as text, exactly as they came, or its numbers as integers already, and `line`,
the row's line in the file. Rows reach these rules only when every cell is in the form of the contract, so casts cannot
fail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from kofu.judgement.findings import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRule:
    """`broken` is true for a row that breaks the rule; it is null-free. `column` is None for rules over several."""

    name: str
    severity: Severity
    column: str | None
    sentence: str
    broken: pl.Expr


def broken_rows(rules: Sequence[RowRule], frame: pl.DataFrame) -> tuple[tuple[RowRule, pl.Series], ...]:
    """Give each rule that any row breaks, with the lines of the rows that break it, in the order of the rules.

    One pass says which rules are broken at all; only those are looked at again to find the lines.
    """
    if not rules or frame.is_empty():
        return ()
    broken = frame.select(rule.broken.any().alias(str(number)) for number, rule in enumerate(rules)).row(0)
    hit = [rule for rule, is_broken in zip(rules, broken, strict=True) if is_broken]
    return tuple((rule, frame.filter(rule.broken)["line"]) for rule in hit)
