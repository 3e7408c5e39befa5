"""期別: a year's tax cut into installments."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kofu.core.errors import OperatorFault
from kofu.judgement.years import PER_CAPITA, in_force
from kofu.ledger.assessments.domain.assessments import InstallmentStated
from kofu.ledger.assessments.domain.installments import (
    per_capita,
    split_late,
    split_ordinary,
    split_salary,
    whole_light_vehicle,
)


@pytest.mark.parametrize(
    ("amount", "amounts"),
    [(100_000, [25_000] * 4), (103_700, [28_700, 25_000, 25_000, 25_000]), (3_900, [3_900]), (8_000, [2_000] * 4)],
)
def test_remainders_under_1000_yen_go_into_the_first_installment(amount, amounts) -> None:
    """地方税法20条の4の2第6項; installments under 1,000 yen altogether too."""
    assert [part.amount for part in split_ordinary(amount, 2026)] == amounts


def test_installments_are_due_when_offices_are_open() -> None:
    parts = split_ordinary(100_000, 2026)
    assert [(part.installment, part.due_date) for part in parts] == [
        ("1", date(2026, 6, 30)),
        ("2", date(2026, 8, 31)),
        ("3", date(2026, 11, 2)),
        ("4", date(2027, 2, 1)),
    ]


def test_employers_pay_over_twelve_months_from_june_with_remainders_under_100_yen_in_june() -> None:
    parts = split_salary(121_000, 2026)
    assert [part.installment for part in parts] == [
        "06",
        "07",
        "08",
        "09",
        "10",
        "11",
        "12",
        "01",
        "02",
        "03",
        "04",
        "05",
    ]
    assert [part.amount for part in parts] == [11_000] + [10_000] * 11
    assert (parts[0].due_date, parts[-1].due_date) == (date(2026, 7, 10), date(2027, 6, 10))
    assert [part.amount for part in split_salary(121_500, 2026)] == [10_400] + [10_100] * 11


def test_a_light_vehicle_is_paid_for_once_at_the_end_of_may() -> None:
    assert [(part.installment, part.due_date, part.amount) for part in whole_light_vehicle(10_800, 2026)] == [
        ("全期", date(2026, 6, 1), 10_800)
    ]


@given(st.integers(0, 10**9), st.integers(2004, 2099))
def test_installments_always_make_the_whole(amount, fiscal_year) -> None:
    for parts in (split_ordinary(amount, fiscal_year), split_salary(amount, fiscal_year)):
        assert sum(part.amount for part in parts) == amount
        assert all(part.amount > 0 for part in parts)


@pytest.mark.parametrize(
    ("notified_on", "labels"),
    [
        (date(2026, 6, 10), ["1", "2", "3", "4"]),
        (date(2026, 7, 10), ["2", "3", "4"]),
        (date(2026, 9, 10), ["3", "4"]),
        (date(2026, 11, 10), ["4"]),
    ],
)
def test_what_is_assessed_late_is_cut_into_the_installments_still_to_come(notified_on, labels) -> None:
    """年度途中課税は1〜3期 (渋谷区)."""
    parts = split_late(50_500, 2026, notified_on)
    assert [part.installment for part in parts] == labels
    assert sum(part.amount for part in parts) == 50_500
    assert all(part.amount % 1_000 == 0 for part in parts[1:])


def test_after_the_last_due_date_an_assessment_states_its_own() -> None:
    with pytest.raises(OperatorFault, match="2027-02-01"):
        split_late(50_000, 2026, date(2027, 2, 1))


@pytest.mark.parametrize(("amount", "fiscal_year", "due"), [
    (5_000, 2026, date(2026, 6, 30)), (5_000, 2020, date(2020, 6, 30)), (4_000, 2012, date(2012, 7, 2)),
])  # fmt: skip
def test_no_more_than_the_per_capita_levy_is_due_in_june_whole(amount: int, fiscal_year: int, due: date) -> None:
    """法320条: 均等割額に相当する金額以下である場合にあつては、6月中."""
    assert split_ordinary(amount, fiscal_year) == (InstallmentStated("1", due, amount),)


def test_one_yen_unit_above_the_per_capita_levy_is_cut_into_four() -> None:
    assert len(split_ordinary(5_100, 2026)) == 4


def test_a_per_capita_levy_assessed_late_is_due_once_too() -> None:
    assert [part.installment for part in split_late(5_000, 2026, date(2026, 7, 15))] == ["2"]


def test_the_per_capita_levy_is_that_of_the_table_the_feed_is_judged_by() -> None:
    """平成25年度まで 4,000; 5,000 from 平成26年度, since 令和6年度 1,000 of it 森林環境税."""
    assert {year: per_capita(year) for year in (2004, 2013, 2014, 2023, 2024, 2026)} == {
        2004: 4_000, 2013: 4_000, 2014: 5_000, 2023: 5_000, 2024: 5_000, 2026: 5_000,
    }  # fmt: skip
    assert all(per_capita(year) == in_force(PER_CAPITA, year).total for year in range(2004, 2028))


def test_of_a_year_before_the_table_the_installments_must_be_stated() -> None:
    with pytest.raises(OperatorFault, match="state 期別"):
        split_ordinary(100_000, 2003)
