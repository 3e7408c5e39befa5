"""The record of operations as it is stored: the entries of a day, the newest first."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import NamedTuple

import psycopg
from psycopg.rows import args_row

from kofu.core.calendar import JST


class StoredEntry(NamedTuple):
    """An entry: its lane, its place in it, its body as JSON."""

    lane: str
    sequence: int
    body: str


def entries_of_day(
    connection: psycopg.Connection, day: date, *, actor: str = "", action: str = "", person: str = "", limit: int
) -> list[StoredEntry]:
    """Read the entries of a day in Japan, at most `limit`; `actor`, `action`, `person` (pseudonym) narrow them."""
    start = datetime.combine(day, time(), JST)
    with connection.cursor(row_factory=args_row(StoredEntry)) as cursor:
        return cursor.execute(
            "SELECT lane, sequence, body FROM audit_entry WHERE recorded_at >= %s AND recorded_at < %s"
            " AND (%s = '' OR body::json->>'actor' = %s) AND (%s = '' OR body::json->>'action' = %s)"
            " AND (%s = '' OR body::json->>'subject' = %s) ORDER BY recorded_at DESC, lane, sequence DESC LIMIT %s",
            (start, start + timedelta(days=1), actor, actor, action, action, person, person, limit),
        ).fetchall()
