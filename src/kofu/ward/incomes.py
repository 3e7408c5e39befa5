"""What an invented person earned in one year, who depends on the person, and what is deducted and credited."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kofu.core.fiscal_year import income_year
from kofu.judgement.years import pension_income
from kofu.ward.amounts import Assessed, Credits, Deductions, Dependents, Incomes
from kofu.ward.draw import Draw
from kofu.ward.shapes import Extra, Family, Income, PersonShape
from kofu.ward.taxes import adjust_salary, deduct_people, lawful_people, salary_income, sum_up, tax

PENSION_AGE = 65
ADULT_AGE = 18
SPECIFIC_RELATIVE_FROM = 2026  # 特定親族特別控除: from 令和8年度

FULL_SALARY = {
    Income.SALARY, Income.REAL_ESTATE, Income.DIVIDENDS, Income.STOCKS, Income.FUTURES, Income.TEMPORARY,
    Income.RETIREMENT, Income.SHORT_TRANSFER, Income.LONG_TRANSFER,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Means:
    """What a person earns in a usual year, in yen: drawn once, so that the years resemble each other."""

    salary: int
    pension: int
    business: int
    other: int
    growth: int  # thousandths a year
    insurance: int

    @classmethod
    def drawn(cls, draw: Draw, shape: PersonShape) -> Means:
        """Draw the means of a person of this shape."""
        salary = draw.amount(2_200_000, 9_500_000)
        if shape.income is Income.WEALTHY:
            salary = draw.amount(12_000_000, 60_000_000)
        elif shape.income in (Income.LITTLE, Income.SALARY_AND_PENSION):
            salary = draw.amount(300_000, 980_000)
        elif shape.family in (Family.SINGLE_PARENT, Family.WIDOW):
            salary = draw.amount(2_200_000, 5_500_000)  # 合計所得 stays under their limit in most years
        return cls(
            salary=salary,
            pension=draw.amount(900_000, 3_600_000, step=100),
            business=draw.amount(1_500_000, 9_000_000, step=1),
            other=draw.amount(120_000, 4_000_000, step=1),
            growth=draw.between(-15, 40),
            insurance=draw.between(0, 70) * 1000,
        )


def year_amounts(shape: PersonShape, means: Means, fiscal_year: int, birth_year: int) -> Assessed:
    """Assess the fiscal year of a person with these means; everything follows from the arguments. Yen."""
    age = income_year(fiscal_year) - birth_year
    factor = 1000 + means.growth * (fiscal_year - 2023)
    incomes = _earn(shape.income, means, factor, fiscal_year, elderly=age >= PENSION_AGE)
    people = replace(PEOPLE_OF.get(shape.family, NOBODY))
    adjust_salary(incomes, people)
    sum_up(incomes)
    lawful_people(people, income=incomes.aggregate_income, fiscal_year=fiscal_year)
    deductions = Deductions()
    deductions.social_insurance_deduction = (
        incomes.salary_revenue * 147 // 1000
        + incomes.pension_revenue * 62 // 1000
        + max(0, incomes.business_income) // 10
    )
    if incomes.aggregate_income > 0:
        deductions.life_insurance_deduction = means.insurance
        deductions.earthquake_insurance_deduction = means.insurance // 5000 * 1000
    credits_ = Credits()
    _extra(shape.extra, means, incomes, deductions, credits_)
    if shape.income in (Income.DIVIDENDS, Income.LISTED_DIVIDENDS):
        credits_.dividend_credit = incomes.dividend_income * 28 // 1000
        credits_.dividend_stock_levy_credit = (incomes.listed_dividend_income + incomes.listed_stock_income) // 20
    if shape.family is Family.SPECIFIC_RELATIVE and fiscal_year >= SPECIFIC_RELATIVE_FROM:
        deductions.specific_relative_deduction = 450_000
    deduct_people(
        deductions,
        people,
        income=incomes.aggregate_income,
        spouse_special=260_000 if shape.family is Family.SPOUSE_SPECIAL else 0,
    )
    return tax(incomes, deductions, people, credits_, fiscal_year=fiscal_year, minor=age < ADULT_AGE)


def _earn(kind: Income, means: Means, factor: int, fiscal_year: int, *, elderly: bool) -> Incomes:
    incomes = Incomes()
    other = means.other * factor // 1000
    business = means.business * factor // 1000
    if kind in FULL_SALARY or kind in (Income.LITTLE, Income.WEALTHY, Income.SALARY_AND_PENSION):
        incomes.salary_revenue = means.salary * factor // 1000
    elif kind is Income.BARELY:
        incomes.salary_revenue = 460_000 + (650_000 if fiscal_year >= SPECIFIC_RELATIVE_FROM else 550_000)
        incomes.loss_carryforward = 20_000
    if kind in (Income.PENSION, Income.SALARY_AND_PENSION, Income.LISTED_DIVIDENDS):
        incomes.pension_revenue = means.pension
    incomes.salary_income = salary_income(incomes.salary_revenue, fiscal_year)
    incomes.pension_income = pension_income(incomes.pension_revenue, elderly=elderly)
    if kind in (Income.BUSINESS, Income.AGRICULTURE, Income.FORESTRY, Income.LOSS, Income.CARRYFORWARD):
        _own_work(incomes, kind, business, other)
    else:
        _capital(incomes, kind, other, repairs=(fiscal_year + means.growth) % 4 == 0)
    return incomes


def _own_work(incomes: Incomes, kind: Income, business: int, other: int) -> None:
    if kind is Income.BUSINESS:
        incomes.business_income, incomes.misc_other_income = business, other // 20
    elif kind is Income.AGRICULTURE:
        incomes.agriculture_income = business
    elif kind is Income.FORESTRY:
        incomes.forestry_income = business
    elif kind is Income.LOSS:
        incomes.business_income = -business // 2
    else:
        incomes.business_income, incomes.loss_carryforward = business, business // 3


def _capital(incomes: Incomes, kind: Income, other: int, *, repairs: bool) -> None:
    if kind is Income.REAL_ESTATE:
        # Every few years the repairs cost more than the rent: 損益通算 with the salary
        incomes.real_estate_income = -other // 4 if repairs else other
    elif kind is Income.DIVIDENDS:
        incomes.dividend_income, incomes.interest_income = other, other // 40
    elif kind is Income.STOCKS:
        incomes.listed_stock_income, incomes.general_stock_income = other, other // 3
    elif kind is Income.LISTED_DIVIDENDS:
        incomes.listed_dividend_income = other
    elif kind is Income.FUTURES:
        incomes.futures_income, incomes.misc_business_income = other, other // 5
    elif kind is Income.SHORT_TRANSFER:
        incomes.short_term_transfer_income = other * 2
    elif kind is Income.LONG_TRANSFER:
        incomes.long_term_transfer_income = other * 5
    elif kind is Income.TEMPORARY:
        incomes.transfer_temporary_income = other // 2
    elif kind is Income.RETIREMENT:
        incomes.retirement_income = other


PEOPLE_OF: dict[Family, Dependents] = {
    Family.SPOUSE: Dependents(spouse_status="general"),
    Family.ELDERLY_SPOUSE: Dependents(spouse_status="elderly"),
    Family.SPOUSE_AND_CHILDREN: Dependents(spouse_status="general", dependents_under16=2, dependents_general=1),
    Family.STUDENT_CHILD: Dependents(dependents_specific=1),
    Family.ELDERLY_PARENT: Dependents(dependents_elderly=1, dependents_elderly_coresident=1),
    Family.ELDERLY_APART: Dependents(dependents_elderly=2),
    Family.DISABLED_RELATIVE: Dependents(dependents_general=1, disabled_special_coresident=1),
    Family.SINGLE_PARENT: Dependents(self_single_parent=1, dependents_under16=1),
    Family.WIDOW: Dependents(self_widow=1),
    Family.DISABLED: Dependents(self_ordinary_disability=1),
    Family.DISABLED_SPECIAL: Dependents(self_special_disability=1, spouse_status="general", disabled_ordinary=1),
    Family.WORKING_STUDENT: Dependents(self_working_student=1),
}
NOBODY = Dependents()


def _extra(extra: Extra, means: Means, incomes: Incomes, deductions: Deductions, credits_: Credits) -> None:
    if extra is Extra.MEDICAL:
        deductions.medical_deduction = means.other // 10
    elif extra is Extra.CASUALTY:
        deductions.casualty_deduction = means.other // 5
    elif extra is Extra.ENTERPRISE:
        deductions.small_enterprise_deduction = 276_000
    elif extra is Extra.HOUSING:
        credits_.housing_loan_credit = min(97_500, means.other // 10)
    elif extra is Extra.DONATION:
        credits_.donation_credit = max(0, incomes.aggregate_income) // 100
    elif extra is Extra.FOREIGN_TAX:
        credits_.foreign_tax_credit = min(30_000, means.other // 50)
