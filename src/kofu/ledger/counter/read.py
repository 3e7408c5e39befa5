"""What the counters did, read for screens: applications of a day, one application's story, fees of a day, cases.

Reads only. Fees are yen: taken at the hand-over, negative where given back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row, kwargs_row

from kofu.certificates.domain.findings import Signature
from kofu.core.calendar import begin_of, day_in_japan
from kofu.ledger.counter.cases import signatures_of
from kofu.ledger.counter.event_detail import EventDetail, detail_from_json
from kofu.ledger.people.domain.numbers import PersonNumbers
from kofu.ledger.people.numbers import numbers_of

LINES_MAX = 1_000


@dataclass(frozen=True, slots=True)
class ApplicationLine:
    """An application as a list shows it. `fee`: yen taken less what was given back."""

    id: UUID
    number: int
    person_id: int
    addressee_number: str
    name: str
    protected: bool
    kind: str
    years: list[int]
    copies: int
    applicant: str
    office: str
    applied_by: str
    applied_at: datetime
    state: str
    issued: int
    fee: int


@dataclass(frozen=True, slots=True)
class EventLine:
    """What happened to an application."""

    event: str
    state: str
    actor: str
    office: str
    occurred_at: datetime
    reason: str
    fee: int
    detail: EventDetail | None


@dataclass(frozen=True, slots=True)
class FeeLine:
    """Of one office, clerk and kind: papers handed over, how many of them free; yen taken and given back."""

    office: str
    actor: str
    kind: str
    copies: int
    free: int
    taken: int
    returned: int

    @property
    def net(self) -> int:
        """Yen the office keeps."""
        return self.taken - self.returned


@dataclass(frozen=True, slots=True)
class CounterCaseLine:
    """A case; closed where two people have signed."""

    id: UUID
    number: int
    kind: str
    summary: str
    evidence: list[str]
    stops: bool
    opened_by: str
    opened_at: datetime
    signed: int
    application_id: UUID | None
    application_number: int | None

    @property
    def closed(self) -> bool:
        """Whether two people have signed."""
        return self.signed >= 2  # noqa: PLR2004 - two people (P9)


_LINE = (
    "SELECT a.id, a.number, taxpayer.id AS person_id, taxpayer.addressee_number, taxpayer.name, taxpayer.protected,"
    " a.kind, a.years, a.copies,"
    " a.applicant, a.office, a.applied_by, a.applied_at, last.state,"
    " (SELECT count(*) FROM counter_copy WHERE application_id = a.id) AS issued,"
    " (SELECT coalesce(sum(fee), 0) FROM counter_event WHERE application_id = a.id) AS fee"
    " FROM counter_application AS a JOIN taxpayer USING (municipality_code, addressee_number),"
    " LATERAL (SELECT state FROM counter_event WHERE application_id = a.id ORDER BY position DESC LIMIT 1) AS last"
    " WHERE a.municipality_code = %s"
)


#: Applications whose last event asked for a second person; an index holds just these events.
_WAITING = (
    "SELECT asked.application_id FROM counter_event AS asked WHERE asked.state = 'waiting' AND NOT EXISTS"
    " (SELECT FROM counter_event AS later WHERE later.application_id = asked.application_id"
    " AND later.position > asked.position)"
)


def applications_of_day(
    connection: psycopg.Connection, municipality_code: str, day: date, office: str | None
) -> list[ApplicationLine]:
    """List the applications taken on a day in Japan, the newest first; of one office, or of all (None)."""
    first, next_day = day_bounds(day)
    with connection.cursor(row_factory=class_row(ApplicationLine)) as cursor:
        return cursor.execute(
            f"{_LINE} AND a.applied_at >= %s AND a.applied_at < %s AND (%s::text IS NULL OR a.office = %s)"
            f" ORDER BY a.number DESC LIMIT {LINES_MAX}",
            [municipality_code, first, next_day, office, office],
        ).fetchall()


def applications_of_person(
    connection: psycopg.Connection, municipality_code: str, addressee_number: str
) -> list[ApplicationLine]:
    """List a person's applications, the newest first."""
    with connection.cursor(row_factory=class_row(ApplicationLine)) as cursor:
        return cursor.execute(
            f"{_LINE} AND a.addressee_number = ANY(%s) ORDER BY a.number DESC LIMIT {LINES_MAX}",
            [municipality_code, list(numbers_of(connection, municipality_code, addressee_number))],
        ).fetchall()


def application_line(
    connection: psycopg.Connection, municipality_code: str, application_id: UUID
) -> ApplicationLine | None:
    """Give one application as lists show it, or None."""
    with connection.cursor(row_factory=class_row(ApplicationLine)) as cursor:
        return cursor.execute(f"{_LINE} AND a.id = %s", [municipality_code, application_id]).fetchone()


def waiting_for_approval(connection: psycopg.Connection, municipality_code: str) -> list[ApplicationLine]:
    """List the applications that wait for a second person, the oldest first."""
    with connection.cursor(row_factory=class_row(ApplicationLine)) as cursor:
        return cursor.execute(
            f"{_LINE} AND a.id IN ({_WAITING}) ORDER BY a.number LIMIT {LINES_MAX}", [municipality_code]
        ).fetchall()


def count_waiting(connection: psycopg.Connection, municipality_code: str) -> int:
    """Count them."""
    row = connection.execute(
        f"SELECT count(*) FROM counter_application WHERE municipality_code = %s AND id IN ({_WAITING})",
        [municipality_code],
    ).fetchone()
    return int(row[0]) if row else 0


def _event_line(*, event: str, detail: object, **columns: Any) -> EventLine:
    """Make an event of a row, with what it keeps read as values."""
    return EventLine(event=event, detail=detail_from_json(event, detail), **columns)


def events_of(connection: psycopg.Connection, application_id: UUID) -> list[EventLine]:
    """List what happened to an application, in order."""
    with connection.cursor(row_factory=kwargs_row(_event_line)) as cursor:
        return cursor.execute(
            "SELECT event, state, actor, office, occurred_at, reason, fee, detail FROM counter_event"
            " WHERE application_id = %s ORDER BY position",
            [application_id],
        ).fetchall()


def linked_to(
    connection: psycopg.Connection, application_id: UUID
) -> tuple[tuple[UUID, int] | None, tuple[UUID, int] | None]:
    """Give what an application replaces, and what replaces it: id and number, or None."""
    before = connection.execute(
        "SELECT b.id, b.number FROM counter_application a JOIN counter_application b ON b.id = a.replaces_id"
        " WHERE a.id = %s",
        [application_id],
    ).fetchone()
    later = connection.execute(
        "SELECT id, number FROM counter_application WHERE replaces_id = %s", [application_id]
    ).fetchone()
    return (
        (before[0], int(before[1])) if before is not None else None,
        (later[0], int(later[1])) if later is not None else None,
    )


def fees_of_day(connection: psycopg.Connection, municipality_code: str, day: date, office: str | None) -> list[FeeLine]:
    """Sum the papers and fees of a day in Japan by office, clerk and kind; of one office, or of all (None).

    A paper counts where and when it was handed over, a fee given back where and when it was.
    """
    first, next_day = day_bounds(day)
    with connection.cursor(row_factory=class_row(FeeLine)) as cursor:
        return cursor.execute(
            "SELECT e.office, e.actor, a.kind,"
            " coalesce(sum(papers.copies) FILTER (WHERE e.event = 'hand_over'), 0)::bigint AS copies,"
            " coalesce(sum(papers.free) FILTER (WHERE e.event = 'hand_over'), 0)::bigint AS free,"
            " coalesce(sum(e.fee) FILTER (WHERE e.fee > 0), 0)::bigint AS taken,"
            " coalesce(-sum(e.fee) FILTER (WHERE e.fee < 0), 0)::bigint AS returned"
            " FROM counter_event e JOIN counter_application a ON a.id = e.application_id,"
            " LATERAL (SELECT count(*) AS copies, count(*) FILTER (WHERE fee = 0) AS free FROM counter_copy"
            " WHERE application_id = a.id) AS papers"
            " WHERE a.municipality_code = %s AND e.event IN ('hand_over', 'void') AND e.occurred_at >= %s"
            " AND e.occurred_at < %s AND (%s::text IS NULL OR e.office = %s) AND (e.event = 'hand_over' OR e.fee <> 0)"
            " GROUP BY e.office, e.actor, a.kind ORDER BY e.office, e.actor, a.kind",
            [municipality_code, first, next_day, office, office],
        ).fetchall()


def left_of_day(
    connection: psycopg.Connection, municipality_code: str, day: date, office: str | None
) -> list[ApplicationLine]:
    """List a day's applications that were issued and neither handed over nor voided: papers still in the office."""
    return [line for line in applications_of_day(connection, municipality_code, day, office) if line.state == "issued"]


def voided_numbers(connection: psycopg.Connection, municipality_code: str) -> list[tuple[str, date]]:
    """Give the 発行番号 of every paper whose application was voided, with the day in Japan it was, the oldest first."""
    rows = connection.execute(
        "SELECT c.certificate_number, e.occurred_at FROM counter_copy c"
        " JOIN counter_event e ON e.application_id = c.application_id AND e.event = 'void'"
        " JOIN counter_application a ON a.id = c.application_id WHERE a.municipality_code = %s"
        " ORDER BY e.occurred_at, c.certificate_number",
        [municipality_code],
    )
    return [(number, day_in_japan(voided_at)) for number, voided_at in rows]


def people_of_counter_papers(
    connection: psycopg.Connection, municipality_code: str, numbers: Iterable[str]
) -> list[str]:
    """Give the 宛名番号 of whose papers of the counter bear certificate numbers (発行番号)."""
    rows = connection.execute(
        "SELECT DISTINCT a.addressee_number FROM counter_copy c JOIN counter_application a ON a.id = c.application_id"
        " WHERE a.municipality_code = %s AND c.certificate_number = ANY(%s)",
        [municipality_code, list(numbers)],
    )
    return [number for (number,) in rows]


_CASE = (
    "SELECT c.id, c.number, c.kind, c.summary, c.evidence, c.stops, c.opened_by, c.opened_at,"
    " counter_case_signers(c.id) AS signed, c.application_id,"
    " a.number AS application_number FROM counter_case c LEFT JOIN counter_application a ON a.id = c.application_id"
    " WHERE c.municipality_code = %s"
)


def cases(connection: psycopg.Connection, municipality_code: str) -> list[CounterCaseLine]:
    """List the cases, open ones first, then the newest."""
    with connection.cursor(row_factory=class_row(CounterCaseLine)) as cursor:
        found = cursor.execute(f"{_CASE} ORDER BY c.number DESC LIMIT {LINES_MAX}", [municipality_code]).fetchall()
    return sorted(found, key=lambda case: case.closed)


def case_of(
    connection: psycopg.Connection, municipality_code: str, case_id: UUID
) -> tuple[CounterCaseLine, tuple[Signature, ...]] | None:
    """Read a case with its findings, or None."""
    with connection.cursor(row_factory=class_row(CounterCaseLine)) as cursor:
        found = cursor.execute(f"{_CASE} AND c.id = %s", [municipality_code, case_id]).fetchone()
    return None if found is None else (found, signatures_of(connection, case_id))


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """Give the instants a day in Japan begins and ends at."""
    first = begin_of(day)
    return first, first + timedelta(days=1)


def plates_of(connection: psycopg.Connection, municipality_code: str, numbers: PersonNumbers) -> list[str]:
    """List the plates (標識番号) a person has had a notice for."""
    rows = connection.execute(
        "SELECT DISTINCT plate_number FROM notice WHERE municipality_code = %s AND addressee_number = ANY(%s)"
        " AND plate_number <> '' ORDER BY 1",
        [municipality_code, list(numbers)],
    ).fetchall()
    return [plate for (plate,) in rows]
