"""Faults of arithmetic by name: what a sender's mixed column, wrong table or lost deduction makes of `assessments`.

Each is a pure change of the table as text. The sums the file itself must keep are kept, so that nothing but the law of
the year tells the rows apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from kofu.contracts.feed import ColumnType
from kofu.contracts.feed_tables import ASSESSMENTS
from kofu.judgement.years import FLAT_REDUCTION_YEAR

TEN = 10
PER_CAPITA = 30_000
YEAR_NEVER = "2949"
INCOME_NEVER = "99999999"
_LEVIES = (("ward_income_levy", "metro_income_levy"), ("ward_per_capita_levy", "metro_per_capita_levy"))

# A salary of 20,000,001 in 令和6年度 with the 定額減税 that ends at 18,050,000; all else is as the law has it
OVER_LIMIT = {
    "salary_revenue": 20_000_001,
    "salary_income": 18_050_001,
    "aggregate_income": 18_050_001,
    "total_income": 18_050_001,
    "basic_deduction": 430_000,
    "deduction_total": 430_000,
    "base_general": 17_620_000,
    "adjustment_credit": 2_500,
    "flat_reduction": 10_000,
    "ward_income_levy": 1_049_700,
    "ward_per_capita_levy": 3_000,
    "metro_income_levy": 699_800,
    "metro_per_capita_levy": 1_000,
    "forest_environment_tax": 1_000,
    "annual_tax": 1_754_500,
}
# 1,220,000 of a salary of 1,900,000, where the table says 1,250,000; all that follows from it follows
OFF_TABLE = {
    "salary_revenue": 1_900_000,
    "salary_income": 1_220_000,
    "aggregate_income": 1_220_000,
    "total_income": 1_220_000,
    "basic_deduction": 430_000,
    "deduction_total": 430_000,
    "base_general": 790_000,
    "adjustment_credit": 2_500,
    "ward_income_levy": 45_900,
    "ward_per_capita_levy": 3_000,
    "metro_income_levy": 30_600,
    "metro_per_capita_levy": 1_000,
    "forest_environment_tax": 1_000,
    "annual_tax": 81_500,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ArithmeticFault:
    """A fault by its name, what it is in words, what it makes of the table, and the rule that must find it."""

    name: str
    what: str
    rule: str
    change: Callable[[pl.DataFrame], pl.DataFrame]


def _number(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Int64)


def _text(value: pl.Expr, name: str) -> pl.Expr:
    return value.cast(pl.String).alias(name)


def _first(frame: pl.DataFrame, where: pl.Expr) -> pl.Expr:
    """Mark the first row of which `where` is true. Raises `ValueError` where the ward has none."""
    places = frame.select(where.arg_true()).to_series()
    if places.is_empty():
        raise ValueError("no row of the ward fits this fault: make a larger ward")
    return pl.int_range(pl.len()).eq(int(places[0]))


def _set(frame: pl.DataFrame, where: pl.Expr, cells: Mapping[str, str]) -> pl.DataFrame:
    marked = _first(frame, where)
    return frame.with_columns(
        pl.when(marked).then(pl.lit(cell)).otherwise(pl.col(name)).alias(name) for name, cell in cells.items()
    )


def _rewrite(frame: pl.DataFrame, where: pl.Expr, amounts: Mapping[str, int]) -> pl.DataFrame:
    """Let the first such row state these amounts, zero for all others, nobody beside the person."""
    zeros = {
        column.name: "0"
        for column in ASSESSMENTS.columns
        if column.type in (ColumnType.YEN, ColumnType.COUNT) or column.name.startswith("self_")
    }
    cells = {name: str(amount) for name, amount in amounts.items()}
    return _set(frame, where, zeros | cells | {"spouse_status": "none"})


def _times_ten(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(_text(_number("base_general") * TEN, "base_general"))


def _without_deduction(frame: pl.DataFrame) -> pl.DataFrame:
    disabled = pl.col("self_ordinary_disability") == "1"
    _first(frame, disabled)
    kept = pl.when(disabled).then(0).otherwise(_number("disability_deduction"))
    rest = _number("deduction_total") - _number("disability_deduction") + kept
    return frame.with_columns(_text(kept, "disability_deduction"), _text(rest, "deduction_total"))


def _exchange(frame: pl.DataFrame) -> pl.DataFrame:
    pairs = [pair for ward, metro in _LEVIES for pair in ((ward, metro), (metro, ward))]
    return frame.with_columns(pl.col(source).alias(target) for source, target in pairs)


def _per_capita(frame: pl.DataFrame) -> pl.DataFrame:
    marked = _first(frame, _number("ward_per_capita_levy") > 0)
    more = pl.when(marked).then(PER_CAPITA - _number("ward_per_capita_levy")).otherwise(0)
    columns = ("ward_per_capita_levy", "annual_tax")
    return frame.with_columns(_text(_number(name) + more, name) for name in columns)


_TAXABLE = (pl.col("liability") == "taxable") & (pl.col("declaration") == "declared")
_OF_SALARY = _TAXABLE & (pl.col("collection_method") == "salary")
_NEWEST = pl.col("fiscal_year") == pl.col("fiscal_year").max()

ARITHMETIC_FAULTS: tuple[ArithmeticFault, ...] = (
    ArithmeticFault(name="base-times-ten", what="課税標準 ×10", rule="base_above_income", change=_times_ten),
    ArithmeticFault(
        name="disabled-without-deduction",
        what="普通障害者 without 障害者控除",
        rule="disabled_without_deduction",
        change=_without_deduction,
    ),
    ArithmeticFault(
        name="ward-metro-exchanged", what="区民税 and 都民税 exchanged", rule="levy_off_share", change=_exchange
    ),
    ArithmeticFault(name="per-capita-30000", what="均等割 30,000", rule="per_capita_above_year", change=_per_capita),
    ArithmeticFault(
        name="year-2949",
        what="課税年度 2949",
        rule="year_to_come",
        change=lambda frame: _set(frame, _TAXABLE, {"fiscal_year": YEAR_NEVER}),
    ),
    ArithmeticFault(
        name="total-income-99999999",
        what="合計所得 99,999,999 beside small incomes",
        rule="aggregate_above_incomes",
        change=lambda frame: _set(frame, _TAXABLE, {"aggregate_income": INCOME_NEVER}),
    ),
    ArithmeticFault(
        name="fixed-credit-over-limit",
        what="定額減税 with 合計所得 18,050,001",
        rule="fixed_credit_over_limit",
        change=lambda frame: _rewrite(
            frame, _OF_SALARY & (pl.col("fiscal_year") == str(FLAT_REDUCTION_YEAR)), OVER_LIMIT
        ),
    ),
    ArithmeticFault(
        name="salary-income-off-table",
        what="給与所得 that is not in the year's table",
        rule="salary_off_table",
        change=lambda frame: _rewrite(frame, _OF_SALARY & _NEWEST, OFF_TABLE),
    ),
)
"""Faults that refuse a feed but for the last two: those hold one row."""
