"""How 住民税 is levied from place to place: 指定都市, 超過課税, 級地; and a year nobody has read the law of yet.

横浜市 and 神奈川県 publish: 均等割 3,900 (横浜みどり税 900 in it) and 1,300 (水源環境保全税 300), 森林環境税 1,000;
所得割 8 % and 2.025 %. 令和8年度 of a salary of 5,000,000 (給与所得 3,560,000) without other deductions than 430,000.
"""

from __future__ import annotations

import pytest
from tests.judgement.lawful import ASSESSMENT, DAY, frame

from kofu.contracts.feed_tables import ASSESSMENTS
from kofu.core.resident_tax import ORDINARY, Grade, ResidentTax, Surcharge
from kofu.judgement.arithmetic import broken_by_arithmetic, rules_of_assessments
from kofu.judgement.words import RULES

PLAIN = ResidentTax(designated_city=True, grade=Grade.FIRST, surcharges=())
YOKOHAMA = ResidentTax(
    designated_city=True,
    grade=Grade.FIRST,
    surcharges=(
        Surcharge(
            since=2007,
            municipal_per_capita=0,
            prefectural_per_capita=300,
            municipal_rate=0,
            prefectural_rate=25,
        ),
        Surcharge(
            since=2009,
            municipal_per_capita=900,
            prefectural_per_capita=300,
            municipal_rate=0,
            prefectural_rate=25,
        ),
    ),
)
LESS = Surcharge(
    since=2019, municipal_per_capita=-200, prefectural_per_capita=0, municipal_rate=-300, prefectural_rate=0
)
NAGOYA = ResidentTax(designated_city=True, grade=Grade.FIRST, surcharges=(LESS,))
TOWN = ResidentTax(designated_city=False, grade=Grade.THIRD, surcharges=())

EARNER = {
    **dict.fromkeys(
        [name for name in ASSESSMENT if name.endswith(("_income", "_deduction", "_credit", "_revenue"))], 0
    ),
    "salary_revenue": 5_000_000,
    "salary_income": 3_560_000,
    "aggregate_income": 3_560_000,
    "total_income": 3_560_000,
    "self_ordinary_disability": 0,
    "dependents_under16": 0,
    "basic_deduction": 430_000,
    "deduction_total": 430_000,
    "base_general": 3_130_000,
    "adjustment_credit": 2_500,
}


def levied(ward: int, metro: int, *, heads: tuple[int, int] = (3_000, 1_000), **cells: object) -> dict[str, object]:
    """The earner's row with these taxes."""
    return EARNER | {
        "ward_income_levy": ward,
        "metro_income_levy": metro,
        "ward_per_capita_levy": heads[0],
        "metro_per_capita_levy": heads[1],
        "annual_tax": ward + metro + sum(heads) + 1_000,
        **cells,
    }


ORDINARY_ROW = levied(186_300, 124_200)  # 187,800 − 1,500; 125,200 − 1,000
DESIGNATED_ROW = levied(248_400, 62_100)  # 250,400 − 2,000; 62,600 − 500
YOKOHAMA_ROW = levied(248_400, 62_800, heads=(3_900, 1_300))  # 3,130,000 × 2.025 % = 63,382 − 500 → 62,800
NAGOYA_ROW = levied(239_000, 62_100, heads=(2_800, 1_000))  # 3,130,000 × 7.7 % = 241,010 − 2,000 → 239,000


def broken(row: dict[str, object], tax: ResidentTax) -> set[str]:
    return {rule.name for rule, _ in broken_by_arithmetic(ASSESSMENTS, frame(ASSESSMENTS, ASSESSMENT, row), DAY, tax)}


@pytest.mark.parametrize(
    ("row", "tax"),
    [(ORDINARY_ROW, ORDINARY), (DESIGNATED_ROW, PLAIN), (YOKOHAMA_ROW, YOKOHAMA), (NAGOYA_ROW, NAGOYA)],
    ids=["ordinary", "designated city", "with a surcharge", "with a cut"],
)
def test_what_the_place_levies_is_lawful_there_to_the_yen(row, tax) -> None:
    assert broken(row, tax) == set()


@pytest.mark.parametrize(
    ("row", "tax", "rule"),
    [
        (DESIGNATED_ROW, ORDINARY, "levy_off_share"),
        (ORDINARY_ROW, PLAIN, "levy_off_share"),
        (levied(249_000, 62_100), PLAIN, "levy_off_share"),
        (levied(248_400, 62_300), PLAIN, "levy_off_share"),
        (YOKOHAMA_ROW, PLAIN, "per_capita_above_year"),
        (levied(248_400, 62_800, heads=(4_000, 1_300)), YOKOHAMA, "per_capita_above_year"),
        (levied(248_400, 62_100, heads=(3_000, 1_000)), NAGOYA, "per_capita_above_year"),
        (DESIGNATED_ROW, NAGOYA, "levy_off_share"),
        (levied(250_500, 62_600), PLAIN, "levy_above_base"),
    ],
)
def test_what_another_place_levies_or_a_hundred_yen_too_much_is_refused(row, tax, rule) -> None:
    assert rule in broken(row, tax)


def test_a_surcharge_holds_from_its_year_on() -> None:
    """横浜みどり税 since 平成21年度; before, and where a later row takes it away, the standard."""
    ended = Surcharge(
        since=2026, municipal_per_capita=0, prefectural_per_capita=0, municipal_rate=0, prefectural_rate=0
    )
    tax = ResidentTax(designated_city=True, grade=Grade.FIRST, surcharges=(*YOKOHAMA.surcharges, ended))
    assert "per_capita_above_year" in broken(YOKOHAMA_ROW, tax)
    assert "per_capita_above_year" not in broken(YOKOHAMA_ROW | {"fiscal_year": 2025}, tax)


@pytest.mark.parametrize(
    ("income", "tax", "found"),
    [(450_000, ORDINARY, True), (450_001, ORDINARY, False), (380_000, TOWN, True), (380_001, TOWN, False)],
)
def test_below_which_income_nobody_is_taxed_depends_on_the_grade(income, tax, found) -> None:
    """1級地 350,000 + 100,000, 3級地 280,000 + 100,000 (施行規則9条の2の2)."""
    small = levied(0, 0, annual_tax=5_000, liability="per_capita_only") | {
        "salary_revenue": income + 650_000,
        "salary_income": income,
        "aggregate_income": income,
        "total_income": income,
        "base_general": 0,
        "adjustment_credit": 0,
    }
    assert ("taxed_below_limit" in broken(small, tax)) is found


@pytest.mark.parametrize("tax", [ORDINARY, YOKOHAMA, TOWN], ids=["ordinary", "surcharge", "town"])
def test_a_year_whose_law_nobody_read_is_counted_and_says_what_to_do(tax) -> None:
    """令和9年度: its 給与所得 and 均等割 are not guessed, and its rows are neither left out nor judged by 令和8年度."""
    row = ORDINARY_ROW if tax is ORDINARY else levied(186_300, 124_200)
    found = broken(row | {"fiscal_year": 2027, "salary_income": 3_500_000}, ORDINARY)
    assert found >= {"year_without_table"}
    assert not found & {"salary_off_table", "per_capita_above_year", "basic_off_income"}
    rule = next(rule for rule in rules_of_assessments(DAY, tax) if rule.name == "year_without_table")
    assert "update the product" in rule.sentence
    assert "更新" in RULES["year_without_table"]
