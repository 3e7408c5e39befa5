"""Each rule of arithmetic: a lawful row passes, the wrong row is found, and lawful rows that look strange pass too."""

from __future__ import annotations

from datetime import date

import pytest
from tests.judgement.lawful import (
    ASSESSMENT,
    DAY,
    NOTHING,
    NOTHING_OWED,
    broken_by,
    frame,
    notice_broken_by,
)

from kofu.contracts.feed_tables import ASSESSMENTS
from kofu.judgement.arithmetic import broken_by_arithmetic, rules_of_assessments, rules_of_collections
from kofu.judgement.findings import Severity

# A salary of 1,900,000 and nothing else: 所得割 of 1,250,000 − 430,000 = 820,000, 調整控除 2,500
SMALL = {
    **dict.fromkeys(
        [name for name in ASSESSMENT if name.endswith(("_income", "_deduction", "_credit", "_revenue"))], 0
    ),
    "salary_revenue": 1_900_000,
    "salary_income": 1_250_000,
    "aggregate_income": 1_250_000,
    "total_income": 1_250_000,
    "self_ordinary_disability": 0,
    "dependents_under16": 0,
    "basic_deduction": 430_000,
    "deduction_total": 430_000,
    "base_general": 820_000,
    "adjustment_credit": 2_500,
    "ward_income_levy": 47_700,
    "metro_income_levy": 31_800,
    "annual_tax": 84_500,
}
# A salary of 20,000,000 in 令和6年度: above the limit of 定額減税
HIGH = SMALL | {
    "fiscal_year": 2024,
    "salary_revenue": 20_000_001,
    "salary_income": 18_050_001,
    "aggregate_income": 18_050_001,
    "total_income": 18_050_001,
    "base_general": 17_620_000,
    "ward_income_levy": 1_055_700,
    "metro_income_levy": 703_800,
    "annual_tax": 1_764_500,
}

WRONG = [
    ("year_to_come", {"fiscal_year": 2949}),
    ("year_to_come", {"fiscal_year": 2028}),
    ("year_without_table", {"fiscal_year": 2027}),
    ("year_without_table", {"fiscal_year": 2020}),
    # A7, and a column moved by a row
    ("salary_off_table", SMALL | {"salary_income": 1_220_000}),
    ("salary_off_table", SMALL | {"salary_income": 1_250_001}),
    ("salary_off_table", SMALL | {"fiscal_year": 2025, "salary_income": 1_350_000}),
    ("salary_off_table", {"salary_income": 4_790_400}),
    ("salary_off_table", {"salary_revenue": 0}),
    ("pension_off_table", {"pension_revenue": 3_500_000, "pension_income": 2_350_500}),
    ("pension_off_table", {"pension_income": 1}),
    # A6
    ("aggregate_above_incomes", {"aggregate_income": 99_999_999}),
    ("aggregate_above_incomes", SMALL | {"aggregate_income": 99_999_999}),
    ("aggregate_above_incomes", {"aggregate_income": 4_910_401}),
    ("aggregate_below_incomes", {"aggregate_income": 4_565_399}),
    ("aggregate_below_incomes", {"aggregate_income": 0}),
    ("aggregate_negative", {"aggregate_income": -1, "total_income": -1}),
    ("total_above_aggregate", {"total_income": 4_565_401}),
    ("total_below_aggregate", {"total_income": 4_565_399}),
    ("carried_loss_off_total", {"loss_carryforward": 1_000}),
    ("undeclared_with_income", NOTHING | {"aggregate_income": 1}),
    ("disabled_without_deduction", {"disability_deduction": 0}),
    ("disabled_without_deduction", {"disabled_special_coresident": 1}),
    ("disabled_without_deduction", {"self_special_disability": 1, "self_ordinary_disability": 0}),
    ("deduction_without_disabled", {"self_ordinary_disability": 0}),
    ("disabled_twice", {"self_special_disability": 1}),
    ("single_parent_or_widow_off_deduction", {"self_single_parent": 1}),
    ("single_parent_or_widow_off_deduction", {"self_widow": 1, "widow_single_parent_deduction": 300_000}),
    ("single_parent_or_widow_off_deduction", {"widow_single_parent_deduction": 260_000}),
    ("single_parent_and_widow", {"self_single_parent": 1, "self_widow": 1}),
    ("working_student_off_deduction", {"self_working_student": 1}),
    ("working_student_off_deduction", {"working_student_deduction": 260_000}),
    ("single_parent_or_widow_above_limit", {"self_widow": 1, "aggregate_income": 5_000_001}),
    ("working_student_above_limit", {"self_working_student": 1, "aggregate_income": 850_001}),
    ("working_student_above_limit", {"self_working_student": 1, "aggregate_income": 750_001, "fiscal_year": 2025}),
    ("dependents_off_deduction", {"dependents_specific": 1}),
    ("dependents_off_deduction", {"dependent_deduction": 330_000}),
    ("dependents_off_deduction", {"dependents_elderly": 1, "dependent_deduction": 450_000}),
    ("coresident_not_elderly", {"dependents_elderly_coresident": 1}),
    ("specific_relative_before_its_law", {"specific_relative_deduction": 450_000, "fiscal_year": 2025}),
    ("specific_relative_off_steps", {"specific_relative_deduction": 450_001}),
    ("spouse_off_deduction", {"spouse_status": "general"}),
    ("spouse_off_deduction", {"spouse_deduction": 330_000}),
    ("spouse_off_deduction", {"spouse_status": "elderly", "spouse_deduction": 330_000}),
    ("spouse_off_deduction", HIGH | {"spouse_status": "general", "spouse_deduction": 110_000}),
    ("spouse_twice", {"spouse_status": "general", "spouse_deduction": 330_000}),
    ("spouse_special_off_steps", {"spouse_special_deduction": 340_000}),
    ("spouse_special_off_steps", {"spouse_special_deduction": 110_001}),
    ("spouse_special_off_steps", HIGH | {"spouse_special_deduction": 10_000}),
    ("basic_off_income", {"basic_deduction": 0}),
    ("basic_off_income", {"basic_deduction": 290_000}),
    ("basic_off_income", {"aggregate_income": 25_000_001}),
    ("life_insurance_above_limit", {"life_insurance_deduction": 70_001}),
    ("earthquake_insurance_above_limit", {"earthquake_insurance_deduction": 25_001}),
    ("medical_above_limit", {"medical_deduction": 2_000_001}),
    ("social_insurance_above_income", {"social_insurance_deduction": 98_145_000}),
    ("base_not_in_thousands", {"base_general": 2_648_950}),
    ("base_not_in_thousands", {"base_forestry": 1}),
    ("base_above_income", {"base_general": 26_480_000}),  # A6: 課税標準 ×10
    ("separate_base_above_income", {"base_general": 0, "base_long_term": 2_648_000}),
    ("base_off_income", {"base_general": 2_649_000}),
    ("base_off_income", {"base_general": 264_000}),
    ("base_below_income", {"base_general": 264_000}),
    ("per_capita_above_year", {"ward_per_capita_levy": 30_000}),  # A6
    ("per_capita_above_year", {"ward_per_capita_levy": 3_500, "metro_per_capita_levy": 1_500}),
    ("per_capita_above_year", {"ward_per_capita_levy": 1_000, "metro_per_capita_levy": 3_000}),
    ("per_capita_above_year", {"fiscal_year": 2023, "ward_per_capita_levy": 3_500, "metro_per_capita_levy": 1_500}),
    ("per_capita_in_part", {"ward_per_capita_levy": 1_500, "metro_per_capita_levy": 500}),
    ("per_capita_in_part", {"forest_environment_tax": 0}),
    ("levy_without_per_capita", {"ward_per_capita_levy": 0, "metro_per_capita_levy": 0}),
    ("levy_not_in_hundreds", {"ward_income_levy": 140_160}),
    ("levy_not_in_hundreds", {"metro_income_levy": 93_440}),
    ("levy_off_share", SMALL | {"ward_income_levy": 31_800, "metro_income_levy": 47_700}),  # A6: exchanged
    ("levy_off_share", SMALL | {"ward_income_levy": 79_500, "metro_income_levy": 0}),
    ("levy_off_share", SMALL | {"ward_income_levy": 47_500}),
    ("levy_above_base", {"ward_income_levy": 93_400, "metro_income_levy": 140_100}),  # A6: exchanged
    ("levy_above_base", {"ward_income_levy": 1_401_000, "metro_income_levy": 934_000}),
    ("levy_above_credits", {"ward_income_levy": 158_800, "metro_income_levy": 105_900}),
    ("levy_below_base", {"ward_income_levy": 14_000, "metro_income_levy": 9_300}),
    ("base_without_levy", NOTHING_OWED | {"base_general": 2_648_000}),
    ("base_without_levy", NOTHING_OWED | SMALL | {"ward_income_levy": 0, "metro_income_levy": 0}),
    ("credit_without_base", NOTHING_OWED | {"adjustment_credit": 2_500}),
    ("fixed_credit_outside_its_years", {"flat_reduction": 10_000}),
    ("fixed_credit_outside_its_years", {"flat_reduction_unapplied": 10_000, "fiscal_year": 2023}),
    ("fixed_credit_over_limit", HIGH | {"flat_reduction": 10_000}),  # A7
    ("fixed_credit_over_limit", HIGH | {"flat_reduction_unapplied": 10_000}),
    ("fixed_credit_over_limit", HIGH | {"fiscal_year": 2025, "flat_reduction": 10_000}),
    ("fixed_credit_off_heads", {"fiscal_year": 2024, "flat_reduction": 40_000}),
    ("fixed_credit_off_heads", {"fiscal_year": 2024, "flat_reduction": 9_999}),
    ("fixed_credit_off_heads", {"fiscal_year": 2025, "flat_reduction": 10_000}),
    ("levy_of_per_capita_only", {"liability": "per_capita_only"}),
    ("taxable_without_levy", {"ward_income_levy": 0, "metro_income_levy": 0}),
    ("tax_of_undeclared_dependent", {"declaration": "dependent_undeclared"}),
    ("levy_without_taxing_right", {"taxing_right": 0}),
    ("collected_without_tax", {"collection_method": "none"}),
    ("method_without_tax", NOTHING_OWED | {"collection_method": "ordinary"}),
    ("nontaxable_above_limit", NOTHING_OWED),
    ("taxed_below_limit", SMALL | {"aggregate_income": 450_000}),
]
LAWFUL = {
    "the sample": {},
    "a small salary of 令和8年度": SMALL,
    "the same salary in 令和7年度": SMALL | {"fiscal_year": 2025},
    "a salary at the limit of 定額減税": HIGH
    | {"salary_revenue": 20_000_000, "salary_income": 18_050_000, "aggregate_income": 18_050_000}
    | {"total_income": 18_050_000, "flat_reduction": 10_000, "adjustment_credit": 2_500}
    | {"ward_income_levy": 1_049_700, "metro_income_levy": 699_800, "annual_tax": 1_754_500},
    "定額減税 of 令和7年度 for a spouse": HIGH
    | {"fiscal_year": 2025, "salary_revenue": 15_000_000, "salary_income": 13_050_000}
    | {"aggregate_income": 13_050_000, "total_income": 13_050_000, "base_general": 12_620_000}
    | {"spouse_status": "same_livelihood", "flat_reduction": 10_000}
    | {"ward_income_levy": 749_700, "metro_income_levy": 499_800},
    "所得金額調整控除 of a family, in 給与所得": SMALL
    | {"salary_revenue": 9_000_000, "salary_income": 7_000_000, "aggregate_income": 7_000_000}
    | {"total_income": 7_000_000, "base_general": 6_570_000, "ward_income_levy": 392_700, "metro_income_levy": 261_800},
    "所得金額調整控除 of a family, beside 給与所得": SMALL
    | {"salary_revenue": 9_000_000, "salary_income": 7_050_000, "aggregate_income": 7_000_000}
    | {"total_income": 7_000_000, "base_general": 6_570_000, "ward_income_levy": 392_700, "metro_income_levy": 261_800},
    "所得金額調整控除 of salary and pension": SMALL
    | {"pension_revenue": 1_200_000, "pension_income": 100_000, "salary_income": 1_150_000},
    "a loss of land interest that is not offset": {"aggregate_income": 4_910_400, "total_income": 4_910_400}
    | {"base_general": 2_993_000, "ward_income_levy": 160_800, "metro_income_levy": 107_200},
    "losses that eat everything are no income below zero": NOTHING_OWED
    | {"business_income": -9_000_000, "aggregate_income": 0, "total_income": 0},
    "a loss of 雑所得 stays inside 雑所得": SMALL | {"misc_other_income": -500_000},
    "a loss of business is not set off against shares": NOTHING_OWED
    | {
        "business_income": -9_000_000,
        "listed_stock_income": 300_000,
        "aggregate_income": 300_000,
        "total_income": 300_000,
    },
    "退職所得 taxed by itself": SMALL | {"retirement_income": 5_000_000},
    "特別控除 of a home that was sold": SMALL
    | {"long_term_transfer_income": 1_000_000, "aggregate_income": 31_250_000, "total_income": 31_250_000}
    | {"basic_deduction": 0, "deduction_total": 0, "base_general": 1_250_000, "base_long_term": 1_000_000}
    | {"adjustment_credit": 0, "ward_income_levy": 105_000, "metro_income_levy": 70_000},
    "配当控除 has rates of its own": SMALL
    | {"dividend_income": 1_000_000, "aggregate_income": 2_250_000, "total_income": 2_250_000}
    | {"base_general": 1_820_000, "dividend_credit": 28_000, "ward_income_levy": 91_700, "metro_income_levy": 59_800},
    "a gift the metropolis alone named": SMALL | {"donation_credit": 4_000, "metro_income_levy": 27_800},
    "減額 of a home bought on a loan eats the levy": SMALL
    | {"housing_loan_credit": 97_500, "ward_income_levy": 0, "metro_income_levy": 0, "liability": "per_capita_only"},
    "所得割 pressed no further than the limit (附則3条の3第5項)": SMALL
    | {
        "salary_revenue": 1_770_800,
        "salary_income": 1_120_800,
        "aggregate_income": 1_120_800,
        "total_income": 1_120_800,
    }
    | {"dependents_under16": 1, "base_general": 690_000, "ward_income_levy": 400, "metro_income_levy": 300},
    "nothing declared": NOTHING,
    "someone of another ward": NOTHING | {"taxing_right": 0},
    "障害者 of small income": NOTHING_OWED
    | SMALL
    | NOTHING_OWED
    | {"self_ordinary_disability": 1, "disability_deduction": 260_000, "deduction_total": 690_000},
    "同居特別障害者 counted among 特別 too": SMALL
    | {
        "disabled_special_coresident": 1,
        "disabled_special": 1,
        "disability_deduction": 530_000,
        "deduction_total": 960_000,
    }
    | {"base_general": 290_000, "ward_income_levy": 15_900, "metro_income_levy": 10_600},
    "the year before the forest tax": {"fiscal_year": 2023, "ward_per_capita_levy": 3_500}
    | {"metro_per_capita_levy": 1_500, "forest_environment_tax": 0, "salary_income": 4_792_000},
    "基礎控除 of 24,500,000": {"salary_revenue": 26_450_000, "salary_income": 24_500_000, "misc_other_income": 0}
    | {"real_estate_income": 0, "aggregate_income": 24_500_000, "total_income": 24_500_000, "basic_deduction": 290_000}
    | {"spouse_special_deduction": 0, "deduction_total": 1_666_450, "base_general": 22_833_000}
    | {"ward_income_levy": 1_351_200, "metro_income_levy": 900_800},
}
WRONG_NOTICES = [
    ("year_to_come", {"fiscal_year": 2949}),
    ("origin_after_year", {"origin_year": 2027}),
    ("vehicle_tax_above_limit", {"tax": "light_vehicle", "assessed_total": 108_000}),
    ("too_many_installments", {"installments": "04|06|08|10|12|02|03", "collection_method": "pension"}),
    ("installment_twice", {"installments": "1|2|2|4"}),
    ("vehicle_by_withholding", {"tax": "light_vehicle", "collection_method": "salary"}),
    ("due_before_year", {"due_dates": "2025-06-30|2026-08-31"}),
    ("statutory_due_outside_years", {"statutory_due_date": "2025-06-30"}),
    ("statutory_due_outside_years", {"statutory_due_date": "2056-06-30"}),
    ("notice_not_in_hundreds", {"assessed_total": 238_501}),
]
LAWFUL_NOTICES = {
    "a notice of four": {},
    "過年度課税": {"origin_year": 2024, "statutory_due_date": "2024-07-01", "installments": "1"},
    "twelve months of a salary": {
        "collection_method": "salary",
        "installments": "06|07|08|09|10|11|12|01|02|03|04|05",
        "statutory_due_date": "2026-07-10",
        "due_dates": "2026-07-10|2027-06-10",
    },
    "twelve months of a salary, one increased with a day of its own": {
        "collection_method": "salary",
        "installments": "06|06月増額|07|08|09|10|11|12|01|02|03|04|05",
        "statutory_due_date": "2026-07-10",
        "due_dates": "2026-07-10|2027-06-10",
    },
    "the first pension of a fiscal year": {"collection_method": "pension", "due_dates": "2026-05-11|2026-07-10"},
    "a car": {"tax": "light_vehicle", "assessed_total": 12_900, "installments": "全期"},
}


@pytest.mark.parametrize(("rule", "changes"), WRONG, ids=lambda value: value if isinstance(value, str) else "")
def test_an_assessment_that_can_not_be_is_found(rule, changes):
    assert rule in broken_by(changes)


@pytest.mark.parametrize("changes", LAWFUL.values(), ids=LAWFUL.keys())
def test_a_lawful_assessment_breaks_no_rule(changes):
    assert broken_by(changes) == set()


@pytest.mark.parametrize(("rule", "changes"), WRONG_NOTICES, ids=lambda value: value if isinstance(value, str) else "")
def test_a_notice_that_can_not_be_is_found(rule, changes):
    assert rule in notice_broken_by(changes)


@pytest.mark.parametrize("changes", LAWFUL_NOTICES.values(), ids=LAWFUL_NOTICES.keys())
def test_a_lawful_notice_breaks_no_rule(changes):
    assert notice_broken_by(changes) == set()


def test_every_rule_has_a_row_that_breaks_it():
    """A rule nobody has seen find anything may be one that cannot."""
    assert {rule.name for rule in rules_of_assessments(DAY)} == {rule for rule, _ in WRONG}
    assert {rule.name for rule in rules_of_collections(DAY)} == {rule for rule, _ in WRONG_NOTICES}


def test_every_rule_names_its_law_and_has_a_name_of_its_own():
    rules = (*rules_of_assessments(DAY), *rules_of_collections(DAY))
    names = [rule.name for rule in rules_of_assessments(DAY)]
    assert len(names) == len(set(names))
    assert {rule.name for rule in rules if "法" not in rule.sentence} == {"year_without_table"}


@pytest.mark.parametrize(
    ("changes", "severity"),
    [
        ({"base_general": 26_480_000}, Severity.HARD),
        ({"disability_deduction": 0}, Severity.HARD),
        ({"ward_income_levy": 93_400, "metro_income_levy": 140_100}, Severity.HARD),
        ({"ward_per_capita_levy": 30_000}, Severity.HARD),
        ({"fiscal_year": 2949}, Severity.HARD),
        ({"aggregate_income": 99_999_999}, Severity.HARD),
        (HIGH | {"flat_reduction": 10_000}, Severity.ROW_HELD),
        (SMALL | {"salary_income": 1_220_000}, Severity.ROW_HELD),
        (SMALL | {"fiscal_year": 2025, "salary_income": 1_220_000}, Severity.ROW_HELD),
    ],
)
def test_what_can_never_be_refuses_and_what_is_off_a_table_holds_the_row(changes, severity):
    rules = {rule.name: rule.severity for rule in rules_of_assessments(DAY)}
    assert severity in {rules[name] for name in broken_by(changes)}
    if severity is Severity.ROW_HELD:
        assert Severity.HARD not in {rules[name] for name in broken_by(changes)}


def test_the_next_fiscal_year_is_possible_and_the_one_after_is_not():
    """令和9年度 may be assessed in March 2027; 令和10年度 may not, and may a year later (地方税法318条)."""
    rows = frame(ASSESSMENTS, ASSESSMENT, {"fiscal_year": 2027}, {"fiscal_year": 2028})
    lines = [
        [*lines]
        for day in (date(2027, 3, 31), date(2027, 4, 1))
        for rule, lines in broken_by_arithmetic(ASSESSMENTS, rows, day)
        if rule.name == "year_to_come"
    ]
    assert lines == [[3]]


def test_a_rule_names_lines_and_its_sentence_holds_no_value():
    rows = frame(ASSESSMENTS, ASSESSMENT, {}, {"aggregate_income": 98_765_432}, {})
    found = broken_by_arithmetic(ASSESSMENTS, rows, DAY)
    assert {line for _, lines in found for line in lines} == {3}
    told = " ".join(rule.sentence for rule, _ in found)
    assert not [value for value in ("98765432", "98,765,432", "見本", ASSESSMENT["addressee_number"]) if value in told]
