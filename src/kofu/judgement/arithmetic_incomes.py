"""Incomes of an assessment: what the year's tables make of a revenue, and how incomes add up to 合計所得金額."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

import polars as pl

from kofu.judgement import years
from kofu.judgement.findings import Severity
from kofu.judgement.rows import RowRule
from kofu.judgement.terms import (
    AGGREGATE,
    DECLARED,
    NOTHING_DECLARED,
    YEAR_IS_KNOWN,
    Whole,
    at_least,
    at_most,
    cell,
    dated,
    stepped,
    total,
)

MISCELLANEOUS = ("misc_business_income", "misc_other_income")
GENERAL = (
    "business_income",
    "agriculture_income",
    "real_estate_income",
    "interest_income",
    "dividend_income",
    "transfer_temporary_income",
    "forestry_income",
    "retirement_income",
)
SEPARATE = (
    "short_term_transfer_income",
    "long_term_transfer_income",
    "general_stock_income",
    "listed_stock_income",
    "listed_dividend_income",
    "futures_income",
)
SPECIAL_DEDUCTION_MAX = 50_000_000  # 特別控除 of 分離譲渡: 収用等, the largest (租税特別措置法33条の4)
ROUNDING = 1

SALARY_BY_TABLE, SALARY_IS_IN_TABLE = "salary_by_table", "salary_is_in_table"
PENSION_BY_LAW, PENSION_IS_IN_TABLE = "pension_by_law_", "pension_is_in_table"
_PENSIONS = tuple(pl.col(f"{PENSION_BY_LAW}{number}") for number in range(2 * len(years.PENSION_OTHER_INCOME)))
MOST, LEAST = "most_general_income", "least_general_income"


def income_rules() -> tuple[RowRule, ...]:
    """Give the rules of incomes."""
    return (
        RowRule(
            name="salary_off_table",
            severity=Severity.ROW_HELD,
            column="salary_income",
            sentence="給与所得 is not in the year's table for the 給与収入, nor is it after 所得金額調整控除 "
            "(所得税法28条, 別表第五; 租税特別措置法41条の3の11)",
            broken=YEAR_IS_KNOWN & ~pl.col(SALARY_IS_IN_TABLE),
        ),
        RowRule(
            name="pension_off_table",
            severity=Severity.ROW_HELD,
            column="pension_income",
            sentence="公的年金等雑所得 is what no age and no other income makes of the 公的年金等収入 "
            "(所得税法35条4項)",
            broken=YEAR_IS_KNOWN & ~pl.col(PENSION_IS_IN_TABLE),
        ),
        RowRule(
            name="aggregate_above_incomes",
            severity=Severity.HARD,
            column="aggregate_income",
            sentence="合計所得金額 is more than the incomes add up to, losses that need not be offset and 特別控除 "
            "counted (地方税法292条1項13号; 所得税法69条)",
            broken=_most_aggregate() < AGGREGATE,
        ),
        RowRule(
            name="aggregate_below_incomes",
            severity=Severity.ROW_HELD,
            column="aggregate_income",
            sentence="合計所得金額 is less than the incomes add up to after 損益通算 and 所得金額調整控除 "
            "(地方税法292条1項13号; 所得税法69条)",
            broken=(AGGREGATE >= 0) & (_least_aggregate() > AGGREGATE),
        ),
        RowRule(
            name="aggregate_negative",
            severity=Severity.ROW_HELD,
            column="aggregate_income",
            sentence="合計所得金額 is below zero: what losses are left is 純損失 and no income "
            "(所得税法2条1項25号, 22条2項)",
            broken=AGGREGATE < 0,
        ),
        RowRule(
            name="total_above_aggregate",
            severity=Severity.HARD,
            column="total_income",
            sentence="総所得金額等 is more than 合計所得金額; only losses carried forward lie between them "
            "(地方税法292条1項13号, 313条8項, 9項)",
            broken=cell("total_income") > AGGREGATE,
        ),
        RowRule(
            name="total_below_aggregate",
            severity=Severity.ROW_HELD,
            column="total_income",
            sentence="総所得金額等 is less than 合計所得金額 and no loss is carried forward (地方税法313条8項, 9項)",
            broken=(cell("loss_carryforward") == 0) & (cell("total_income") < AGGREGATE),
        ),
        RowRule(
            name="carried_loss_off_total",
            severity=Severity.WARNING,
            column="loss_carryforward",
            sentence="総所得金額等 is not 合計所得金額 less the loss carried forward (地方税法313条8項, 9項)",
            broken=(cell("loss_carryforward") > 0)
            & (cell("total_income") != at_least(AGGREGATE - cell("loss_carryforward"), 0)),
        ),
        RowRule(
            name="undeclared_with_income",
            severity=Severity.WARNING,
            column="declaration",
            sentence="未申告 with an income (地方税法317条の2)",
            broken=NOTHING_DECLARED & (AGGREGATE != 0),
        ),
    )


def salary_by_table(revenue: pl.Expr) -> pl.Expr:
    """給与所得 of a revenue by the table of the row's fiscal year."""
    quarter = revenue // 4000 * 1000

    def of_year(steps: tuple[years.SalaryStep, ...]) -> pl.Expr:
        terms: list[tuple[int, Whole]] = [
            (
                step.below - 1,
                revenue * step.revenue_tenths // 10 + quarter * step.quarter_tenths // 10 - step.minus,
            )
            for step in steps
        ]
        return stepped(revenue, terms)

    return dated(years.SALARY, of_year)


def _salary_is_in_table() -> pl.Expr:
    revenue, income = cell("salary_revenue"), cell("salary_income")
    by_table = pl.col(SALARY_BY_TABLE)
    family = (at_most(revenue, years.ADJUSTMENT_REVENUE_TO) - years.ADJUSTMENT_REVENUE_FROM + 9) // 10
    family = pl.when(revenue > years.ADJUSTMENT_REVENUE_FROM).then(family).otherwise(0)
    limit = years.ADJUSTMENT_PENSION_MAX
    pension = at_least(at_most(by_table, limit) + at_most(cell("pension_income"), limit) - limit, 0)
    adjusted = by_table - income
    found = adjusted == 0
    for expected in (family, pension, family + pension):
        found |= (adjusted - expected).abs() <= pl.when(expected > 0).then(ROUNDING).otherwise(0)
    return found


def pensions_by_law(revenue: pl.Expr) -> tuple[pl.Expr, ...]:
    """公的年金等雑所得 of a revenue for each age and each height of other incomes."""
    steps: list[tuple[int, Whole]] = [
        (limit, (revenue * share + 99) // 100 + plus) for limit, share, plus in years.PENSION_STEPS
    ]
    by_revenue = stepped(revenue, steps)
    return tuple(
        at_least(revenue - at_least(by_revenue, least) + less, 0)
        for least in (years.PENSION_LEAST_YOUNG, years.PENSION_LEAST_ELDERLY)
        for less in years.PENSION_OTHER_INCOME
    )


def _pension_is_in_table() -> pl.Expr:
    revenue, income = cell("pension_revenue"), cell("pension_income")
    matches = [(income - by_law).abs() <= ROUNDING for by_law in _PENSIONS]
    return pl.when(revenue == 0).then(income == 0).otherwise(pl.any_horizontal(matches))


def with_law_beside(frame: pl.DataFrame) -> pl.DataFrame:
    """Set beside each row what the law makes of its revenues, once for all rules.

    Where 給与所得 or a pension is off its table, its row is held for that and the sum is not blamed as well: `MOST` and
    `LEAST` are 総所得, 山林 and 退職 with the table's income in place of the stated one where it excuses the sum.
    """
    revenue = cell("pension_revenue")
    frame = frame.with_columns(
        salary_by_table(cell("salary_revenue")).alias(SALARY_BY_TABLE),
        *(by_law.alias(f"{PENSION_BY_LAW}{number}") for number, by_law in enumerate(pensions_by_law(revenue))),
    )
    frame = frame.with_columns(
        _salary_is_in_table().alias(SALARY_IS_IN_TABLE), _pension_is_in_table().alias(PENSION_IS_IN_TABLE)
    )
    return frame.with_columns(
        _counted(at_least).alias(MOST),
        _counted(at_most).alias(LEAST),
    )


def _counted(choose: Callable[[pl.Expr, Whole], pl.Expr]) -> pl.Expr:
    """Add the incomes up after 損益通算: losses of 雑所得 stay inside 雑所得."""
    salary, pension = cell("salary_income"), cell("pension_income")
    salary = pl.when(SALARY_IS_IN_TABLE).then(salary).otherwise(choose(salary, pl.col(SALARY_BY_TABLE)))
    pension = pl.when(PENSION_IS_IN_TABLE).then(pension).otherwise(reduce(choose, _PENSIONS, pension))
    return salary + total(GENERAL) + at_least(pension + total(MISCELLANEOUS), 0)


def _most_aggregate() -> pl.Expr:
    """At most: a loss of 不動産所得 from interest on land is not offset, and 特別控除 is not taken off yet."""
    not_offset = at_least(-cell("real_estate_income"), 0)
    transfers = cell("short_term_transfer_income") + cell("long_term_transfer_income")
    special = pl.when(transfers > 0).then(SPECIAL_DEDUCTION_MAX).otherwise(0)
    return at_least(pl.col(MOST) + not_offset, 0) + total(SEPARATE) + special


def _least_aggregate() -> pl.Expr:
    """At least: 所得金額調整控除 may not be in 給与所得 yet, 退職所得 may be taxed by itself (現年分離課税).

    Where stock was sold, losses of it may stand against 上場株式等の配当.
    """
    family = pl.when(cell("salary_revenue") > years.ADJUSTMENT_REVENUE_FROM).then(years.ADJUSTMENT_FAMILY_MAX)
    both = (cell("salary_income") > 0) & (cell("pension_income") > 0)
    pension = pl.when(both).then(years.ADJUSTMENT_PENSION_MAX)
    general = pl.col(LEAST) - cell("retirement_income") - family.otherwise(0) - pension.otherwise(0)
    separate = total(SEPARATE) - cell("listed_dividend_income")
    return pl.when(DECLARED).then(at_least(general, 0) + separate).otherwise(0)
