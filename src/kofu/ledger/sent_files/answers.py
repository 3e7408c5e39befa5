"""Every file that goes out is on the list of answers from the moment it is made; overdue ones stand there by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

import psycopg

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault
from kofu.core.four_eyes import REASON_LENGTH_MAX, require_reason
from kofu.core.short_text import shortened
from kofu.ledger.acting.record import record
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.profile.domain.answer_rules import AnswerRules, OutgoingKind
from kofu.ledger.sent_files.domain.outgoing_files import ANSWER_LIFE, MADE_HERE, AnswerEvent, AnswerState, is_overdue
from kofu.ledger.sent_files.stored_files import NAME_LENGTH_MAX, store_file
from kofu.platform.stored_rows import StoredRows


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A file that went out. `answered_on` None: it waits; `reference`: the record it was made from."""

    id: UUID
    kind: str
    name: str
    sent_on: date
    expected_on: date
    reference: UUID | None
    recorded_by: str
    answered_on: date | None
    what: str

    def overdue(self, today: date) -> bool:
        """Whether its answer should be here."""
        return self.answered_on is None and is_overdue(self.expected_on, today)


def sent_out(
    connection: psycopg.Connection,
    municipality_code: str,
    kind: OutgoingKind,
    name: str,
    *,
    counted_from: date,
    reference: UUID | None,
    answers: AnswerRules,
    acting: Acting,
    content: bytes | None = None,
) -> UUID:
    """Put a file that goes out on the list, in the transaction that makes it, and keep its content sealed.

    `content`: None for a file another system made.
    """
    file_id = uuid4()
    connection.execute(
        "INSERT INTO outgoing_file (id, municipality_code, kind, name, sent_on, expected_on, reference, recorded_by,"
        " recorded_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            file_id, municipality_code, kind, shortened(name, NAME_LENGTH_MAX), day_in_japan(acting.now),
            answers.due(kind, counted_from), reference, acting.actor, acting.now,
        ],
    )  # fmt: skip
    if content is not None:
        store_file(
            connection, municipality_code, file_id=file_id, kind=kind, name=name, content=content, reference=reference,
            keep_days=answers.keep_days, acting=acting,
        )  # fmt: skip
    return file_id


def answered(connection: psycopg.Connection, reference: UUID, *, what: str, acting: Acting) -> None:
    """Note in the caller's transaction that the file made from a record was answered; a second time changes nothing."""
    connection.execute(
        "INSERT INTO outgoing_answer (file_id, answered_on, what, recorded_by, recorded_at)"
        " SELECT id, %s, %s, %s, %s FROM outgoing_file WHERE reference = %s ON CONFLICT DO NOTHING",
        [day_in_japan(acting.now), shortened(what, REASON_LENGTH_MAX), acting.actor, acting.now, reference],
    )


def answer_debits(connection: psycopg.Connection, municipality_code: str, *, what: str, acting: Acting) -> None:
    """Note the requests of 口座振替 whose every line is answered now, in the transaction that posts the answer."""
    rows = connection.execute(
        "SELECT file.reference FROM outgoing_file AS file WHERE municipality_code = %s AND kind = 'debit_request'"
        " AND NOT EXISTS (SELECT FROM outgoing_answer WHERE file_id = file.id)"
        " AND NOT EXISTS (SELECT FROM debit_request_line AS line WHERE line.request_id = file.reference"
        " AND NOT EXISTS (SELECT FROM batch_row JOIN batch ON batch.id = batch_row.batch_id"
        " WHERE batch.kind = 'debit_result' AND batch.state = 'posted'"
        " AND batch.municipality_code = file.municipality_code"
        " AND batch_row.key = to_char(line.debit_on, 'YYYYMMDD') || '|' || line.customer_number"
        " AND NOT EXISTS (SELECT FROM batch_problem AS bad WHERE bad.batch_id = batch_row.batch_id"
        " AND bad.line = batch_row.line)))",
        [municipality_code],
    ).fetchall()
    for (reference,) in rows:
        answered(connection, reference, what=what, acting=acting)


def register(
    connection: psycopg.Connection,
    municipality_code: str,
    kind: OutgoingKind,
    name: str,
    *,
    sent_on: date,
    answers: AnswerRules,
    acting: Acting,
) -> UUID:
    """Put a file on the list that another system or a person sent.

    Raises `OperatorFault` `made_here` where this program puts the kind there itself, `name_needed`, `day_to_come`.
    """
    if kind in MADE_HERE:
        raise OperatorFault("made_here", "files of this kind are on the list from the moment they are made")
    if not name.strip():
        raise OperatorFault("name_needed", "say which file it was and to whom it went")
    if sent_on > day_in_japan(acting.now):
        raise OperatorFault("day_to_come", f"{sent_on} is still to come")
    with connection.transaction():
        file_id = sent_out(
            connection, municipality_code, kind, name.strip(),
            counted_from=sent_on, reference=None, answers=answers, acting=acting,
        )  # fmt: skip
        record(connection, acting, "outgoing.register", kind.value, file=str(file_id))
    return file_id


def record_answer(connection: psycopg.Connection, file_id: UUID, *, what: str, acting: Acting) -> None:
    """Record what was answered, or what was found out when no answer came. Raises `OperatorFault`."""
    words = require_reason(what, "say what was answered, or what was found out")
    with connection.transaction():
        row = connection.execute(
            "SELECT EXISTS (SELECT FROM outgoing_answer WHERE file_id = outgoing_file.id) FROM outgoing_file"
            " WHERE id = %s",
            [file_id],
        ).fetchone()
        if row is None:
            raise OperatorFault("file_unknown", "there is no such file")
        state = ANSWER_LIFE.after(AnswerState.ANSWERED if row[0] else AnswerState.WAITING, AnswerEvent.RECORD)
        made = connection.execute(
            "INSERT INTO outgoing_answer (file_id, answered_on, what, recorded_by, recorded_at)"
            " VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [file_id, day_in_japan(acting.now), words, acting.actor, acting.now],
        ).rowcount
        if not made:
            raise OperatorFault("answer_known", "the file was answered at this moment")
        record(connection, acting, "outgoing.answer", state.value, file=str(file_id))


_FILES = (
    "SELECT file.id, kind, name, sent_on, expected_on, reference, file.recorded_by, answered_on,"
    " coalesce(what, '') AS what, file.recorded_at AS sent_at, answer.recorded_at AS answered_at"
    " FROM outgoing_file AS file LEFT JOIN outgoing_answer AS answer ON answer.file_id = file.id"
    " WHERE municipality_code = %(code)s"
)
#: The files of a municipality (`code`) whose answer is awaited, the most overdue first; those that were answered.
AWAITED = StoredRows(row=Outgoing, query=f"{_FILES} AND answered_on IS NULL", order="expected_on, sent_at, id")
ANSWERED = StoredRows(
    row=Outgoing, query=f"{_FILES} AND answered_on IS NOT NULL", order="answered_on DESC, answered_at DESC, id"
)


def outgoing_files(connection: psycopg.Connection, municipality_code: str, *, waiting: bool) -> list[Outgoing]:
    """List the files whose answer is awaited, the most overdue first, or those that were answered, the newest first."""
    return (AWAITED if waiting else ANSWERED).rows(connection, {"code": municipality_code})


def note_batch_posted(connection: psycopg.Connection, batch_id: UUID, *, source: str, acting: Acting) -> None:
    """Note in the caller's transaction that the delivery a posted batch came from is back, where it came from one."""
    row = connection.execute("SELECT delivery_id FROM delivery_batch WHERE batch_id = %s", [batch_id]).fetchone()
    if row is not None:
        note_return(connection, row[0], source=source, acting=acting)


def note_return(connection: psycopg.Connection, delivery_id: UUID, *, source: str, acting: Acting) -> None:
    """Record that a delivery came back and was taken in whole; a second time changes nothing."""
    with connection.transaction():
        made = connection.execute(
            "INSERT INTO delivery_return (delivery_id, source, recorded_by) VALUES (%s, %s, %s)"
            " ON CONFLICT (delivery_id) DO NOTHING",
            [delivery_id, shortened(source, REASON_LENGTH_MAX), acting.actor],
        )
        if made.rowcount:
            answered(connection, delivery_id, what=source, acting=acting)
            record(connection, acting, "delivery.return", "done", delivery=str(delivery_id))
