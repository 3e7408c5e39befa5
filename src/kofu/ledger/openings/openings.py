"""Openings: proposed by one person, approved by another, ended by the clock or early; every reading on record first.

The database decides (migration 0047): the functions called here refuse what two people have not agreed on, and a row
that is out of reach is given only to a transaction that names a reading which was committed before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import class_row

from kofu.core.errors import OperatorFault
from kofu.core.four_eyes import PendingProposal, require_reason
from kofu.ledger.acting.record import record
from kofu.ledger.acting.who_acts import Acting
from kofu.platform.standing_proposals import require_decider

MINUTES_MAX = 480
_LISTED_MAX = 100


@dataclass(frozen=True, slots=True)
class ClaimOpening:
    """An opening as it stands. `standing`: proposed, open, ended (by time) or closed (by a person)."""

    id: UUID
    claim_id: int
    since: date | None
    out_of_reach_from: date | None
    reason: str
    minutes: int
    proposed_by: str
    proposed_at: datetime
    approved_by: str | None
    ends_at: datetime | None
    closed_by: str | None
    readings: int
    standing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedOpening:
    """Which claim is to be opened, why, and for how long (minutes, at most `MINUTES_MAX`)."""

    notice_number: str
    installment: str
    reason: str
    minutes: int


def propose(connection: psycopg.Connection, municipality_code: str, wanted: WantedOpening, *, acting: Acting) -> UUID:
    """Propose an opening. Raises `OperatorFault` `nothing_out_of_reach`, `reason_needed`, `opening_minutes`."""
    reason = require_reason(wanted.reason)
    if not 1 <= wanted.minutes <= MINUTES_MAX:
        raise OperatorFault("opening_minutes", f"an opening lasts 1 to {MINUTES_MAX} minutes")
    opening_id = uuid4()
    with connection.transaction():
        row = connection.execute(
            "SELECT ledger_propose_opening(%s, %s, %s, %s, %s, %s, %s)",
            [
                opening_id, municipality_code, wanted.notice_number, wanted.installment,
                reason, wanted.minutes, acting.actor,
            ],
        ).fetchone()  # fmt: skip
        if row is None or row[0] is None:
            raise OperatorFault("nothing_out_of_reach", "no such claim is out of reach; search for it as usual")
        record(connection, acting, "opening.propose", "proposed", opening=str(opening_id), minutes=wanted.minutes)
    return opening_id


def approve(connection: psycopg.Connection, opening_id: UUID, *, acting: Acting) -> None:
    """Approve what another person proposed: from now on it can be read.

    Raises `OperatorFault` `second_person_needed`, `opening_not_waiting`.
    """
    with connection.transaction():
        with connection.cursor(row_factory=class_row(PendingProposal)) as cursor:
            proposed = cursor.execute(
                "SELECT proposed_by AS by, proposed_at AS at FROM opening_standing WHERE id = %s", [opening_id]
            ).fetchall()
        require_decider(connection, acting.actor, *proposed, what="the opening of a record")
        row = connection.execute("SELECT ledger_approve_opening(%s, %s)", [opening_id, acting.actor]).fetchone()
        if not (row and row[0]):
            raise OperatorFault("opening_not_waiting", "the opening was approved before, or is over; propose it again")
        record(connection, acting, "opening.approve", "opened", opening=str(opening_id))


def close(connection: psycopg.Connection, opening_id: UUID, *, acting: Acting) -> None:
    """End an opening, or its proposal, before its time. Raises `OperatorFault` `opening_over`."""
    with connection.transaction():
        row = connection.execute("SELECT ledger_close_opening(%s, %s)", [opening_id, acting.actor]).fetchone()
        if not (row and row[0]):
            raise OperatorFault("opening_over", "this opening is closed already")
        record(connection, acting, "opening.close", "closed", opening=str(opening_id))


@contextmanager
def reading(connection: psycopg.Connection, opening_id: UUID, *, acting: Acting) -> Iterator[None]:
    """Put a reading on record, commit it, and see the claim inside the block. The connection must be in autocommit.

    Raises `OperatorFault` `opening_over` where nobody approved it, its time is over, or it was closed.
    """
    with connection.transaction():
        row = connection.execute("SELECT ledger_read_opening(%s, %s)", [opening_id, acting.actor]).fetchone()
        if row is None or row[0] is None:
            raise OperatorFault("opening_over", "this opening is not approved, or it is over")
        record(connection, acting, "opening.read", "read", opening=str(opening_id))
    with connection.transaction():
        connection.execute("SELECT set_config('kofu.reading', %s, true)", [str(row[0])])
        yield


def list_openings(connection: psycopg.Connection, municipality_code: str) -> list[ClaimOpening]:
    """List openings, the newest first, at most a hundred."""
    with connection.cursor(row_factory=class_row(ClaimOpening)) as cursor:
        return cursor.execute(
            "SELECT id, claim_id, since, out_of_reach_from, reason, minutes, proposed_by, proposed_at, approved_by,"
            " ends_at, closed_by, readings, standing FROM opening_standing WHERE municipality_code = %s"
            " ORDER BY proposed_at DESC LIMIT %s",
            [municipality_code, _LISTED_MAX],
        ).fetchall()
