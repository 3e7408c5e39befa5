"""④⑤ Batches of payments: a file is received once, checked whole, held where a row is wrong, decided, then posted.

`receive` stores and checks and posts nothing. Rows with problems are left out only by the decision of a second person;
they stay on record, as a work list. `post_batch` (in `post_batch.py`) posts what was decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import class_row

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault, OurFault, ensure
from kofu.core.four_eyes import PendingProposal, require_reason
from kofu.ledger.acting.record import record
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.assessments.domain.received_files import digest_of
from kofu.ledger.books.accounting import locked_days
from kofu.ledger.books.domain.claims import Channel
from kofu.ledger.formats.fixed_width import shown_record
from kofu.ledger.formats.zengin_file import RECORD_BYTES
from kofu.ledger.payments.batch_checks import (
    KEYED,
    KNOWN_PAYMENT,
    contradicting,
    known_elsewhere,
    own_bundles,
    unpaid_after_all,
)
from kofu.ledger.payments.domain.batches import (
    BATCH_LIFE,
    BatchEvent,
    BatchState,
    FileContent,
    PaymentRow,
    RowEvent,
    RowProblem,
    check_rows,
)
from kofu.platform.insert_rows import insert_rows
from kofu.platform.standing_proposals import require_decider

BYTES_MAX = 256 * 1024 * 1024

#: Reads the bytes of a file into rows and the problems of what could not be read; never raises for a wrong file.
Reader = Callable[[bytes], FileContent]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch as it stands. Counts are rows that are payments or advices; amounts in yen."""

    id: UUID
    municipality_code: str
    channel: str
    kind: str
    name: str
    office: str
    booked_on: date
    state: str
    rows: int
    total: int
    stated_rows: int | None
    stated_total: int | None
    bad_rows: int
    received_by: str
    received_at: datetime
    closed_by: str
    closed_at: datetime | None
    decided_by: str
    decided_at: datetime | None
    decision_reason: str
    posted_by: str
    posted_at: datetime | None

    @property
    def stands(self) -> BatchState:
        """Its state."""
        return BatchState(self.state)


LISTED_MAX = 5_000
"""Files a list reads, the newest: about two years of a ward."""
COLUMNS = ", ".join(field.name for field in fields(Batch))
#: Of a batch that was accepted: rows with problems stay out of the ledger, however far the others are.
ROWS_LEFT_OUT = f"batch.state IN ('{BatchState.ACCEPTED}', '{BatchState.POSTING}', '{BatchState.POSTED}')"


def receive(
    connection: psycopg.Connection,
    *,
    municipality_code: str,
    channel: Channel,
    kind: str,
    name: str,
    content: bytes,
    booked_on: date,
    read: Reader,
    acting: Acting,
    keyed: tuple[bytes, bytes] | None = None,
) -> Batch:
    """Take in a file and check every row. Posts nothing. The same bytes again are the same batch, as it stands now.

    `keyed`: 第2打鍵 and バッチ票 that came with a keyed file, kept with it; other bytes there make it another file.

    What was sent back can come again, corrected or (where sending it back was the mistake) as it was: it is another
    batch. Raises `OperatorFault` `file_empty`, `file_too_large`; `day_closed`, `day_to_come`, `day_not_open`,
    `day_before_receipt` where its money cannot be booked on `booked_on`.
    """
    if not content:
        raise OperatorFault("file_empty", f"{name}: the file is empty; fetch it again")
    if len(content) > BYTES_MAX:
        raise OperatorFault("file_too_large", f"{name}: the file has more than {BYTES_MAX} bytes")
    digest = digest_of(content, keyed or ())
    second, slips = keyed or (None, None)
    batch_id = uuid4()
    known = _by_digest(connection, municipality_code, channel, digest)
    reading = read(content) if known is None else None
    with connection.transaction():
        if reading is not None:
            days = locked_days(connection, municipality_code, day_in_japan(acting.now))
            days.require_open(booked_on)
            days.require_receipts(booked_on, (row.received_on for row in reading.rows if row.counts))
        row = connection.execute(
            "INSERT INTO batch (id, municipality_code, channel, kind, name, office, booked_on, state, sha256, content,"
            " second, slips, rows, total, bad_rows, received_by, received_at, closed_by, decided_by, decision_reason,"
            " posted_by)"
            " VALUES (%s, %s, %s, %s, %s, '', %s, %s, %s, %s, %s, %s, 0, 0, 0, %s, %s, '', '', '', '')"
            " ON CONFLICT (municipality_code, channel, sha256) WHERE NOT state = 'rejected' DO NOTHING RETURNING id",
            [
                batch_id, municipality_code, channel, kind, name, booked_on, BatchState.RECEIVED, digest, content,
                second, slips, acting.actor, acting.now,
            ],
        ).fetchone()  # fmt: skip
        if row is not None:
            record(connection, acting, "payments.receive", "received", batch=str(batch_id), file=digest)
    known = _by_digest(connection, municipality_code, channel, digest)
    if known is None:
        raise OurFault("batch_lost", "a batch that was stored cannot be read again")
    if known.stands is BatchState.RECEIVED:
        return check(connection, known.id, read=read if reading is None else lambda _: reading, acting=acting)
    return known


def check(connection: psycopg.Connection, batch_id: UUID, *, read: Reader, acting: Acting) -> Batch:
    """Read and check a received file and store its rows; a check that was broken off is simply done again."""
    with connection.transaction():
        batch = locked(connection, batch_id)
        if batch.stands is not BatchState.RECEIVED:
            return batch
        stored = connection.execute("SELECT content FROM batch WHERE id = %s", [batch_id]).fetchone()
        ensure(stored is not None and stored[0] is not None, "a received file keeps its bytes")
        reading = read(bytes(stored[0]) if stored else b"")
        if batch.kind == KEYED:
            reading = replace(reading, rows=own_bundles(connection, batch, reading.rows))
        problems = [*check_rows(reading, today=day_in_japan(acting.now))]
        problems += known_elsewhere(connection, batch, reading.rows)
        problems += unpaid_after_all(connection, batch, reading.rows)
        problems += contradicting(connection, batch, reading.rows)
        bad = {problem.line for problem in problems}
        event = BatchEvent.HOLD if problems else BatchEvent.PASS
        add_rows(connection, batch_id, reading.rows)
        counted = [row for row in reading.rows if row.counts]
        _add_problems(connection, batch_id, problems)
        connection.execute(
            "UPDATE batch SET state = %s, rows = %s, total = %s, stated_rows = %s, stated_total = %s, bad_rows = %s"
            " WHERE id = %s",
            [
                BATCH_LIFE.after(batch.stands, event), len(counted), sum(row.amount for row in counted),
                reading.stated_rows, reading.stated_total, len(bad), batch_id,
            ],
        )  # fmt: skip
        record(
            connection, acting, "payments.check", BATCH_LIFE.after(batch.stands, event).value,
            batch=str(batch_id), rows=len(reading.rows), bad_rows=len(bad),
        )  # fmt: skip
    return load_batch(connection, batch_id)


def accept(connection: psycopg.Connection, batch_id: UUID, *, reason: str, acting: Acting) -> Batch:
    """Decide to post a held batch without its bad rows, or in spite of its difference.

    Raises `OperatorFault` `reason_needed`, `second_person_needed` where who received or closed it would decide,
    `nothing_to_accept` where no row could be read, `batch_state`.
    """
    with connection.transaction():
        batch = locked(connection, batch_id)
        following = BATCH_LIFE.after(batch.stands, BatchEvent.ACCEPT)
        require_reason(reason, "a decision names its reason")
        brought = [PendingProposal(batch.received_by, batch.received_at)]
        if batch.closed_at is not None:
            brought.append(PendingProposal(batch.closed_by, batch.closed_at))
        require_decider(connection, acting.actor, *brought, what="a batch")
        good = connection.execute(
            "SELECT count(*) FROM batch_row WHERE batch_id = %s AND NOT EXISTS (SELECT FROM batch_problem"
            " WHERE batch_problem.batch_id = batch_row.batch_id AND batch_problem.line = batch_row.line)",
            [batch_id],
        ).fetchone()
        if not good or not good[0]:
            raise OperatorFault("nothing_to_accept", "no row of the batch can be posted; send it back")
        _decide(connection, batch_id, following, reason, acting)
        connection.execute(  # what a corrected file brings again is in the ledger: nobody has to look at it
            "UPDATE batch_problem SET cleared_by = %s, cleared_at = %s, cleared_how = %s WHERE batch_id = %s"
            " AND code = %s AND cleared_at IS NULL",
            [acting.actor, acting.now, "別のファイルで登録済み", batch_id, KNOWN_PAYMENT],
        )
        record(connection, acting, "payments.accept", following.value, batch=str(batch_id), left_out=batch.bad_rows)
    return load_batch(connection, batch_id)


def reject(connection: psycopg.Connection, batch_id: UUID, *, reason: str, acting: Acting) -> Batch:
    """Send a batch back. Raises `OperatorFault` `reason_needed`, `batch_state` once its posting began or it was."""
    with connection.transaction():
        batch = locked(connection, batch_id)
        following = BATCH_LIFE.after(batch.stands, BatchEvent.REJECT)
        require_reason(reason, "a decision names its reason")
        _decide(connection, batch_id, following, reason, acting)
        record(connection, acting, "payments.reject", following.value, batch=str(batch_id))
    return load_batch(connection, batch_id)


def clear_problem(connection: psycopg.Connection, problem_id: int, *, how: str, acting: Acting) -> None:
    """Take a row that was left out off the work list, saying what became of it. Raises `OperatorFault`."""
    require_reason(how, "a decision names its reason")
    with connection.transaction():
        row = connection.execute(
            "UPDATE batch_problem SET cleared_by = %s, cleared_at = %s, cleared_how = %s"
            " WHERE id = %s AND cleared_at IS NULL RETURNING batch_id, line",
            [acting.actor, acting.now, how, problem_id],
        ).fetchone()
        if row is None:
            raise OperatorFault("problem_unknown", "there is no such row to clear, or it was cleared already")
        record(connection, acting, "payments.clear", "cleared", batch=str(row[0]), line=int(row[1]))


# -- reading ----------------------------------------------------------------------------------------------------------


def load_batch(connection: psycopg.Connection, batch_id: UUID) -> Batch:
    """Read a batch. Raises `OperatorFault` `batch_unknown`."""
    return _one(connection, "WHERE id = %s", [batch_id])


def locked(connection: psycopg.Connection, batch_id: UUID) -> Batch:
    """Read a batch and keep others from changing it until the transaction ends. Raises `OperatorFault`."""
    return _one(connection, "WHERE id = %s FOR UPDATE", [batch_id])


def list_batches(
    connection: psycopg.Connection, municipality_code: str, *, day: date | None = None, waiting: bool = False
) -> list[Batch]:
    """List batches, newest first: of one 会計日, or those on which something waits, or the last two hundred."""
    where = "WHERE municipality_code = %s"
    values: list[str | date] = [municipality_code]
    if day is not None:
        where, values = f"{where} AND booked_on = %s", [*values, day]
    if waiting:
        where = f"{where} AND NOT state IN ('{BatchState.POSTED}', '{BatchState.REJECTED}')"
    with connection.cursor(row_factory=class_row(Batch)) as cursor:
        return cursor.execute(
            f"SELECT {COLUMNS} FROM batch {where} ORDER BY received_at DESC, id LIMIT {LISTED_MAX}", values
        ).fetchall()


def rows_of(connection: psycopg.Connection, batch_id: UUID, *, above: int = 0, limit: int) -> list[PaymentRow]:
    """Read rows of a batch in the order of their lines, those above a line."""
    found = connection.execute(
        "SELECT line, event, key, received_on, amount, interest, notice_number, installment, office, voids, result"
        " FROM batch_row WHERE batch_id = %s AND line > %s ORDER BY line LIMIT %s",
        [batch_id, above, limit],
    )
    return [
        PaymentRow(
            line=line, event=RowEvent(event), key=key, received_on=received_on, amount=amount, interest=interest,
            notice_number=notice_number, installment=installment, office=office, voids=voids, result=result,
        )
        for line, event, key, received_on, amount, interest, notice_number, installment, office, voids, result in found
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class SentBack:
    """An earlier time the same bytes came and were sent back: when, by whom, why."""

    decided_at: datetime
    decided_by: str
    reason: str


def sent_back_before(connection: psycopg.Connection, batch_id: UUID) -> list[SentBack]:
    """List when a batch's very bytes were sent back before, the newest first."""
    with connection.cursor(row_factory=class_row(SentBack)) as cursor:
        return cursor.execute(
            "SELECT earlier.decided_at, earlier.decided_by, earlier.decision_reason AS reason FROM batch"
            " JOIN batch AS earlier ON earlier.municipality_code = batch.municipality_code"
            " AND earlier.channel = batch.channel AND earlier.sha256 = batch.sha256"
            " WHERE batch.id = %s AND earlier.id <> batch.id AND earlier.state = 'rejected' AND batch.sha256 <> ''"
            " ORDER BY earlier.decided_at DESC",
            [batch_id],
        ).fetchall()


@dataclass(frozen=True, slots=True)
class KnownProblem:
    """A problem of a row as it is kept; `amount`, `notice_number` and `received_on` where the row could be read."""

    id: int
    batch_id: UUID
    batch_name: str
    problem: RowProblem
    amount: int | None
    notice_number: str
    cleared_by: str
    cleared_how: str


def problems_of(
    connection: psycopg.Connection, municipality_code: str, *, batch_id: UUID | None = None, limit: int = 500
) -> list[KnownProblem]:
    """List the problems of a batch, or (work list) those of accepted batches nobody has dealt with."""
    where = "batch.municipality_code = %s AND "
    where += "batch.id = %s" if batch_id is not None else f"cleared_at IS NULL AND {ROWS_LEFT_OUT} AND %s::uuid IS NULL"
    rows = connection.execute(
        "SELECT batch_problem.id, batch.id, batch.name, batch_problem.line, field, code, message, amount,"
        " coalesce(notice_number, ''), cleared_by, cleared_how"
        " FROM batch_problem JOIN batch ON batch.id = batch_problem.batch_id"
        " LEFT JOIN batch_row ON batch_row.batch_id = batch.id AND batch_row.line = batch_problem.line"
        f" WHERE {where} ORDER BY batch.received_at, batch_problem.line, batch_problem.id LIMIT %s",
        [municipality_code, batch_id, limit],
    )
    return [
        KnownProblem(problem_id, of_batch, name, RowProblem(*problem), amount, notice_number, cleared_by, cleared_how)
        for problem_id, of_batch, name, *problem, amount, notice_number, cleared_by, cleared_how in rows
    ]


def record_of(
    connection: psycopg.Connection, municipality_code: str, problem_id: int
) -> tuple[KnownProblem, str] | None:
    """Give a problem and the record it is about, as it stands in the stored file; None where there is none."""
    row = connection.execute(
        "SELECT batch.id, batch_problem.line, content FROM batch_problem JOIN batch ON batch.id = batch_id"
        " WHERE batch_problem.id = %s AND municipality_code = %s",
        [problem_id, municipality_code],
    ).fetchone()
    if row is None:
        return None
    batch_id, line, content = row
    (known,) = (
        one
        for one in problems_of(connection, municipality_code, batch_id=batch_id, limit=10_000)
        if one.id == problem_id
    )
    return known, shown_record(bytes(content or b""), line, RECORD_BYTES)


# -- parts ------------------------------------------------------------------------------------------------------------


def add_rows(
    connection: psycopg.Connection, batch_id: UUID, rows: Iterable[PaymentRow], *, entered_by: str = ""
) -> None:
    """Store rows of a batch, in the caller's transaction."""
    insert_rows(
        connection,
        "batch_row",
        {
            "batch_id": "uuid", "line": "integer", "event": "text", "key": "text", "received_on": "date",
            "amount": "bigint", "interest": "bigint", "notice_number": "text", "installment": "text", "office": "text",
            "voids": "integer", "entered_by": "text", "result": "text",
        },
        (
            (
                batch_id, row.line, row.event.value, row.key, row.received_on, row.amount, row.interest,
                row.notice_number, row.installment, row.office, row.voids, entered_by, row.result,
            )
            for row in rows
        ),
    )  # fmt: skip


def _add_problems(connection: psycopg.Connection, batch_id: UUID, problems: Iterable[RowProblem]) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY batch_problem (batch_id, line, field, code, message, cleared_by, cleared_how) FROM STDIN"
        ) as copy,
    ):
        for problem in problems:
            copy.write_row((batch_id, problem.line, problem.field, problem.code, problem.message, "", ""))


def _decide(connection: psycopg.Connection, batch_id: UUID, state: BatchState, reason: str, acting: Acting) -> None:
    connection.execute(
        "UPDATE batch SET state = %s, decided_by = %s, decided_at = %s, decision_reason = %s WHERE id = %s",
        [state, acting.actor, acting.now, reason, batch_id],
    )


def _by_digest(connection: psycopg.Connection, municipality_code: str, channel: Channel, digest: str) -> Batch | None:
    return _find(
        connection,
        "WHERE municipality_code = %s AND channel = %s AND sha256 = %s AND NOT state = 'rejected'",
        [municipality_code, channel.value, digest],
    )


def _find(connection: psycopg.Connection, where: str, values: Sequence[object]) -> Batch | None:
    with connection.cursor(row_factory=class_row(Batch)) as cursor:
        return cursor.execute(f"SELECT {COLUMNS} FROM batch {where}", values).fetchone()


def _one(connection: psycopg.Connection, where: str, values: Sequence[object]) -> Batch:
    batch = _find(connection, where, values)
    if batch is None:
        raise OperatorFault("batch_unknown", "there is no such batch")
    return batch
