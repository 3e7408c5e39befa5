"""Rows of files about refunds that were not taken: kept with the file, shown as they came, cleared by a clerk."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from kofu.core.errors import OperatorFault
from kofu.core.four_eyes import require_reason
from kofu.core.short_text import shortened
from kofu.ledger.acting.record import record
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.formats.fixed_width import shown_record
from kofu.ledger.overpayments.domain.file_rows import RowFault, RowResponsibility

MESSAGE_MAX = 400
FILES_SHOWN = 200


@dataclass(frozen=True, slots=True)
class RefundFileLine:
    """A file about refunds as it is listed; amounts in yen."""

    id: UUID
    kind: str
    name: str
    sha256: str
    state: str
    rows: int
    total: int
    bad_rows: int
    taken: int
    taken_total: int
    known: int
    left_out: int
    received_by: str
    received_at: datetime
    decided_by: str
    decided_at: datetime | None
    decision_reason: str


@dataclass(frozen=True, slots=True)
class KeptFault:
    """A row that was not taken, as it is kept."""

    id: int
    line: int
    place: str
    field: str
    code: str
    message: str
    whose: str
    holds: bool
    cleared_by: str
    cleared_how: str


def keep_faults(connection: psycopg.Connection, file_id: UUID, faults: Iterable[RowFault]) -> None:
    """Keep what is wrong with a file's rows, in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO refund_file_fault (file_id, line, place, field, code, message, whose, holds)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    file_id, fault.line, fault.place[:40], fault.field[:40], fault.code,
                    shortened(fault.message, MESSAGE_MAX), fault.whose.value, fault.holds,
                )
                for fault in faults
            ],
        )  # fmt: skip


def settle_faults(connection: psycopg.Connection, file_id: UUID, faults: Iterable[RowFault], *, acting: Acting) -> None:
    """Hold what was wrong at the receipt against what is wrong now that the others are taken.

    A row that came right meanwhile was taken with them; one that only now is for the screen joins the list.
    """
    now = list(faults)
    kept = {(fault.line, fault.place, fault.code): fault for fault in kept_faults(connection, file_id)}
    still = {(fault.line, fault.place[:40], fault.code) for fault in now}
    connection.execute(
        "UPDATE refund_file_fault SET cleared_by = %s, cleared_at = %s, cleared_how = %s WHERE id = ANY(%s)",
        [
            acting.actor, acting.now, "登録を決めた時には不備がなくなっていた",
            [fault.id for place, fault in kept.items() if place not in still],
        ],
    )  # fmt: skip
    keep_faults(connection, file_id, [fault for fault in now if (fault.line, fault.place[:40], fault.code) not in kept])


def clear_fault(connection: psycopg.Connection, fault_id: int, *, how: str, acting: Acting) -> None:
    """Take a row that was left out off the work list, saying what became of it. Raises `OperatorFault`."""
    words = require_reason(how, "say what became of the row")
    with connection.transaction():
        row = connection.execute(
            "UPDATE refund_file_fault SET cleared_by = %s, cleared_at = %s, cleared_how = %s FROM received_file"
            " WHERE refund_file_fault.id = %s AND cleared_at IS NULL AND received_file.id = refund_file_fault.file_id"
            " AND state = 'posted' RETURNING refund_file_fault.file_id, line",
            [acting.actor, acting.now, words, fault_id],
        ).fetchone()
        if row is None:
            raise OperatorFault("problem_unknown", "there is no such row to clear, or it was cleared already")
        record(connection, acting, "refund_file.clear", "cleared", file=str(row[0]), line=int(row[1]))


def faults_of(connection: psycopg.Connection, file_id: UUID) -> tuple[RowFault, ...]:
    """Give what is wrong with a file's rows, without those that were cleared."""
    return tuple(
        RowFault(
            fault.line, fault.place, fault.field, fault.code, fault.message, RowResponsibility(fault.whose), fault.holds
        )
        for fault in kept_faults(connection, file_id)
        if not fault.cleared_by
    )


def kept_faults(connection: psycopg.Connection, file_id: UUID) -> list[KeptFault]:
    """List what was wrong with a file's rows, cleared or not, in the order of the file."""
    with connection.cursor(row_factory=class_row(KeptFault)) as cursor:
        return cursor.execute(
            "SELECT id, line, place, field, code, message, whose, holds, cleared_by, cleared_how"
            " FROM refund_file_fault WHERE file_id = %s ORDER BY line, id",
            [file_id],
        ).fetchall()


def refund_files(
    connection: psycopg.Connection, municipality_code: str, *, file_id: UUID | None = None
) -> list[RefundFileLine]:
    """List the files about refunds, the latest first; or the one."""
    where, values = ("", []) if file_id is None else (" AND received_file.id = %s", [file_id])
    with connection.cursor(row_factory=class_row(RefundFileLine)) as cursor:
        return cursor.execute(
            "SELECT received_file.id, kind, name, sha256, state, rows, total, bad_rows, taken, taken_total, known,"
            " (SELECT count(DISTINCT (line, place)) FROM refund_file_fault AS fault"
            " WHERE fault.file_id = received_file.id AND cleared_at IS NULL AND state = 'posted') AS left_out,"
            " received_by, received_at, decided_by, decided_at, decision_reason"
            " FROM received_file JOIN refund_file ON file_id = received_file.id"
            f" WHERE municipality_code = %s{where} ORDER BY received_at DESC, received_file.id LIMIT {FILES_SHOWN}",
            [municipality_code, *values],
        ).fetchall()


def count_waiting_files(connection: psycopg.Connection, municipality_code: str) -> int:
    """Count files about refunds on which something waits: a decision, or rows that were left out."""
    row = connection.execute(
        "SELECT count(*) FROM received_file JOIN refund_file ON file_id = received_file.id WHERE municipality_code = %s"
        " AND (state = 'held' OR state = 'posted' AND EXISTS (SELECT FROM refund_file_fault AS fault"
        " WHERE fault.file_id = received_file.id AND cleared_at IS NULL))",
        [municipality_code],
    ).fetchone()
    return int(row[0]) if row else 0


def record_of(
    connection: psycopg.Connection, municipality_code: str, fault_id: int, *, lengths: dict[str, int]
) -> tuple[UUID, KeptFault, str] | None:
    """Give a row that was not taken as it stands in the stored file; None where there is none.

    `lengths`: bytes of a record by kind of file, for files with nothing between their records.
    """
    row = connection.execute(
        "SELECT file_id, line, kind, content FROM refund_file_fault JOIN received_file ON received_file.id = file_id"
        " WHERE refund_file_fault.id = %s AND municipality_code = %s",
        [fault_id, municipality_code],
    ).fetchone()
    if row is None:
        return None
    file_id, line, kind, content = row
    (fault,) = (one for one in kept_faults(connection, file_id) if one.id == fault_id)
    return file_id, fault, shown_record(bytes(content), line, lengths[kind])
