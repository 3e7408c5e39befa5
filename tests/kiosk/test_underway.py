"""A job the centre knows no end of is written down before the first page, and reported as unknown after a restart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from tests.kiosk.doubles import FakeCenter, client_of, error

from kofu.contracts.center import SessionPrintResult
from kofu.contracts.issuing import PrintOutcome
from kofu.kiosk.underway import Journal, Underway, report_left

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
JOB = Underway("5" * 32, "7" * 32, 400, NOW)


@pytest.fixture
def journal(tmp_path):
    journal = Journal(tmp_path / "underway")
    journal.begin(JOB)
    return journal


def test_a_job_is_there_until_it_is_ended(journal) -> None:
    assert journal.left() == [JOB]
    journal.end(JOB.request_id)
    journal.end(JOB.request_id)
    assert journal.left() == []


def test_what_is_left_is_reported_as_unknown_with_the_money_that_was_taken(journal) -> None:
    center = FakeCenter()
    assert report_left(journal, client_of(center), journal.left(), NOW) == []
    assert [(r.outcome, r.copies_printed, r.fee_paid) for r in center.reports] == [("unknown", 0, 400)]
    assert (center.ended, journal.left()) == (1, [])


def test_a_centre_that_ended_the_session_has_told_the_ward_itself(journal) -> None:
    center = FakeCenter(instead={"print-result": lambda _: error(404, "session_over")})
    assert report_left(journal, client_of(center), journal.left(), NOW) == []
    assert journal.left() == []


def test_a_centre_that_cannot_be_reached_is_told_later(journal) -> None:
    def dead(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("dead")

    center = FakeCenter(instead={"print-result": dead})
    assert report_left(journal, client_of(center), journal.left(), NOW) == [JOB]
    (kept,) = journal.left()
    assert kept.result is not None
    assert (kept.request_id, kept.result.outcome) == (JOB.request_id, PrintOutcome.UNKNOWN)


def test_an_unknown_result_is_told_again_as_the_same_word_with_the_same_instant(journal) -> None:
    """D2: results are compared whole; a second try some minutes later must not read as another word."""
    told: list[bytes] = []

    def lost(request: httpx.Request) -> httpx.Response:
        told.append(request.content)
        raise httpx.ReadTimeout("the centre has it, the kiosk did not hear so")

    center = FakeCenter(instead={"print-result": lost})
    for minutes in range(2):
        report_left(journal, client_of(center), journal.left(), NOW + timedelta(minutes=minutes))
    assert len(told) == 2
    assert told[0] == told[1]


def test_what_ended_while_the_centre_was_silent_is_reported_as_what_it_was(journal) -> None:
    ended = SessionPrintResult(
        request_id=JOB.request_id, outcome=PrintOutcome.PRINTED, copies_printed=2, fee_paid=400, occurred_at=NOW
    )
    journal.conclude(JOB.session_id, ended)
    center = FakeCenter()
    assert report_left(journal, client_of(center), journal.concluded(), NOW) == []
    assert center.reports == [ended]
    assert journal.left() == []


def test_a_job_still_at_the_printer_is_not_reported_by_the_rounds(journal) -> None:
    assert journal.concluded() == []


def test_a_file_that_is_no_job_stops_nothing(journal) -> None:
    (journal.folder / ("0" * 32 + ".json")).write_text("{")
    assert journal.left() == [JOB]
