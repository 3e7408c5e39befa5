"""What the law fixes for each fiscal year of 個人住民税, as dated tables beside their sources. Yen.

A table's row holds from its fiscal year (課税年度; the income is that of the year before) until the next row. Years
outside `FIRST_YEAR` to `LAST_YEAR` have no table here: their rows are counted, not judged by amounts, until somebody
has read that year's law and moved `LAST_YEAR`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from kofu.core.per_capita import PER_CAPITA as PER_CAPITA  # noqa: PLC0414 - one of the tables of the years
from kofu.core.resident_tax import Grade

Row = TypeVar("Row")

FIRST_YEAR = 2021
"""令和3年度: 給与所得控除, 公的年金等控除 and 基礎控除 were moved by 100,000 (平成30年法律第3号), ひとり親控除 came."""
LAST_YEAR = 2026
"""令和8年度: the last year whose law was read for these tables."""


FIRST_PER_CAPITA_YEAR = 2014
"""均等割 (`kofu.core.per_capita`) is judged from here on: of years before nobody states the 条例 that added to it."""


@dataclass(frozen=True, slots=True)
class SalaryStep:
    """給与所得 of a revenue under `below`: tenths of it and of its quarter (in steps of 1,000), less `minus`."""

    below: int
    minus: int
    revenue_tenths: int = 0
    quarter_tenths: int = 0


NO_END = 10**15
_FROM_1_900_000 = (
    SalaryStep(3_600_000, 80_000, quarter_tenths=28),
    SalaryStep(6_600_000, 440_000, quarter_tenths=32),
    SalaryStep(8_500_000, 1_100_000, revenue_tenths=9),
    SalaryStep(NO_END, 1_950_000, revenue_tenths=10),
)
SALARY: tuple[tuple[int, tuple[SalaryStep, ...]], ...] = (
    # 所得税法28条3項, 4項 and 別表第五 (平成30年法律第7号): income of 令和2年 on
    (
        2021,
        (
            SalaryStep(551_000, 0),
            SalaryStep(1_619_000, 550_000, revenue_tenths=10),
            SalaryStep(1_620_000, -1_069_000),
            SalaryStep(1_622_000, -1_070_000),
            SalaryStep(1_624_000, -1_072_000),
            SalaryStep(1_628_000, -1_074_000),
            SalaryStep(1_800_000, -100_000, quarter_tenths=24),
            *_FROM_1_900_000,
        ),
    ),
    # the same (令和7年法律第13号): at least 650,000 are deducted of the income of 令和7年 on
    (2026, (SalaryStep(651_000, 0), SalaryStep(1_900_000, 650_000, revenue_tenths=10), *_FROM_1_900_000)),
)

PENSION_STEPS: tuple[tuple[int, int, int], ...] = (
    # 所得税法35条4項: of a revenue up to, hundredths of it and yen are deducted; other incomes up to 10,000,000
    (4_100_000, 25, 275_000),
    (7_700_000, 15, 685_000),
    (10_000_000, 5, 1_455_000),
    (NO_END, 0, 1_955_000),
)
PENSION_LEAST_YOUNG, PENSION_LEAST_ELDERLY = 600_000, 1_100_000  # 同項; 措置法41条の15の3: 65 and over
PENSION_OTHER_INCOME = (0, 100_000, 200_000)  # less is deducted where other incomes are above 10 and 20 million

# 所得金額調整控除 (租税特別措置法41条の3の11): families with a salary above 8.5 million; salary and pension
ADJUSTMENT_REVENUE_FROM, ADJUSTMENT_REVENUE_TO = 8_500_000, 10_000_000
ADJUSTMENT_FAMILY_MAX = 150_000
ADJUSTMENT_PENSION_MAX = 100_000

# 地方税法34条1項, 314条の2第1項: each person's deduction
DISABLED_ORDINARY, DISABLED_SPECIAL, DISABLED_CORESIDENT = 260_000, 300_000, 530_000
SINGLE_PARENT, WIDOW, WORKING_STUDENT = 300_000, 260_000, 260_000
DEPENDENT_GENERAL, DEPENDENT_SPECIFIC, DEPENDENT_ELDERLY, DEPENDENT_CORESIDENT_PLUS = 330_000, 450_000, 380_000, 70_000
SPOUSE_GENERAL, SPOUSE_ELDERLY = 330_000, 380_000
SPOUSE_STEPS: tuple[tuple[int, int, int], ...] = (
    # 納税者の合計所得 up to; 控除対象配偶者; 老人控除対象配偶者 (同項10号)
    (9_000_000, SPOUSE_GENERAL, SPOUSE_ELDERLY),
    (9_500_000, 220_000, 260_000),
    (10_000_000, 110_000, 130_000),
    (NO_END, 0, 0),
)
BASIC_STEPS: tuple[tuple[int, int], ...] = (
    # 地方税法34条2項, 314条の2第2項: 合計所得 up to, 基礎控除
    (24_000_000, 430_000),
    (24_500_000, 290_000),
    (25_000_000, 150_000),
    (NO_END, 0),
)
LIFE_INSURANCE_MAX, EARTHQUAKE_MAX, MEDICAL_MAX = 70_000, 25_000, 2_000_000  # 同条1項2号, 5号, 5号の3
SPECIFIC_RELATIVE_FROM = 2026  # 特定親族特別控除 (地方税法, 令和7年法律第7号)

SINGLE_PARENT_INCOME_MAX = 5_000_000  # 地方税法292条1項11号, 12号: ひとり親, 寡婦
WORKING_STUDENT_INCOME_MAX: tuple[tuple[int, int], ...] = (
    (2021, 750_000),
    (2026, 850_000),
)  # 同34条1項9号; 令和7年法律第7号

# 定額減税 (地方税法附則5条の8 to 5条の12, 令和6年法律第4号)
FLAT_REDUCTION_YEAR = 2024
FLAT_REDUCTION_INCOME_MAX = 18_050_000
FLAT_REDUCTION_PER_PERSON = 10_000
FLAT_REDUCTION_SPOUSE_YEAR = 2025  # only for the spouse who is no 控除対象配偶者
FLAT_REDUCTION_SPOUSE_INCOME_FROM = 10_000_000

# 非課税限度額 of 1級地 (地方税法24条の5, 295条, 附則3条の3; 施行令47条の3, 施行規則9条の2の2)
EXEMPT_INCOME_MAX = 1_350_000  # 障害者, 未成年者, 寡婦, ひとり親
LIMIT_PER_PERSON, LIMIT_PLUS = 350_000, 100_000
LIMIT_WITH_DEPENDENTS_PER_CAPITA, LIMIT_WITH_DEPENDENTS_LEVY = 210_000, 320_000
#: Of 均等割 by 級地, per person and with dependants: 1級地, 0.9 and 0.8 of it (施行規則9条の2の2).
PER_CAPITA_LIMITS: Mapping[Grade, tuple[int, int]] = {
    Grade.FIRST: (LIMIT_PER_PERSON, LIMIT_WITH_DEPENDENTS_PER_CAPITA),
    Grade.SECOND: (315_000, 189_000),
    Grade.THIRD: (280_000, 168_000),
}

# Thousandths of a base that both taxes take together: the rates (地方税法35条, 314条の3, 附則33条の3 to 35条の4) and
# the least that a reduced rate leaves (附則34条の2, 34条の3, 35条)
RATES: tuple[tuple[str, int], ...] = (
    ("base_general", 100),
    ("base_short_term", 90),
    ("base_long_term", 50),
    ("base_general_stock", 50),
    ("base_listed_stock", 50),
    ("base_listed_dividend", 50),
    ("base_futures", 50),
    ("base_forestry", 100),
    ("base_retirement", 100),
)
REDUCED_RATES: tuple[tuple[str, int], ...] = (("base_short_term", 50), ("base_long_term", 40))
#: Of every rate the municipality's and the prefecture's share: 6 % and 4 %, 3 % and 2 % … (同条).
SHARES = (3, 2)
#: In a 指定都市 8 % and 2 %, 4 % and 1 % … (同条の括弧書, 平成29年法律第2号), from 平成30年度 on.
SHARES_OF_DESIGNATED_CITY, DESIGNATED_CITY_SINCE = (4, 1), 2018

# 軽自動車税(種別割): 地方税法463条の15, 三輪以上 of 13 years and more 12,900 (附則30条), 制限税率 1.5 times
VEHICLE_TAX_MAX = 19_350


def in_force(table: tuple[tuple[int, Row], ...], fiscal_year: int) -> Row:
    """Give the row of a dated table that holds in a fiscal year. Raises `ValueError` before the first."""
    rows = [row for first, row in table if first <= fiscal_year]
    if not rows:
        raise ValueError(f"no table for the fiscal year {fiscal_year}")
    return rows[-1]


def salary_income(revenue: int, fiscal_year: int) -> int:
    """給与所得 of a revenue by the year's table, before 所得金額調整控除."""
    step = next(step for step in in_force(SALARY, fiscal_year) if revenue < step.below)
    quarter = revenue // 4000 * 1000
    return revenue * step.revenue_tenths // 10 + quarter * step.quarter_tenths // 10 - step.minus


def pension_income(revenue: int, *, elderly: bool, less: int = 0) -> int:
    """公的年金等雑所得 of a revenue, for someone of 65 and over or younger; `less` of `PENSION_OTHER_INCOME`."""
    least = PENSION_LEAST_ELDERLY if elderly else PENSION_LEAST_YOUNG
    hundredths, plus = next((share, plus) for limit, share, plus in PENSION_STEPS if revenue <= limit)
    deduction = max(least, -(-revenue * hundredths // 100) + plus)
    return max(0, revenue - deduction + less)
