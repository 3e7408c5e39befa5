"""Read the journal for the console: what happened, never to whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import psycopg
from psycopg.rows import class_row

from kofu.core.calendar import begin_of
from kofu.issuing.requests.domain.states import RequestState
from kofu.platform.stored_rows import StoredRows

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


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSearch:
    """Which requests: received from `first` to `last`, days in Japan; "" and None do not narrow."""

    first: date
    last: date
    state: RequestState | None = None
    kind: str = ""
    refusal_code: str = ""
    kiosk_id: str = ""


#: Without the state, since the counts are by state.
_SOUGHT = (
    " FROM issuing_request r WHERE r.municipality_code = %(code)s AND r.received_at >= %(start)s"
    " AND r.received_at < %(end)s AND (%(kind)s = '' OR r.kind = %(kind)s)"
    " AND (%(refusal)s = '' OR r.refusal_code = %(refusal)s) AND (%(kiosk)s = '' OR r.kiosk_id = %(kiosk)s)"
)
_OF_STATE = " AND (%(state)s::text IS NULL OR r.state = %(state)s)"


def values_of(municipality_code: str, sought: RequestSearch) -> dict[str, object]:
    """Give the values of a search as its statements name them."""
    return {
        "code": municipality_code,
        "start": begin_of(sought.first),
        "end": begin_of(sought.last) + timedelta(days=1),
        "state": sought.state,
        "kind": sought.kind,
        "refusal": sought.refusal_code,
        "kiosk": sought.kiosk_id,
    }


#: The requests sought (`values_of`), the newest first.
REQUESTS = StoredRows(
    row=RequestLine,
    query=(
        "SELECT r.request_id, r.received_at, r.kind, r.fiscal_year, r.copies, r.kiosk_id, r.state, r.refusal_code,"
        f" r.fee_paid, r.reference, (SELECT count(*) FROM issuing_case c WHERE {_ABOUT_IT}) AS cases"
        f"{_SOUGHT}{_OF_STATE}"
    ),
    order="received_at DESC, request_id",
    instants=frozenset({"received_at"}),
)


def request_of_reference(connection: psycopg.Connection, municipality_code: str, reference: str) -> str | None:
    """Find the id of the request that bears a 受付番号."""
    row = connection.execute(
        "SELECT request_id FROM issuing_request WHERE municipality_code = %s AND reference = %s AND reference <> ''",
        (municipality_code, reference),
    ).fetchone()
    return row[0] if row else None


def counts_by_state(
    connection: psycopg.Connection, municipality_code: str, sought: RequestSearch
) -> dict[RequestState, int]:
    """Count requests by state; the state sought narrows nothing here."""
    rows = connection.execute(
        f"SELECT r.state, count(*){_SOUGHT} GROUP BY r.state", values_of(municipality_code, sought)
    ).fetchall()
    return {RequestState(state): count for state, count in rows}


def counts_by_reason(
    connection: psycopg.Connection, municipality_code: str, sought: RequestSearch
) -> tuple[tuple[str, int], ...]:
    """Count refusals by their true reason, the most frequent first."""
    rows = connection.execute(
        f"SELECT r.refusal_code, count(*){_SOUGHT} AND r.refusal_code <> ''"
        " GROUP BY r.refusal_code ORDER BY count(*) DESC, r.refusal_code",
        values_of(municipality_code, sought),
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
