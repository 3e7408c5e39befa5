"""Rows of a batch held against the ledger: what is in it already, whose bundle it is, what contradicts its notice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

import psycopg

from kofu.ledger.books.domain.claims import Channel
from kofu.ledger.payments.domain.batches import KnownNotice, PaymentRow, RowEvent, RowProblem, check_notice
from kofu.ledger.payments.domain.bundles import with_own_keys

if TYPE_CHECKING:  # a batch is received there, and checked here
    from kofu.ledger.payments.batches import Batch

KEYS_PER_QUESTION = 5_000
KNOWN_PAYMENT = "known_payment"
KEYED = "keyed"  # 納付済通知書 that came back from the contractor


def payment_key(channel: str, key: str) -> str:
    """Key of a payment in the ledger: unique over all channels."""
    return f"{channel}/{key}"


def known_elsewhere(connection: psycopg.Connection, batch: Batch, rows: Sequence[PaymentRow]) -> Iterator[RowProblem]:
    """Rows that are in the ledger already, from another file. Stores tell their reports again: those are no problem."""
    if batch.channel == Channel.CONVENIENCE:
        return
    paying = [row for row in rows if row.event is RowEvent.PAY]
    for first in range(0, len(paying), KEYS_PER_QUESTION):
        part = {payment_key(batch.channel, row.key): row for row in paying[first : first + KEYS_PER_QUESTION]}
        found = connection.execute(
            "SELECT key, booked_on, amount FROM payment WHERE municipality_code = %s AND key = ANY(%s)",
            [batch.municipality_code, list(part)],
        )
        for key, booked_on, amount in found:
            row = part[key]
            if row.amount == amount:
                advice = "leave the row out, or ask the sender for a corrected file"
                message = f"this payment was posted on {booked_on}; {advice}"
                yield RowProblem(row.line, "収納の識別", KNOWN_PAYMENT, message)
            else:
                message = f"this payment was posted on {booked_on} with {amount} yen, not {row.amount}; ask the sender"
                yield RowProblem(row.line, "金額", "known_otherwise", message)


def unpaid_after_all(connection: psycopg.Connection, batch: Batch, rows: Sequence[PaymentRow]) -> Iterator[RowProblem]:
    """Debits a bank says it could not make, of which it said before that it made them: the money is in the ledger."""
    failed = [row for row in rows if row.event is RowEvent.FAIL]
    for first in range(0, len(failed), KEYS_PER_QUESTION):
        part = {payment_key(batch.channel, row.key): row for row in failed[first : first + KEYS_PER_QUESTION]}
        found = connection.execute(
            "SELECT key, booked_on FROM payment WHERE municipality_code = %s AND key = ANY(%s)",
            [batch.municipality_code, list(part)],
        )
        for key, booked_on in found:
            message = f"this was posted as debited on {booked_on}; ask the bank which of its answers holds"
            yield RowProblem(part[key].line, "振替結果コード", "posted_as_paid", message)


def own_bundles(connection: psycopg.Connection, batch: Batch, rows: Sequence[PaymentRow]) -> tuple[PaymentRow, ...]:
    """Give keyed rows the keys of the bundles they are: a 束番号 used again on a day is another bundle."""
    connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('keyed bundles ' || %s, 0))", [batch.municipality_code]
    )
    days = {row.received_on for row in rows}
    found = connection.execute(
        "SELECT key, notice_number, installment FROM batch JOIN batch_row ON batch_row.batch_id = batch.id"
        " WHERE batch.municipality_code = %s AND batch.kind = %s AND NOT batch.state = 'rejected' AND batch.id <> %s"
        " AND batch.booked_on >= %s AND batch_row.received_on = ANY(%s)"
        " AND NOT EXISTS (SELECT FROM batch_problem AS bad WHERE bad.batch_id = batch_row.batch_id"
        " AND bad.line = batch_row.line)",
        [batch.municipality_code, KEYED, batch.id, min(days, default=batch.booked_on), sorted(days)],
    )
    return with_own_keys(rows, {key: (notice, installment) for key, notice, installment in found})


def contradicting(connection: psycopg.Connection, batch: Batch, rows: Sequence[PaymentRow]) -> Iterator[RowProblem]:
    """Rows that cannot be of the notice they name."""
    naming = [row for row in rows if row.notice_number]
    for first in range(0, len(naming), KEYS_PER_QUESTION):
        part = naming[first : first + KEYS_PER_QUESTION]
        found = connection.execute(
            "SELECT notice_number, fiscal_year, tax, (SELECT min(due_date) FROM claim WHERE notice_id = notice.id)"
            " FROM notice WHERE municipality_code = %s AND notice_number = ANY(%s)",
            [batch.municipality_code, sorted({row.notice_number for row in part})],
        ).fetchall()
        first_due = {number: due for number, _, _, due in found}
        # paid after the first 納期限 is paid after the decision: only who paid before it is looked at more closely
        early = {
            row.notice_number
            for row in part
            if (due := first_due.get(row.notice_number)) is not None and row.received_on < due
        }
        decided = _decided(connection, batch.municipality_code, sorted(early))
        known = {number: KnownNotice(year, tax, decided.get(number)) for number, year, tax, _ in found}
        for row in part:
            if row.notice_number in known:
                yield from check_notice(row, known[row.notice_number])


def _decided(connection: psycopg.Connection, municipality_code: str, numbers: Sequence[str]) -> dict[str, date]:
    """Give the days notices' taxes were decided; a notice taken over from another system states none before 納期限."""
    if not numbers:
        return {}
    rows = connection.execute(
        "SELECT notice_number, min(effective_on) FROM notice JOIN claim ON claim.notice_id = notice.id"
        " JOIN transfer ON transfer.claim_id = claim.id JOIN entry ON entry.id = transfer.entry_id"
        " WHERE municipality_code = %s AND notice_number = ANY(%s) AND entry.kind = 'assessed'"
        " AND effective_on < due_date GROUP BY notice_number",
        [municipality_code, list(numbers)],
    )
    return dict(rows.fetchall())
