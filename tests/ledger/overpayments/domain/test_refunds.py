"""過誤納金: 充当 before 還付, 本税 before 延滞金, 還付加算金 by cause; all of it posted, nothing lost."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import date
from uuid import UUID

import hypothesis.strategies as st
from hypothesis import given

from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.books import Books, ClaimBalance
from kofu.ledger.books.domain.claims import Claim, Notice, Tax
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.domain.offset import Credit
from kofu.ledger.books.domain.posting import ClaimPart, Excess
from kofu.ledger.books.domain.refund_interest import Origin, RefundCause
from kofu.ledger.books.rates_file import load_rates
from kofu.ledger.overpayments.domain.refunds import settle

RULES = MatchingRules(load_rates())
TODAY = date(2026, 11, 20)
DUE = {1: date(2026, 6, 30), 2: date(2026, 8, 31), 3: date(2026, 11, 2), 4: date(2027, 2, 1)}
NOTICE = Notice(
    municipality_code="139998",
    notice_number="1",
    addressee_number="1",
    tax=Tax.RESIDENT,
    fiscal_year=2026,
    origin_year=2026,
    collection_method="ordinary",
    statutory_due_date=DUE[1],
)
CLAIMS = [Claim(claim_id=n, notice=NOTICE, installment=str(n), due_date=due) for n, due in DUE.items()]
PAYMENT = UUID(int=1)


def case(paid_on: date, amount: int, excess: Excess, owed: dict[int, int]) -> tuple[Books, list[Credit]]:
    """Claim 1 was paid in time and `amount` yen of it are owed back; other claims are owed as given."""
    books = Books(claims={claim.claim_id: ClaimBalance(claim.claim_id) for claim in CLAIMS})
    books.open_payment(PAYMENT, paid_on)
    books.post(posting.receive(PAYMENT, amount, paid_on))
    books.post(posting.owe_back(PAYMENT, 1, amount, paid_on, excess))
    for claim_id, yen in owed.items():
        books.post(posting.assess(claim_id, yen, date(2026, 6, 1)))
    return books, [Credit(PAYMENT, 1, amount, excess, paid_on)]


def run(books: Books, credits_: list[Credit], cause: RefundCause = RefundCause.REASSESSMENT):
    origins = {
        (credit.payment_id, credit.claim_id, credit.excess): Origin(cause=cause, paid_on=credit.arose_on)
        for credit in credits_
    }
    return settle(books, credits_, CLAIMS, origins, decided_on=TODAY, rules=RULES)


def test_what_is_due_is_paid_before_anything_is_refunded() -> None:
    """法17条の2: 充当しなければならない."""
    books, credits_ = case(date(2026, 6, 29), 50_000, Excess.OVERPAID, {2: 30_000, 4: 10_000})
    plan = run(books, credits_)
    assert [(step.to_claim, step.part, step.amount) for step in plan.applied] == [(2, ClaimPart.PRINCIPAL, 30_000)]
    assert [refund.amount for refund in plan.refunds] == [20_000]
    assert (books.claims[2].due, books.claims[4].due) == (0, 10_000)


def test_money_that_was_there_before_the_due_date_bears_no_late_interest() -> None:
    """適状日 is the 納期限: no 延滞金 though it is decided months later (trap 5)."""
    books, credits_ = case(date(2026, 6, 29), 30_000, Excess.OVERPAID, {2: 30_000})
    plan = run(books, credits_)
    assert plan.applied[0].effective_on == DUE[2]
    assert books.claims[2].interest_assessed == 0


def test_money_that_came_late_pays_the_interest_up_to_its_day() -> None:
    books, credits_ = case(date(2026, 11, 10), 400_000, Excess.OVERPAID, {1: 300_000})
    plan = run(books, credits_)
    assert [step.part for step in plan.applied] == [ClaimPart.PRINCIPAL, ClaimPart.INTEREST]
    # 300,000 yen, 1 July to 10 November: 31 days at 2.8 % = 713, 102 days at 9.1 % = 7,629
    assert plan.applied[1].amount == 8_300
    assert books.claims[1].settled_on == date(2026, 11, 10)


def test_refund_interest_runs_to_the_decision_and_is_paid_with_the_refund() -> None:
    books, credits_ = case(date(2026, 1, 15), 500_000, Excess.OVERPAID, {})
    plan = run(books, credits_)
    # 500,000 × 1.3 % × 309 days (16 January to 20 November) ÷ 365 = 5,502
    assert (plan.refunds[0].interest, plan.refund_total) == (5_500, 505_500)


def test_what_was_paid_in_error_waits_a_month() -> None:
    books, credits_ = case(date(2026, 1, 15), 500_000, Excess.IN_ERROR, {})
    plan = run(books, credits_, RefundCause.OTHER)
    assert sum(s.days for s in plan.added[0].calculation.segments) == 309 - 31


def test_a_proposal_on_a_copy_comes_to_the_same_plan_as_the_approval() -> None:
    books, credits_ = case(date(2026, 6, 29), 50_000, Excess.OVERPAID, {2: 30_000, 3: 9_000})
    assert run(deepcopy(books), credits_) == run(books, credits_)


@given(
    amount=st.integers(1, 200_000),
    owed=st.dictionaries(st.sampled_from([1, 2, 3, 4]), st.integers(1, 80_000)),
    days=st.integers(0, 150),
    excess=st.sampled_from(Excess),
)
def test_every_yen_owed_back_is_appropriated_or_refunded(
    amount: int, owed: dict[int, int], days: int, excess: Excess
) -> None:
    paid_on = date.fromordinal(date(2026, 6, 10).toordinal() + days)
    books, credits_ = case(paid_on, amount, excess, owed)
    plan = run(books, credits_)
    from_credit = sum(step.amount for step in plan.applied if not step.from_refund_interest)
    assert from_credit + sum(refund.amount for refund in plan.refunds) == amount
    assert books.payments[PAYMENT].unallocated == 0
    assert books.payments[PAYMENT].overpaid == books.payments[PAYMENT].in_error == 0
    if any(refund.amount for refund in plan.refunds):
        assert all(books.claims[c].due == 0 for c in owed if DUE[c] < TODAY)


def test_a_case_is_judged_by_the_day_each_payment_came() -> None:
    books, credits_ = case(date(2026, 1, 15), 100_000, Excess.OVERPAID, {})
    later = UUID(int=2)
    books.open_payment(later, date(2026, 9, 1))
    books.post(posting.receive(later, 100_000, date(2026, 9, 1)))
    books.post(posting.owe_back(later, 1, 100_000, date(2026, 9, 1), Excess.OVERPAID))
    plan = run(books, [*credits_, replace(credits_[0], payment_id=later, arose_on=date(2026, 9, 1))])
    assert [s.days for s in plan.added[0].calculation.segments] == [309, 80]


def test_trap_6_of_one_payment_what_was_too_much_and_what_was_paid_in_error_begin_on_their_own_days() -> None:
    """1号 for the part a reduction set free, 4号 for the part that was never owed."""
    books, credits_ = case(date(2026, 1, 15), 100_000, Excess.OVERPAID, {})
    books.post(posting.receive(PAYMENT, 100_000, date(2026, 1, 15)))
    books.post(posting.owe_back(PAYMENT, 1, 100_000, date(2026, 1, 15), Excess.IN_ERROR))
    both = [*credits_, replace(credits_[0], excess=Excess.IN_ERROR)]
    origins = {
        (PAYMENT, 1, Excess.OVERPAID): Origin(cause=RefundCause.REASSESSMENT, paid_on=date(2026, 1, 15)),
        (PAYMENT, 1, Excess.IN_ERROR): Origin(cause=RefundCause.OTHER, paid_on=date(2026, 1, 15)),
    }
    plan = settle(books, both, CLAIMS, origins, decided_on=TODAY, rules=RULES)
    assert [segment.days for segment in plan.added[0].calculation.segments] == [309, 309 - 31]


def test_a_claim_extinguished_by_prescription_is_not_paid_by_appropriation() -> None:
    books, credits_ = case(date(2026, 9, 10), 50_000, Excess.OVERPAID, {1: 20_000, 2: 10_000})
    origins = {(PAYMENT, 1, Excess.OVERPAID): Origin(cause=RefundCause.REASSESSMENT, paid_on=date(2026, 9, 10))}
    rules = replace(RULES, barred={1: date(2026, 9, 10), 2: date(2026, 9, 11)})
    plan = settle(books, credits_, CLAIMS, origins, decided_on=TODAY, rules=rules)
    assert [(step.to_claim, step.amount) for step in plan.applied] == [(2, 10_000)]
    assert (books.claims[1].due, plan.refunds[0].amount) == (20_000, 40_000)


def test_g3_appropriated_interest_counts_from_its_own_day_not_from_the_decision() -> None:
    """令6条の14 かっこ書: of 還付加算金 the later of the 納期限 and the day the money it is calculated on arose."""
    books, credits_ = case(date(2026, 1, 15), 500_000, Excess.OVERPAID, {1: 480_000, 2: 21_000})
    plan = run(books, credits_)
    (step,) = (one for one in plan.applied if one.from_refund_interest)
    assert (step.to_claim, step.amount, step.effective_on) == (2, 1_000, DUE[2])
    assert step.effective_on < TODAY
