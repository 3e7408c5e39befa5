"""Applications of the counter in PostgreSQL. Every function works inside the caller's transaction; none commits.

The tables are append-only, so nothing is locked by reading it: an application is held by a transaction lock of its id,
and the position of an event is unique in it. Both end with the transaction (P3) and mean the same for one process and
for many (P5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from kofu.core.errors import OperatorFault
from kofu.core.kinds import CertificateKind
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.counter.domain.rules import Applicant, CounterApplication
from kofu.ledger.counter.domain.states import COUNTER_LIFE, CounterEvent, CounterState
from kofu.ledger.counter.event_detail import EventDetail, detail_to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredApplication:
    """An application as stored, and where it stands: `state` after its last event, which has `position`."""

    id: UUID
    number: int
    municipality_code: str
    addressee_number: str
    body_digest: str
    office: str
    replaces: UUID | None
    asked: CounterApplication
    state: CounterState
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterCopy:
    """One copy as the ledger has it: number, what it was made from, digests (hex), fee in yen."""

    certificate_number: str
    position: int
    fiscal_year: int
    title: str
    form_version: str
    as_of: date
    last_sequence: int
    fee: int
    sha256: str
    facts_digest: str
    pages: int


def lock_application(connection: psycopg.Connection, application_id: UUID) -> None:
    """Hold an application until the caller's transaction ends."""
    connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('counter application ' || %s, 0))", [str(application_id)]
    )


def insert_application(
    connection: psycopg.Connection,
    application_id: UUID,
    asked: CounterApplication,
    *,
    municipality_code: str,
    addressee_number: str,
    body_digest: str,
    office: str,
    replaces: UUID | None,
    acting: Acting,
) -> None:
    """Add an application."""
    connection.execute(
        "INSERT INTO counter_application (id, municipality_code, addressee_number, body_digest, applicant,"
        " applicant_name, right_shown, identity, purpose, kind, years, copies, plate_number, free_reason,"
        " unpaid_accepted, office, replaces_id, applied_by, applied_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            application_id, municipality_code, addressee_number, body_digest, asked.applicant, asked.applicant_name,
            asked.right_shown, Jsonb(list(asked.identity)), asked.purpose, asked.kind, Jsonb(list(asked.years)),
            asked.copies, asked.plate_number, asked.free_reason, asked.unpaid_accepted, office, replaces,
            acting.actor, acting.now,
        ],
    )  # fmt: skip


def find_application(connection: psycopg.Connection, application_id: UUID) -> StoredApplication | None:
    """Read an application and where it stands, or None."""
    row = connection.execute(
        "SELECT id, number, municipality_code, addressee_number, body_digest, office, replaces_id, applicant,"
        " applicant_name, right_shown, identity, purpose, kind, years, copies, plate_number, free_reason,"
        " unpaid_accepted, last.state, last.position FROM counter_application,"
        " LATERAL (SELECT state, position FROM counter_event WHERE application_id = counter_application.id"
        " ORDER BY position DESC LIMIT 1) AS last WHERE id = %s",
        [application_id],
    ).fetchone()
    if row is None:
        return None
    return StoredApplication(
        id=row[0],
        number=row[1],
        municipality_code=row[2],
        addressee_number=row[3],
        body_digest=row[4],
        office=row[5],
        replaces=row[6],
        asked=CounterApplication(
            applicant=Applicant(row[7]),
            applicant_name=row[8],
            right_shown=row[9],
            identity=tuple(row[10]),
            purpose=row[11],
            kind=CertificateKind(row[12]),
            years=tuple(row[13]),
            copies=row[14],
            plate_number=row[15],
            free_reason=row[16],
            unpaid_accepted=row[17],
        ),
        state=CounterState(row[18]),
        position=row[19],
    )


def application(connection: psycopg.Connection, application_id: UUID) -> StoredApplication:
    """Read an application. Raises `OperatorFault` `no_such_application`."""
    found = find_application(connection, application_id)
    if found is None:
        raise OperatorFault("no_such_application", "there is no such application")
    return found


def lock_and_read(connection: psycopg.Connection, application_id: UUID) -> StoredApplication:
    """Hold an application, then read it as it stands. Raises `OperatorFault` `no_such_application`."""
    lock_application(connection, application_id)
    return application(connection, application_id)


def record_event(
    connection: psycopg.Connection,
    stored: StoredApplication,
    event: CounterEvent,
    *,
    office: str,
    acting: Acting,
    reason: str = "",
    fee: int = 0,
    detail: EventDetail | None = None,
) -> CounterState:
    """Add an event to a held application; give the state after it. `fee`: yen taken, negative where given back.

    Raises `OperatorFault` `counter_state` where it cannot happen now.
    """
    state = COUNTER_LIFE.after(stored.state, event)
    add_event(
        connection, stored.id, stored.position + 1, event, state,
        office=office, acting=acting, reason=reason, fee=fee, detail=detail,
    )  # fmt: skip
    return state


def add_event(
    connection: psycopg.Connection,
    application_id: UUID,
    position: int,
    event: CounterEvent,
    state: CounterState,
    *,
    office: str,
    acting: Acting,
    reason: str = "",
    fee: int = 0,
    detail: EventDetail | None = None,
) -> None:
    """Add an event at a position of its own."""
    connection.execute(
        "INSERT INTO counter_event (application_id, position, event, state, actor, office, occurred_at, reason, fee,"
        " detail) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            application_id, position, event, state, acting.actor, office, acting.now, reason, fee,
            Jsonb(detail_to_json(detail)),
        ],
    )  # fmt: skip


def next_sequence(connection: psycopg.Connection) -> int:
    """Take the next running number of the counter's 発行番号 (P4). A number taken is never given again."""
    row = connection.execute("SELECT nextval('counter_certificate_number')").fetchone()
    return int(row[0]) if row else 0


def add_copies(connection: psycopg.Connection, application_id: UUID, copies: Sequence[CounterCopy]) -> None:
    """Add the copies of an issue."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO counter_copy (certificate_number, application_id, position, fiscal_year, title, form_version,"
            " as_of, last_sequence, fee, sha256, facts_digest, pages)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    copy.certificate_number, application_id, copy.position, copy.fiscal_year, copy.title,
                    copy.form_version, copy.as_of, copy.last_sequence, copy.fee, copy.sha256, copy.facts_digest,
                    copy.pages,
                )
                for copy in copies
            ],
        )  # fmt: skip


def copies_of(connection: psycopg.Connection, application_id: UUID) -> tuple[CounterCopy, ...]:
    """Read the copies of an application, in their order."""
    with connection.cursor(row_factory=class_row(CounterCopy)) as cursor:
        return tuple(
            cursor.execute(
                "SELECT certificate_number, position, fiscal_year, title, form_version, as_of, last_sequence, fee,"
                " sha256, facts_digest, pages FROM counter_copy WHERE application_id = %s ORDER BY position",
                [application_id],
            ).fetchall()
        )
