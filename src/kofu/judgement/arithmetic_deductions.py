"""所得控除: each deduction beside the people and circumstances it stands for, in declared rows."""

from __future__ import annotations

import polars as pl

from kofu.judgement import years
from kofu.judgement.findings import Severity
from kofu.judgement.rows import RowRule
from kofu.judgement.terms import AGGREGATE, DECLARED, YEAR, YEAR_IS_KNOWN, at_least, cell, dated, is_code, stepped

_JUDGED = DECLARED & YEAR_IS_KNOWN
_TEN_THOUSAND = 10_000


def _hard(name: str, column: str, sentence: str, broken: pl.Expr) -> RowRule:
    return RowRule(name=name, severity=Severity.HARD, column=column, sentence=sentence, broken=_JUDGED & broken)


def _warning(name: str, column: str, sentence: str, broken: pl.Expr) -> RowRule:
    return RowRule(name=name, severity=Severity.WARNING, column=column, sentence=sentence, broken=_JUDGED & broken)


def deduction_rules() -> tuple[RowRule, ...]:
    """Give the rules of deductions."""
    return (*_of_disability(), *_of_circumstances(), *_of_relatives(), *_of_spouse(), *_of_amounts())


def _of_disability() -> tuple[RowRule, ...]:
    """Whether 特別 counts 同居特別 too is the sender's choice: the least and the most reading are the bounds."""
    known = cell("disabled_ordinary") + cell("self_ordinary_disability")
    special = cell("disabled_special") + cell("self_special_disability")
    both = years.DISABLED_ORDINARY * known + years.DISABLED_SPECIAL * special
    coresident = cell("disabled_special_coresident")
    least = both + (years.DISABLED_CORESIDENT - years.DISABLED_SPECIAL) * coresident
    most = both + years.DISABLED_CORESIDENT * coresident
    deduction = cell("disability_deduction")
    return (
        _hard(
            "disabled_without_deduction",
            "disability_deduction",
            "障害者控除 is less than the persons with a disability bring: 260,000, 300,000 (特別), 530,000 (同居特別) "
            "(地方税法34条1項6号, 8項, 314条の2第1項6号, 8項)",
            deduction < least,
        ),
        _hard(
            "deduction_without_disabled",
            "disability_deduction",
            "障害者控除 is more than the persons with a disability bring (地方税法34条1項6号, 314条の2第1項6号)",
            deduction > most,
        ),
        _hard(
            "disabled_twice",
            "self_special_disability",
            "本人 is 特別障害者 and 普通障害者 at once (地方税法292条1項10号)",
            (cell("self_special_disability") == 1) & (cell("self_ordinary_disability") == 1),
        ),
    )


def _of_circumstances() -> tuple[RowRule, ...]:
    parent, widow, student = (cell(f"self_{name}") for name in ("single_parent", "widow", "working_student"))
    student_max = dated(years.WORKING_STUDENT_INCOME_MAX, lambda limit: limit)
    return (
        _hard(
            "single_parent_or_widow_off_deduction",
            "widow_single_parent_deduction",
            "寡婦・ひとり親控除 is not 300,000 of ひとり親 or 260,000 of 寡婦 (地方税法34条1項8号, 8号の2)",
            cell("widow_single_parent_deduction") != years.SINGLE_PARENT * parent + years.WIDOW * widow,
        ),
        _hard(
            "single_parent_and_widow",
            "self_widow",
            "本人 is ひとり親 and 寡婦 at once (地方税法292条1項11号)",
            (parent == 1) & (widow == 1),
        ),
        _hard(
            "working_student_off_deduction",
            "working_student_deduction",
            "勤労学生控除 is not the 260,000 of a 勤労学生 (地方税法34条1項9号, 314条の2第1項9号)",
            cell("working_student_deduction") != years.WORKING_STUDENT * student,
        ),
        _warning(
            "single_parent_or_widow_above_limit",
            "self_single_parent",
            "ひとり親 or 寡婦 with 合計所得 above 5,000,000 (地方税法292条1項11号, 12号)",
            ((parent == 1) | (widow == 1)) & (AGGREGATE > years.SINGLE_PARENT_INCOME_MAX),
        ),
        _warning(
            "working_student_above_limit",
            "self_working_student",
            "勤労学生 with 合計所得 above the year's limit, 750,000, from 令和8年度 850,000 "
            "(地方税法34条1項9号, 314条の2第1項9号)",
            (student == 1) & (student_max < AGGREGATE),
        ),
    )


def _of_relatives() -> tuple[RowRule, ...]:
    expected = (
        years.DEPENDENT_GENERAL * cell("dependents_general")
        + years.DEPENDENT_SPECIFIC * cell("dependents_specific")
        + years.DEPENDENT_ELDERLY * cell("dependents_elderly")
        + years.DEPENDENT_CORESIDENT_PLUS * cell("dependents_elderly_coresident")
    )
    relative = cell("specific_relative_deduction")
    return (
        _hard(
            "dependents_off_deduction",
            "dependent_deduction",
            "扶養控除 is not what the dependants bring: 330,000, 450,000 (特定), 380,000 (老人), 70,000 more "
            "of 同居老親等 (地方税法34条1項11号, 9項, 314条の2第1項11号, 9項)",
            cell("dependent_deduction") != expected,
        ),
        _hard(
            "coresident_not_elderly",
            "dependents_elderly_coresident",
            "more 同居老親等 than 老人扶養親族 they are some of (地方税法34条9項)",
            cell("dependents_elderly_coresident") > cell("dependents_elderly"),
        ),
        _hard(
            "specific_relative_before_its_law",
            "specific_relative_deduction",
            "特定親族特別控除 in a year before 令和8年度 (令和7年法律第7号)",
            (relative > 0) & (YEAR < years.SPECIFIC_RELATIVE_FROM),
        ),
        _hard(
            "specific_relative_off_steps",
            "specific_relative_deduction",
            "特定親族特別控除 is no multiple of 10,000 (令和7年法律第7号)",
            relative % _TEN_THOUSAND != 0,
        ),
    )


def _of_spouse() -> tuple[RowRule, ...]:
    general = stepped(AGGREGATE, [(limit, amount) for limit, amount, _ in years.SPOUSE_STEPS])
    elderly = stepped(AGGREGATE, [(limit, amount) for limit, _, amount in years.SPOUSE_STEPS])
    status = pl.col("spouse_status")
    expected = pl.when(status == "general").then(general).when(status == "elderly").then(elderly).otherwise(0)
    special = cell("spouse_special_deduction")
    return (
        _hard(
            "spouse_off_deduction",
            "spouse_deduction",
            "配偶者控除 is not what the spouse's status and 合計所得 give: 330,000 or 380,000 (老人) up to 9,000,000, "
            "two thirds to 9,500,000, a third to 10,000,000 (地方税法34条1項10号, 314条の2第1項10号)",
            cell("spouse_deduction") != expected,
        ),
        _hard(
            "spouse_twice",
            "spouse_special_deduction",
            "配偶者特別控除 beside 控除対象配偶者 (地方税法34条1項10号の2)",
            (special > 0) & is_code("spouse_status", "general", "elderly"),
        ),
        _hard(
            "spouse_special_off_steps",
            "spouse_special_deduction",
            "配偶者特別控除 is no multiple of 10,000, or more than 330,000 and its thirds by 合計所得 "
            "(地方税法34条1項10号の2, 314条の2第1項10号の2)",
            (special % _TEN_THOUSAND != 0) | (special > general),
        ),
    )


def _of_amounts() -> tuple[RowRule, ...]:
    basic = stepped(AGGREGATE, years.BASIC_STEPS)
    stated = cell("basic_deduction")
    taxable = pl.col("liability") == "taxable"
    return (
        _hard(
            "basic_off_income",
            "basic_deduction",
            "基礎控除 is not that of 合計所得: 430,000 up to 24,000,000, 290,000, 150,000, none above 25,000,000 "
            "(地方税法34条2項, 314条の2第2項)",
            (stated != basic) & (taxable | (stated != 0)),
        ),
        _hard(
            "life_insurance_above_limit",
            "life_insurance_deduction",
            "生命保険料控除 above 70,000 (地方税法34条1項5号, 314条の2第1項5号)",
            cell("life_insurance_deduction") > years.LIFE_INSURANCE_MAX,
        ),
        _hard(
            "earthquake_insurance_above_limit",
            "earthquake_insurance_deduction",
            "地震保険料控除 above 25,000 (地方税法34条1項5号の3, 314条の2第1項5号の3)",
            cell("earthquake_insurance_deduction") > years.EARTHQUAKE_MAX,
        ),
        _hard(
            "medical_above_limit",
            "medical_deduction",
            "医療費控除 above 2,000,000 (地方税法34条1項2号, 314条の2第1項2号)",
            cell("medical_deduction") > years.MEDICAL_MAX,
        ),
        _warning(
            "social_insurance_above_income",
            "social_insurance_deduction",
            "社会保険料控除 above everything that came in (地方税法34条1項3号)",
            (cell("social_insurance_deduction") > 0)
            & (
                cell("social_insurance_deduction")
                > at_least(AGGREGATE, 0) + cell("salary_revenue") + cell("pension_revenue")
            ),
        ),
    )
