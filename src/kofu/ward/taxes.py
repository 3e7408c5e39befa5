"""個人住民税 of an invented person: from incomes and deductions to the tax, every figure as the law has it.

The ledger's own computation is another thing; nothing here is ever used for real people. Amounts come from the dated
tables of `kofu.judgement.years`, of a ward of 1級地; what the years before its first had is taken from its first.
"""

from __future__ import annotations

from collections.abc import Iterable

from kofu.judgement import years
from kofu.ward.amounts import Assessed, Bases, Credits, Deductions, Dependents, Incomes, Taxes

ADJUSTMENT_CREDIT_INCOME_MAX = 25_000_000
ADJUSTMENT_BASE_STEP = 2_000_000
UNDIVIDED = (3, 5)  # of most credits the ward bears three fifths (地方税法314条の6 to 314条の9)
WARD_BEARS = {"dividend_credit": (4, 7)}  # 1.6 % of 2.8 % (地方税法附則5条)
HOUSING_CREDIT_HUNDREDTHS_MAX = 5  # of 課税総所得金額等 (地方税法附則5条の4の2)

MISCELLANEOUS = ("pension_income", "misc_business_income", "misc_other_income")
OFFSET = (
    "salary_income", "business_income", "agriculture_income", "real_estate_income", "interest_income",
    "dividend_income", "transfer_temporary_income", "forestry_income", "retirement_income",
)  # fmt: skip
SEPARATE = (
    "short_term_transfer_income", "long_term_transfer_income", "general_stock_income", "listed_stock_income",
    "listed_dividend_income", "futures_income",
)  # fmt: skip


def salary_income(revenue: int, fiscal_year: int) -> int:
    """給与所得 of a revenue in yen, before 所得金額調整控除."""
    return years.salary_income(revenue, max(fiscal_year, years.FIRST_YEAR))


def adjust_salary(incomes: Incomes, people: Dependents) -> None:
    """Take 所得金額調整控除 off 給与所得 (租税特別措置法41条の3の11): for a family, and for salary beside a pension."""
    family = people.dependents_under16 + people.dependents_specific + people.disabled_special_coresident
    family += people.disabled_special + people.self_special_disability
    taken = 0
    if family and incomes.salary_revenue > years.ADJUSTMENT_REVENUE_FROM:
        counted = min(incomes.salary_revenue, years.ADJUSTMENT_REVENUE_TO)
        taken = -(-(counted - years.ADJUSTMENT_REVENUE_FROM) // 10)
    limit = years.ADJUSTMENT_PENSION_MAX
    taken += max(0, min(incomes.salary_income, limit) + min(incomes.pension_income, limit) - limit)
    incomes.salary_income -= taken


def sum_up(incomes: Incomes) -> None:
    """Set 合計所得金額 and 総所得金額等 after 損益通算 (所得税法69条).

    Losses of 雑所得 stay inside 雑所得, those of business and rent are not set off against what is taxed
    separately, and a loss that is left is no income below zero.
    """
    general = _sum(incomes, OFFSET) + max(0, _sum(incomes, MISCELLANEOUS))
    incomes.aggregate_income = max(0, general) + _sum(incomes, SEPARATE)
    incomes.total_income = max(0, incomes.aggregate_income - incomes.loss_carryforward)


def _sum(incomes: Incomes, names: Iterable[str]) -> int:
    return sum(getattr(incomes, name) for name in names)


def lawful_people(people: Dependents, *, income: int, fiscal_year: int) -> None:
    """Take away what `income`, the year's 合計所得金額, is too high for: ひとり親, 寡婦, 勤労学生."""
    if income > years.SINGLE_PARENT_INCOME_MAX:
        people.self_single_parent = people.self_widow = 0
    student_max = years.in_force(years.WORKING_STUDENT_INCOME_MAX, max(fiscal_year, years.FIRST_YEAR))
    if income > student_max:
        people.self_working_student = 0


def deduct_people(deductions: Deductions, people: Dependents, *, income: int, spouse_special: int) -> None:
    """Set the deductions that follow from the people, the basic deduction and the total. `income`: 合計所得金額."""
    d, p = deductions, people
    d.disability_deduction = (
        years.DISABLED_ORDINARY * (p.disabled_ordinary + p.self_ordinary_disability)
        + years.DISABLED_SPECIAL * (p.disabled_special + p.self_special_disability)
        + years.DISABLED_CORESIDENT * p.disabled_special_coresident
    )
    d.widow_single_parent_deduction = years.SINGLE_PARENT * p.self_single_parent + years.WIDOW * p.self_widow
    d.working_student_deduction = years.WORKING_STUDENT * p.self_working_student
    general, elderly = next((general, elderly) for limit, general, elderly in years.SPOUSE_STEPS if income <= limit)
    if not general and p.spouse_status != "none":
        p.spouse_status = "same_livelihood"
    d.spouse_deduction = {"general": general, "elderly": elderly}.get(p.spouse_status, 0)
    whole = general == years.SPOUSE_GENERAL
    d.spouse_special_deduction = spouse_special if whole else 0  # kept simple: all or nothing
    d.dependent_deduction = (
        years.DEPENDENT_GENERAL * p.dependents_general
        + years.DEPENDENT_SPECIFIC * p.dependents_specific
        + years.DEPENDENT_ELDERLY * p.dependents_elderly
        + years.DEPENDENT_CORESIDENT_PLUS * p.dependents_elderly_coresident
    )
    d.basic_deduction = next(amount for limit, amount in years.BASIC_STEPS if income <= limit)
    d.deduction_total = (
        d.casualty_deduction + d.medical_deduction + d.social_insurance_deduction + d.small_enterprise_deduction
        + d.life_insurance_deduction + d.earthquake_insurance_deduction + d.disability_deduction
        + d.widow_single_parent_deduction + d.working_student_deduction + d.spouse_deduction
        + d.spouse_special_deduction + d.dependent_deduction + d.specific_relative_deduction + d.basic_deduction
    )  # fmt: skip


def bases_of(incomes: Incomes, deductions: Deductions) -> Bases:
    """課税標準額: deductions go against the general income first, then the separate ones; cut to 1,000 yen."""
    left = deductions.deduction_total
    separate = (
        ("base_short_term", incomes.short_term_transfer_income),
        ("base_long_term", incomes.long_term_transfer_income),
        ("base_listed_dividend", incomes.listed_dividend_income),
        ("base_general_stock", incomes.general_stock_income),
        ("base_listed_stock", incomes.listed_stock_income),
        ("base_futures", incomes.futures_income),
        ("base_forestry", incomes.forestry_income),
        ("base_retirement", incomes.retirement_income),
    )
    general = incomes.total_income - sum(amount for _, amount in separate)
    bases = Bases()
    for name, amount in (("base_general", general), *separate):
        if amount > 0:
            taken = min(left, amount)
            left -= taken
            setattr(bases, name, (amount - taken) // 1000 * 1000)
    return bases


def people_counted(people: Dependents) -> int:
    """Spouse and dependants that raise the limits below which nobody is taxed (16歳未満 included)."""
    p = people
    return (
        (p.spouse_status != "none")
        + p.dependents_general
        + p.dependents_specific
        + p.dependents_elderly
        + p.dependents_under16
    )


def liability_of(incomes: Incomes, people: Dependents, *, minor: bool) -> str:
    """課税非課税区分 by 合計所得金額 and 総所得金額等 (地方税法24条の5, 295条, 附則3条の3; 1級地)."""
    exempt = minor or people.self_single_parent or people.self_widow
    exempt = exempt or people.self_ordinary_disability or people.self_special_disability
    if exempt and incomes.aggregate_income <= years.EXEMPT_INCOME_MAX:
        return "nontaxable"
    others = people_counted(people)
    limit = years.LIMIT_PER_PERSON * (1 + others) + years.LIMIT_PLUS
    if incomes.aggregate_income <= limit + (years.LIMIT_WITH_DEPENDENTS_PER_CAPITA if others else 0):
        return "nontaxable"
    if incomes.total_income <= levy_limit(people):
        return "per_capita_only"
    return "taxable"


def levy_limit(people: Dependents) -> int:
    """総所得金額等 up to which no 所得割 is levied, and below which none presses it (附則3条の3第4項, 5項)."""
    others = people_counted(people)
    limit = years.LIMIT_PER_PERSON * (1 + others) + years.LIMIT_PLUS
    return limit + (years.LIMIT_WITH_DEPENDENTS_LEVY if others else 0)


def adjustment_credit(incomes: Incomes, people: Dependents, bases: Bases) -> int:
    """調整控除 of ward and metropolis together (地方税法37条, 314条の6), 5 % of the difference of the deductions."""
    if incomes.aggregate_income > ADJUSTMENT_CREDIT_INCOME_MAX:
        return 0
    p = people
    difference = 50_000 + {"general": 50_000, "elderly": 100_000}.get(p.spouse_status, 0)
    difference += 50_000 * p.dependents_general + 180_000 * p.dependents_specific + 100_000 * p.dependents_elderly
    difference += 30_000 * p.dependents_elderly_coresident + 220_000 * p.disabled_special_coresident
    difference += 10_000 * (p.disabled_ordinary + p.self_ordinary_disability + p.self_widow + p.self_working_student)
    difference += 100_000 * (p.disabled_special + p.self_special_disability) + 50_000 * p.self_single_parent
    base = bases.base_general + bases.base_forestry + bases.base_retirement
    if base <= ADJUSTMENT_BASE_STEP:
        return min(difference, base) * 5 // 100
    return max(difference - (base - ADJUSTMENT_BASE_STEP), 50_000) * 5 // 100


def tax(
    incomes: Incomes, deductions: Deductions, people: Dependents, credits_: Credits, *, fiscal_year: int, minor: bool
) -> Assessed:
    """Assess one person's fiscal year. `credits_` are wished for; kept is what there is tax to credit against.

    Amounts in yen; each levy is cut to 100 yen (地方税法20条の4の2第3項).
    """
    liability = liability_of(incomes, people, minor=minor)
    bases = bases_of(incomes, deductions) if liability == "taxable" else Bases()
    taxes = Taxes()
    if liability == "nontaxable":
        return Assessed(incomes, deductions, people, bases, Credits(), taxes, liability)
    per_capita = years.in_force(years.PER_CAPITA, fiscal_year)
    taxes.ward_per_capita_levy, taxes.metro_per_capita_levy = per_capita.ward, per_capita.metro
    taxes.forest_environment_tax = per_capita.forest
    kept = Credits()
    if liability == "taxable":
        _levy(incomes, people, bases, credits_, kept=kept, taxes=taxes, fiscal_year=fiscal_year)
        if not taxes.ward_income_levy and not taxes.metro_income_levy:
            liability = "per_capita_only"
    taxes.annual_tax = (
        taxes.ward_income_levy + taxes.ward_per_capita_levy + taxes.metro_income_levy
        + taxes.metro_per_capita_levy + taxes.forest_environment_tax
    )  # fmt: skip
    return Assessed(incomes, deductions, people, bases, kept, taxes, liability)


def _levy(
    incomes: Incomes,
    people: Dependents,
    bases: Bases,
    wished: Credits,
    *,
    kept: Credits,
    taxes: Taxes,
    fiscal_year: int,
) -> None:
    """Set 所得割 of ward and metropolis and the credits that were used, each side's share of each."""
    ward = metro = 0
    ward_share, metro_share = years.SHARES
    for name, rate in years.RATES:
        base = getattr(bases, name)
        if base:
            ward += base * rate * ward_share // (1000 * sum(years.SHARES))
            metro += base * rate * metro_share // (1000 * sum(years.SHARES))
    kept.adjustment_credit = adjustment_credit(incomes, people, bases)
    housing_max = bases.base_general * HOUSING_CREDIT_HUNDREDTHS_MAX // 100
    wished.housing_loan_credit = min(wished.housing_loan_credit, housing_max)
    for name in (
        "adjustment_credit",
        "dividend_credit",
        "housing_loan_credit",
        "donation_credit",
        "foreign_tax_credit",
        "dividend_stock_levy_credit",
    ):
        amount = min(getattr(kept, name) or getattr(wished, name), ward + metro)
        setattr(kept, name, amount)
        share, of = WARD_BEARS.get(name, UNDIVIDED)
        ward, metro = _taken(ward, metro, amount, share, of)
    # What is left after the tax does not fall below the limit of those who pay none (附則3条の3第5項)
    pressed = max(0, ward + metro - (incomes.total_income - levy_limit(people)))
    ward, metro = _taken(ward, metro, pressed, *UNDIVIDED)
    due = years.FLAT_REDUCTION_PER_PERSON * _heads_of_flat_reduction(incomes.aggregate_income, people, fiscal_year)
    kept.flat_reduction = min(due, ward + metro)
    kept.flat_reduction_unapplied = due - kept.flat_reduction
    ward, metro = _taken(ward, metro, kept.flat_reduction, *UNDIVIDED)
    taxes.ward_income_levy = ward // 100 * 100
    taxes.metro_income_levy = metro // 100 * 100


def _taken(ward: int, metro: int, amount: int, share: int, of: int) -> tuple[int, int]:
    """Take an amount, not above the two together, from both: `share` of `of` parts from the ward, what fits."""
    from_ward = min(ward, -(-amount * share // of))
    from_metro = min(metro, amount - from_ward)
    return ward - (amount - from_metro), metro - from_metro


def _heads_of_flat_reduction(income: int, people: Dependents, fiscal_year: int) -> int:
    """For how many people 定額減税 is given (地方税法附則5条の8, 5条の12)."""
    if income > years.FLAT_REDUCTION_INCOME_MAX:
        return 0
    if fiscal_year == years.FLAT_REDUCTION_YEAR:
        return 1 + people_counted(people) - (people.spouse_status == "same_livelihood")
    return int(fiscal_year == years.FLAT_REDUCTION_SPOUSE_YEAR and people.spouse_status == "same_livelihood")
