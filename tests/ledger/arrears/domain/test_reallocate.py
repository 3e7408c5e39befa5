"""再充当 (最判令和3年6月22日): money of a seizure whose claim fell away pays what was open beside it on its day."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import date
from uuid import UUID

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from kofu.ledger.arrears.domain.reallocate import Displaced, Reallocated, reallocate
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.books import Books, ClaimBalance
from kofu.ledger.books.domain.claims import Claim, Notice, Tax
from kofu.ledger.books.domain.exemptions import ClaimTerms
from kofu.ledger.books.domain.interest import Period, interest
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.domain.posting import ClaimPart
from kofu.ledger.books.domain.settle import settle_interest
from kofu.ledger.books.rates_file import load_rates

RATES = load_rates()
RULES = MatchingRules(RATES)
SEIZED, LATER = UUID(int=1), UUID(int=2)
DIVIDEND, PAID = date(2025, 3, 3), date(2026, 2, 2)
TODAY = date(2026, 11, 20)
FELL_AWAY = 1
IN_FORCE = Period(date(2025, 1, 1), date(2025, 12, 31))


class Ledger:
    """Claims by (id, 納期限, 本税), in books of their own."""

    def __init__(self, *claims: tuple[int, date, int]) -> None:
        self.books = Books(claims={number: ClaimBalance(number) for number, _, _ in claims})
        self.claims = [
            Claim(
                claim_id=number,
                notice=Notice(
                    municipality_code="139998",
                    notice_number=str(number),
                    addressee_number="1",
                    tax=Tax.RESIDENT,
                    fiscal_year=due.year,
                    origin_year=due.year,
                    collection_method="ordinary",
                    statutory_due_date=due,
                ),
                installment="1",
                due_date=due,
            )
            for number, due, _ in claims
        ]
        for number, due, amount in claims:
            self.books.post(posting.assess(number, amount, due))

    def pay(self, payment: UUID, claim_id: int, amount: int, on: date) -> None:
        """本税, then the 延滞金 that is fixed by it, with what is left."""
        self.books.open_payment(payment, on)
        self.books.post(posting.receive(payment, amount, on))
        balance = self.books.claims[claim_id]
        principal = min(amount, balance.due)
        if principal:
            self.books.post(posting.allocate(payment, claim_id, on, principal=principal))
            if not balance.due:
                settle_interest(next(claim for claim in self.claims if claim.claim_id == claim_id), self.books, RULES)
        on_interest = min(amount - principal, balance.interest_due)
        if on_interest:
            self.books.post(posting.allocate(payment, claim_id, on, interest=on_interest))
        rest = amount - principal - on_interest
        if rest:
            self.books.post(posting.owe_back(payment, claim_id, rest, on, posting.Excess.IN_ERROR))

    def fall_away(self) -> None:
        amount = self.books.claims[FELL_AWAY].assessed
        self.books.post_all(posting.reduce(self.books, FELL_AWAY, amount, TODAY, cancelled=True))

    def reallocate(self, rules: MatchingRules = RULES):
        return reallocate(self.books, self.claims, {SEIZED}, rules, reason="最判R3.6.22")


def test_what_was_open_on_the_day_of_the_dividend_is_paid_as_of_that_day() -> None:
    """100,000 円 went to 令和4年度; it is cancelled; 令和5年度 was open then and still is."""
    ledger = Ledger((FELL_AWAY, date(2022, 8, 31), 100_000), (2, date(2023, 8, 31), 60_000))
    ledger.pay(SEIZED, FELL_AWAY, 100_000, DIVIDEND)
    ledger.fall_away()
    plan = ledger.reallocate()
    on_that_day = interest(
        due_date=date(2023, 8, 31), assessed=60_000, payments=[(DIVIDEND, 60_000)], until=DIVIDEND, rates=RATES
    ).amount
    assert plan.moved == (
        Reallocated(SEIZED, FELL_AWAY, 2, ClaimPart.PRINCIPAL, 60_000, DIVIDEND),
        Reallocated(SEIZED, FELL_AWAY, 2, ClaimPart.INTEREST, on_that_day, DIVIDEND),
    )
    balance = ledger.books.claims[2]
    assert (balance.due, balance.interest_due, balance.settled_on) == (0, 0, DIVIDEND)
    assert ledger.books.payments[SEIZED].overpaid == 40_000 - on_that_day


def test_what_was_paid_later_is_too_much_and_its_interest_ran_on_less() -> None:
    """The other year was paid up in 2026 with 延滞金 to then: all of that is 過納金 but what ran to the dividend."""
    ledger = Ledger((FELL_AWAY, date(2022, 8, 31), 100_000), (2, date(2023, 8, 31), 60_000))
    ledger.pay(SEIZED, FELL_AWAY, 100_000, DIVIDEND)
    ledger.pay(LATER, 2, 75_000, PAID)
    before = ledger.books.claims[2].interest_assessed
    had = ledger.books.payments[LATER].allocated
    ledger.fall_away()
    plan = ledger.reallocate()
    after = ledger.books.claims[2].interest_assessed
    assert 0 < after < before
    assert plan.interest == {2: (before, after)}
    assert plan.displaced == (Displaced(LATER, 2, had),)
    assert ledger.books.claims[2].paid == 60_000
    assert ledger.books.claims[2].settled_on == DIVIDEND


def test_a_part_of_the_money_leaves_room_for_the_later_payment() -> None:
    ledger = Ledger((FELL_AWAY, date(2022, 8, 31), 20_000), (2, date(2023, 8, 31), 60_000))
    ledger.pay(SEIZED, FELL_AWAY, 20_000, DIVIDEND)
    ledger.pay(LATER, 2, 60_000, PAID)
    ledger.fall_away()
    plan = ledger.reallocate()
    assert [step.amount for step in plan.moved] == [20_000]
    share = ledger.books.shares[LATER, 2]
    assert share.principal == 40_000
    assert share.principal + share.interest + share.overpaid == 60_000
    assert (
        ledger.books.claims[2].interest_assessed
        == interest(
            due_date=date(2023, 8, 31),
            assessed=60_000,
            payments=[(DIVIDEND, 20_000), (PAID, 40_000)],
            until=PAID,
            rates=RATES,
        ).amount
    )


@pytest.mark.parametrize("spared", [{"exempt": (IN_FORCE,)}, {"in_grace": (IN_FORCE,)}])
def test_what_bears_less_interest_in_grace_or_suspension_comes_after_what_bears_the_whole(spared) -> None:
    """民法488条4項2号: first what serves the debtor most; 法15条の9: 延滞金 of 停止 and 猶予 is exempt or less."""
    ledger = Ledger(
        (FELL_AWAY, date(2022, 8, 31), 50_000), (2, date(2023, 8, 31), 60_000), (3, date(2023, 10, 31), 60_000)
    )
    ledger.pay(SEIZED, FELL_AWAY, 50_000, DIVIDEND)
    ledger.fall_away()
    plan = ledger.reallocate(replace(RULES, terms={2: ClaimTerms(**spared)}))
    assert [(step.to_claim, step.amount) for step in plan.moved] == [(3, 50_000)]


def test_what_was_not_in_arrears_on_that_day_is_left_alone() -> None:
    ledger = Ledger((FELL_AWAY, date(2022, 8, 31), 20_000), (2, DIVIDEND, 60_000))
    ledger.pay(SEIZED, FELL_AWAY, 20_000, DIVIDEND)
    ledger.fall_away()
    assert not ledger.reallocate().moved
    assert ledger.books.payments[SEIZED].overpaid == 20_000


def test_a_slip_that_was_paid_is_no_seizure() -> None:
    ledger = Ledger((FELL_AWAY, date(2022, 8, 31), 20_000), (2, date(2023, 8, 31), 60_000))
    ledger.pay(LATER, FELL_AWAY, 20_000, DIVIDEND)
    ledger.fall_away()
    assert not reallocate(ledger.books, ledger.claims, (), RULES, reason="x").moved


dues = st.sampled_from([date(2022, 8, 31), date(2023, 1, 31), date(2023, 8, 31), date(2024, 10, 31), date(2025, 6, 30)])
debts = st.lists(st.tuples(dues, st.integers(1_000, 90_000)), min_size=1, max_size=4)
later = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 100_000), st.integers(1, 600)), max_size=4)


@settings(max_examples=150, deadline=None)
@given(st.integers(1_000, 200_000), debts, later)
def test_no_yen_is_lost_no_claim_owes_more_and_a_second_time_moves_nothing(
    seized: int, others: list[tuple[date, int]], payments: list[tuple[int, int, int]]
) -> None:
    """And money of the seizure is left over only where nothing open on its day could take it."""
    ledger = Ledger((FELL_AWAY, date(2022, 8, 31), seized), *((2 + n, *other) for n, other in enumerate(others)))
    ledger.pay(SEIZED, FELL_AWAY, seized, DIVIDEND)
    for number, (place, amount, days) in enumerate(payments):
        paid_on = date.fromordinal(DIVIDEND.toordinal() + days)
        ledger.pay(UUID(int=10 + number), 2 + place % len(others), amount, paid_on)
    ledger.fall_away()
    before = deepcopy(ledger.books)
    plan = ledger.reallocate()
    for payment_id, balance in ledger.books.payments.items():
        assert balance.unallocated == 0
        assert balance.received == before.payments[payment_id].received
    for claim_id, claim in ledger.books.claims.items():
        was = before.claims[claim_id]
        assert claim.assessed == was.assessed
        assert claim.due <= was.due
        assert claim.paid + claim.interest_paid == sum(
            share.principal + share.interest for (_, at), share in ledger.books.shares.items() if at == claim_id
        )
    left = ledger.books.payments[SEIZED].overpaid
    assert plan.total == before.payments[SEIZED].overpaid - left
    in_arrears = [number for number, (due, _) in enumerate(others, start=2) if due < DIVIDEND]
    if left:
        for number in in_arrears:
            share = ledger.books.shares.get((SEIZED, number))
            assert share is not None
            assert share.principal == ledger.books.claims[number].assessed
    assert not ledger.reallocate().moved
