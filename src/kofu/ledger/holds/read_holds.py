"""発行停止・更正処理中 as their screen shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from kofu.platform.hold_outbox import TO_BE_SENT


@dataclass(frozen=True, slots=True)
class HoldLine:
    """A hold as the list shows it. `arrived`: `issuing` has its last message."""

    id: UUID
    person_id: int | None
    addressee_number: str
    name: str
    kind: str
    fiscal_year: int | None
    from_file: bool
    reason: str
    set_by: str
    set_at: datetime
    settled_by: str
    settled_at: datetime | None
    generation: int | None
    arrived: bool


@dataclass(frozen=True, slots=True)
class HoldSubject:
    """What kind of hold it is, and whom it is about."""

    kind: str
    addressee_number: str


def count_unsent(connection: psycopg.Connection) -> int:
    """Count the messages that did not arrive yet and that failed at least once."""
    row = connection.execute(f"SELECT count(*) FROM hold_outbox WHERE {TO_BE_SENT} AND attempts > 0").fetchone()
    return int(row[0]) if row else 0


def standing_holds(connection: psycopg.Connection, municipality_code: str) -> list[HoldLine]:
    """List who is held now, the latest first."""
    with connection.cursor(row_factory=class_row(HoldLine)) as cursor:
        return cursor.execute(_STANDING, [municipality_code]).fetchall()


def hold_subject(connection: psycopg.Connection, municipality_code: str, hold_id: UUID) -> HoldSubject | None:
    """Read whom a hold is about; None where the municipality has none such."""
    with connection.cursor(row_factory=class_row(HoldSubject)) as cursor:
        return cursor.execute(
            "SELECT kind, addressee_number FROM issuance_hold WHERE municipality_code = %s AND id = %s",
            [municipality_code, hold_id],
        ).fetchone()


_STANDING = """
    SELECT hold.id, taxpayer.id AS person_id, hold.addressee_number, coalesce(taxpayer.name, '') AS name, hold.kind,
        hold.fiscal_year, hold.file_id IS NOT NULL AS from_file, hold.reason, hold.set_by, hold.set_at, hold.settled_by,
        hold.settled_at, hold.generation,
        NOT EXISTS (SELECT FROM issuance_hold_message AS message JOIN hold_outbox
            ON hold_outbox.hold_id = message.message_id
            WHERE message.hold_id = hold.id AND delivered_at IS NULL AND discarded_at IS NULL) AS arrived
    FROM issuance_hold AS hold LEFT JOIN taxpayer USING (municipality_code, addressee_number)
    WHERE hold.municipality_code = %s AND hold.released_at IS NULL
    ORDER BY hold.set_at DESC, hold.id
"""
