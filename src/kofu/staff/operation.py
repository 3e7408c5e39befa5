"""How a system runs, for who maintains it and must see no person: its record counted, never shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import psycopg

from kofu.core.calendar import begin_of


@dataclass(frozen=True, slots=True)
class OperationCount:
    """How often an operation ended in a way on a day: neither who did it nor whom it concerned. `last_at` aware."""

    action: str
    result: str
    times: int
    last_at: datetime


def operations_of(connection: psycopg.Connection, day: date) -> list[OperationCount]:
    """Count the entries of the audit log of a day in Japan by operation and result, the most failures first."""
    begins = begin_of(day)
    rows = connection.execute(
        "SELECT body::json->>'action', body::json->>'result', count(*), max(recorded_at) FROM audit_entry"
        " WHERE recorded_at >= %s AND recorded_at < %s GROUP BY 1, 2"
        " ORDER BY body::json->>'result' = 'failed' DESC, 3 DESC, 1, 2",
        [begins, begins + timedelta(days=1)],
    ).fetchall()
    return [OperationCount(*row) for row in rows]
