"""The dated tables against figures that were published with them."""

from __future__ import annotations

import pytest

from kofu.core.per_capita import PerCapita
from kofu.judgement.years import PER_CAPITA, in_force, pension_income, salary_income


@pytest.mark.parametrize(
    ("revenue", "year", "income"),
    [
        # 別表第五 (令和2 to 6年分): its first rows and the steps of 4,000 yen
        (550_999, 2025, 0),
        (551_000, 2025, 1_000),
        (1_618_999, 2025, 1_068_999),
        (1_619_500, 2025, 1_069_000),
        (1_621_999, 2025, 1_070_000),
        (1_623_999, 2025, 1_072_000),
        (1_627_999, 2025, 1_074_000),
        (1_628_000, 2025, 1_076_800),
        (1_800_000, 2025, 1_180_000),
        (1_900_000, 2025, 1_250_000),
        (3_603_999, 2025, 2_440_000),
        (6_599_999, 2025, 4_836_800),
        (6_600_000, 2025, 4_840_000),
        (8_500_000, 2025, 6_550_000),
        (10_000_001, 2025, 8_050_001),
        # 令和7年分: 650,000 at least
        (650_999, 2026, 0),
        (651_000, 2026, 1_000),
        (1_625_000, 2026, 975_000),
        (1_800_000, 2026, 1_150_000),
        (1_899_999, 2026, 1_249_999),
        (1_900_000, 2026, 1_250_000),
        (6_543_000, 2026, 4_792_000),
    ],
)
def test_salary_income_is_that_of_the_published_table(revenue, year, income):
    """国税庁 タックスアンサー No.1410 給与所得控除, and 別表第五."""
    assert salary_income(revenue, year) == income


@pytest.mark.parametrize(
    ("revenue", "elderly", "less", "income"),
    [
        (1_100_000, True, 0, 0),
        (3_500_000, True, 0, 2_350_000),  # No.1600's example: 65 and over, 350万円 × 75 % − 27.5万円
        (3_500_000, False, 0, 2_350_000),
        (600_000, False, 0, 0),
        (1_300_000, False, 0, 700_000),
        (3_300_000, True, 0, 2_200_000),
        (8_000_000, True, 0, 6_145_000),
        (10_000_001, False, 0, 8_045_001),
        (1_100_000, True, 200_000, 200_000),
    ],
)
def test_pension_income_is_that_of_the_published_table(revenue, elderly, less, income):
    """国税庁 タックスアンサー No.1600 公的年金等の課税関係."""
    assert pension_income(revenue, elderly=elderly, less=less) == income


def test_the_forest_tax_took_the_place_of_the_surcharge_for_reconstruction():
    """令和5年度まで 3,500 + 1,500; 令和6年度から 3,000 + 1,000 and 森林環境税 1,000: 5,000 as before (総務省)."""
    assert in_force(PER_CAPITA, 2004) == in_force(PER_CAPITA, 2013) == PerCapita(3_000, 1_000, 0)
    assert in_force(PER_CAPITA, 2023) == PerCapita(3_500, 1_500, 0)
    assert in_force(PER_CAPITA, 2024) == in_force(PER_CAPITA, 2026) == PerCapita(3_000, 1_000, 1_000)


def test_a_year_before_a_table_has_none():
    with pytest.raises(ValueError, match="2003"):
        in_force(PER_CAPITA, 2003)
