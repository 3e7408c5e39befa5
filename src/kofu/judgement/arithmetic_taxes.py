"""課税標準額, 税額控除 and 税額: floors, the year's 均等割, six to four, where bases come from."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

from kofu.contracts.feed_tables import CREDIT_COLUMNS, TAX_BASE_COLUMNS
from kofu.core.resident_tax import Grade, ResidentTax, Surcharge
from kofu.judgement import years
from kofu.judgement.arithmetic_incomes import SEPARATE
from kofu.judgement.findings import Severity
from kofu.judgement.rows import RowRule
from kofu.judgement.terms import AGGREGATE, DECLARED, YEAR, YEAR_IS_KNOWN, at_least, at_most, cell, dated, total

BASES = tuple(column.name for column in TAX_BASE_COLUMNS)
CREDITS = tuple(column.name for column in CREDIT_COLUMNS if column.name != "flat_reduction_unapplied")
UNEVEN_CREDITS = ("dividend_credit", "donation_credit", "foreign_tax_credit")
"""Not always six to four: 配当控除 has rates of its own, 条例 of one side name a gift, 外国税額 has a limit a side."""
INCOME_OF_BASE = {
    "base_short_term": "short_term_transfer_income",
    "base_long_term": "long_term_transfer_income",
    "base_general_stock": "general_stock_income",
    "base_listed_stock": "listed_stock_income",
    "base_listed_dividend": "listed_dividend_income",
    "base_futures": "futures_income",
    "base_forestry": "forestry_income",
    "base_retirement": "retirement_income",
}
BASE_STEP, LEVY_STEP = 1_000, 100
SURCHARGED = ("base_general", "base_forestry", "base_retirement")
THOUSANDTHS_OF_PERCENT = 100_000
CREDIT_ROUNDING = 20  # each of the credits may have been cut to a yen on either side
LEVY_ROUNDING = 2 * LEVY_STEP + 2 * len(CREDITS)

WARD, METRO = cell("ward_income_levy"), cell("metro_income_levy")
WARD_HEAD, METRO_HEAD, FOREST = (
    cell(name) for name in ("ward_per_capita_levy", "metro_per_capita_levy", "forest_environment_tax")
)
LEVY = WARD + METRO
LIABILITY = pl.col("liability")
DEPENDENTS = ("dependents_general", "dependents_specific", "dependents_elderly", "dependents_under16")


def tax_rules(tax: ResidentTax) -> tuple[RowRule, ...]:
    """Give the rules of bases, credits and taxes, where 住民税 is levied so."""
    return (*_of_bases(), *_of_per_capita(tax), *_of_levies(tax), *_of_flat_reduction(), *_of_liability(tax.grade))


def _rule(severity: Severity, name: str, column: str | None, sentence: str, broken: pl.Expr) -> RowRule:
    return RowRule(name=name, severity=severity, column=column, sentence=sentence, broken=broken)


def _of_bases() -> tuple[RowRule, ...]:
    taxed_income = at_least(cell("total_income") - cell("deduction_total"), 0)
    others = total(SEPARATE) + cell("forestry_income") + cell("retirement_income")
    alone = DECLARED & (LIABILITY == "taxable") & (others == 0)
    beyond = pl.any_horizontal([cell(base) > at_least(cell(income), 0) for base, income in INCOME_OF_BASE.items()])
    return (
        _rule(
            Severity.HARD,
            "base_not_in_thousands",
            None,
            "a 課税標準額 is not cut to 1,000 yen (地方税法20条の4の2第1項)",
            pl.any_horizontal([cell(base) % BASE_STEP != 0 for base in BASES]),
        ),
        _rule(
            Severity.HARD,
            "base_above_income",
            "base_general",
            "the 課税標準額 are more than 総所得金額等 less 所得控除合計 (地方税法32条, 34条, 313条, 314条の2)",
            total(base for base in BASES if base != "base_retirement") > taxed_income,
        ),
        _rule(
            Severity.HARD,
            "separate_base_above_income",
            None,
            "a 課税標準額 of separate taxation is more than the income it is of (地方税法附則33条の3 to 35条の4)",
            beyond,
        ),
        _rule(
            Severity.HARD,
            "base_off_income",
            "base_general",
            "課税標準 総所得 is not 総所得金額等 less 所得控除合計, cut to 1,000 yen, where nothing is taxed "
            "separately (地方税法34条, 314条の2, 20条の4の2第1項)",
            alone & (cell("base_general") != taxed_income // BASE_STEP * BASE_STEP),
        ),
        _rule(
            Severity.WARNING,
            "base_below_income",
            None,
            "the 課税標準額 are less than 総所得金額等 less 所得控除合計, and no 特別控除 of a transfer explains it "
            "(地方税法34条, 314条の2)",
            DECLARED
            & (LIABILITY == "taxable")
            & (cell("short_term_transfer_income") + cell("long_term_transfer_income") == 0)
            & (total(BASES) + BASE_STEP * len(BASES) <= taxed_income),
        ),
    )


def _of_per_capita(tax: ResidentTax) -> tuple[RowRule, ...]:
    ward, metro, forest = (
        dated(years.PER_CAPITA, term)
        for term in (
            lambda row: row.ward,
            lambda row: row.metro,
            lambda row: row.forest,
        )
    )
    ward += added(tax, lambda one: one.municipal_per_capita)
    metro += added(tax, lambda one: one.prefectural_per_capita)
    judged = YEAR.is_between(years.FIRST_PER_CAPITA_YEAR, years.LAST_YEAR)
    above = (ward < WARD_HEAD) | (metro < METRO_HEAD) | (forest < FOREST)
    full = (ward == WARD_HEAD) & (metro == METRO_HEAD) & (forest == FOREST)
    none = (WARD_HEAD == 0) & (METRO_HEAD == 0) & (FOREST == 0)
    return (
        _rule(
            Severity.HARD,
            "per_capita_above_year",
            "ward_per_capita_levy",
            "均等割 or 森林環境税 above the year's: 3,500 and 1,500 to 令和5年度, 3,000, 1,000 and 1,000 "
            "from 令和6年度, and what the profile's 条例 add (地方税法38条, 310条; 復興財源法2条; 森林環境税法5条)",
            judged & above,
        ),
        _rule(
            Severity.WARNING,
            "per_capita_in_part",
            "ward_per_capita_levy",
            "均等割 and 森林環境税 are neither the year's nor nothing: 軽減 or 減免? (地方税法311条, 323条)",
            judged & ~above & ~full & ~none,
        ),
        _rule(
            Severity.HARD,
            "levy_without_per_capita",
            "ward_per_capita_levy",
            "所得割 of someone of whom no 均等割 is asked (地方税法24条1項1号, 294条1項1号, 295条)",
            (LEVY > 0) & (WARD_HEAD == 0) & (METRO_HEAD == 0),
        ),
    )


def _of_rates(rates: Sequence[tuple[str, int]]) -> pl.Expr:
    return pl.sum_horizontal([cell(base) * rate // 1000 for base, rate in rates])


def added(tax: ResidentTax, term: Callable[[Surcharge], int]) -> pl.Expr:
    """Give what 条例 add in the row's fiscal year; 0 before the first that adds something."""
    chosen = pl.lit(0, dtype=pl.Int64)
    for one in tax.surcharges:
        chosen = pl.when(one.since <= YEAR).then(term(one)).otherwise(chosen)
    return chosen


def _shares(tax: ResidentTax) -> tuple[pl.Expr, pl.Expr]:
    """Give of how many fifths of the rates the municipality's and the prefecture's are made in the row's year."""
    designated = pl.lit(tax.designated_city) & (YEAR >= years.DESIGNATED_CITY_SINCE)
    ward, metro = (
        pl.when(designated).then(here).otherwise(elsewhere)
        for here, elsewhere in zip(years.SHARES_OF_DESIGNATED_CITY, years.SHARES, strict=True)
    )
    return ward, metro


def _of_levies(tax: ResidentTax) -> tuple[RowRule, ...]:
    ward_share, metro_share = _shares(tax)
    surcharged = total(SURCHARGED)
    ward_extra = surcharged * added(tax, lambda one: one.municipal_rate) // THOUSANDTHS_OF_PERCENT
    metro_extra = surcharged * added(tax, lambda one: one.prefectural_rate) // THOUSANDTHS_OF_PERCENT
    extra = ward_extra + metro_extra
    reduced = dict(years.RATES) | dict(years.REDUCED_RATES)
    most, least = _of_rates(years.RATES) + extra, _of_rates(tuple(reduced.items())) + extra
    credits_ = total(CREDITS)
    # 配当割額・株式等譲渡所得割額 stay three to two in a 指定都市 (地方税法37条の4, 314条の9)
    uneven = total((*UNEVEN_CREDITS, "dividend_stock_levy_credit") if tax.designated_city else UNEVEN_CREDITS)
    # each side may have lost 99 yen and what roundings took
    apart = metro_share * (WARD - ward_extra) - ward_share * (METRO - metro_extra)
    lowest = -metro_share * (LEVY_STEP + CREDIT_ROUNDING + uneven)
    highest = ward_share * (LEVY_STEP + CREDIT_ROUNDING + uneven)
    ward_most, metro_most = (
        pl.sum_horizontal([cell(base) * rate * share // 5000 for base, rate in years.RATES]) + more
        for share, more in ((ward_share, ward_extra), (metro_share, metro_extra))
    )
    after_credits = at_least(most - credits_, 0)
    flat = cell("flat_reduction")  # after everything else, also after the limit
    unpressed = at_least(cell("total_income") - _levy_limit(), 0)
    owed = at_most(least - (credits_ - flat), unpressed) - flat
    return (
        _rule(
            Severity.HARD,
            "levy_not_in_hundreds",
            None,
            "所得割 is not cut to 100 yen (地方税法20条の4の2第3項)",
            (WARD % LEVY_STEP != 0) | (METRO % LEVY_STEP != 0),
        ),
        _rule(
            Severity.HARD,
            "levy_off_share",
            "ward_income_levy",
            "所得割 of ward and metropolis do not stand as six to four (指定都市: eight to two), surcharges, "
            "roundings and credits with limits of their own counted (地方税法35条, 314条の3, 37条, 314条の6)",
            ~apart.is_between(lowest, highest),
        ),
        _rule(
            Severity.HARD,
            "levy_above_base",
            "ward_income_levy",
            "所得割 is more than the rates make of the 課税標準額 (地方税法35条, 314条の3, 附則33条の3 to 35条の4)",
            (ward_most < WARD) | (metro_most < METRO),
        ),
        _rule(
            Severity.WARNING,
            "levy_above_credits",
            "ward_income_levy",
            "所得割 is more than the rates make of the 課税標準額 less the credits "
            "(地方税法37条 to 37条の4, 314条の6 to 314条の9)",
            (after_credits + LEVY_ROUNDING < LEVY) & ~((ward_most < WARD) | (metro_most < METRO)),
        ),
        _rule(
            Severity.WARNING,
            "levy_below_base",
            "ward_income_levy",
            "所得割 is less than the rates make of the 課税標準額 less the credits: 減免? "
            "(地方税法35条, 314条の3, 附則3条の3第5項)",
            (LEVY > 0) & (owed > LEVY + LEVY_ROUNDING),
        ),
        _rule(
            Severity.WARNING,
            "base_without_levy",
            "base_general",
            "a 課税標準額 where no 所得割 is levied and no credit takes it (地方税法295条, 附則3条の3第4項)",
            (LEVY == 0) & (owed > LEVY_ROUNDING),
        ),
        _rule(
            Severity.HARD,
            "credit_without_base",
            "adjustment_credit",
            "調整控除 where there is no 課税標準額 (地方税法37条, 314条の6)",
            (cell("adjustment_credit") > 0) & (total(BASES) == 0),
        ),
    )


def _relatives() -> pl.Expr:
    """Whom the limits count beside the person: 同一生計配偶者 and 扶養親族, 16歳未満 included."""
    return (pl.col("spouse_status") != "none").cast(pl.Int64) + total(DEPENDENTS)


def _levy_limit() -> pl.Expr:
    """総所得金額等 that 所得割 may not press below the limit (地方税法附則3条の3第4項, 5項)."""
    limit = years.LIMIT_PER_PERSON * (1 + _relatives()) + years.LIMIT_PLUS
    return limit + pl.when(_relatives() > 0).then(years.LIMIT_WITH_DEPENDENTS_LEVY).otherwise(0)


def _of_flat_reduction() -> tuple[RowRule, ...]:
    reduced = cell("flat_reduction") + cell("flat_reduction_unapplied")
    heads = 1 + pl.col("spouse_status").is_in(["general", "elderly"]).cast(pl.Int64) + total(DEPENDENTS)
    first, second = years.FLAT_REDUCTION_YEAR == YEAR, years.FLAT_REDUCTION_SPOUSE_YEAR == YEAR
    amount = years.FLAT_REDUCTION_PER_PERSON
    fits_first = (reduced % amount == 0) & (reduced <= heads * amount)
    fits_second = (
        (reduced == amount)
        & (pl.col("spouse_status") == "same_livelihood")
        & (AGGREGATE > years.FLAT_REDUCTION_SPOUSE_INCOME_FROM)
    )
    return (
        _rule(
            Severity.HARD,
            "fixed_credit_outside_its_years",
            "flat_reduction",
            "定額減税 in another year than 令和6 and 7年度 (地方税法附則5条の8 to 5条の12)",
            (reduced > 0) & ~first & ~second,
        ),
        _rule(
            Severity.ROW_HELD,
            "fixed_credit_over_limit",
            "flat_reduction",
            "定額減税 with 合計所得 above 18,050,000 (地方税法附則5条の8第1項, 5条の12第1項)",
            (reduced > 0) & (AGGREGATE > years.FLAT_REDUCTION_INCOME_MAX),
        ),
        _rule(
            Severity.ROW_HELD,
            "fixed_credit_off_heads",
            "flat_reduction",
            "定額減税 is not 10,000 for the person and each of the family; in 令和7年度 10,000 for the spouse of "
            "someone above 10,000,000 alone (地方税法附則5条の8, 5条の12)",
            (reduced > 0) & ((first & ~fits_first) | (second & ~fits_second)),
        ),
    )


def _of_liability(grade: Grade) -> tuple[RowRule, ...]:
    annual = cell("annual_tax")
    per_person, with_dependents = years.PER_CAPITA_LIMITS[grade]
    exempt_most = per_person * (1 + _relatives()) + years.LIMIT_PLUS + with_dependents
    judged = DECLARED & YEAR_IS_KNOWN
    return (
        _rule(
            Severity.HARD,
            "levy_of_per_capita_only",
            "liability",
            "均等割のみ課税 with 所得割 (地方税法附則3条の3第1項, 4項)",
            (LIABILITY == "per_capita_only") & (LEVY > 0),
        ),
        _rule(
            Severity.WARNING,
            "taxable_without_levy",
            "liability",
            "課税 without any 所得割 (地方税法附則3条の3第1項, 4項)",
            (LIABILITY == "taxable") & (LEVY == 0),
        ),
        _rule(
            Severity.HARD,
            "tax_of_undeclared_dependent",
            "declaration",
            "未申告（税法上の被扶養者） with an annual tax (地方税法317条の2)",
            (pl.col("declaration") == "dependent_undeclared") & (annual != 0),
        ),
        _rule(
            Severity.HARD,
            "levy_without_taxing_right",
            "taxing_right",
            "所得割 of someone the ward may not tax on 1 January (地方税法39条, 294条1項1号, 318条)",
            (cell("taxing_right") == 0) & (LEVY > 0),
        ),
        _rule(
            Severity.HARD,
            "collected_without_tax",
            "collection_method",
            "税額なし with an annual tax (地方税法319条)",
            (pl.col("collection_method") == "none") & (annual > 0),
        ),
        _rule(
            Severity.WARNING,
            "method_without_tax",
            "collection_method",
            "a 徴収区分 where no tax is levied (地方税法319条)",
            (pl.col("collection_method") != "none") & (annual == 0),
        ),
        _rule(
            Severity.WARNING,
            "nontaxable_above_limit",
            "liability",
            "非課税 with 合計所得 above every limit: 生活扶助, 減免? (地方税法24条の5, 295条)",
            judged & (LIABILITY == "nontaxable") & (exempt_most < AGGREGATE) & (AGGREGATE > years.EXEMPT_INCOME_MAX),
        ),
        _rule(
            Severity.WARNING,
            "taxed_below_limit",
            "liability",
            "課税 with 合計所得 at which nobody of the 級地 is taxed (地方税法24条の5第3項, 295条3項; 施行令47条の3)",
            judged & (annual > 0) & (per_person + years.LIMIT_PLUS >= AGGREGATE),
        ),
    )
