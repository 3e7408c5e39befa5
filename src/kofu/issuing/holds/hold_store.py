"""Hold messages in the database: they are added, read, never changed (P7)."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg

from kofu.contracts.issuing import Hold
from kofu.core.kinds import HoldKind
from kofu.issuing.acting.domain.clocks import CLOCKS_APART_MAX
from kofu.issuing.holds.domain.holds import HoldOrigin

LOCK_SPACE = 0x484F_4C44  # "HOLD": keeps this use of advisory locks apart from others
MESSAGE_SPACE = 0x484F_4C4D  # "HOLM": one message of a hold at a time

_COLUMNS = "municipality_code, hold_id, revision, kind, addressee_number, serial, released, effective_from, sent_at"


def lock_hold(connection: psycopg.Connection, municipality_code: str, hold_id: str) -> None:
    """Let messages of one hold come in one after the other, to the end of the caller's transaction.

    Two first messages at once would otherwise both find no owner.
    """
    connection.execute(
        "SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (MESSAGE_SPACE, f"{municipality_code} {hold_id}")
    )


def origin_of(connection: psycopg.Connection, municipality_code: str, hold_id: str) -> HoldOrigin | None:
    """Give what a hold is and whose; None where nobody sent it yet.

    Kind and target are those of the message that stands: before they were checked, a later revision could name others.
    """
    row = connection.execute(
        "SELECT kind, addressee_number, serial, max(sender) OVER () FROM hold_message"
        " WHERE municipality_code = %s AND hold_id = %s ORDER BY revision DESC LIMIT 1",
        (municipality_code, hold_id),
    ).fetchone()
    if row is None:
        return None
    return HoldOrigin(kind=HoldKind(row[0]), addressee_number=row[1], serial=row[2], sender=row[3])


def add_message(connection: psycopg.Connection, hold: Hold, *, sender: str, received_at: datetime) -> bool:
    """Add a message of a sender; False where this revision of the hold is there already."""
    cursor = connection.execute(
        f"INSERT INTO hold_message ({_COLUMNS}, received_at, sender)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
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
            sender,
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


def drain(connection: psycopg.Connection, hold: Hold) -> None:
    """Wait until every release of the hold's person or card that began before is committed or gone.

    A release takes the same lock, shared, before it looks at the holds (`issuing_let_leave`).
    """
    with connection.transaction():
        connection.execute(
            "SELECT pg_advisory_xact_lock(%s, issuing_hold_key(%s, %s, %s))",
            (LOCK_SPACE, hold.municipality_code, hold.addressee_number, hold.serial),
        )


def leaving_until(connection: psycopg.Connection, hold: Hold, now: datetime) -> datetime | None:
    """Give until when a paper the hold is on may still be on its way; None where none is.

    On its way: released, first or again, its time not over, and neither noted as sent nor held back by its worker. Of a
    paper that left once a repeat may be on its way all the same. Its time is over some seconds after its deadline: the
    centre reads that on a clock of its own.
    """
    row = connection.execute(
        "SELECT max(deadline) FROM issuing_request WHERE municipality_code = %s AND open AND state IN ('made', 'sent')"
        " AND may_leave > 0 AND deadline > %s AND (addressee_number = %s OR serial = %s)",
        (hold.municipality_code, now - CLOCKS_APART_MAX, hold.addressee_number, hold.serial),
    ).fetchone()
    return row[0] + CLOCKS_APART_MAX if row and row[0] else None
