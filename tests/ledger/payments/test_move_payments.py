"""付替: a payment at the wrong 期 or person goes where it belongs, with its channel and day (collection case G7)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from uuid import UUID

import psycopg
import pytest
from tests.ledger.year_of_four import NOTICE, RULES, WARD, Year, a_year, by

from kofu.core.errors import OperatorFault
from kofu.ledger.books.domain.claims import Channel, Payment
from kofu.ledger.books.verify import verify_ledger
from kofu.ledger.overpayments import refund
from kofu.ledger.payments import suspense
from kofu.ledger.payments.move_payments import Target, propose_move

pytestmark = pytest.mark.storage

OTHER = "20260000002"
TODAY = date(2026, 11, 10)


@pytest.fixture
def connection(system_database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(system_database("ledger").app_url, autocommit=True) as opened:
        yield opened
        report = verify_ledger(opened, every_step=True)
        assert report.holds, report.differences


def to(number: str, installment: str) -> Target:
    return Target(notice_number=number, installment=installment)


def proposed(connection: psycopg.Connection, payment: Payment, target: Target | None) -> UUID:
    return propose_move(connection, payment.payment_id, target, reason="納付済通知書で確認", acting=by("a", TODAY))


def decide(connection: psycopg.Connection, correction: UUID, *, actor: str = "b", approve: bool = True) -> None:
    suspense.decide_correction(connection, correction, approve=approve, rules=RULES, acting=by(actor, TODAY))


def moved(connection: psycopg.Connection, payment: Payment, target: Target | None) -> None:
    decide(connection, proposed(connection, payment, target))


def test_a_payment_of_the_wrong_installment_is_moved_and_keeps_its_channel_and_day(connection) -> None:
    year = a_year(connection)
    slip = year.slip("2", date(2026, 7, 10), 25_000, Channel.CONVENIENCE)
    year.arrive(date(2026, 7, 20), slip)
    assert year.dues() == [25_000, 0, 25_000, 25_000]
    moved(connection, slip, to(NOTICE, "1"))
    assert year.dues() == [0, 25_000, 25_000, 25_000]
    assert year.share(slip, "1").principal == 25_000
    assert year.books().claims[year.claim("1")].settled_on == date(2026, 7, 10)
    kept = connection.execute(
        "SELECT channel, received_on, installment FROM payment WHERE id = %s", [slip.payment_id]
    ).fetchone()
    assert kept == ("convenience", date(2026, 7, 10), "2")


def test_a_payment_of_another_person_is_moved_and_both_notices_follow_the_order_of_receipt(connection) -> None:
    """A's slip was paid by B with A's number; A paid too, B paid late on 31 October. B was in time after all."""
    of_a, of_b = a_year(connection, [500_000]), a_year(connection, [500_000], number=OTHER, person="2")
    wrong, own = of_a.slip("1", date(2026, 6, 29), 500_000), of_a.slip("1", date(2026, 6, 30), 500_000)
    late = of_b.slip("1", date(2026, 10, 31), 500_000)
    of_a.arrive(date(2026, 11, 4), wrong, own)
    of_b.arrive(date(2026, 11, 5), late)
    assert (of_a.share(own, "1").in_error, of_b.interest()[0] > 0) == (500_000, True)
    moved(connection, wrong, to(OTHER, "1"))
    assert (of_a.dues(), of_a.share(own, "1").principal, of_a.owed_back()) == ([0], 500_000, 0)
    assert (of_b.dues(), of_b.interest(), of_b.share(wrong, "1").principal) == ([0], [0], 500_000)
    assert of_b.share(late, "1").in_error == 500_000, "法326条: what was paid on 31 October is owed back now"


def test_what_is_moved_away_leaves_the_claim_due_again(connection) -> None:
    of_a, of_b = a_year(connection, [25_000]), a_year(connection, [40_000], number=OTHER, person="2")
    slip = of_a.slip("1", date(2026, 6, 29), 25_000)
    of_a.arrive(date(2026, 7, 4), slip)
    moved(connection, slip, to(OTHER, "1"))
    assert (of_a.dues(), of_b.dues()) == ([25_000], [15_000])


def test_an_assignment_of_suspense_is_undone_and_made_again(connection) -> None:
    of_a, of_b = a_year(connection, [25_000]), a_year(connection, [25_000], number=OTHER, person="2")
    slip = Year(connection, of_a.claims, number="999").slip("1", date(2026, 6, 29), 25_000)
    of_a.arrive(date(2026, 7, 4), slip)

    def assigned(number: str) -> None:
        suspense.assign(
            connection, slip.payment_id, notice_number=number, installment="1", rules=RULES, reason="電話で確認",
            acting=by("a", TODAY),
        )  # fmt: skip

    assigned(NOTICE)
    assert of_a.dues() == [0]
    moved(connection, slip, None)
    assert of_a.dues() == [25_000]
    (waiting,) = suspense.list_suspense(connection, WARD)
    assert (waiting.payment_id, waiting.received_on, waiting.reason) == (
        slip.payment_id, date(2026, 6, 29), "納付済通知書で確認",
    )  # fmt: skip
    with pytest.raises(OperatorFault, match="in_suspense"):
        proposed(connection, slip, None)
    assigned(OTHER)
    assert (of_a.dues(), of_b.dues()) == ([25_000], [0])


def test_two_people_move_a_payment_and_one_proposal_waits_at_a_time(connection) -> None:
    year = a_year(connection)
    slip = year.slip("2", date(2026, 7, 10), 25_000)
    year.arrive(date(2026, 7, 20), slip)
    for target, code in ((to(NOTICE, "2"), "moves_nowhere"), (to(NOTICE, "9"), "claim_unknown")):
        with pytest.raises(OperatorFault, match=code):
            proposed(connection, slip, target)
    correction = proposed(connection, slip, to(NOTICE, "1"))
    with pytest.raises(OperatorFault, match="proposed_already"):
        proposed(connection, slip, None)
    with pytest.raises(OperatorFault, match="second_person_needed"):
        decide(connection, correction, actor="a")
    assert year.dues() == [25_000, 0, 25_000, 25_000]
    decide(connection, correction, approve=False)
    assert year.dues() == [25_000, 0, 25_000, 25_000]
    with pytest.raises(OperatorFault, match="correction_decided"):
        decide(connection, correction)


def test_money_that_is_being_refunded_is_not_moved(connection) -> None:
    year = a_year(connection, [25_000])
    first, copy = year.slip("1", date(2026, 6, 10), 25_000), year.slip("1", date(2026, 6, 20), 25_000)
    year.arrive(date(2026, 6, 25), first, copy)
    before = proposed(connection, copy, None)
    case = refund.propose(connection, WARD, "1", causes={}, rules=RULES, acting=by("a", TODAY))
    refund.approve(connection, case, rules=RULES, acting=by("b", TODAY))
    with pytest.raises(OperatorFault, match="refund_under_way"):
        decide(connection, before)
    decide(connection, before, approve=False)
    with pytest.raises(OperatorFault, match="refund_under_way"):
        proposed(connection, copy, None)


def test_g5_claims_open_with_just_the_amount_are_offered_whatever_the_payment_said(connection) -> None:
    """仮受 of 25,000 of a number nobody has; seven claims are open with exactly 25,000."""
    for number in range(7):
        a_year(connection, [25_000], number=f"2026000010{number}", person=f"1{number}")
    year = a_year(connection, [30_000], number=OTHER, person="2")
    slip = Year(connection, year.claims, number="999").slip("1", date(2026, 6, 29), 25_000)
    year.arrive(date(2026, 7, 4), slip)
    (waiting,) = suspense.list_suspense(connection, WARD)
    found = suspense.candidates(connection, WARD, waiting)
    assert [one.notice_number for one in found] == [f"2026000010{number}" for number in range(7)]
    (asked,) = suspense.candidates(connection, WARD, waiting, words="2")
    assert asked.notice_number == OTHER
