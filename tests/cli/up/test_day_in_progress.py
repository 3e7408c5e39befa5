"""The day `kofu up` leaves on the desks is made by the use cases, holds in the books, and can be told on any day."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import psycopg
import pytest
from tests.ledger.worked_ledger import ledger_of

from kofu.cli.up.day_in_progress.desk import Desk
from kofu.cli.up.day_in_progress.story import STORIES, all_told, leave_stories
from kofu.ledger.books.claim_terms import extinctions
from kofu.ledger.books.domain.prescription import ExtinctionCause
from kofu.ledger.books.verify import verify_ledger

pytestmark = pytest.mark.storage

#: What waits on the desks: a list of work, and a statement that counts it.
WAITING = {
    "files of payments to post": "SELECT count(*) FROM batch WHERE state = 'checked'",
    "files held for a bad row": "SELECT count(*) FROM batch WHERE state = 'held'",
    "a till that is open": "SELECT count(*) FROM batch WHERE state = 'open'",
    "money no notice is named for": "SELECT count(*) FROM payment WHERE notice_number = repeat('9', 17)",
    "more of it": "SELECT count(*) FROM payment WHERE notice_number = repeat('8', 17)",
    "a slip paid twice": (
        "SELECT count(*) FROM (SELECT FROM advised_payment WHERE state = 'confirmed'"
        " GROUP BY notice_number, installment HAVING count(*) > 1) AS twice"
    ),
    "an account with too little money": "SELECT count(*) FROM batch WHERE kind = 'debit_result' AND state = 'checked'",
    "two numbers of one person to merge": "SELECT count(*) FROM addressee_merge",
    "a 納税管理人 outside the ward": "SELECT count(*) FROM tax_agent WHERE NOT inside",
    "a refund of a dead person with heirs": (
        "SELECT count(*) FROM refund_case JOIN taxpayer USING (municipality_code, addressee_number)"
        " JOIN inheritance USING (municipality_code, addressee_number) WHERE status = 'dead'"
    ),
    "money appropriated to what is owed": "SELECT count(*) FROM refund_case WHERE plan -> 'applied' <> '[]'",
    "a 督促 list to approve": "SELECT count(*) FROM dunning_run WHERE state = 'drawn'",
    "a 速報 cancelled and confirmed": "SELECT count(*) FROM advised_payment WHERE finding <> ''",
    "a 速報 whose 確報 is overdue": (
        "SELECT count(*) FROM advised_payment WHERE state = 'advised' AND advised_on < changed_at::date + 1"
        " AND advised_on < (SELECT max(booked_on) FROM batch) - 14"
    ),
    "a 不納欠損 to decide": "SELECT count(*) FROM claim_decision WHERE kind = 'write_off' AND state = 'proposed'",
    "refunds to approve": "SELECT count(*) FROM refund_case WHERE state = 'proposed'",
    "refunds sent back": "SELECT count(*) FROM refund_case WHERE state = 'sent_back'",
    "refunds to notify": "SELECT count(*) FROM refund_case WHERE state = 'approved'",
    "refunds nobody has claimed": "SELECT count(*) FROM refund_case WHERE state = 'notified'",
    "refunds to pay": "SELECT count(*) FROM refund_case WHERE state = 'claimed'",
    "refunds that came back": "SELECT count(*) FROM refund_case WHERE state = 'returned'",
    "assessments to post": "SELECT count(*) FROM received_file WHERE state = 'checked'",
    "accounts of 口座振替": "SELECT count(*) FROM debit_mandate",
    "a correction to decide": "SELECT count(*) FROM payment_correction WHERE state = 'proposed'",
}


DONE = {None: "nothing done", "grace": "猶予", "suspended": "停止", "seized": "差押"}


def how_old_claims_stand(desk: Desk) -> dict[str, ExtinctionCause | str]:
    """Say of each 期別 near five years or past them what was done about it, and what the law makes of it today."""
    rows = desk.connection.execute(
        "SELECT claim.id, claim.due_date, event.happening FROM claim JOIN notice ON notice.id = claim.notice_id"
        " LEFT JOIN arrears_event AS event ON event.claim_id = claim.id WHERE claim.due_date < %s",
        [desk.today - timedelta(days=4 * 365 + 180)],
    ).fetchall()
    ended = extinctions(desk.connection, [claim_id for claim_id, *_ in rows])
    five_years_ago = desk.today.replace(year=desk.today.year - 5)
    return {
        f"{DONE[happening]}, {'past' if due < five_years_ago else 'near'}": (
            "stayed"
            if ended[claim_id].on is None
            else ended[claim_id].cause
            if ended[claim_id].on <= desk.today
            else "owed"
        )
        for claim_id, due, happening in rows
    }


@pytest.mark.parametrize("today", [date(2026, 11, 29), date(2026, 4, 2), date(2026, 1, 4)], ids=str)
def test_every_story_is_told_once_and_the_books_hold(system_database, tmp_path: Path, today: date) -> None:
    """On a Sunday, on the second day of a fiscal year, at New Year (P12); between the years less is due."""
    note = tmp_path / "day.json"
    with psycopg.connect(system_database("ledger").owner_url, autocommit=True) as connection:
        desk = ledger_of(connection, tmp_path / "ward", today)
        assert not all_told(note)
        assert leave_stories(desk, note) == []
        assert all_told(note)
        assert leave_stories(desk, note) == [], "a story told is not told again"
        counts = {name: connection.execute(statement).fetchone() for name, statement in WAITING.items()}
        assert how_old_claims_stand(desk) == {
            "nothing done, past": ExtinctionCause.PRESCRIBED,
            "nothing done, near": "owed",
            "猶予, past": "owed",
            "猶予, near": "owed",
            "停止, past": ExtinctionCause.SUSPENDED_THREE_YEARS,
            "停止, near": "owed",
            "差押, past": "stayed",
            "差押, near": "stayed",
        }
        empty = [name for name, count in counts.items() if count == (0,)]
        assert empty == [] or today.month == 4, empty
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with connection.transaction():
            assert verify_ledger(connection, every_step=True).holds
    assert [path.name[0] for path in sorted(desk.samples.iterdir())] == ["1", "2", "3"]


def test_a_story_that_cannot_be_told_is_named_and_the_others_are(system_database, tmp_path: Path) -> None:
    with psycopg.connect(system_database("ledger").owner_url, autocommit=True) as connection:
        desk = ledger_of(connection, tmp_path / "ward", date(2026, 11, 29))
        late = Desk(**{name: getattr(desk, name) for name in desk.__slots__} | {"now": desk.now + timedelta(days=30)})
        failed = leave_stories(late, tmp_path / "day.json")
    assert 0 < len(failed) < len(STORIES)
    assert any("前日の収納と締め" in line and "days_open_before" in line for line in failed), failed
