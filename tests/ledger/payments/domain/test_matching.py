"""消込: each way a payment can come in, and where its money then is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import hypothesis.strategies as st
import pytest
from hypothesis import given
from tests.ledger.payments.domain.matched import CLAIMS, RULES, match, opened, pay, paying

from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.books import Books
from kofu.ledger.books.domain.claims import Claim
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.domain.settle import revise_after_reduction
from kofu.ledger.payments.domain.matching import MatchOutcome, place


def test_the_exact_amount_in_time_settles_the_installment() -> None:
    books = opened()
    assert pay(books, paying(56_400, "1", date(2026, 6, 29))) is MatchOutcome.SETTLED
    assert books.claims[1].settled_on == date(2026, 6, 29)
    assert books.claims[1].interest_assessed == 0


def test_a_part_goes_to_the_principal_first() -> None:
    books = opened()
    assert pay(books, paying(20_000, "1", date(2026, 7, 20))) is MatchOutcome.PARTIAL
    assert (books.claims[1].due, books.claims[1].interest_assessed) == (36_400, 0)


def test_paying_late_makes_interest_due_and_the_slip_is_then_short() -> None:
    books = opened()
    assert pay(books, paying(56_400, "1", date(2026, 10, 30))) is MatchOutcome.PARTIAL
    claim = books.claims[1]
    # 31 days at 2.8 % and 91 days at 9.1 % on 56,000 yen: 133 + 1,270, cut below 100 yen
    assert (claim.due, claim.interest_due) == (0, 1_400)
    assert claim.settled_on is None
    detail = books.entries[-1].detail
    assert detail["amount"] == 1_400


def test_paying_late_with_the_interest_settles_both() -> None:
    books = opened()
    pay(books, paying(56_400, "1", date(2026, 10, 30)))
    interest = books.claims[1].interest_due
    again = opened()
    assert pay(again, paying(56_400 + interest, "1", date(2026, 10, 30))) is MatchOutcome.SETTLED
    assert again.claims[1].settled_on == date(2026, 10, 30)


def test_too_much_is_owed_back_as_paid_in_error() -> None:
    books = opened()
    assert pay(books, paying(60_000, "1", date(2026, 6, 29))) is MatchOutcome.OVER
    assert books.payments[UUID(int=1)].in_error == 3_600


def test_the_same_slip_paid_twice_is_kept_and_owed_back() -> None:
    """Trap 9: a duplicate is never dropped."""
    books = opened()
    pay(books, paying(56_400, "1", date(2026, 6, 10)))
    assert pay(books, paying(56_400, "1", date(2026, 6, 11), number=2)) is MatchOutcome.DUPLICATE
    assert books.payments[UUID(int=2)].in_error == 56_400


def test_the_slip_of_a_later_installment_pays_the_open_one() -> None:
    """3期の納期中に4期の納付書: 誤納として3期に充当 (地方自治研究機構 法務QA 2022年冬号)."""
    books = opened()
    for number, name in enumerate("12", start=1):
        pay(books, paying(56_400, name, date(2026, 6, 20), number=number))
    assert pay(books, paying(56_400, "4", date(2026, 10, 15), number=3)) is MatchOutcome.OTHER_INSTALLMENT
    assert (books.claims[3].due, books.claims[4].due) == (0, 56_400)
    assert books.payments[UUID(int=3)].in_error == 0


def test_a_later_installment_is_paid_as_such_when_the_earlier_one_is_already_late() -> None:
    books = opened()
    assert pay(books, paying(56_400, "4", date(2027, 1, 29)), [CLAIMS[3]]) is MatchOutcome.SETTLED
    late = opened()
    assert pay(late, paying(56_400, "3", date(2026, 9, 29)), [CLAIMS[0], CLAIMS[2]]) is MatchOutcome.SETTLED
    assert late.claims[1].due == 56_400


@pytest.mark.parametrize(
    ("claims", "outcome"), [([], MatchOutcome.UNKNOWN_NOTICE), (CLAIMS[:2], MatchOutcome.UNKNOWN_INSTALLMENT)]
)
def test_a_payment_nobody_can_be_credited_with_waits_in_suspense(claims: list[Claim], outcome: MatchOutcome) -> None:
    books = opened()
    assert pay(books, paying(5_000, "9", date(2026, 6, 29)), claims) is outcome
    assert books.payments[UUID(int=1)].suspense == 5_000


@given(
    slips=st.lists(
        st.tuples(st.integers(1, 90_000), st.sampled_from("12349"), st.integers(0, 180)), min_size=1, max_size=8
    )
)
def test_whatever_is_paid_all_of_it_has_a_place(slips: list[tuple[int, str, int]]) -> None:
    books = opened()
    for number, (amount, installment, days) in enumerate(slips, start=1):
        on = date.fromordinal(date(2026, 6, 1).toordinal() + days)
        pay(books, paying(amount, installment, on, number=number))
    for payment in books.payments.values():
        assert payment.unallocated == 0
        placed = payment.allocated + payment.in_error + payment.suspense
        assert placed == payment.received


def test_what_is_paid_after_the_claim_was_written_off_is_owed_back() -> None:
    """法18条: 時効 needs no plea; money for an extinguished claim is 誤納 (tax.md 1.6)."""
    books = opened()
    books.post(posting.write_off(books, 1, date(2031, 7, 1), reason="18条"))
    assert pay(books, paying(56_400, "1", date(2031, 8, 1))) is MatchOutcome.EXTINGUISHED
    assert books.payments[UUID(int=1)].in_error == 56_400


@pytest.mark.parametrize(
    ("on", "outcome"), [(date(2026, 7, 9), MatchOutcome.SETTLED), (date(2026, 7, 10), MatchOutcome.EXTINGUISHED)]
)
def test_what_is_paid_from_the_day_of_prescription_on_is_owed_back(on: date, outcome: MatchOutcome) -> None:
    books = opened()
    payment = paying(56_400, "1", on)
    books.open_payment(payment.payment_id, on)
    assert match(payment, CLAIMS, books, MatchingRules(RULES.rates, barred={1: date(2026, 7, 10)})) is outcome


def test_a_slip_that_asks_for_interest_pays_the_interest_that_is_due_first() -> None:
    books = opened()
    pay(books, paying(56_400, "1", date(2026, 10, 30)))
    books.post(posting.increase(1, 5_000, date(2026, 11, 2)))
    asking = replace(paying(1_400, "1", date(2026, 11, 5), number=2), interest=1_400)
    assert pay(books, asking) is MatchOutcome.PARTIAL
    assert (books.claims[1].due, books.claims[1].interest_due) == (5_000, 0)


def late_and_reduced(by: int, *, paid: int = 308_300) -> Books:
    """300,000 yen paid late on 10 November with 8,300 of 延滞金, then reduced."""
    books = opened(300_000)
    pay(books, paying(paid, "1", date(2026, 11, 10)), CLAIMS[:1])
    on = date(2026, 12, 1)
    books.post_all(posting.reduce(books, 1, by, on, reason="更正"))
    revise_after_reduction(CLAIMS[0], books, RULES, on, reason="更正")
    return books


def test_interest_shrinks_with_the_tax_it_ran_on_and_what_was_paid_of_it_is_owed_back() -> None:
    """150,000 yen from 1 July to 10 November: 31 days at 2.8 % = 356, 102 days at 9.1 % = 3,814."""
    books = late_and_reduced(150_000)
    claim, share = books.claims[1], books.shares[UUID(int=1), 1]
    assert (claim.interest_assessed, claim.interest_due, claim.due) == (4_100, 0, 0)
    assert (share.principal, share.interest, share.overpaid) == (150_000, 4_100, 154_200)


def test_a_tax_that_falls_away_leaves_no_interest() -> None:
    books = late_and_reduced(300_000)
    assert books.claims[1].interest_assessed == 0
    assert books.shares[UUID(int=1), 1].overpaid == 308_300


def test_a_reduction_that_settles_a_claim_paid_late_in_part_fixes_its_interest() -> None:
    books = late_and_reduced(150_000, paid=150_000)
    assert (books.claims[1].due, books.claims[1].interest_due) == (0, 4_100)


def test_a_reduction_that_leaves_something_due_fixes_nothing_yet() -> None:
    books = late_and_reduced(100_000, paid=150_000)
    assert (books.claims[1].due, books.claims[1].interest_assessed) == (50_000, 0)


def test_a_claim_that_was_written_off_owes_no_more_by_a_reduction() -> None:
    books = opened(300_000)
    pay(books, paying(150_000, "1", date(2026, 11, 10)), CLAIMS[:1])
    books.post(posting.write_off(books, 1, date(2026, 11, 20), reason="15-7-5"))
    books.post_all(posting.reduce(books, 1, 10_000, date(2026, 12, 1), reason="更正"))
    revise_after_reduction(CLAIMS[0], books, RULES, date(2026, 12, 1), reason="更正")
    assert books.claims[1].interest_assessed == 0


def test_only_the_late_payment_that_needs_a_rate_nobody_knows_yet_waits() -> None:
    """令和9年の率は告示前. The money is kept in 仮受 with its reason; others of the same file are posted."""
    books = opened()
    assert pay(books, paying(56_400, "1", date(2027, 1, 8), number=1)) is MatchOutcome.RATE_MISSING
    assert books.payments[UUID(int=1)].suspense == 56_400
    assert pay(books, paying(20_000, "2", date(2027, 1, 8), number=2)) is MatchOutcome.PARTIAL
    assert pay(books, paying(56_400, "3", date(2026, 11, 2), number=3)) is MatchOutcome.SETTLED
    assert [books.claims[number].due for number in (1, 2, 3)] == [56_400, 36_400, 0]


def test_money_that_waited_for_a_rate_is_placed_once_it_is_known() -> None:
    books = opened()
    late = paying(56_400, "1", date(2027, 1, 8))
    assert pay(books, late) is MatchOutcome.RATE_MISSING
    years = {**RULES.rates.years, 2027: RULES.rates.years[2026]}
    books.post(posting.take_from_suspense(late.payment_id, 56_400, late.received_on, reason="率の告示"))
    known = MatchingRules(replace(RULES.rates, years=years))
    assert place(late, CLAIMS, books, known) is MatchOutcome.PARTIAL
    assert books.claims[1].interest_due > 0
