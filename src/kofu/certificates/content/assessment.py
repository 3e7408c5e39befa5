"""課税証明書, 非課税証明書 and 所得証明書: the assessment of one fiscal year."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any

from kofu.certificates.content.model import NotCertifiable
from kofu.certificates.content.wording import UNKNOWN, amount, flag, remarks
from kofu.certificates.facts import AssessmentFacts, CertificateOrder
from kofu.core.birthday import format_birthday
from kofu.core.errors import ensure
from kofu.core.kinds import Declaration, Liability
from kofu.core.wareki import income_year_label

INCOMES = (
    "salary_revenue",
    "pension_revenue",
    "salary_income",
    "business_income",
    "agriculture_income",
    "real_estate_income",
    "interest_income",
    "dividend_income",
    "pension_income",
    "misc_business_income",
    "misc_other_income",
    "transfer_temporary_income",
    "short_term_transfer_income",
    "long_term_transfer_income",
    "general_stock_income",
    "listed_stock_income",
    "listed_dividend_income",
    "futures_income",
    "forestry_income",
    "retirement_income",
    "loss_carryforward",
    "total_income",
    "aggregate_income",
)
DEDUCTIONS = (
    "casualty_deduction",
    "medical_deduction",
    "social_insurance_deduction",
    "small_enterprise_deduction",
    "life_insurance_deduction",
    "earthquake_insurance_deduction",
    "disability_deduction",
    "widow_single_parent_deduction",
    "working_student_deduction",
    "spouse_deduction",
    "spouse_special_deduction",
    "dependent_deduction",
    "specific_relative_deduction",
    "basic_deduction",
    "deduction_total",
)
COUNTS = (
    "dependents_specific",
    "dependents_elderly",
    "dependents_elderly_coresident",
    "dependents_general",
    "dependents_under16",
    "disabled_special_coresident",
    "disabled_special",
    "disabled_ordinary",
)
OWN_CIRCUMSTANCES = (
    "self_special_disability",
    "self_ordinary_disability",
    "self_single_parent",
    "self_widow",
    "self_working_student",
)
BASES = (
    "base_general",
    "base_short_term",
    "base_long_term",
    "base_general_stock",
    "base_listed_stock",
    "base_listed_dividend",
    "base_futures",
    "base_forestry",
    "base_retirement",
)
CREDITS = (
    "adjustment_credit",
    "dividend_credit",
    "housing_loan_credit",
    "donation_credit",
    "foreign_tax_credit",
    "dividend_stock_levy_credit",
    "flat_reduction",
    "flat_reduction_unapplied",
)
TAXES = (
    "ward_income_levy",
    "ward_per_capita_levy",
    "metro_income_levy",
    "metro_per_capita_levy",
    "forest_environment_tax",
    "annual_tax",
)
DECLARED_AMOUNTS = (*INCOMES, *DEDUCTIONS, *BASES)
CREDITS_AND_TAXES = (*CREDITS, *TAXES)
SPOUSE_STATUS = {"none": "無", "general": "一般", "elderly": "老人", "same_livelihood": "同一生計のみ"}

UNDECLARED_DEPENDENT_REMARK = "税法上の被扶養者で申告がないため、所得等は「＊」で表示しています。"
INCOME_REMARK = "扶養・控除の内容及び年税額の記載を省略しています。"


def taxation_fields(order: CertificateOrder) -> dict[str, str]:
    """課税証明書; 非課税証明書 where nothing is levied. 均等割のみ課税 is 課税."""
    facts = _assessment_of(order)
    undeclared = facts.declaration is Declaration.DEPENDENT_UNDECLARED
    declared = _written(facts, DECLARED_AMOUNTS, amount)
    declared["spouse_status"] = SPOUSE_STATUS[facts.spouse_status]
    declared |= _written(facts, COUNTS, str)
    declared |= _written(facts, OWN_CIRCUMSTANCES, flag)
    return {
        **_header(order, facts),
        "title": "非課税証明書" if facts.liability is Liability.NONTAXABLE else "課税証明書",
        **(dict.fromkeys(declared, UNKNOWN) if undeclared else declared),
        **_written(facts, CREDITS_AND_TAXES, amount),
        "municipal_tax": order.municipal_tax,
        "prefectural_tax": order.prefectural_tax,
        **(remarks(UNDECLARED_DEPENDENT_REMARK) if undeclared else remarks()),
    }


def income_fields(order: CertificateOrder) -> dict[str, str]:
    """所得証明書: the incomes alone; deductions and people are left out and the annual tax reads ＊ (豊島, 宇都宮)."""
    facts = _assessment_of(order)
    undeclared = facts.declaration is Declaration.DEPENDENT_UNDECLARED
    texts = (INCOME_REMARK, UNDECLARED_DEPENDENT_REMARK) if undeclared else (INCOME_REMARK,)
    return {
        **_header(order, facts),
        "title": "所得証明書",
        **(dict.fromkeys(INCOMES, UNKNOWN) if undeclared else _written(facts, INCOMES, amount)),
        "annual_tax": UNKNOWN,
        **remarks(*texts),
    }


def _assessment_of(order: CertificateOrder) -> AssessmentFacts:
    facts = order.assessment
    if facts is None:
        raise NotCertifiable("no assessment of the year")
    ensure(facts.addressee_number == order.subject.addressee_number, "the assessment is of the subject")
    ensure(facts.fiscal_year == order.fiscal_year, "the assessment is of the ordered year")
    if not facts.taxing_right:
        raise NotCertifiable("the ward had no right to tax on 1 January")
    if facts.declaration is Declaration.UNDECLARED:
        raise NotCertifiable("nothing is declared for the year")
    untaxed = facts.liability is Liability.NONTAXABLE or facts.declaration is Declaration.DEPENDENT_UNDECLARED
    ensure(not untaxed or facts.annual_tax == 0, "no tax where nothing is taxed")
    return facts


def _header(order: CertificateOrder, facts: AssessmentFacts) -> dict[str, str]:
    return {
        "year": f"{order.year_label}（{income_year_label(order.fiscal_year, era_change='end')}）",
        "address": facts.address_at_assessment,
        "name": facts.name_at_assessment,
        "birthday": format_birthday(order.subject.birthday),
    }


def _written(facts: AssessmentFacts, names: tuple[str, ...], how: Callable[[Any], str]) -> dict[str, str]:
    return dict(zip(names, map(how, _values_of(names)(facts)), strict=True))


@cache  # of the lists of fields above
def _values_of(names: tuple[str, ...]) -> Callable[[AssessmentFacts], tuple[Any, ...]]:
    return attrgetter(*names)
