"""A lawful assessment and a lawful notice, cell by cell, and frames of rows that differ in the cells named."""

from __future__ import annotations

from datetime import date

import polars as pl

from kofu.contracts.feed import ColumnType, Table
from kofu.contracts.feed_tables import ASSESSMENTS, COLLECTIONS
from kofu.judgement.arithmetic import broken_by_arithmetic

DAY = date(2026, 11, 24)
_ZEROS = (ColumnType.YEN, ColumnType.COUNT, ColumnType.FLAG)

# 給与収入 6,543,000, a loss of 不動産所得, 雑所得; 普通障害者; the figures of the certificates' sample
ASSESSMENT = {column.name: 0 for column in ASSESSMENTS.columns if column.type in _ZEROS} | {
    "change": "put",
    "addressee_number": "0000000001",
    "fiscal_year": 2026,
    "taxing_right": 1,
    "declaration": "declared",
    "liability": "taxable",
    "collection_method": "salary",
    "name_at_assessment": "見本　太郎",
    "address_at_assessment": "東京都見本区青葉町二丁目3番4号",
    "spouse_status": "none",
    "salary_revenue": 6_543_000,
    "salary_income": 4_792_000,
    "real_estate_income": -345_000,
    "misc_other_income": 118_400,
    "total_income": 4_565_400,
    "aggregate_income": 4_565_400,
    "social_insurance_deduction": 981_450,
    "small_enterprise_deduction": 60_000,
    "life_insurance_deduction": 70_000,
    "earthquake_insurance_deduction": 5_000,
    "disability_deduction": 260_000,
    "spouse_special_deduction": 110_000,
    "basic_deduction": 430_000,
    "deduction_total": 1_916_450,
    "dependents_under16": 2,
    "self_ordinary_disability": 1,
    "base_general": 2_648_000,
    "adjustment_credit": 2_500,
    "donation_credit": 28_700,
    "ward_income_levy": 140_100,
    "ward_per_capita_levy": 3_000,
    "metro_income_levy": 93_400,
    "metro_per_capita_levy": 1_000,
    "forest_environment_tax": 1_000,
    "annual_tax": 238_500,
}
NOTHING_OWED = {
    name: 0 for name in ASSESSMENT if name.endswith(("_levy", "_tax", "_credit")) or name.startswith("base_")
} | {"liability": "nontaxable", "collection_method": "none"}
NOTHING = {
    name: 0
    for name, value in ASSESSMENT.items()
    if isinstance(value, int) and name not in ("fiscal_year", "taxing_right")
} | {"liability": "nontaxable", "collection_method": "none", "declaration": "undeclared"}

NOTICE = {
    "change": "put",
    "notice_number": "2026100000000101",
    "addressee_number": "0000000001",
    "tax": "resident",
    "fiscal_year": 2026,
    "origin_year": 2026,
    "collection_method": "ordinary",
    "statutory_due_date": "2026-06-30",
    "plate_number": "",
    "chassis_last4": "",
    "inspected": 0,
    "installments": "1|2|3|4",
    "due_dates": "2026-06-30|2026-08-31|2026-11-02|2027-02-01",
    "assessed": "61500|59000|59000|59000",
    "paid": "61500|59000|59000|0",
    "assessed_total": 238_500,
    "paid_total": 179_500,
}


def frame(table: Table, lawful: dict, *changes: dict) -> pl.DataFrame:
    """One row of text per change, as the feed brings them, with its line."""
    rows = [{name: str(value) for name, value in (lawful | change).items()} for change in changes or ({},)]
    columns = [column.name for column in table.columns]
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String)).with_row_index("line", offset=2)


def broken(**changes: object) -> set[str]:
    """Names of the rules an assessment breaks that differs from the lawful one by these cells."""
    return broken_by(changes)


def broken_by(changes: dict) -> set[str]:
    return {rule.name for rule, _ in broken_by_arithmetic(ASSESSMENTS, frame(ASSESSMENTS, ASSESSMENT, changes), DAY)}


def notice_broken_by(changes: dict) -> set[str]:
    return {rule.name for rule, _ in broken_by_arithmetic(COLLECTIONS, frame(COLLECTIONS, NOTICE, changes), DAY)}
