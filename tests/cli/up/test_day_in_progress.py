"""The day `kofu up` leaves on the desks is made by the use cases, holds in the books, and can be told on any day."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import psycopg
import pytest
from tests.ledger.worked_ledger import ledger_of

from kofu.cli.up.day_in_progress.desk import Desk
from kofu.cli.up.day_in_progress.story import STORIES, all_told, leave_stories
from kofu.ledger.books.verify import verify_ledger

pytestmark = pytest.mark.storage

#: What waits on the desks: a list of work, and a statement that counts it.
WAITING = {
    "files of payments to post": "SELECT count(*) FROM batch WHERE state = 'checked'",
    "files held for a bad row": "SELECT count(*) FROM batch WHERE state = 'held'",
    "a till that is open": "SELECT count(*) FROM batch WHERE state = 'open'",
    "money no notice is named for": "SELECT count(*) FROM payment WHERE notice_number = repeat('9', 17)",
    "a 速報 cancelled and confirmed": "SELECT count(*) FROM advised_payment WHERE finding <> ''",
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
