"""個人住民税 of an invented person: from incomes and deductions to the tax, near enough to the law.

The ledger's own computation is another thing; nothing here is ever used for real people. Rates and limits are those of
a ward of 1級地 in FY2021 and later (地方税法35条, 314条の3 and others; 森林環境税 from FY2024;
定額減税 FY2024 and FY2025).
"""

from __future__ import annotations

from kofu.ward.amounts import Assessed, Bases, Credits, Deductions, Incomes, People, Taxes

FOREST_TAX_FROM = 2024
MINIMUM_SALARY_DEDUCTION_RAISED_FROM = 2026  # 給与所得控除の最低保障額 55万円 → 65万円
FLAT_REDUCTION_YEAR = 2024
FLAT_REDUCTION_INCOME_MAX = 18_050_000
FLAT_REDUCTION_PER_PERSON = 10_000
ADJUSTMENT_CREDIT_INCOME_MAX = 25_000_000
ADJUSTMENT_BASE_STEP = 2_000_000
SPOUSE_INCOME_STEPS = ((9_000_000, 3), (9_500_000, 2), (10_000_000, 1))  # 納税者の合計所得 → thirds of the deduction
EXEMPT_INCOME_MAX = 1_350_000  # 障害者, 未成年者, 寡婦, ひとり親 (地方税法24条の5, 295条)
PER_PERSON_LIMIT = 350_000
LIMIT_PLUS = 100_000
PER_CAPITA_LIMIT_WITH_DEPENDENTS = 210_000
INCOME_LEVY_LIMIT_WITH_DEPENDENTS = 320_000

# Tenths of a percent for (ward, metropolis): 6 % and 4 %, the separately taxed kinds at their own rates
RATES: tuple[tuple[str, int, int], ...] = (
    ("base_general", 60, 40),
    ("base_short_term", 54, 36),
    ("base_long_term", 30, 20),
    ("base_general_stock", 30, 20),
    ("base_listed_stock", 30, 20),
    ("base_listed_dividend", 30, 20),
    ("base_futures", 30, 20),
    ("base_forestry", 60, 40),
    ("base_retirement", 60, 40),
)


def salary_income(revenue: int, fiscal_year: int) -> int:
    """給与所得 of a revenue in yen (所得税法28条, 別表第五 in steps of 4,000 yen)."""
    least = 650_000 if fiscal_year >= MINIMUM_SALARY_DEDUCTION_RAISED_FROM else 550_000
    if revenue <= least:
        return 0
    quarter = revenue // 4000 * 1000
    if revenue < 1_800_000:  # noqa: PLR2004 - the steps of the law's table
        by_table = quarter * 24 // 10 + 100_000
    elif revenue < 3_600_000:  # noqa: PLR2004 - same
        by_table = quarter * 28 // 10 - 80_000
    elif revenue < 6_600_000:  # noqa: PLR2004 - same
        by_table = quarter * 32 // 10 - 440_000
    elif revenue < 8_500_000:  # noqa: PLR2004 - same
        by_table = revenue * 9 // 10 - 1_100_000
    else:
        by_table = revenue - 1_950_000
    return min(by_table, revenue - least)


def pension_income(revenue: int, *, elderly: bool) -> int:
    """公的年金等雑所得 of a revenue in yen, for someone of 65 and over or younger (所得税法35条)."""
    least = 1_100_000 if elderly else 600_000
    if revenue > 10_000_000:  # noqa: PLR2004 - the steps of the law
        deduction = 1_955_000
    elif revenue > 7_700_000:  # noqa: PLR2004 - same
        deduction = revenue * 5 // 100 + 1_455_000
    elif revenue > 4_100_000:  # noqa: PLR2004 - same
        deduction = revenue * 15 // 100 + 685_000
    else:
        deduction = revenue * 25 // 100 + 275_000
    return max(0, revenue - max(least, deduction))


def sum_up(incomes: Incomes) -> None:
    """Set 合計所得金額 and 総所得金額等. Losses of business and the like have been offset where the law lets them."""
    i = incomes
    i.aggregate_income = (
        i.salary_income + i.pension_income + i.business_income + i.agriculture_income + i.real_estate_income
        + i.interest_income + i.dividend_income + i.misc_business_income + i.misc_other_income
        + i.transfer_temporary_income + i.short_term_transfer_income + i.long_term_transfer_income
        + i.general_stock_income + i.listed_stock_income + i.listed_dividend_income + i.futures_income
        + i.forestry_income + i.retirement_income
    )  # fmt: skip
    i.total_income = i.aggregate_income - i.loss_carryforward


def deduct_people(deductions: Deductions, people: People, *, income: int, spouse_special: int) -> None:
    """Set the deductions that follow from the people, the basic deduction and the total. `income`: 合計所得金額."""
    d, p = deductions, people
    d.disability_deduction = (
        260_000 * (p.disabled_ordinary + p.self_ordinary_disability)
        + 300_000 * (p.disabled_special + p.self_special_disability)
        + 530_000 * p.disabled_special_coresident
    )
    d.widow_single_parent_deduction = 300_000 * p.self_single_parent + 260_000 * p.self_widow
    d.working_student_deduction = 260_000 * p.self_working_student
    thirds = next((thirds for limit, thirds in SPOUSE_INCOME_STEPS if income <= limit), 0)
    full = {"general": 330_000, "elderly": 380_000}.get(p.spouse_status, 0)
    if full and not thirds:
        p.spouse_status = "same_livelihood"
    d.spouse_deduction = full if thirds == 3 else -(-full * thirds // 30_000) * 10_000  # noqa: PLR2004 - undivided
    d.spouse_special_deduction = spouse_special if thirds == 3 else 0  # noqa: PLR2004 - kept simple: all or nothing
    d.dependent_deduction = (
        330_000 * p.dependents_general
        + 450_000 * p.dependents_specific
        + 380_000 * p.dependents_elderly
        + 70_000 * p.dependents_elderly_coresident
    )
    if income <= 24_000_000:  # noqa: PLR2004 - the steps of 地方税法34条
        d.basic_deduction = 430_000
    elif income <= 24_500_000:  # noqa: PLR2004 - same
        d.basic_deduction = 290_000
    elif income <= 25_000_000:  # noqa: PLR2004 - same
        d.basic_deduction = 150_000
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


def people_counted(people: People) -> int:
    """Spouse and dependants that raise the limits below which nobody is taxed (16歳未満 included)."""
    p = people
    return (
        (p.spouse_status != "none")
        + p.dependents_general
        + p.dependents_specific
        + p.dependents_elderly
        + p.dependents_under16
    )


def liability_of(incomes: Incomes, people: People, *, minor: bool) -> str:
    """課税非課税区分 by 合計所得金額 and 総所得金額等 (地方税法24条の5, 295条, 附則3条の3; 1級地)."""
    exempt = minor or people.self_single_parent or people.self_widow
    exempt = exempt or people.self_ordinary_disability or people.self_special_disability
    if exempt and incomes.aggregate_income <= EXEMPT_INCOME_MAX:
        return "nontaxable"
    others = people_counted(people)
    limit = PER_PERSON_LIMIT * (1 + others) + LIMIT_PLUS
    if incomes.aggregate_income <= limit + (PER_CAPITA_LIMIT_WITH_DEPENDENTS if others else 0):
        return "nontaxable"
    if incomes.total_income <= limit + (INCOME_LEVY_LIMIT_WITH_DEPENDENTS if others else 0):
        return "per_capita_only"
    return "taxable"


def adjustment_credit(incomes: Incomes, people: People, bases: Bases) -> int:
    """調整控除 of ward and metropolis together (地方税法37条, 314条の6), 5 % of the difference of the deductions."""
    if incomes.aggregate_income > ADJUSTMENT_CREDIT_INCOME_MAX:
        return 0
    p = people
    difference = 50_000 + {"general": 50_000, "elderly": 100_000}.get(p.spouse_status, 0)
    difference += 50_000 * p.dependents_general + 180_000 * p.dependents_specific + 100_000 * p.dependents_elderly
    difference += 30_000 * p.dependents_elderly_coresident + 220_000 * p.disabled_special_coresident
    difference += 10_000 * (p.disabled_ordinary + p.self_ordinary_disability + p.self_widow + p.self_working_student)
    difference += 100_000 * (p.disabled_special + p.self_special_disability) + 50_000 * p.self_single_parent
    base = bases.base_general
    if base <= ADJUSTMENT_BASE_STEP:
        return min(difference, base) * 5 // 100
    return max(difference - (base - ADJUSTMENT_BASE_STEP), 50_000) * 5 // 100


def tax(
    incomes: Incomes, deductions: Deductions, people: People, credits_: Credits, *, fiscal_year: int, minor: bool
) -> Assessed:
    """Assess one person's fiscal year. `credits_` are wished for; kept is what there is tax to credit against.

    Amounts in yen; each levy is cut to 100 yen (地方税法20条の4の2第3項).
    """
    bases = bases_of(incomes, deductions)
    liability = liability_of(incomes, people, minor=minor)
    taxes = Taxes()
    if liability == "nontaxable":
        return Assessed(incomes, deductions, people, bases, Credits(), taxes, liability)
    if fiscal_year >= FOREST_TAX_FROM:
        taxes.ward_per_capita_levy, taxes.metro_per_capita_levy, taxes.forest_environment_tax = 3000, 1000, 1000
    else:
        taxes.ward_per_capita_levy, taxes.metro_per_capita_levy = 3500, 1500
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
    incomes: Incomes, people: People, bases: Bases, wished: Credits, *, kept: Credits, taxes: Taxes, fiscal_year: int
) -> None:
    """Set 所得割 of ward and metropolis and the credits that were used, three fifths and two fifths of each."""
    ward = metro = 0
    for name, ward_rate, metro_rate in RATES:
        base = getattr(bases, name)
        if base:
            ward += base * ward_rate // 1000
            metro += base * metro_rate // 1000
    kept.adjustment_credit = adjustment_credit(incomes, people, bases)
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
        from_ward = min(ward, -(-amount * 3 // 5))
        from_metro = min(metro, amount - from_ward)
        ward -= amount - from_metro
        metro -= from_metro
    if fiscal_year == FLAT_REDUCTION_YEAR and incomes.aggregate_income <= FLAT_REDUCTION_INCOME_MAX:
        heads = 1 + people_counted(people) - (people.spouse_status == "same_livelihood")
        due = FLAT_REDUCTION_PER_PERSON * heads
    elif fiscal_year == FLAT_REDUCTION_YEAR + 1 and people.spouse_status == "same_livelihood":
        due = FLAT_REDUCTION_PER_PERSON
    else:
        due = 0
    kept.flat_reduction = min(due, ward + metro)
    kept.flat_reduction_unapplied = due - kept.flat_reduction
    from_metro = min(metro, kept.flat_reduction * 2 // 5)
    from_ward = min(ward, kept.flat_reduction - from_metro)
    ward -= from_ward
    metro -= kept.flat_reduction - from_ward
    taxes.ward_income_levy = ward // 100 * 100
    taxes.metro_income_levy = metro // 100 * 100
