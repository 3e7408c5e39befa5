"""The amounts of one assessment, grouped as the feed groups them. Yen, but people in `Dependents`; all start at zero.

The attributes bear the names of the feed's columns and stand in their order; a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter

from kofu.contracts.feed_tables import (
    CREDIT_COLUMNS,
    DEDUCTION_COLUMNS,
    INCOME_COLUMNS,
    PERSON_COLUMNS,
    TAX_BASE_COLUMNS,
    TAX_COLUMNS,
)


@dataclass(slots=True)
class Incomes:
    """所得. The separately taxed kinds after their own special deductions, 一時所得 after its half."""

    salary_revenue: int = 0
    salary_income: int = 0
    pension_revenue: int = 0
    pension_income: int = 0
    business_income: int = 0
    agriculture_income: int = 0
    real_estate_income: int = 0
    interest_income: int = 0
    dividend_income: int = 0
    misc_business_income: int = 0
    misc_other_income: int = 0
    transfer_temporary_income: int = 0
    short_term_transfer_income: int = 0
    long_term_transfer_income: int = 0
    general_stock_income: int = 0
    listed_stock_income: int = 0
    listed_dividend_income: int = 0
    futures_income: int = 0
    forestry_income: int = 0
    retirement_income: int = 0
    loss_carryforward: int = 0
    total_income: int = 0
    aggregate_income: int = 0


@dataclass(slots=True)
class Deductions:
    """所得控除."""

    casualty_deduction: int = 0
    medical_deduction: int = 0
    social_insurance_deduction: int = 0
    small_enterprise_deduction: int = 0
    life_insurance_deduction: int = 0
    earthquake_insurance_deduction: int = 0
    disability_deduction: int = 0
    widow_single_parent_deduction: int = 0
    working_student_deduction: int = 0
    spouse_deduction: int = 0
    spouse_special_deduction: int = 0
    dependent_deduction: int = 0
    specific_relative_deduction: int = 0
    basic_deduction: int = 0
    deduction_total: int = 0


@dataclass(slots=True)
class Dependents:
    """人的控除の対象: counts of people, flags 0 or 1, and the code of the spouse."""

    spouse_status: str = "none"
    dependents_specific: int = 0
    dependents_elderly: int = 0
    dependents_elderly_coresident: int = 0
    dependents_general: int = 0
    dependents_under16: int = 0
    disabled_special_coresident: int = 0
    disabled_special: int = 0
    disabled_ordinary: int = 0
    self_special_disability: int = 0
    self_ordinary_disability: int = 0
    self_single_parent: int = 0
    self_widow: int = 0
    self_working_student: int = 0


@dataclass(slots=True)
class Bases:
    """課税標準額."""

    base_general: int = 0
    base_short_term: int = 0
    base_long_term: int = 0
    base_general_stock: int = 0
    base_listed_stock: int = 0
    base_listed_dividend: int = 0
    base_futures: int = 0
    base_forestry: int = 0
    base_retirement: int = 0


@dataclass(slots=True)
class Credits:
    """税額控除, ward and metropolis together."""

    adjustment_credit: int = 0
    dividend_credit: int = 0
    housing_loan_credit: int = 0
    donation_credit: int = 0
    foreign_tax_credit: int = 0
    dividend_stock_levy_credit: int = 0
    flat_reduction: int = 0
    flat_reduction_unapplied: int = 0


@dataclass(slots=True)
class Taxes:
    """税額. `annual_tax` is the sum of the others."""

    ward_income_levy: int = 0
    ward_per_capita_levy: int = 0
    metro_income_levy: int = 0
    metro_per_capita_levy: int = 0
    forest_environment_tax: int = 0
    annual_tax: int = 0


@dataclass(slots=True)
class Assessed:
    """All amounts of one person's fiscal year, and what follows from them: taxable, per_capita_only or nontaxable."""

    incomes: Incomes
    deductions: Deductions
    people: Dependents
    bases: Bases
    credits: Credits
    taxes: Taxes
    liability: str

    def cells(self) -> tuple[int | str, ...]:
        """All amounts in the order of the feed's columns."""
        return (
            *_incomes(self.incomes),
            *_deductions(self.deductions),
            *_people(self.people),
            *_bases(self.bases),
            *_credits(self.credits),
            *_taxes(self.taxes),
        )


def nothing() -> Assessed:
    """Give an assessment in which everything is zero: what stands in the ledger for someone who declared nothing."""
    return Assessed(Incomes(), Deductions(), Dependents(), Bases(), Credits(), Taxes(), "nontaxable")


_incomes = attrgetter(*(column.name for column in INCOME_COLUMNS))
_deductions = attrgetter(*(column.name for column in DEDUCTION_COLUMNS))
_people = attrgetter(*(column.name for column in PERSON_COLUMNS))
_bases = attrgetter(*(column.name for column in TAX_BASE_COLUMNS))
_credits = attrgetter(*(column.name for column in CREDIT_COLUMNS))
_taxes = attrgetter(*(column.name for column in TAX_COLUMNS))
