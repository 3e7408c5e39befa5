"""充当: it must, 本税 first, from the 適状日, never on what is not due yet."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import hypothesis.strategies as st
from hypothesis import given

from kofu.ledger.domain.offset import Credit, Debt, appropriate_all, offset_day
from kofu.ledger.domain.posting import Excess, Part

TODAY = date(2026, 11, 20)


def credit(amount: int, arose: date = date(2026, 7, 1), number: int = 1) -> Credit:
    return Credit(UUID(int=number), 100 + number, amount, Excess.OVERPAID, arose)


def debt(claim: int, due: date, principal: int, interest: int = 0) -> Debt:
    return Debt(claim, due, due, principal, interest)


def test_the_principal_comes_before_the_interest_on_it() -> None:
    """法17条の2第3項."""
    steps = appropriate_all([credit(10_000)], [debt(1, date(2026, 6, 30), 9_500, 1_200)], TODAY)
    assert [(step.part, step.amount) for step in steps] == [(Part.PRINCIPAL, 9_500), (Part.INTEREST, 500)]


def test_it_takes_effect_when_both_existed() -> None:
    """令6条の14: the later of 納期限 and the day the money was owed back."""
    assert offset_day(date(2026, 8, 31), date(2026, 7, 1)) == date(2026, 8, 31)
    assert offset_day(date(2026, 6, 30), date(2026, 7, 1)) == date(2026, 7, 1)


def test_what_is_not_due_yet_is_left_alone() -> None:
    assert appropriate_all([credit(10_000)], [debt(1, date(2027, 2, 1), 9_000)], TODAY) == ()


def test_the_oldest_debt_is_paid_first() -> None:
    debts = [debt(2, date(2026, 8, 31), 5_000), debt(1, date(2025, 8, 31), 5_000)]
    steps = appropriate_all([credit(6_000)], debts, TODAY)
    assert [(step.claim_id, step.amount) for step in steps] == [(1, 5_000), (2, 1_000)]


@given(
    amounts=st.lists(st.integers(1, 50_000), max_size=4),
    owed=st.lists(st.tuples(st.integers(0, 40_000), st.integers(0, 5_000)), max_size=4),
)
def test_either_all_money_is_used_or_nothing_is_due_any_more(amounts: list[int], owed: list[tuple[int, int]]) -> None:
    """法17条の2: 充当しなければならない."""
    credits_ = [credit(amount, number=n) for n, amount in enumerate(amounts, start=1)]
    debts = [debt(n, date(2026, 6, 30), *parts) for n, parts in enumerate(owed)]
    moved = sum(step.amount for step in appropriate_all(credits_, debts, TODAY))
    assert moved == min(sum(amounts), sum(principal + interest for principal, interest in owed))
