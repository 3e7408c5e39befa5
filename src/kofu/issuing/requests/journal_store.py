"""The journal in PostgreSQL: requests, copies and print reports.

Every function takes a connection and works inside the caller's transaction; none commits. A row is locked by reading it
`FOR UPDATE`, so a lock lives exactly as long as its holder's transaction: it ends by commit, rollback or the holder's
death, never by a timer (P3), and it means the same for one process, N processes and N machines (P5).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import class_row

from kofu.contracts.issuing import CertificateRequest, PrintResult
from kofu.core.errors import OurFault, ensure
from kofu.core.reference_number import reference_candidate
from kofu.issuing.requests.domain.release_rules import KeptReport, ReportedPrint, ReportStanding
from kofu.issuing.requests.domain.states import REQUEST_LIFE, RequestEvent, RequestState


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRequest:
    """What a request brings to the journal: the values of `INSERT_REQUEST`. Instants aware."""

    request_id: str
    body_digest: str
    municipality_code: str
    serial: str
    kind: str
    fiscal_year: int
    copies: int
    kiosk_id: str
    plate_number: str | None
    deadline: datetime
    received_at: datetime
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalRequest(NewRequest):
    """A request as the journal has it. Fees in yen; instants aware.

    `may_leave`: workers that were allowed to hand the paper out and have not said that they did not. `repeat_code`: why
    the paper does not leave again, once somebody was told so; it stays.
    """

    state: RequestState
    refusal_code: str
    public_code: str
    addressee_number: str
    generation: int | None
    form_version: str
    as_of: date | None
    title: str
    fee_per_copy: int
    may_leave: int
    repeat_code: str

    def __post_init__(self) -> None:
        """Turn the stored word into the state it names."""
        object.__setattr__(self, "state", RequestState(self.state))


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalCopy:
    """One copy as the journal has it: number and digests (hex)."""

    certificate_number: str
    copy: int
    sha256: str
    facts_digest: str
    pages: int


_NEW_COLUMNS = tuple(NewRequest.__dataclass_fields__)
_COLUMNS = ", ".join(JournalRequest.__dataclass_fields__)
_COPY_COLUMNS = ", ".join(JournalCopy.__dataclass_fields__)


REFERENCES_MAX = 20
"""How many reference numbers are tried. Two billion requests of one ward would need the second once in sixteen."""


#: What stands in a request's row when it is stored, beside what was asked.
_AT_FIRST: dict[str, Any] = {"state": RequestState.RECEIVED.value, "fee_per_copy": 0, "may_leave": 0} | dict.fromkeys(
    ("refusal_code", "public_code", "addressee_number", "form_version", "title", "repeat_code"), ""
)

#: Stores a request and gives its copies back; gives nothing where its id is there.
INSERT_REQUEST = (
    f"INSERT INTO issuing_request ({', '.join((*_NEW_COLUMNS, *_AT_FIRST))})"
    f" VALUES ({', '.join((*(f'%({name})s' for name in _NEW_COLUMNS), *map(repr, _AT_FIRST.values())))})"
    " ON CONFLICT (request_id) DO NOTHING RETURNING copies"
)


def values_of(new: NewRequest) -> dict[str, Any]:
    """Give the values of `INSERT_REQUEST` by their names; none of them holds others, so nothing is copied."""
    return {name: getattr(new, name) for name in _NEW_COLUMNS}


def as_stored(new: NewRequest) -> JournalRequest:
    """Give a request as it stands in the journal once `INSERT_REQUEST` has stored it: as it was sent, and undecided."""
    return JournalRequest(**values_of(new), generation=None, as_of=None, **_AT_FIRST)


def new_request(request: CertificateRequest, body_digest: str, received_at: datetime, *, attempt: int) -> NewRequest:
    """Word a request for the journal, with the reference number that is tried at this attempt."""
    return NewRequest(
        request_id=request.request_id,
        body_digest=body_digest,
        municipality_code=request.municipality_code,
        serial=request.serial,
        kind=request.kind.value,
        fiscal_year=request.fiscal_year,
        copies=request.copies,
        kiosk_id=request.kiosk_id,
        plate_number=request.plate_number,
        deadline=request.deadline,
        received_at=received_at,
        reference=reference_candidate(request.request_id, attempt),
    )


def insert_request(
    connection: psycopg.Connection, request: CertificateRequest, body_digest: str, received_at: datetime
) -> JournalRequest | None:
    """Store a request and give it as stored. None where its id is there: the unique key decides for all processes (P4).

    One statement: on a connection in autocommit mode it is durable when this returns. A reference number that another
    request of the ward bears is passed over for the next.
    """
    for attempt in range(REFERENCES_MAX):
        new = new_request(request, body_digest, received_at, attempt=attempt)
        try:
            idle = connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
            with nullcontext() if idle and connection.autocommit else connection.transaction():
                is_new = connection.execute(INSERT_REQUEST, values_of(new)).rowcount == 1
            return as_stored(new) if is_new else None
        except psycopg.errors.UniqueViolation as taken:
            if taken.diag.constraint_name != "issuing_request_reference":
                raise
    raise OurFault("no_reference_left", "every reference number tried is another request's")


def read_request(connection: psycopg.Connection, request_id: str, *, lock: bool = False) -> JournalRequest | None:
    """Read a request; with `lock`, hold its row until the transaction ends."""
    with connection.cursor(row_factory=class_row(JournalRequest)) as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS} FROM issuing_request WHERE request_id = %s{' FOR UPDATE' if lock else ''}",
            (request_id,),
        )
        return cursor.fetchone()


def move(
    connection: psycopg.Connection,
    stored: JournalRequest,
    event: RequestEvent,
    at: datetime,
    *,
    refusal_code: str = "",
    public_code: str = "",
    addressee_number: str = "",
    generation: int | None = None,
) -> RequestState:
    """Move a request without paper to leave: refused, expired, aborted, lost. The row must be locked by the caller.

    Raises `InvariantBroken` where the states' table has no arrow.
    """
    after = REQUEST_LIFE.after(stored.state, event)
    cursor = connection.execute(
        "UPDATE issuing_request SET state = %s, decided_at = %s, refusal_code = %s, public_code = %s,"
        " addressee_number = CASE WHEN %s = '' THEN addressee_number ELSE %s END,"
        " generation = COALESCE(%s, generation)"
        " WHERE request_id = %s AND state = %s",
        (
            after.value,
            at,
            refusal_code,
            public_code,
            addressee_number,
            addressee_number,
            generation,
            stored.request_id,
            stored.state.value,
        ),
    )
    ensure(cursor.rowcount == 1, "a request moved although its row was not locked")
    return after


def next_sequence(connection: psycopg.Connection) -> int:
    """Take the next running number of all certificates. A number once taken is consumed, whatever follows (P4)."""
    row = connection.execute("SELECT nextval('issuing_certificate_number')").fetchone()
    ensure(row is not None, "the sequence of certificate numbers gave nothing")
    return int(row[0]) if row else 0


def withhold(
    connection: psycopg.Connection,
    stored: JournalRequest,
    after: RequestState,
    at: datetime,
    *,
    refusal_code: str,
    public_code: str,
) -> None:
    """Write that one worker that might have handed the paper out did not. The row must be locked by the caller."""
    moved = after is not stored.state
    cursor = connection.execute(
        "UPDATE issuing_request SET may_leave = may_leave - 1, state = %s,"
        " decided_at = CASE WHEN %s THEN %s ELSE decided_at END,"
        " refusal_code = CASE WHEN %s THEN %s ELSE refusal_code END,"
        " public_code = CASE WHEN %s THEN %s ELSE public_code END WHERE request_id = %s AND state = %s",
        (after.value, moved, at, moved, refusal_code, moved, public_code, stored.request_id, stored.state.value),
    )
    ensure(cursor.rowcount == 1, "a paper was held back although its request was not locked")


def close_to_repeats(connection: psycopg.Connection, request_id: str, code: str) -> None:
    """Write why the paper does not leave again. The row must be locked by the caller; what stands stays."""
    connection.execute(
        "UPDATE issuing_request SET repeat_code = %s WHERE request_id = %s AND repeat_code = ''", (code, request_id)
    )


def read_copies(connection: psycopg.Connection, request_id: str) -> tuple[JournalCopy, ...]:
    """Read the copies of a request, in their order."""
    with connection.cursor(row_factory=class_row(JournalCopy)) as cursor:
        cursor.execute(f"SELECT {_COPY_COLUMNS} FROM issuing_copy WHERE request_id = %s ORDER BY copy", (request_id,))
        return tuple(cursor.fetchall())


class SentNote(NamedTuple):
    """That the bytes of a request left, and when."""

    request_id: str
    at: datetime


def record_sent(connection: psycopg.Connection, request_id: str, at: datetime) -> None:
    """Note that the bytes left; see `record_all_sent`."""
    record_all_sent(connection, (SentNote(request_id, at),))


def record_all_sent(connection: psycopg.Connection, notes: Sequence[SentNote]) -> None:
    """Note that bytes left. Where the centre's print result was quicker, there is nothing to note.

    Each note is one handing out: whoever else may have the same paper in hand, for a repeat, is still waited for by
    holds and stops. The transaction does not wait for the disk: without this note a request stays `made`, which is
    treated alike.
    """
    connection.execute(
        "UPDATE issuing_request AS request SET state = 'sent', sent_at = coalesce(request.sent_at, note.at),"
        " may_leave = greatest(request.may_leave - note.times, 0)"
        " FROM (SELECT request_id, min(at) AS at, count(*)::int AS times"
        " FROM unnest(%s::text[], %s::timestamptz[]) AS one (request_id, at) GROUP BY request_id) AS note,"
        " set_config('synchronous_commit', 'off', true) AS until_the_commit"
        " WHERE request.request_id = note.request_id AND request.state IN ('made', 'sent')",
        ([note.request_id for note in notes], [note.at for note in notes]),
    )


def lock_reports(connection: psycopg.Connection, request_id: str) -> None:
    """Let one transaction at a time take print results of a request, also of one that has no row here to lock."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('print result ' || %s, 0))", (request_id,))


def reports_of(connection: psycopg.Connection, request_id: str) -> tuple[KeptReport, ...]:
    """Read the print results kept of a request, in the order they came."""
    rows = connection.execute(
        "SELECT outcome, copies_printed, fee_paid, occurred_at, standing, case_id FROM issuing_print_report"
        " WHERE request_id = %s ORDER BY id",
        (request_id,),
    ).fetchall()
    return tuple(
        KeptReport(
            report=ReportedPrint(
                outcome=RequestState(row[0]), copies_printed=row[1], fee_paid=row[2], occurred_at=row[3]
            ),
            standing=ReportStanding(row[4]),
            case_id=row[5],
        )
        for row in rows
    )


def record_report(
    connection: psycopg.Connection, result: PrintResult, standing: ReportStanding, arrived_at: datetime, case_id: str
) -> None:
    """Keep a print result as it came, with how it was taken and the case it opened ("" for none)."""
    connection.execute(
        "INSERT INTO issuing_print_report"
        " (request_id, outcome, copies_printed, fee_paid, occurred_at, arrived_at, standing, case_id)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (
            result.request_id,
            result.outcome.value,
            result.copies_printed,
            result.fee_paid,
            result.occurred_at,
            arrived_at,
            standing.value,
            case_id,
        ),
    )


def apply_report(
    connection: psycopg.Connection, stored: JournalRequest, event: RequestEvent, report: ReportedPrint, at: datetime
) -> RequestState:
    """Move a request by an accepted print result. The row must be locked by the caller."""
    after = REQUEST_LIFE.after(stored.state, event)
    cursor = connection.execute(
        "UPDATE issuing_request SET state = %s, copies_printed = %s, fee_paid = %s, result_at = %s"
        " WHERE request_id = %s AND state = %s",
        (
            after.value,
            report.copies_printed,
            report.fee_paid,
            at,
            stored.request_id,
            stored.state.value,
        ),
    )
    ensure(cursor.rowcount == 1, "a print result was applied although its request was not locked")
    return after


def overdue_requests(
    connection: psycopg.Connection, states: tuple[RequestState, ...], deadline_before: datetime, limit: int
) -> tuple[JournalRequest, ...]:
    """Lock and read requests in one of `states` whose deadline lies before an instant.

    Rows another transaction holds are passed over, not waited for and not taken: their holder lives.
    """
    with connection.cursor(row_factory=class_row(JournalRequest)) as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS} FROM issuing_request WHERE open AND state = ANY(%s) AND deadline < %s"
            " ORDER BY deadline LIMIT %s FOR UPDATE SKIP LOCKED",
            ([state.value for state in states], deadline_before, limit),
        )
        return tuple(cursor.fetchall())


def released_between(
    connection: psycopg.Connection, municipality_code: str, start: datetime, end: datetime
) -> Iterator[JournalRequest]:
    """Stream the requests of a period that have copies: those whose paper may have left."""
    with connection.cursor("kofu_released", row_factory=class_row(JournalRequest)) as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS} FROM issuing_request AS request WHERE municipality_code = %s AND received_at >= %s"
            " AND received_at < %s AND EXISTS (SELECT 1 FROM issuing_copy WHERE issuing_copy.request_id ="
            " request.request_id) ORDER BY received_at, request_id",
            (municipality_code, start, end),
        )
        yield from cursor
