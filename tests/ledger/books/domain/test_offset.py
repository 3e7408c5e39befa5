"""充当: it must, 本税 first, from the 適状日, never on what is not due yet; and the order over several claims."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import hypothesis.strategies as st
from hypothesis import given

from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.books import Books, ClaimBalance
from kofu.ledger.books.domain.claims import Claim, Notice, Tax
from kofu.ledger.books.domain.interest import interest
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.domain.offset import Credit, OpenClaim, allocation_order, offset_day
from kofu.ledger.books.domain.posting import ClaimPart, Excess
from kofu.ledger.books.domain.refund_interest import Origin, RefundCause
from kofu.ledger.books.rates_file import load_rates
from kofu.ledger.overpayments.domain.refunds import Applied, settle

TODAY = date(2026, 11, 20)
RATES = load_rates()
PAYMENT = UUID(int=1)
PAID_FOR = 100  # the claim the money was paid for


def appropriate(amount: int, *debts: tuple[int, date, int], arose: date = date(2026, 7, 1)) -> tuple[Applied, ...]:
    """Owe `amount` yen back since `arose`, owe the debts (claim id, due date, yen), and settle the case today."""
    ids = [PAID_FOR, *(claim_id for claim_id, _, _ in debts)]
    books = Books(claims={claim_id: ClaimBalance(claim_id) for claim_id in ids})
    books.open_payment(PAYMENT, arose)
    books.post(posting.receive(PAYMENT, amount, arose))
    books.post(posting.owe_back(PAYMENT, PAID_FOR, amount, arose, Excess.OVERPAID))
    claims = []
    for claim_id, due_date, yen in debts:
        books.post(posting.assess(claim_id, yen, date(2025, 6, 1)))
        notice = Notice(
            municipality_code="139998",
            notice_number=str(claim_id),
            addressee_number="1",
            tax=Tax.RESIDENT,
            fiscal_year=2026,
            origin_year=2026,
            collection_method="ordinary",
            statutory_due_date=due_date,
        )
        claims.append(Claim(claim_id=claim_id, notice=notice, installment="1", due_date=due_date))
    origins = {(PAYMENT, PAID_FOR, Excess.OVERPAID): Origin(cause=RefundCause.REASSESSMENT, paid_on=arose)}
    credits_ = [Credit(PAYMENT, PAID_FOR, amount, Excess.OVERPAID, arose)]
    return settle(books, credits_, claims, origins, decided_on=TODAY, rules=MatchingRules(RATES)).applied


def test_trap_5_it_takes_effect_when_both_existed_not_today() -> None:
    """令6条の14: the later of 納期限 and the day the money was owed back."""
    assert offset_day(date(2026, 8, 31), date(2026, 7, 1)) == date(2026, 8, 31)
    assert offset_day(date(2026, 6, 30), date(2026, 7, 1)) == date(2026, 7, 1)
    (step,) = appropriate(10_000, (1, date(2026, 8, 31), 9_000))
    assert (step.amount, step.effective_on) == (9_000, date(2026, 8, 31))


def test_trap_5_the_principal_comes_before_the_interest_that_stopped_on_that_day() -> None:
    """法17条の2第3項: 200,000 yen due 2025-09-01, settled by money of 2026-07-01; 延滞金 to that day and no further."""
    steps = appropriate(500_000, (1, date(2025, 9, 1), 200_000))
    assert [(step.part, step.amount) for step in steps] == [
        (ClaimPart.PRINCIPAL, 200_000),
        (ClaimPart.INTEREST, 13_800),
    ]
    low = 200_000 * 24 * 30 // 365_000
    high = 200_000 * 87 * 91 // 365_000 + 200_000 * 91 * 182 // 365_000
    assert (low + high) // 100 * 100 == 13_800


def test_what_is_not_due_yet_is_left_alone() -> None:
    assert appropriate(10_000, (1, date(2027, 2, 1), 9_000)) == ()


def test_the_oldest_debt_is_paid_first() -> None:
    steps = appropriate(6_000, (2, date(2026, 8, 31), 5_000), (1, date(2025, 9, 1), 5_000))
    assert [(step.to_claim, step.amount) for step in steps] == [(1, 5_000), (2, 1_000)]


# -- 法定充当 ---------------------------------------------------------------------------------------------------------


def claim(claim_id: int, due: date, owed: int, rate: int = 0, interest: int = 0) -> OpenClaim:
    return OpenClaim(claim_id, due, owed, interest, rate)


def order(amount: int, *claims: OpenClaim) -> list[tuple[int, int]]:
    return [(step.claim_id, step.amount) for step in allocation_order(amount, claims, TODAY)]


def test_what_is_due_comes_before_what_is_not() -> None:
    """民法488条4項1号."""
    later, due = claim(1, date(2027, 2, 1), 5_000, rate=91), claim(2, date(2026, 6, 30), 5_000)
    assert order(6_000, later, due) == [(2, 5_000), (1, 1_000)]


def test_what_bears_the_higher_interest_is_settled_first() -> None:
    """民法488条4項2号: 弁済の利益が多いもの."""
    young, old = claim(1, date(2026, 11, 2), 50_000, rate=28), claim(2, date(2026, 6, 30), 50_000, rate=91)
    assert order(60_000, young, old) == [(2, 50_000), (1, 10_000)]


def test_of_equals_the_one_due_earlier_is_settled_first() -> None:
    """民法488条4項3号."""
    assert order(60_000, claim(1, date(2026, 8, 31), 50_000, 91), claim(2, date(2026, 6, 30), 50_000, 91)) == [
        (2, 50_000),
        (1, 10_000),
    ]


def test_of_equals_in_all_each_has_its_share() -> None:
    """民法488条4項4号; the odd yen go to the lower claim ids."""
    day = date(2026, 6, 30)
    assert order(100, claim(1, day, 100), claim(2, day, 100), claim(3, day, 100)) == [(1, 34), (2, 33), (3, 33)]


def test_within_a_claim_the_principal_comes_first() -> None:
    steps = allocation_order(9_900, [claim(1, date(2026, 6, 30), 9_500, 91, interest=1_200)], TODAY)
    assert [(step.part, step.amount) for step in steps] == [(ClaimPart.PRINCIPAL, 9_500), (ClaimPart.INTEREST, 400)]


def test_the_rate_that_runs_is_that_of_the_day() -> None:
    due = date(2026, 6, 30)
    days = (due, date(2026, 7, 1), date(2026, 7, 31), date(2026, 8, 1))
    runs, small = (
        interest(due_date=due, assessed=amount, payments=(), until=date(2026, 9, 1), rates=RATES)
        for amount in (50_000, 1_999)
    )
    assert [runs.rate_on(day) for day in days] == [0, 28, 28, 91]
    assert small.rate_on(date(2026, 9, 1)) == 0


@given(
    amount=st.integers(0, 200_000),
    owed=st.lists(st.tuples(st.integers(0, 40_000), st.integers(0, 5_000), st.integers(0, 2)), max_size=6),
)
def test_either_all_money_is_used_or_nothing_is_owed_any_more(amount: int, owed: list[tuple[int, int, int]]) -> None:
    claims = [
        claim(n, date(2026, 6, 30), principal, rate, interest) for n, (principal, interest, rate) in enumerate(owed)
    ]
    steps = allocation_order(amount, claims, TODAY)
    assert sum(step.amount for step in steps) == min(amount, sum(each.owed for each in claims))
    for each in claims:
        of_claim = {step.part: step.amount for step in steps if step.claim_id == each.claim_id}
        assert of_claim.get(ClaimPart.PRINCIPAL, 0) <= each.principal
        assert of_claim.get(ClaimPart.INTEREST, 0) <= each.interest
        assert not of_claim.get(ClaimPart.INTEREST) or of_claim.get(ClaimPart.PRINCIPAL, 0) == each.principal
