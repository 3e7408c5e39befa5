"""The record of operations as it is stored: the entries of days, the newest first."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import psycopg
from psycopg.rows import args_row

from kofu.core.calendar import begin_of
from kofu.platform.audit_archive import expired_months, segments_over
from kofu.platform.audit_months import SegmentState
from kofu.platform.audit_segment import SegmentFiles, kept_until, rows_in


class StoredEntry(NamedTuple):
    """An entry: its lane, its place in it, its body as JSON."""

    lane: str
    sequence: int
    body: str


class DayRead(NamedTuple):
    """Entries of days, and the months whose files would have more and cannot be read here, with why."""

    entries: list[StoredEntry]
    elsewhere: list[MonthElsewhere]


class MonthElsewhere(NamedTuple):
    """A month of the record that is not here: deleted after seven years, or its file is missing."""

    month: str
    expired: bool


def whole_days(
    connection: psycopg.Connection,
    archive: Path,
    first: date,
    last: date,
    *,
    actor: str = "",
    action: str = "",
    person: str = "",
    limit: int,
) -> DayRead:
    """Read the entries of days, in the database and in the months that left it (`archive`), the newest first."""
    start = begin_of(first)
    end = begin_of(last) + timedelta(days=1)
    found = _entries_between(connection, start, end, _Asked(actor, action, person), limit)
    elsewhere: list[MonthElsewhere] = []
    for month, state in segments_over(connection, start, end):
        files = SegmentFiles(archive, month)
        if state == "expired" or not files.data.exists():
            elsewhere.append(MonthElsewhere(month, state == "expired"))
            continue
        asked = _Asked(actor, action, person)
        rows = [row for row in rows_in(files) if row.instant and start <= row.instant < end and asked.fits(row.body)]
        rows.sort(key=lambda row: row.micros, reverse=True)
        found += [StoredEntry(row.lane, row.sequence, row.body) for row in rows[: limit - len(found)]]
    return DayRead(found, elsewhere)


class _Asked(NamedTuple):
    """What narrows the entries; "" does not."""

    actor: str
    action: str
    person: str

    def fits(self, body: str) -> bool:
        """Whether an entry is one of those asked for."""
        read = json.loads(body)
        own = all(not word or read.get(key) == word for key, word in (("actor", self.actor), ("action", self.action)))
        return own and (not self.person or self.person in {read.get("subject"), *read.get("subjects", ())})


def _entries_between(
    connection: psycopg.Connection, start: datetime, end: datetime, asked: _Asked, limit: int
) -> list[StoredEntry]:
    """Read the entries between two instants that are still in the database, at most `limit`."""
    with connection.cursor(row_factory=args_row(StoredEntry)) as cursor:
        return cursor.execute(
            "SELECT lane, sequence, body FROM audit_entry WHERE recorded_at >= %s AND recorded_at < %s"
            " AND (%s = '' OR body::json->>'actor' = %s) AND (%s = '' OR body::json->>'action' = %s)"
            " AND (%s = '' OR position(%s IN body) > 0) ORDER BY recorded_at DESC, lane, sequence DESC LIMIT %s",
            (start, end, *(word for word in asked for _ in range(2)), limit),
        ).fetchall()


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedMonth:
    """A month that left the database. `due`: its seven years are over and two people are to delete it."""

    month: str
    state: SegmentState
    kept_until: date
    due: bool


def archived_months(connection: psycopg.Connection, today: date) -> list[ArchivedMonth]:
    """List the months outside the database, the newest first."""
    due = set(expired_months(connection, today=today))
    rows = connection.execute("SELECT month, state FROM audit_segment ORDER BY month DESC").fetchall()
    return [
        ArchivedMonth(month=month, state=SegmentState(state), kept_until=kept_until(month), due=month in due)
        for month, state in rows
    ]
