"""収納の訂正: whatever a payment did is undone, and what it made of others too."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from tests.ledger.arrivals import Arrivals, Paid, TakenOut
from tests.ledger.payments.domain.matched import opened, pay, paying

from kofu.core.errors import OperatorFault
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.posting import Excess
from kofu.ledger.payments.domain.corrections import take_out

TODAY = date(2026, 11, 20)


def test_a_late_payment_that_is_taken_out_takes_its_interest_along() -> None:
    books = opened()
    pay(books, paying(56_400, "1", date(2026, 10, 30)))
    assert books.claims[1].interest_due == 1_400
    take_out(books, UUID(int=1), TODAY, reason="不渡り")
    claim = books.claims[1]
    assert (claim.due, claim.interest_assessed, books.payments[UUID(int=1)].received) == (56_400, 0, 0)


def test_what_another_payment_paid_on_that_interest_pays_the_tax_when_the_notice_is_made_anew() -> None:
    """法326条: no 延滞金 is fixed while 本税 is due; what the other slip brought goes to the tax first."""
    found = Arrivals((56_400, 1, 1, 1))
    found.arrive(Paid(1, "1", date(2026, 10, 30), 56_400))
    found.arrive(Paid(2, "1", date(2026, 11, 2), 1_400))
    assert found.books.claims[1].interest_paid == 1_400
    found.arrive(TakenOut(1))
    claim = found.books.claims[1]
    assert (claim.due, claim.paid, claim.interest_assessed, claim.interest_due) == (55_000, 1_400, 0, 0)
    assert found.lies_as_received()


def test_a_duplicate_and_the_payment_of_another_installment_are_taken_out_whole() -> None:
    books = opened()
    pay(books, paying(56_400, "1", date(2026, 6, 10)))
    pay(books, paying(60_000, "1", date(2026, 6, 11), number=2))
    pay(books, paying(60_000, "4", date(2026, 6, 12), number=3))
    for number in (2, 3):
        take_out(books, UUID(int=number), TODAY, reason="誤入力")
        assert books.payments[UUID(int=number)].received == 0
    assert [books.claims[number].due for number in (1, 2, 3, 4)] == [0, 56_400, 56_400, 56_400]


def test_a_payment_that_is_being_refunded_is_not_taken_out() -> None:
    books = opened()
    pay(books, paying(60_000, "1", date(2026, 6, 10)))
    books.post(posting.decide_refund(UUID(int=1), 1, 3_600, TODAY, excess=Excess.IN_ERROR))
    with pytest.raises(OperatorFault) as refused:
        take_out(books, UUID(int=1), TODAY, reason="誤入力")
    assert refused.value.code == "refund_under_way"
