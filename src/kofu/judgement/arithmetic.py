"""The arithmetic gate: what an assessment or a notice can never say, what holds its row, what is only counted.

Hard rules refuse the feed: a column was mixed up, shifted or multiplied. They state only what no lawful row can break.
What a rare but lawful case may explain holds the row or is counted; the profile bounds both counts.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import polars as pl

from kofu.contracts.feed import Table
from kofu.contracts.feed_tables import ASSESSMENTS, COLLECTIONS
from kofu.core.fiscal_year import fiscal_year_of
from kofu.core.resident_tax import ORDINARY, ResidentTax
from kofu.judgement.arithmetic_collections import collection_rules
from kofu.judgement.arithmetic_deductions import deduction_rules
from kofu.judgement.arithmetic_incomes import income_rules, with_law_beside
from kofu.judgement.arithmetic_taxes import tax_rules
from kofu.judgement.findings import Severity
from kofu.judgement.rows import RowRule, broken_rows
from kofu.judgement.terms import YEAR, numbers
from kofu.judgement.years import FIRST_YEAR, LAST_YEAR


def broken_by_arithmetic(
    table: Table, frame: pl.DataFrame, business_date: date, tax: ResidentTax = ORDINARY
) -> tuple[tuple[RowRule, pl.Series], ...]:
    """Judge rows to be put of a feed of this day: each rule any row breaks, with the lines of the rows that break it.

    `tax`: how 住民税 is levied here. `frame`: the columns of the contract as text, every cell in form, and `line`.
    """
    if table is ASSESSMENTS:
        return broken_rows(rules_of_assessments(business_date, tax), with_law_beside(numbers(table, frame)))
    if table is COLLECTIONS:
        return broken_rows(rules_of_collections(business_date), numbers(table, frame))
    return ()


@lru_cache(maxsize=4)
def rules_of_assessments(business_date: date, tax: ResidentTax = ORDINARY) -> tuple[RowRule, ...]:
    """Give the rules of a row of `assessments` in a feed of this day."""
    return (
        *_year_rules(business_date),
        RowRule(
            name="year_without_table",
            severity=Severity.WARNING,
            column="fiscal_year",
            sentence=f"課税年度 has no table here ({FIRST_YEAR} to {LAST_YEAR}) and its amounts are not judged: "
            "read that year's law and update the product, or let two people look at its figures and examples",
            broken=~YEAR.is_between(FIRST_YEAR, LAST_YEAR),
        ),
        *income_rules(),
        *deduction_rules(),
        *tax_rules(tax),
    )


@lru_cache(maxsize=4)
def rules_of_collections(business_date: date) -> tuple[RowRule, ...]:
    """Give the rules of a row of `collections` in a feed of this day."""
    return (*_year_rules(business_date), *collection_rules())


def _year_rules(business_date: date) -> tuple[RowRule, ...]:
    """Bound the fiscal year: it is assessed in the spring it begins in, at the earliest in the months before."""
    newest = fiscal_year_of(business_date) + 1
    return (
        RowRule(
            name="year_to_come",
            severity=Severity.HARD,
            column="fiscal_year",
            sentence="課税年度 lies beyond the one that follows the feed's day (地方税法318条)",
            broken=pl.lit(newest) < YEAR,
        ),
    )
