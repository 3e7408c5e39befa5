"""Read the journal for the console: what happened, never to whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import psycopg
from psycopg.rows import class_row

from kofu.core.calendar import JST
from kofu.issuing.requests.domain.states import RequestState

SHOWN_MAX = 200
#: A case `c` is about a request `r`: opened for it, or counted with another one's.
_ABOUT_IT = (
    "(c.request_id = r.request_id OR c.case_id IN"
    " (SELECT e.case_id FROM issuing_case_evidence e WHERE e.request_id = r.request_id))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLine:
    """A request in the day's list. `fee_paid` in yen."""

    request_id: str
    received_at: datetime
    kind: str
    fiscal_year: int
    copies: int
    kiosk_id: str
    state: RequestState
    refusal_code: str
    fee_paid: int | None
    reference: str
    cases: int

    def __post_init__(self) -> None:
        """Turn the stored word into the state it names."""
        object.__setattr__(self, "state", RequestState(self.state))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLine:
    """A print result as it came."""

    outcome: str
    copies_printed: int
    fee_paid: int
    occurred_at: datetime
    arrived_at: datetime
    standing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """When what happened to a request; None: not yet."""

    received_at: datetime
    deadline: datetime
    decided_at: datetime | None
    sent_at: datetime | None
    result_at: datetime | None


def _day(day: date) -> tuple[datetime, datetime]:
    start = datetime.combine(day, time(), JST)
    return start, start + timedelta(days=1)


def requests_of_day(
    connection: psycopg.Connection, municipality_code: str, day: date, state: RequestState | None = None
) -> tuple[RequestLine, ...]:
    """List the requests of a day in Japan, the newest first, at most `SHOWN_MAX`."""
    start, end = _day(day)
    with connection.cursor(row_factory=class_row(RequestLine)) as cursor:
        cursor.execute(
            "SELECT r.request_id, r.received_at, r.kind, r.fiscal_year, r.copies, r.kiosk_id, r.state, r.refusal_code,"
            f" r.fee_paid, r.reference, (SELECT count(*) FROM issuing_case c WHERE {_ABOUT_IT}) AS cases"
            " FROM issuing_request r WHERE r.municipality_code = %s AND r.received_at >= %s AND r.received_at < %s"
            " AND (%s::text IS NULL OR r.state = %s) ORDER BY r.received_at DESC, r.request_id LIMIT %s",
            (municipality_code, start, end, state, state, SHOWN_MAX),
        )
        return tuple(cursor.fetchall())


def request_of_reference(connection: psycopg.Connection, municipality_code: str, reference: str) -> str | None:
    """Find the id of the request that bears a 受付番号."""
    row = connection.execute(
        "SELECT request_id FROM issuing_request WHERE municipality_code = %s AND reference = %s AND reference <> ''",
        (municipality_code, reference),
    ).fetchone()
    return row[0] if row else None


def counts_of_day(connection: psycopg.Connection, municipality_code: str, day: date) -> dict[RequestState, int]:
    """Count the requests of a day by state."""
    start, end = _day(day)
    rows = connection.execute(
        "SELECT state, count(*) FROM issuing_request"
        " WHERE municipality_code = %s AND received_at >= %s AND received_at < %s GROUP BY state",
        (municipality_code, start, end),
    ).fetchall()
    return {RequestState(state): count for state, count in rows}


def reasons_of_day(connection: psycopg.Connection, municipality_code: str, day: date) -> tuple[tuple[str, int], ...]:
    """Count the refusals of a day by their true reason, the most frequent first."""
    start, end = _day(day)
    rows = connection.execute(
        "SELECT refusal_code, count(*) FROM issuing_request WHERE municipality_code = %s AND received_at >= %s"
        " AND received_at < %s AND refusal_code <> '' GROUP BY refusal_code ORDER BY count(*) DESC, refusal_code",
        (municipality_code, start, end),
    ).fetchall()
    return tuple((code, count) for code, count in rows)


def moments_of(connection: psycopg.Connection, request_id: str) -> Moments | None:
    """Read when what happened to a request."""
    with connection.cursor(row_factory=class_row(Moments)) as cursor:
        cursor.execute(
            "SELECT received_at, deadline, decided_at, sent_at, result_at FROM issuing_request WHERE request_id = %s",
            (request_id,),
        )
        return cursor.fetchone()


def reports_of(connection: psycopg.Connection, request_id: str) -> tuple[ReportLine, ...]:
    """Read the print results of a request in the order they came."""
    with connection.cursor(row_factory=class_row(ReportLine)) as cursor:
        cursor.execute(
            "SELECT outcome, copies_printed, fee_paid, occurred_at, arrived_at, standing FROM issuing_print_report"
            " WHERE request_id = %s ORDER BY id",
            (request_id,),
        )
        return tuple(cursor.fetchall())


def cases_of(connection: psycopg.Connection, request_id: str) -> tuple[tuple[str, str, bool], ...]:
    """Read id, kind and whether closed of the cases about a request."""
    rows = connection.execute(
        "SELECT c.case_id, c.kind, c.closed_at IS NOT NULL FROM issuing_case c, issuing_request r"
        f" WHERE r.request_id = %s AND {_ABOUT_IT} ORDER BY c.opened_at",
        (request_id,),
    ).fetchall()
    return tuple((case_id, kind, closed) for case_id, kind, closed in rows)
