"""過誤納金 from the proposal to the transfer and back, on the real database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from tests.ledger.overpayments.refunds import ACCOUNT, CHIEF, CLERK, NOW, PAID, RULES, WARD, overpaid, proposed, state

from kofu.core.errors import OperatorFault
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.refund_interest import InterestUntil, RefundCause
from kofu.ledger.books.journal import Posting, open_books, store_books
from kofu.ledger.books.verify import verify_ledger
from kofu.ledger.overpayments import refund
from kofu.ledger.overpayments.domain.grounds import CauseOfExcess
from kofu.ledger.overpayments.domain.refunds import RefundState
from kofu.ledger.overpayments.lapse import lapse_due
from kofu.ledger.overpayments.payable import payable
from kofu.ledger.overpayments.revoke import revoke

pytestmark = pytest.mark.storage


@pytest.fixture
def connection(system_database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(system_database("ledger").app_url, autocommit=True) as opened:
        yield opened


def test_a_case_lives_from_the_proposal_to_the_transfer(connection) -> None:
    claims = overpaid(connection, "1", paid=500_000, reduced=400_000, owed=30_000)
    case = proposed(connection, "1")
    before = connection.execute("SELECT count(*) FROM entry").fetchone()
    with pytest.raises(OperatorFault, match="second_person_needed"):
        refund.approve(connection, case, rules=RULES, acting=CLERK)
    assert connection.execute("SELECT count(*) FROM entry").fetchone() == before
    plan = refund.approve(connection, case, rules=RULES, acting=CHIEF)
    assert (plan.applied_total, [line.amount for line in plan.refunds]) == (30_000, [370_000])
    # 370,000 yen from 30 June to 20 November: 144 days at 1.3 % = 1,897; 30,000 yen to 31 August: 63 days = 67
    assert plan.refunds[0].interest == 1_900
    assert refund.notify(connection, case, papers=["還付通知書", "充当通知書"], acting=CLERK) is RefundState.NOTIFIED
    refund.claim(connection, case, ACCOUNT, claimed_on=date(2026, 11, 20), source="請求書 1", rules=RULES, acting=CLERK)
    (payout,) = payable(connection, WARD)
    assert (payout.amount, payout.account) == (371_900, ACCOUNT)
    assert refund.transfer(connection, case, on=date(2026, 12, 15), source="furikomi.txt", acting=CLERK) == 371_900
    assert state(connection, case) == "paid"
    with connection.transaction():
        books = open_books(connection, claim_ids=[claim.claim_id for claim in claims])
    assert books.claims[claims[1].claim_id].due == 0
    assert verify_ledger(connection, every_step=True).holds
    events = connection.execute("SELECT event FROM refund_event WHERE case_id = %s ORDER BY id", [case]).fetchall()
    assert [event for (event,) in events] == ["propose", "approve", "notify", "claim", "transfer"]


DECIDED, CLAIM_REGISTERED = datetime(2026, 10, 1, 1, tzinfo=UTC), datetime(2026, 11, 25, 1, tzinfo=UTC)
UNTIL_CLAIM = replace(RULES, refund_interest=InterestUntil.CLAIM)


@pytest.mark.parametrize(
    ("claimed_on", "interest"),
    [
        # 370,000 yen from 30 June to 25 November 2026: 149 days at 1.3 % = 1,963; 30,000 yen to 31 August: 63 days = 67
        pytest.param(date(2026, 10, 31), 2_000, id="the thirtieth day is in time"),
        # the same without 1 to 20 November: 124 days = 1,634, 5 days = 65; and 67
        pytest.param(date(2026, 11, 20), 1_700, id="the days of a late claim do not count"),
    ],
)
def test_interest_that_counts_until_the_claim_leaves_out_the_days_nobody_claimed(
    connection, claimed_on, interest
) -> None:
    """地方税法17条の4第2項: from the day after 30 days since the notice until the claim."""
    overpaid(connection, "1", paid=500_000, reduced=400_000, owed=30_000)
    clerk, chief = replace(CLERK, now=DECIDED), replace(CHIEF, now=DECIDED)
    case = refund.propose(connection, WARD, "1", causes={}, rules=UNTIL_CLAIM, acting=clerk)
    plan = refund.approve(connection, case, rules=UNTIL_CLAIM, acting=chief)
    assert (plan.refund_total, plan.added) == (370_000, ())
    refund.notify(connection, case, papers=["還付通知書"], acting=clerk)
    later = replace(CLERK, now=CLAIM_REGISTERED)
    before = connection.execute("SELECT count(*) FROM entry").fetchone()
    coming = refund.if_claimed(connection, case, claimed_on=claimed_on, rules=UNTIL_CLAIM, acting=later)
    assert coming == (interest, 370_000 + interest)
    assert connection.execute("SELECT count(*) FROM entry").fetchone() == before
    refund.claim(connection, case, ACCOUNT, claimed_on=claimed_on, source="1", rules=UNTIL_CLAIM, acting=later)
    (payout,) = payable(connection, WARD)
    assert payout.amount == 370_000 + interest
    refund.transfer(connection, case, on=date(2026, 12, 15), source="f", acting=later)
    assert verify_ledger(connection, every_step=True).holds
    refund.transfer_failed(connection, case, reason="口座名義相違", acting=later)
    again = {"claimed_on": date(2026, 12, 20), "source": "2", "rules": UNTIL_CLAIM}
    refund.claim(connection, case, ACCOUNT, **again, acting=replace(later, now=datetime(2026, 12, 25, tzinfo=UTC)))
    (payout,) = payable(connection, WARD)
    assert payout.amount == 370_000 + interest, "what was decided once is not calculated again"


def test_interest_left_open_is_none_of_a_claim_that_is_appropriated_whole(connection) -> None:
    overpaid(connection, "1", paid=500_000, reduced=400_000, owed=400_000)
    case = refund.propose(connection, WARD, "1", causes={}, rules=UNTIL_CLAIM, acting=CLERK)
    plan = refund.approve(connection, case, rules=UNTIL_CLAIM, acting=CHIEF)
    # 400,000 yen from 30 June to 31 August: 63 days at 1.3 % = 897, under 1,000 yen: none
    assert (plan.applied_total, plan.refund_total, plan.open, plan.added) == (400_000, 0, (), ())


def test_a_decision_that_was_not_paid_is_taken_back_and_decided_anew(connection) -> None:
    """還付決定の取消: what was appropriated stands, the rest is owed back as before."""
    overpaid(connection, "1", paid=500_000, reduced=400_000, owed=30_000)
    case = proposed(connection, "1")
    first = refund.approve(connection, case, rules=RULES, acting=CHIEF)
    refund.notify(connection, case, papers=["還付通知書"], acting=CLERK)
    refund.claim(connection, case, ACCOUNT, claimed_on=date(2026, 11, 20), source="1", rules=RULES, acting=CLERK)
    with pytest.raises(OperatorFault) as fault:
        revoke(connection, case, reason=" ", rules=RULES, acting=CHIEF)
    assert fault.value.code == "reason_needed"
    assert revoke(connection, case, reason="増額更正の見込み", rules=RULES, acting=CHIEF) is RefundState.REVOKED
    assert payable(connection, WARD) == []
    assert connection.execute(
        "SELECT overpaid, refundable, refund_interest FROM share WHERE overpaid > 0"
    ).fetchall() == [(370_000, 0, 0)]
    assert verify_ledger(connection, every_step=True).holds
    with pytest.raises(OperatorFault) as fault:
        revoke(connection, case, reason="もう一度", rules=RULES, acting=CHIEF)
    assert fault.value.code == "refund_state"
    again = refund.approve(connection, proposed(connection, "1"), rules=RULES, acting=CHIEF)
    # 370,000 yen alone: 144 days at 1.3 % = 1,897 yen, cut to 1,800; with the 67 of the appropriated part it was 1,900
    assert (first.refund_total, again.refund_total, again.applied_total) == (371_900, 371_800, 0)
    assert verify_ledger(connection, every_step=True).holds


def test_interest_of_what_was_appropriated_stays_when_the_rest_is_taken_back(connection) -> None:
    overpaid(connection, "1", paid=3_000_000, reduced=2_900_000, owed=1_000_000)
    case = proposed(connection, "1")
    plan = refund.approve(connection, case, rules=RULES, acting=CHIEF)
    # 1,000,000 yen to 31 August: 63 days at 1.3 % = 2,243; 1,900,000 yen to 20 November: 144 days = 9,744
    assert plan.refund_total == 1_900_000 + 11_900
    refund.notify(connection, case, papers=["還付通知書"], acting=CLERK)
    assert revoke(connection, case, reason="訂正", rules=RULES, acting=CHIEF) is RefundState.NOTIFIED
    refund.claim(connection, case, ACCOUNT, claimed_on=date(2026, 11, 20), source="1", rules=RULES, acting=CLERK)
    assert [payout.amount for payout in payable(connection, WARD)] == [2_200]
    refund.transfer(connection, case, on=date(2026, 12, 15), source="f", acting=CLERK)
    assert verify_ledger(connection, every_step=True).holds


def test_a_decision_taken_back_before_its_notice_still_tells_what_was_appropriated(connection) -> None:
    overpaid(connection, "1", paid=500_000, reduced=400_000, owed=30_000)
    case = proposed(connection, "1")
    refund.approve(connection, case, rules=RULES, acting=CHIEF)
    assert revoke(connection, case, reason="訂正", rules=RULES, acting=CHIEF) is RefundState.APPROVED
    assert refund.notify(connection, case, papers=["充当通知書"], acting=CLERK) is RefundState.CLOSED


def test_a_decision_whose_interest_was_left_open_is_taken_back(connection) -> None:
    overpaid(connection, "1", paid=500_000, reduced=400_000, owed=0)
    case = refund.propose(connection, WARD, "1", causes={}, rules=UNTIL_CLAIM, acting=CLERK)
    refund.approve(connection, case, rules=UNTIL_CLAIM, acting=CHIEF)
    assert revoke(connection, case, reason="訂正", rules=UNTIL_CLAIM, acting=CHIEF) is RefundState.REVOKED
    assert verify_ledger(connection, every_step=True).holds


def test_what_was_paid_out_is_not_taken_back(connection) -> None:
    overpaid(connection, "1", paid=50_000, reduced=10_000, owed=0)
    case = proposed(connection, "1")
    refund.approve(connection, case, rules=RULES, acting=CHIEF)
    refund.notify(connection, case, papers=["還付通知書"], acting=CLERK)
    refund.claim(connection, case, ACCOUNT, claimed_on=date(2026, 11, 20), source="1", rules=RULES, acting=CLERK)
    refund.transfer(connection, case, on=date(2026, 12, 15), source="f", acting=CLERK)
    with pytest.raises(OperatorFault) as fault:
        revoke(connection, case, reason="訂正", rules=RULES, acting=CHIEF)
    assert fault.value.code == "refund_state"


def test_a_transfer_that_comes_back_is_paid_again_to_another_account(connection) -> None:
    overpaid(connection, "2", paid=50_000, reduced=10_000, owed=0)
    case = proposed(connection, "2")
    refund.approve(connection, case, rules=RULES, acting=CHIEF)
    refund.notify(connection, case, papers=["還付通知書"], acting=CLERK)
    refund.claim(connection, case, ACCOUNT, claimed_on=date(2026, 11, 20), source="1", rules=RULES, acting=CLERK)
    refund.transfer(connection, case, on=date(2026, 12, 15), source="f", acting=CLERK)
    refund.transfer_failed(connection, case, reason="口座名義相違", acting=CLERK)
    assert state(connection, case) == "returned"
    refund.claim(connection, case, ACCOUNT, claimed_on=date(2026, 11, 20), source="2", rules=RULES, acting=CLERK)
    refund.transfer(connection, case, on=date(2026, 12, 25), source="g", acting=CLERK)
    refunded = connection.execute("SELECT refunded, refundable FROM payment_balance WHERE refunded > 0").fetchall()
    assert (10_000, 0) in refunded
    assert verify_ledger(connection, every_step=True).holds


def test_a_case_that_only_pays_other_taxes_is_closed_by_its_notice(connection) -> None:
    overpaid(connection, "3", paid=50_000, reduced=10_000, owed=30_000)
    case = proposed(connection, "3")
    plan = refund.approve(connection, case, rules=RULES, acting=CHIEF)
    assert plan.refund_total == 0
    assert refund.notify(connection, case, papers=["充当通知書"], acting=CLERK) is RefundState.CLOSED


def test_a_plan_the_ledger_has_overtaken_is_not_approved(connection) -> None:
    claims = overpaid(connection, "4", paid=50_000, reduced=10_000, owed=0)
    case = proposed(connection, "4")
    with connection.transaction():
        books = open_books(connection, claim_ids=[claims[1].claim_id])
        books.post(posting.assess(claims[1].claim_id, 4_000, date(2026, 6, 1)))
        store_books(connection, books, Posting(actor="test", booked_on=PAID, recorded_at=NOW))
    with pytest.raises(OperatorFault, match="moved on"):
        refund.approve(connection, case, rules=RULES, acting=CHIEF)
    refund.withdraw(connection, case, reason="再計算", acting=CLERK)
    assert refund.approve(connection, proposed(connection, "4"), rules=RULES, acting=CHIEF).applied_total == 4_000


def test_nothing_owed_back_is_no_case(connection) -> None:
    with pytest.raises(OperatorFault, match="nothing is owed back"):
        proposed(connection, "nobody")


def test_one_proposal_at_a_time_for_a_person(connection) -> None:
    overpaid(connection, "5", paid=50_000, reduced=10_000, owed=0)
    proposed(connection, "5")
    with pytest.raises(OperatorFault, match="waits for approval"):
        proposed(connection, "5")


def test_a_refund_nobody_claims_lapses_after_five_years(connection) -> None:
    """法18条の3."""
    overpaid(connection, "6", paid=50_000, reduced=10_000, owed=0)
    case = proposed(connection, "6")
    refund.approve(connection, case, rules=RULES, acting=CHIEF)
    refund.notify(connection, case, papers=["還付通知書"], acting=CLERK)
    late = Acting(actor="clerk", lane="test", now=NOW + timedelta(days=5 * 366))
    assert lapse_due(connection, WARD, acting=CLERK) == 0
    assert lapse_due(connection, WARD, acting=late) >= 1
    assert state(connection, case) == "lapsed"
    assert verify_ledger(connection, every_step=True).holds


def test_the_last_day_of_the_five_years_is_still_in_time(connection) -> None:
    """民法140条, 141条: the first day does not count, and a period ends with its last day."""
    overpaid(connection, "61", paid=50_000, reduced=10_000, owed=0)
    case = proposed(connection, "61")
    refund.approve(connection, case, rules=RULES, acting=CHIEF)
    refund.notify(connection, case, papers=["還付通知書"], acting=CLERK)
    last_day = Acting(actor="clerk", lane="test", now=datetime(2031, 11, 20, 1, tzinfo=UTC))
    lapse_due(connection, WARD, acting=last_day)
    assert state(connection, case) == "notified"
    after = replace(last_day, now=datetime(2031, 11, 21, 1, tzinfo=UTC))
    with pytest.raises(OperatorFault, match="lapsed before"):
        refund.claim(connection, case, ACCOUNT, claimed_on=date(2031, 11, 21), source="1", rules=RULES, acting=after)
    refund.claim(connection, case, ACCOUNT, claimed_on=date(2031, 11, 20), source="1", rules=RULES, acting=last_day)
    assert state(connection, case) == "claimed"


def test_the_cause_the_clerk_names_moves_the_starting_day(connection) -> None:
    claims = overpaid(connection, "7", paid=900_000, reduced=900_000, owed=0)
    why = CauseOfExcess(cause=RefundCause.INCOME_TAX, income_tax_on=date(2026, 9, 1))
    case = refund.propose(connection, WARD, "7", causes={claims[0].claim_id: why}, rules=RULES, acting=CLERK)
    plan = refund.approve(connection, case, rules=RULES, acting=CHIEF)
    assert plan.added[0].calculation.segments[0].first == date(2026, 10, 2)
