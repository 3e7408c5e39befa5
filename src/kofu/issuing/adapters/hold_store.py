"""Hold messages in the database: they are added, read, never changed (P7)."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg

from kofu.contracts.issuing import Hold
from kofu.core.kinds import HoldKind

_COLUMNS = "municipality_code, hold_id, revision, kind, addressee_number, serial, released, effective_from, sent_at"


def add_message(connection: psycopg.Connection, hold: Hold, *, received_at: datetime) -> bool:
    """Add a message; False where this revision of the hold is there already."""
    cursor = connection.execute(
        f"INSERT INTO hold_message ({_COLUMNS}, received_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        (
            hold.municipality_code,
            hold.hold_id,
            hold.revision,
            hold.kind,
            hold.addressee_number,
            hold.serial,
            hold.released,
            hold.effective_from,
            hold.sent_at,
            received_at,
        ),
    )
    return cursor.rowcount == 1


def messages_of(connection: psycopg.Connection, municipality_code: str, hold_id: str) -> tuple[Hold, ...]:
    """Give all messages of a hold, by revision."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM hold_message WHERE municipality_code = %s AND hold_id = %s ORDER BY revision",
        (municipality_code, hold_id),
        prepare=True,
    ).fetchall()
    return tuple(
        Hold(
            municipality_code=row[0],
            hold_id=row[1],
            revision=row[2],
            kind=HoldKind(row[3]),
            addressee_number=row[4],
            serial=row[5],
            released=row[6],
            effective_from=row[7],
            sent_at=row[8].astimezone(UTC),
        )
        for row in rows
    )
