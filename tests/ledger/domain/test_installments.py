"""期別: a year's tax cut into installments."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kofu.ledger.domain.installments import split_ordinary, split_salary, whole_light_vehicle


@pytest.mark.parametrize(
    ("amount", "amounts"),
    [(100_000, [25_000] * 4), (103_700, [28_700, 25_000, 25_000, 25_000]), (3_900, [3_900]), (4_000, [1_000] * 4)],
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


@given(st.integers(0, 10**9), st.integers(2000, 2099))
def test_installments_always_make_the_whole(amount, fiscal_year) -> None:
    for parts in (split_ordinary(amount, fiscal_year), split_salary(amount, fiscal_year)):
        assert sum(part.amount for part in parts) == amount
        assert all(part.amount > 0 for part in parts)
