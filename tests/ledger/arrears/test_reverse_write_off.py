"""不納欠損の取消 on the real database: two people, only where the law has not ended the claim, nothing left behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import psycopg
import pytest
from tests.ledger.arrears.on_record import TODAY, decided, ended, refused
from tests.ledger.arrears.people_owing import CHIEF, CLERK, WARD, owing
from tests.ledger.year_of_four import RULES, a_year, by

from kofu.ledger.arrears import decide_claims, reverse_write_off
from kofu.ledger.arrears.domain.write_off import WriteOffReason
from kofu.ledger.arrears.events import on_record, record_event
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.prescription import DeferralGround, Happening, PrescriptionEvent
from kofu.ledger.books.journal import Posting, open_books, store_books
from kofu.ledger.books.quotes import quotes_of
from kofu.ledger.books.verify import verify_ledger
from kofu.ledger.feed.stated import stated_facts
from kofu.ledger.payments import decide_receipt_cases as cases
from kofu.ledger.payments.domain.receipt_cases import ReceiptCaseAnswer

pytestmark = pytest.mark.storage

DUE = date(2025, 6, 30)
SUSPENDED, GIVEN_UP = (
    PrescriptionEvent(Happening.SUSPENDED, date(2026, 2, 1)),
    PrescriptionEvent(Happening.GIVEN_UP, date(2026, 2, 2)),
)
LATER = date(2027, 1, 29)


@pytest.fixture
def connection(system_database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(system_database("ledger").app_url, autocommit=True) as opened:
        yield opened
        report = verify_ledger(opened, every_step=True)
        assert report.holds, report.differences


def balance(connection, claim_id: int):
    with connection.transaction():
        return open_books(connection, claim_ids=[claim_id]).claims[claim_id]


def written_off(connection, claim_id: int, reason: WriteOffReason) -> None:
    proposed = decide_claims.propose_write_off(connection, claim_id, reason, acting=CLERK)
    decide_claims.approve(connection, proposed.decision_id, acting=CHIEF)


def given_up_in_error(connection, number: str = "R1") -> tuple[int, int, int]:
    """A claim written off because 執行停止 and 即時消滅 of another's were put on record; with the two records."""
    claim = owing(connection, number, DUE).claim_id
    suspension = decided(connection, claim, SUSPENDED)
    given_up = decided(connection, claim, GIVEN_UP)
    written_off(connection, claim, WriteOffReason.GIVEN_UP)
    return claim, suspension, given_up


def proposed(connection, claim_id: int, *wrong: int, acting=CLERK):
    return reverse_write_off.propose(
        connection, claim_id, reason="別の方の決定書による", wrong_records=wrong, acting=acting
    )


def approved(connection, decision, acting=CHIEF) -> int:
    return reverse_write_off.approve(connection, decision.decision_id, rules=RULES, acting=acting)


def test_a_write_off_upon_a_wrong_record_is_reversed_with_the_record_by_two_people(connection) -> None:
    """法15条の7第5項: neither could come first; the claim is owed again, and both facts stay on record (P12)."""
    claim, suspension, given_up = given_up_in_error(connection)
    assert refused(lambda: decide_claims.propose_take_back(connection, given_up, reason="誤り", acting=CLERK)) == (
        "written_off_on_it"
    )
    decision = proposed(connection, claim, suspension, given_up)
    assert decision.amount == 31_200
    assert balance(connection, claim).written_off == 30_000, "a proposal moves nothing"
    assert refused(lambda: approved(connection, decision, CLERK)) == "second_person_needed"
    assert refused(lambda: decide_claims.approve(connection, decision.decision_id, acting=CHIEF)) == "decided_elsewhere"
    assert approved(connection, decision) == 31_200
    now = balance(connection, claim)
    assert (now.due, now.written_off, now.interest_due, now.interest_written_off) == (30_000, 0, 1_200, 0)
    assert now.settled_on is None
    assert on_record(connection, claim) == ()
    assert ended(connection, claim).on == date(2030, 7, 1)
    kinds = connection.execute(
        "SELECT DISTINCT entry.kind FROM entry JOIN transfer ON entry_id = entry.id WHERE claim_id = %s"
        " AND kind LIKE 'wr%%' ORDER BY kind",
        [claim],
    ).fetchall()
    assert kinds == [("write_off_reversed",), ("written_off",)]
    assert refused(lambda: approved(connection, decision)) == "decision_state"
    assert refused(lambda: proposed(connection, claim)) == "nothing_written_off"


def test_what_the_law_has_ended_is_not_asked_for_again(connection) -> None:
    """法18条1項, 15条の7第5項: without a wrong record, or with one that did not end it, it stays written off."""
    claim, suspension, given_up = given_up_in_error(connection)
    assert refused(lambda: proposed(connection, claim)) == "extinguished_by_law"
    assert refused(lambda: proposed(connection, claim, suspension)) == "extinguished_by_law"
    assert refused(lambda: proposed(connection, claim, 10_000_000)) == "no_such_event"
    other, _, elsewhere = given_up_in_error(connection, "R2")
    assert other != claim
    assert refused(lambda: proposed(connection, claim, given_up, elsewhere)) == "no_such_event"
    lapsed = owing(connection, "R3", date(2020, 6, 30)).claim_id
    written_off(connection, lapsed, WriteOffReason.PRESCRIBED)
    with pytest.raises(Exception, match=r"2025-07-01.*地方税法第18条第1項"):
        proposed(connection, lapsed)


def test_what_the_law_ends_between_proposal_and_approval_is_not_reversed(connection) -> None:
    claim, suspension, given_up = given_up_in_error(connection)
    decision = proposed(connection, claim, suspension, given_up)
    after_five_years = replace(CHIEF, now=datetime(2030, 7, 1, 3, tzinfo=UTC))
    assert refused(lambda: approved(connection, decision, after_five_years)) == "extinguished_by_law"
    assert balance(connection, claim).written_off == 30_000
    assert len(on_record(connection, claim)) == 2, "nothing half-done"


@pytest.mark.parametrize(
    "missed",
    [
        PrescriptionEvent(Happening.ACKNOWLEDGED, date(2024, 5, 1)),
        PrescriptionEvent(Happening.SEIZED, date(2024, 5, 1)),
        PrescriptionEvent(Happening.GRACE, date(2024, 5, 1), date(2025, 4, 30), ground=DeferralGround.DISASTER),
    ],
)
def test_what_kept_the_claim_alive_and_was_not_on_record_is_recorded_first_and_then_it_is_reversed(
    connection, missed: PrescriptionEvent
) -> None:
    """法18条3項・民法147–152条: what was owed on that day takes its record, written off or not."""
    claim = owing(connection, "M1", date(2021, 6, 30)).claim_id
    written_off(connection, claim, WriteOffReason.PRESCRIBED)
    if missed.happening is Happening.ACKNOWLEDGED:
        record_event(connection, claim, missed, reason="承認書", acting=CLERK)
    else:
        decided(connection, claim, missed)
    assert approved(connection, proposed(connection, claim)) == 31_200
    assert balance(connection, claim).due == 30_000


def test_of_what_is_written_off_nothing_is_put_on_record_as_owed_after_it(connection) -> None:
    """Twin: 限定承認 ends nothing by the clock, and a 差押 after the 不納欠損 is of nothing."""
    claim = owing(connection, "M2", DUE).claim_id
    written_off(connection, claim, WriteOffReason.LIMITED_ACCEPTANCE)
    seizure = PrescriptionEvent(Happening.SEIZED, TODAY)
    assert refused(lambda: decide_claims.propose_event(connection, claim, seizure, reason="調書", acting=CLERK)) == (
        "nothing_due"
    )


def test_interest_runs_as_if_it_had_never_been_written_off(connection) -> None:
    """法326条: 延滞金 runs from the day after the 納期限 until it is paid."""
    claim, suspension, given_up = given_up_in_error(connection)
    never = owing(connection, "N1", DUE).claim_id
    approved(connection, proposed(connection, claim, suspension, given_up))
    quotes = quotes_of(connection, [claim, never], LATER, RULES)
    assert quotes[claim].total == quotes[never].total > 31_200


def test_what_was_paid_in_error_meanwhile_is_placed_at_the_claim(connection) -> None:
    """Paid while nothing was owed it was 誤納; the claim was owed all the time, so it was paid on that day."""
    year = a_year(connection, [25_000], number="20250000001", dues={"1": DUE})
    claim = year.claim("1")
    suspension, given_up = decided(connection, claim, SUSPENDED), decided(connection, claim, GIVEN_UP)
    written_off(connection, claim, WriteOffReason.GIVEN_UP)
    slip = year.slip("1", date(2026, 11, 18), 10_000)
    year.arrive(TODAY, slip)
    assert stated(connection) == [(0, 0)]
    assert year.share(slip, "1").in_error == 10_000
    approved(connection, proposed(connection, claim, suspension, given_up))
    assert (year.share(slip, "1").principal, year.share(slip, "1").in_error) == (10_000, 0)
    assert balance(connection, claim).due == 15_000
    assert stated(connection) == [(25_000, 10_000)]


def stated(connection) -> list[tuple[int, int]]:
    """What the feed says of the year: 期別調定額 and 納付済額."""
    told = stated_facts(connection, WARD, "1", DUE.year)
    return [(part.assessed, part.paid) for notice in told.collections for part in notice.installments]


def test_money_that_waits_because_of_the_write_off_is_decided_first(connection) -> None:
    """領収日順の事案: paid before it was written off, it says by itself what of the 不納欠損 goes."""
    year = a_year(connection, [25_000], number="20250000002", dues={"1": DUE})
    claim = year.claim("1")
    written_off(connection, claim, WriteOffReason.LIMITED_ACCEPTANCE)
    year.arrive(TODAY, year.slip("1", date(2026, 11, 2), 10_000))
    (case,) = cases.list_cases(connection, WARD)
    assert refused(lambda: proposed(connection, claim)) == "receipt_case_first"
    cases.propose(connection, case.id, ReceiptCaseAnswer.REVERSE, reason="領収日が欠損の前", acting=CLERK)
    cases.approve(connection, case.id, rules=RULES, acting=CHIEF)
    assert balance(connection, claim).written_off == 15_000
    approved(connection, proposed(connection, claim))
    now = balance(connection, claim)
    assert (now.paid, now.due, now.written_off) == (10_000, 15_000, 0)


def test_who_proposed_it_withdraws_it_and_another_sends_it_back(connection) -> None:
    claim, *wrong = given_up_in_error(connection)
    decision = proposed(connection, claim, *wrong)
    assert refused(lambda: proposed(connection, claim, *wrong)) == "proposed_already"
    assert refused(lambda: decide_claims.withdraw(connection, decision.decision_id, acting=CHIEF)) == "not_the_proposer"
    assert refused(lambda: decide_claims.decline(connection, decision.decision_id, acting=CLERK)) == (
        "second_person_needed"
    )
    decide_claims.withdraw(connection, decision.decision_id, acting=CLERK)
    again = proposed(connection, claim, *wrong)
    decide_claims.decline(connection, again.decision_id, acting=CHIEF)
    assert refused(lambda: approved(connection, again)) == "decision_state"
    states = connection.execute(
        "SELECT state FROM claim_decision WHERE kind = 'undo_write_off' ORDER BY state"
    ).fetchall()
    assert states == [("declined",), ("withdrawn",)]
    assert balance(connection, claim).written_off == 30_000


def test_a_proposal_the_books_have_left_behind_is_not_approved(connection) -> None:
    claim, *wrong = given_up_in_error(connection)
    decision = proposed(connection, claim, *wrong)
    with connection.transaction():
        books = open_books(connection, claim_ids=[claim])
        books.post_all(posting.reduce(books, claim, 5_000, TODAY, reason="減額更正"))
        store_books(connection, books, Posting(actor="t", booked_on=TODAY, recorded_at=CLERK.now))
    assert refused(lambda: approved(connection, decision)) == "amount_changed"


def close_day(connection, day: date) -> None:
    connection.execute(
        "INSERT INTO day_close (municipality_code, day, totals, digest, closed_by, closed_at)"
        " VALUES (%s, %s, '[]', '', 'x', %s)",
        [WARD, day, CLERK.now],
    )


def test_on_a_closed_day_it_is_booked_on_the_next_open_one(connection) -> None:
    """20 November 2026 is a Friday, the 23rd 勤労感謝の日."""
    claim, *wrong = given_up_in_error(connection)
    decision = proposed(connection, claim, *wrong)
    close_day(connection, TODAY)
    approved(connection, decision)
    row = connection.execute("SELECT booked_on FROM entry WHERE kind = 'write_off_reversed'").fetchall()
    assert row == [(date(2026, 11, 24),)]


def test_a_reversal_booked_on_a_closed_day_is_refused_by_the_database(connection, monkeypatch) -> None:
    """The twin: with the way to an open day off."""
    claim, *wrong = given_up_in_error(connection)
    decision = proposed(connection, claim, *wrong)
    close_day(connection, TODAY)
    monkeypatch.setattr(
        reverse_write_off,
        "posting_now",
        lambda *_, **__: Posting(actor="chief", booked_on=TODAY, recorded_at=CHIEF.now),
    )
    with pytest.raises(psycopg.Error, match="closed"):
        approved(connection, decision)
    assert balance(connection, claim).written_off == 30_000


def test_one_person_alone_could_reverse_it_were_the_second_not_asked_for(connection, monkeypatch) -> None:
    """The twin of the two people."""
    claim, *wrong = given_up_in_error(connection)
    decision = proposed(connection, claim, *wrong)
    asked = decide_claims.waiting_proposal
    monkeypatch.setattr(reverse_write_off, "waiting_proposal", lambda opened, number, _: asked(opened, number))
    assert approved(connection, decision, CLERK) == 31_200


def test_the_books_of_another_day_say_the_same(connection) -> None:
    """Reversed on a later day, it counts from that day: what was written off stays so until then."""
    claim, *wrong = given_up_in_error(connection)
    decision = proposed(connection, claim, *wrong)
    approved(connection, decision, by("chief", LATER))
    row = connection.execute("SELECT effective_on, booked_on FROM entry WHERE kind = 'write_off_reversed'").fetchone()
    assert row == (LATER, LATER)
