"""収納情報: years, installments and what a notice may ask for; the notices of a year beside its annual tax."""

from __future__ import annotations

import polars as pl

from kofu.contracts.feed_tables import INCREASE_LABEL
from kofu.judgement import years
from kofu.judgement.findings import Severity
from kofu.judgement.rows import RowRule
from kofu.judgement.terms import YEAR, cell, of_distinct

INSTALLMENTS_MAX = {"ordinary": 12, "salary": 12, "pension": 6}
LAST_DUE_MONTH, LAST_DUE_DAY = 6, 30
HUNDRED = 100
_OF_INCREASE = pl.element().str.contains(INCREASE_LABEL, literal=True)


def collection_rules() -> tuple[RowRule, ...]:
    """Give the rules of a row of `collections`. Days are ISO dates, which order as text."""
    origin = cell("origin_year")
    assessed = cell("assessed_total")
    labels = pl.col("installments").str.split("|")
    # what an 増額 added with a 納期限 of its own is no further 期別 of the 徴収区分
    count = of_distinct("installments", labels.list.len() - labels.list.eval(_OF_INCREASE).list.sum(), pl.Int64)
    twice = of_distinct("installments", labels.list.n_unique() != labels.list.len(), pl.Boolean)
    most = pl.col("collection_method").replace_strict(INSTALLMENTS_MAX, return_dtype=pl.Int64)
    vehicle = pl.col("tax") == "light_vehicle"
    statutory_year = pl.col("statutory_due_date").str.slice(0, 4).cast(pl.Int64)
    first_due = pl.col("due_dates").str.slice(0, 10)
    return (
        RowRule(
            name="origin_after_year",
            severity=Severity.HARD,
            column="origin_year",
            sentence="相当年度 lies after 課税年度 (地方税法20条の9の3, 17条の5)",
            broken=origin > YEAR,
        ),
        RowRule(
            name="vehicle_tax_above_limit",
            severity=Severity.HARD,
            column="assessed_total",
            sentence="軽自動車税 above 1.5 times the highest rate of a vehicle (地方税法463条の15, 附則30条)",
            broken=vehicle & (assessed > years.VEHICLE_TAX_MAX),
        ),
        RowRule(
            name="too_many_installments",
            severity=Severity.HARD,
            column="installments",
            sentence="more installments than the 徴収区分 has: 12, 年金特別徴収 6 "
            "(地方税法320条, 321条の5, 321条の7の5)",
            broken=count > most,
        ),
        RowRule(
            name="installment_twice",
            severity=Severity.HARD,
            column="installments",
            sentence="a 期別 stands twice in one notice (地方税法320条)",
            broken=twice,
        ),
        RowRule(
            name="vehicle_by_withholding",
            severity=Severity.HARD,
            column="collection_method",
            sentence="軽自動車税 by 特別徴収; it is 普通徴収 alone (地方税法463条の17)",
            broken=vehicle & (pl.col("collection_method") != "ordinary"),
        ),
        RowRule(
            name="due_before_year",
            severity=Severity.WARNING,
            column="due_dates",
            sentence="a 納期限 before the 課税年度 begins (地方自治法208条)",
            broken=first_due < pl.format("{}-04-01", YEAR),
        ),
        RowRule(
            name="statutory_due_outside_years",
            severity=Severity.WARNING,
            column="statutory_due_date",
            sentence="法定納期限等 lies outside the years from 相当年度 to the end of 課税年度 (地方税法11条の4第1項)",
            broken=(statutory_year < origin) | (pl.col("statutory_due_date") > pl.format("{}-06-30", YEAR + 1)),
        ),
        RowRule(
            name="notice_not_in_hundreds",
            severity=Severity.WARNING,
            column="assessed_total",
            sentence="調定額計 is not in 100 yen (地方税法20条の4の2第3項)",
            broken=assessed % HUNDRED != 0,
        ),
    )
