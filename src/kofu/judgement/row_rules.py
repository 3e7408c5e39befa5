"""The rules of single rows of each table of the feeds, gathered: marks in names, and the arithmetic of the year."""

from __future__ import annotations

from datetime import date

import polars as pl

from kofu.contracts.feed import Table
from kofu.core.resident_tax import ORDINARY, ResidentTax
from kofu.judgement.arithmetic import broken_by_arithmetic
from kofu.judgement.marks import mark_rules
from kofu.judgement.rows import RowRule, broken_rows


def broken_by_rows(
    table: Table, frame: pl.DataFrame, business_date: date, *, tax: ResidentTax = ORDINARY
) -> tuple[tuple[RowRule, pl.Series], ...]:
    """Judge rows to be put, all cells in form: each broken rule, with the lines of the rows that break it.

    `tax`: how 住民税 is levied here.
    """
    if frame.is_empty():
        return ()
    marks = broken_rows(tuple(mark_rules(table)), frame)
    return (*marks, *broken_by_arithmetic(table, frame, business_date, tax))
