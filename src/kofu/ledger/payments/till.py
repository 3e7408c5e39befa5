"""③ 窓口・特別出張所の収納: the day's batch of an office, entered, counted, closed. Posting comes after, as for files.

Rows are only added: a mistake is a further row that voids the first. Decisions are `domain.counter_batch`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import class_row

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault
from kofu.core.wareki import format_short
from kofu.ledger.acting.record import record
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.books.accounting import posting_now
from kofu.ledger.books.domain.claims import Channel
from kofu.ledger.books.journal import PAYABLE_TO
from kofu.ledger.payments.batches import Batch, add_rows, load_batch, locked, rows_of
from kofu.ledger.payments.domain import till
from kofu.ledger.payments.domain.batches import BATCH_LIFE, BatchEvent, BatchState, PaymentRow, RowEvent
from kofu.ledger.payments.domain.till import ENTRIES_MAX, Count, CounterBatch, CounterEntry
from kofu.ledger.slips.codecs.barcode import parse
from kofu.ledger.slips.codecs.convenience import BarcodeProfile, key_of

KIND = "counter"


@dataclass(frozen=True, slots=True, kw_only=True)
class TillEntry:
    """What a clerk took in. `interest`: yen of 延滞金 beside `amount` of 本税."""

    notice_number: str
    installment: str
    amount: int
    received_on: date
    interest: int = 0


@dataclass(frozen=True, slots=True)
class OnThePaper:
    """What the ledger knows of the installment a clerk is about to enter; what it comes to is quoted by its id."""

    claim_id: int
    addressee_number: str
    name: str
    tax: str
    fiscal_year: int
    due_date: date


def open_batch(
    connection: psycopg.Connection,
    *,
    municipality_code: str,
    office: str,
    is_branch: bool,
    acting: Acting,
    named: str = "",
) -> Batch:
    """Open the day's batch of an office, or give the one that is open; on the next open day where today is closed.

    `named`: the office as people call it, for the name of the batch.
    """
    channel = Channel.BRANCH if is_branch else Channel.COUNTER
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('open batch ' || %s, 0))", [office])
        day = posting_now(connection, municipality_code, acting).booked_on
        known = connection.execute(
            "SELECT id FROM batch WHERE municipality_code = %s AND office = %s AND kind = %s AND booked_on = %s"
            " AND state = 'open'",
            [municipality_code, office, KIND, day],
        ).fetchone()
        if known is not None:
            return load_batch(connection, known[0])
        number = connection.execute(
            "SELECT count(*) + 1 FROM batch WHERE municipality_code = %s AND office = %s AND booked_on = %s",
            [municipality_code, office, day],
        ).fetchone()
        batch_id = uuid4()
        called = f"{named or office} {format_short(day)} 第{number[0] if number else 1}束"
        connection.execute(
            "INSERT INTO batch (id, municipality_code, channel, kind, name, office, booked_on, state, rows, total,"
            " bad_rows, received_by, received_at, closed_by, decided_by, decision_reason, posted_by)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 0, 0, 0, %s, %s, '', '', '', '')",
            [
                batch_id, municipality_code, channel, KIND, called, office, day, BatchState.OPEN, acting.actor,
                acting.now,
            ],
        )  # fmt: skip
        record(connection, acting, "payments.open", "open", batch=str(batch_id), office=office)
    return load_batch(connection, batch_id)


def enter(connection: psycopg.Connection, batch_id: UUID, taken: TillEntry, *, acting: Acting) -> CounterBatch:
    """Add an entry. Raises `OperatorFault`: `batch_closed`, `entry_incomplete`, `entry_amount`, `entry_day`."""
    with connection.transaction():
        if taken.received_on > day_in_japan(acting.now):
            raise OperatorFault("entry_day", f"領収日 {taken.received_on} is still to come")
        batch = locked(connection, batch_id)
        before = entered(connection, batch)
        after_ = till.enter(
            before,
            notice_number=taken.notice_number,
            installment=taken.installment,
            amount=taken.amount,
            interest=taken.interest,
            received_on=taken.received_on,
        )
        line = _next_line(connection, batch_id)  # an entry's number is its line: a voiding takes a line too
        _add(connection, batch, [_row(batch, after_.entries[-1], line)], acting)
        record(connection, acting, "payments.enter", "entered", batch=str(batch_id), entry=line)
        return entered(connection, load_batch(connection, batch_id))


def void(connection: psycopg.Connection, batch_id: UUID, line: int, *, acting: Acting) -> CounterBatch:
    """Take back an entry by a further row. Raises `OperatorFault` `entry_unknown`, `batch_closed`."""
    with connection.transaction():
        batch = locked(connection, batch_id)
        standing = entered(connection, batch)
        place = next((place for place, entry in enumerate(standing.entries, 1) if entry.number == line), 0)
        till.cancel(standing, place)
        entry = standing.entries[place - 1]
        row = _row(batch, entry, _next_line(connection, batch_id))
        voiding = PaymentRow(
            line=row.line,
            event=RowEvent.VOID,
            key=f"{batch_id}|{row.line}",
            received_on=row.received_on,
            amount=row.amount,
            notice_number=row.notice_number,
            installment=row.installment,
            voids=line,
        )
        _add(connection, batch, [voiding], acting)
        record(connection, acting, "payments.void_entry", "voided", batch=str(batch_id), entry=line)
        return entered(connection, load_batch(connection, batch_id))


def close(
    connection: psycopg.Connection, batch_id: UUID, *, papers: int, cash: int, difference: str = "", acting: Acting
) -> Batch:
    """Close a batch against what was counted. It then waits for posting and takes nothing more.

    Raises `OperatorFault` `count_differs` where the count is not what was entered, unless `difference` says why: then
    the batch is held, and another person decides. Raises `batch_empty` where nothing was entered.
    """
    with connection.transaction():
        batch = locked(connection, batch_id)
        standing = entered(connection, batch)
        if not standing.live:
            raise OperatorFault("batch_empty", "nothing was entered; send the batch back instead of closing it")
        event = BatchEvent.CLOSE
        try:
            till.close(standing, Count(papers=papers, cash=cash), closed_by=acting.actor)
        except OperatorFault as fault:
            if fault.code != "count_differs" or not difference.strip():
                raise
            event = BatchEvent.CLOSE_WITH_DIFFERENCE
        following = BATCH_LIFE.after(batch.stands, event)
        connection.execute(
            "UPDATE batch SET state = %s, rows = %s, total = %s, stated_rows = %s, stated_total = %s, closed_by = %s,"
            " closed_at = %s, decision_reason = %s WHERE id = %s",
            [
                following, len(standing.live), standing.total, papers, cash, acting.actor, acting.now, difference,
                batch_id,
            ],
        )  # fmt: skip
        record(connection, acting, "payments.close_batch", following.value, batch=str(batch_id), papers=papers)
    return load_batch(connection, batch_id)


def entered(connection: psycopg.Connection, batch: Batch) -> CounterBatch:
    """Read what was entered, as a value to decide with. An entry's number is its line."""
    rows = rows_of(connection, batch.id, limit=2 * ENTRIES_MAX)
    voided = {row.voids for row in rows if row.event is RowEvent.VOID}
    entries = tuple(
        CounterEntry(
            number=row.line,
            notice_number=row.notice_number,
            installment=row.installment,
            amount=row.amount - row.interest,
            interest=row.interest,
            received_on=row.received_on,
            cancelled=row.line in voided,
        )
        for row in rows
        if row.event is RowEvent.PAY
    )
    return CounterBatch(
        office=batch.office,
        day=batch.booked_on,
        opened_by=batch.received_by,
        entries=entries,
        state=till.TillState.OPEN if batch.stands is BatchState.OPEN else till.TillState.CLOSED,
        closed_by=batch.closed_by,
    )


def from_barcode(profile: BarcodeProfile, digits: str, *, received_on: date) -> TillEntry:
    """Read the 44 digits of a slip into an entry. Raises `PeerFault` for digits that are wrong or not ours."""
    barcode = parse(digits)
    key = key_of(profile, barcode)
    return TillEntry(
        notice_number=key.notice_number, installment=key.installment, amount=barcode.amount, received_on=received_on
    )


def on_the_paper(
    connection: psycopg.Connection, municipality_code: str, notice_number: str, installment: str
) -> OnThePaper | None:
    """Tell what the ledger knows of an installment, so that the clerk can compare it with the paper; None: nothing."""
    with connection.cursor(row_factory=class_row(OnThePaper)) as cursor:
        return cursor.execute(
            "SELECT claim.id AS claim_id, notice.addressee_number, coalesce(taxpayer.name, '') AS name, tax,"
            f" fiscal_year, {PAYABLE_TO} AS due_date FROM notice JOIN claim ON claim.notice_id = notice.id"
            " LEFT JOIN taxpayer ON taxpayer.municipality_code = notice.municipality_code"
            " AND taxpayer.addressee_number = notice.addressee_number"
            " WHERE notice.municipality_code = %s AND notice_number = %s AND installment = %s",
            [municipality_code, notice_number, installment],
        ).fetchone()


def _row(batch: Batch, entry: CounterEntry, line: int) -> PaymentRow:
    return PaymentRow(
        line=line,
        event=RowEvent.PAY,
        key=f"{batch.id}|{line}",
        received_on=entry.received_on,
        amount=entry.amount + entry.interest,
        interest=entry.interest,
        notice_number=entry.notice_number,
        installment=entry.installment,
        office=batch.office,
    )


def _add(connection: psycopg.Connection, batch: Batch, rows: list[PaymentRow], acting: Acting) -> None:
    add_rows(connection, batch.id, rows, entered_by=acting.actor)
    connection.execute(
        "UPDATE batch SET (rows, total) = (SELECT count(*), coalesce(sum(amount), 0) FROM batch_row AS paid"
        " WHERE paid.batch_id = batch.id AND paid.event = 'pay' AND NOT EXISTS (SELECT FROM batch_row AS voiding"
        " WHERE voiding.batch_id = paid.batch_id AND voiding.voids = paid.line)) WHERE id = %s",
        [batch.id],
    )


def _next_line(connection: psycopg.Connection, batch_id: UUID) -> int:
    row = connection.execute(
        "SELECT coalesce(max(line), 0) + 1 FROM batch_row WHERE batch_id = %s", [batch_id]
    ).fetchone()
    return int(row[0]) if row else 1
