"""ward.payments: installments cut as the law and the examples of municipalities cut them."""

from __future__ import annotations

from datetime import date

import pytest

from kofu.ward.payments import split_ordinary, split_pension, split_salary, vehicles_of, year_of
from kofu.ward.shapes import Vehicles


@pytest.mark.parametrize(
    ("annual", "installments"),
    [
        (100_500, (25_500, 25_000, 25_000, 25_000)),
        (5_000, (2_000, 1_000, 1_000, 1_000)),
        (3_999, (3_999, 0, 0, 0)),
        (0, (0, 0, 0, 0)),
    ],
)
def test_what_is_under_a_thousand_yen_goes_into_the_first_installment(annual, installments) -> None:
    """地方税法20条の4の2第6項."""
    assert split_ordinary(annual) == installments


@pytest.mark.parametrize("annual", [0, 100, 5_000, 123_400, 9_999_900])
def test_no_yen_is_lost_in_twelve_months(annual) -> None:
    months = split_salary(annual)
    assert sum(months) == annual
    assert len(months) == 12
    assert all(amount % 100 == 0 for amount in months[1:])


@pytest.mark.parametrize(
    ("annual", "before", "installments"),
    [
        (60_000, 60_000, (10_000, 10_000, 10_000, 10_000, 10_000, 10_000)),
        (36_000, 60_000, (10_000, 10_000, 10_000, 2_000, 2_000, 2_000)),
        (60_000, 36_000, (6_000, 6_000, 6_000, 14_000, 14_000, 14_000)),
    ],
)
def test_pensions_are_held_back_as_in_the_published_example(annual, before, installments) -> None:
    """富加町's example of 仮特別徴収: 60,000, then 36,000, then 60,000 a year."""
    assert split_pension(annual, before) == installments


def test_due_days_are_the_published_ones() -> None:
    """令和8年度: 6/30, 8/31, 11/2, 2027-02-01; 軽自動車税 6/1."""
    year = year_of(2026)
    assert year.ordinary == (date(2026, 6, 30), date(2026, 8, 31), date(2026, 11, 2), date(2027, 2, 1))
    assert year.vehicle == date(2026, 6, 1)
    assert (len(year.salary), len(year.pension)) == (12, 6)


def test_no_two_people_of_a_ward_of_a_million_share_a_plate() -> None:
    numbers = sorted({n + offset for n in range(0, 1_000_000, 10_000) for offset in (0, 1, 9_999)})
    plates = [plate for n in numbers for _, plate, _, _ in vehicles_of(Vehicles.SEVERAL, n)]
    assert len(set(plates)) == len(plates)
    assert max(len(plate) for plate in plates) <= 20
