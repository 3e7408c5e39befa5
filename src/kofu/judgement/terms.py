"""Words the rules of arithmetic are written in: cells as numbers, tables as expressions over a frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias, TypeVar

import polars as pl

from kofu.contracts.feed import ColumnType, Table
from kofu.judgement.years import FIRST_YEAR, LAST_YEAR

#: What `numbers` turns into integers.
NUMBERS = frozenset({ColumnType.YEN, ColumnType.COUNT, ColumnType.YEAR, ColumnType.FLAG})

Whole: TypeAlias = pl.Expr | int
Row = TypeVar("Row")


def numbers(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """Turn amounts, counts, years and flags into numbers once, so that no rule does it again; the rest stays text."""
    return frame.with_columns(pl.col(column.name).cast(pl.Int64) for column in table.columns if column.type in NUMBERS)


def cell(name: str) -> pl.Expr:
    """Give a cell as a number, whether the frame still holds text or was prepared by `numbers`."""
    return pl.col(name).cast(pl.Int64)


def total(names: Iterable[str]) -> pl.Expr:
    """Add up cells of a row."""
    return pl.sum_horizontal([cell(name) for name in names])


def of_distinct(name: str, term: pl.Expr, dtype: type[pl.DataType]) -> pl.Expr:
    """Give a term of one column, worked out once for each text that stands in it: for columns of few."""

    def worked_out(texts: pl.Series) -> pl.Series:
        distinct = texts.unique().to_frame()
        return texts.replace_strict(distinct.to_series(), distinct.select(term.cast(dtype)).to_series())

    return pl.col(name).map_batches(worked_out, return_dtype=dtype)


def is_code(name: str, *codes: str) -> pl.Expr:
    """Tell whether a cell holds one of these codes."""
    return pl.col(name).is_in(codes)


YEAR = cell("fiscal_year")
YEAR_IS_KNOWN = YEAR.is_between(FIRST_YEAR, LAST_YEAR)
DECLARED = pl.col("declaration") == "declared"
NOTHING_DECLARED = is_code("declaration", "undeclared", "dependent_undeclared")
AGGREGATE = cell("aggregate_income")


def dated(table: Sequence[tuple[int, Row]], term: Callable[[Row], Whole]) -> pl.Expr:
    """Give the term of the table's row that is in force in the row's fiscal year; before the first row, the first."""
    (_, first), *later = table
    chosen = _expr(term(first))
    for since, row in later:
        chosen = pl.when(since <= YEAR).then(_expr(term(row))).otherwise(chosen)
    return chosen


def stepped(value: pl.Expr, steps: Sequence[tuple[int, Whole]]) -> pl.Expr:
    """Give the term of the first step whose limit `value` does not exceed."""
    chosen = _expr(steps[-1][1])
    for limit, term in reversed(steps[:-1]):
        chosen = pl.when(value <= limit).then(_expr(term)).otherwise(chosen)
    return chosen


def at_least(value: pl.Expr, least: Whole) -> pl.Expr:
    """Give the larger of the two."""
    return pl.max_horizontal(value, _expr(least))


def at_most(value: pl.Expr, most: Whole) -> pl.Expr:
    """Give the smaller of the two."""
    return pl.min_horizontal(value, _expr(most))


def _expr(term: Whole) -> pl.Expr:
    return pl.lit(term, dtype=pl.Int64) if isinstance(term, int) else term
