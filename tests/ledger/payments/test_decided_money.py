"""充当 within a notice, and what reaches us or changes after it: the decision stands, nothing hangs or is lost by it.

Found by drawing orders at random (`test_event_orders`), and done here through the use cases.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import psycopg
import pytest
from tests.ledger.year_of_four import RULES, WARD, Year, a_year, by

from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.claims import Payment
from kofu.ledger.books.verify import verify_ledger
from kofu.ledger.overpayments import refund
from kofu.ledger.payments import decide_receipt_cases as cases
from kofu.ledger.payments import suspense
from kofu.ledger.payments.domain.receipt_cases import ReceiptCaseAnswer

pytestmark = pytest.mark.storage


@pytest.fixture
def connection(system_database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(system_database("ledger").app_url, autocommit=True) as opened:
        yield opened
        report = verify_ledger(opened, every_step=True)
        assert report.holds, report.differences


def settled(connection: psycopg.Connection, on: date) -> None:
    """決裁 of all that is owed back: 充当 of what is late, 還付 of the rest."""
    case_id = refund.propose(connection, WARD, "1", causes={}, rules=RULES, acting=by("a", on))
    refund.approve(connection, case_id, rules=RULES, acting=by("b", on))


def paid_by_decision(connection: psycopg.Connection) -> tuple[Year, Payment]:
    """1期 was paid twice; the copy pays 2期 by 充当 from its 納期限 on (令6条の14)."""
    year = a_year(connection, [25_000, 25_000])
    first, copy = year.slip("1", date(2026, 6, 10), 25_000), year.slip("1", date(2026, 7, 1), 25_000)
    year.arrive(date(2026, 7, 5), first, copy)
    settled(connection, date(2026, 9, 10))
    assert (year.dues(), year.share(copy, "2").principal) == ([0, 0], 25_000)
    return year, copy


def test_a_slip_paid_in_time_that_arrives_after_its_claim_was_paid_by_decision_opens_a_case(connection) -> None:
    """B1, with 充当: the night went round for ever, since a decision was taken for a slip that could be put out."""
    year, copy = paid_by_decision(connection)
    slip = year.slip("2", date(2026, 8, 20), 25_000)
    year.arrive(date(2026, 9, 15), slip)
    (case,) = cases.list_cases(connection, WARD)
    assert (case.obstacle, year.share(slip, "2").in_error) == ("appropriated", 25_000)
    cases.propose(connection, case.id, ReceiptCaseAnswer.UNDO, reason="納期内の納付", acting=by("a", date(2026, 9, 16)))
    cases.approve(connection, case.id, rules=RULES, acting=by("b", date(2026, 9, 16)))
    assert (year.share(slip, "2").principal, year.share(copy, "1").in_error) == (25_000, 25_000)


def test_a_slip_of_a_later_installment_does_not_put_out_what_was_decided(connection) -> None:
    """3期's slip pays 2期 only where that is open for good: a 充当 of 31 August is the money 2期 has."""
    year = a_year(connection, [25_000, 25_000, 25_000])
    first, copy = year.slip("1", date(2026, 6, 10), 25_000), year.slip("1", date(2026, 7, 1), 25_000)
    year.arrive(date(2026, 7, 5), first, copy)
    settled(connection, date(2026, 9, 10))
    slip, earlier = year.slip("3", date(2026, 8, 30), 25_000), year.slip("1", date(2026, 6, 5), 25_000)
    year.arrive(date(2026, 9, 15), slip)
    year.arrive(date(2026, 9, 20), earlier)  # makes the notice anew
    assert year.dues() == [0, 0, 0]
    assert (year.share(slip, "3").principal, year.share(copy, "2").principal) == (25_000, 25_000)
    assert (year.share(earlier, "1").principal, year.share(first, "1").in_error) == (25_000, 25_000)
    assert cases.list_cases(connection, WARD) == []


def test_what_pays_interest_by_decision_before_it_was_fixed_stands_without_a_case(connection) -> None:
    """充当 to 延滞金 counts from 26 December; the 延滞金 was fixed by the payment of 29 December (法326条)."""
    year = a_year(connection, [27_000, 25_000])
    too_much = year.slip("2", date(2026, 12, 26), 29_000)
    year.arrive(date(2026, 12, 28), too_much)
    late = year.slip("1", date(2026, 12, 29), 27_000)
    year.arrive(date(2027, 1, 4), late)
    asked = year.interest()[0]
    settled(connection, date(2027, 1, 10))
    paid = year.share(too_much, "1").interest
    assert 0 < paid <= asked
    part = year.slip("2", date(2026, 12, 20), 1_000)
    year.arrive(date(2027, 1, 12), part)  # makes the notice anew
    assert year.share(too_much, "1").interest == paid
    assert cases.list_cases(connection, WARD) == []


def test_a_decision_that_paid_an_increase_stands_when_the_notice_is_made_anew(connection) -> None:
    """The 増額 of 2期 comes after the 適状日 of the 充当 that pays it."""
    year = a_year(connection, [25_000, 25_000])
    first, copy = year.slip("1", date(2026, 6, 10), 25_000), year.slip("1", date(2026, 6, 20), 25_000)
    second = year.slip("2", date(2026, 8, 20), 25_000)
    year.arrive(date(2026, 9, 1), first, copy, second)
    on = date(2026, 10, 1)
    year.post(on, posting.increase(year.claim("2"), 5_000, on, reason="増額更正"))
    settled(connection, date(2026, 10, 10))
    assert (year.dues(), year.share(copy, "2").principal) == ([0, 0], 5_000)
    once_more = year.slip("1", date(2026, 6, 5), 25_000)
    year.arrive(date(2026, 10, 20), once_more)
    assert (year.dues(), year.share(copy, "2").principal) == ([0, 0], 5_000)
    assert (year.share(once_more, "1").principal, year.share(first, "1").in_error) == (25_000, 25_000)
    assert cases.list_cases(connection, WARD) == []


def test_a_reduction_of_what_was_paid_by_decision_leaves_the_notice_clear(connection) -> None:
    """What the 充当 paid too much since is 過納 of the 減額, and no riddle to whoever comes after."""
    year, copy = paid_by_decision(connection)
    on = date(2026, 10, 1)
    year.post(on, lambda books: posting.reduce(books, year.claim("2"), 10_000, on, reason="減額更正"))
    assert (year.share(copy, "2").principal, year.share(copy, "2").overpaid) == (15_000, 10_000)
    earlier = year.slip("1", date(2026, 6, 5), 25_000)
    year.arrive(date(2026, 10, 20), earlier)
    assert (year.share(copy, "2").principal, year.share(copy, "2").overpaid) == (15_000, 10_000)
    assert year.share(earlier, "1").principal == 25_000
    assert cases.list_cases(connection, WARD) == []


def test_a_payment_that_bounced_takes_back_what_it_paid_by_decision(connection) -> None:
    """収納取消 (不渡り) of the copy: 2期 is due again, and the next slip of 2期 finds its room."""
    year, copy = paid_by_decision(connection)
    proposed = suspense.propose_correction(
        connection, copy.payment_id, reason="不渡り", acting=by("a", date(2026, 9, 12))
    )
    suspense.decide_correction(connection, proposed, approve=True, rules=RULES, acting=by("b", date(2026, 9, 12)))
    assert year.dues() == [0, 25_000]
    slip = year.slip("2", date(2026, 8, 20), 25_000)
    year.arrive(date(2026, 9, 15), slip)
    earlier = year.slip("1", date(2026, 6, 5), 25_000)
    year.arrive(date(2026, 9, 20), earlier)
    assert (year.dues(), year.share(slip, "2").principal) == ([0, 0], 25_000)
    assert cases.list_cases(connection, WARD) == []
