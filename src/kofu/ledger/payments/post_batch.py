"""⑤ Posting a batch that was decided: in groups, each one transaction, so that a crash costs at most one group's work.

Reports of stores go through the life of a payment (`domain.convenience`) in the same transaction: an advice is noted,
a confirmation is money.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

import psycopg

from kofu.core.errors import OperatorFault, ensure
from kofu.ledger.acting.record import record
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.books.accounting import posting_on
from kofu.ledger.books.domain.claims import Channel, Payment
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.payments.advised import advance_reports
from kofu.ledger.payments.batch_checks import KEYED, payment_key
from kofu.ledger.payments.batches import Batch, load_batch, locked
from kofu.ledger.payments.domain.batches import BATCH_LIFE, BatchEvent, BatchState, PaymentRow, RowEvent
from kofu.ledger.payments.domain.matching import MatchOutcome
from kofu.ledger.payments.post_group import post_group
from kofu.ledger.sent_files.answers import answer_debits, note_batch_posted
from kofu.platform.ordered_ids import ordered_id

ROWS_PER_GROUP = 5_000
DEBIT_RESULT = "debit_result"  # 口座振替の結果: it answers what the banks were asked

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class PostedBatch:
    """What posting a batch did: payments and yen by outcome, payments in the ledger already, advices noted."""

    counts: Counter[MatchOutcome] = field(default_factory=Counter)
    amounts: Counter[MatchOutcome] = field(default_factory=Counter)
    known: int = 0
    advised: int = 0

    @property
    def posted(self) -> int:
        """Payments that are new in the ledger."""
        return self.counts.total()

    @property
    def amount(self) -> int:
        """Yen that are new in the ledger."""
        return self.amounts.total()


def post_batch(
    connection: psycopg.Connection,
    batch_id: UUID,
    *,
    rules: MatchingRules,
    acting: Acting,
    progress: Progress = lambda _done: None,
) -> PostedBatch:
    """Post a batch through a connection in autocommit; `progress` hears how many rows are done.

    Broken off, it goes on where it stopped when called again; posted already, it does nothing. Raises `OperatorFault`
    `batch_state` where it is not decided, `day_closed`, `rate_missing`.
    """
    done = PostedBatch()
    known = advised = last = rows_done = 0
    while True:
        with connection.transaction():
            connection.execute("SET LOCAL enable_seqscan = off")  # rows are found by their keys: see post_group
            batch = locked(connection, batch_id)
            if batch.stands is BatchState.POSTED:
                break
            following = BATCH_LIFE.after(batch.stands, BatchEvent.POST)
            rows = _rows_to_post(connection, batch_id, last)
            if not rows:
                connection.execute(
                    "UPDATE batch SET state = %s, posted_by = %s, posted_at = %s WHERE id = %s",
                    [following, acting.actor, acting.now, batch_id],
                )
                if batch.kind == DEBIT_RESULT:
                    answer_debits(connection, batch.municipality_code, what=batch.name, acting=acting)
                if batch.kind == KEYED:
                    note_batch_posted(connection, batch_id, source=f"{batch.name} {batch_id}", acting=acting)
                record(
                    connection, acting, "payments.post_batch", following.value,
                    batch=str(batch_id), payments=done.posted, known=known, advised=advised,
                )  # fmt: skip
                break
            if batch.stands is not BatchState.POSTING:
                begun = BATCH_LIFE.after(batch.stands, BatchEvent.BEGIN)
                connection.execute("UPDATE batch SET state = %s WHERE id = %s", [begun, batch_id])
            group = _post_rows(connection, batch, rows, rules, acting)
            record(
                connection, acting, "payments.post", "posted",
                batch=str(batch_id), first_line=rows[0].line, last_line=rows[-1].line, payments=group.posted,
            )  # fmt: skip
        done.counts.update(group.counts)
        done.amounts.update(group.amounts)
        known += group.known
        advised += group.advised
        last = rows[-1].line
        rows_done += len(rows)
        progress(rows_done)
    return PostedBatch(done.counts, done.amounts, known, advised)


def _post_rows(
    connection: psycopg.Connection, batch: Batch, rows: list[PaymentRow], rules: MatchingRules, acting: Acting
) -> PostedBatch:
    """Post one group of rows in the caller's transaction."""
    ensure(not batch.stands.is_final, "only a decided batch is posted")
    if batch.channel == Channel.CONVENIENCE:
        decided = advance_reports(connection, batch.municipality_code, rows, acting)
        paying, suspended = decided.paying, decided.suspended
        advised = len(rows) - len(decided.paying)
    else:
        paying, suspended, advised = rows, frozenset[str](), 0
    payments = [_payment(batch, row) for row in paying]
    posted = post_group(
        connection,
        payments,
        municipality_code=batch.municipality_code,
        rules=rules,
        booked=posting_on(batch.booked_on, acting, source=f"{batch.kind} {batch.id}"),
        suspended=frozenset(payment_key(batch.channel, key) for key in suspended),
    )
    group = PostedBatch(known=len(payments) - len(posted), advised=advised)
    for payment, outcome in posted:
        group.counts[outcome] += 1
        group.amounts[outcome] += payment.amount
    return group


def _payment(batch: Batch, row: PaymentRow) -> Payment:
    return Payment(
        payment_id=ordered_id(),
        municipality_code=batch.municipality_code,
        key=payment_key(batch.channel, row.key),
        channel=Channel(batch.channel),
        received_on=row.received_on,
        booked_on=batch.booked_on,
        amount=row.amount,
        interest=row.interest,
        office=row.office or batch.office,
        notice_number=row.notice_number,
        installment=row.installment,
        batch_id=batch.id,
        source=f"{batch.name} {row.line}行目",
    )


def _rows_to_post(connection: psycopg.Connection, batch_id: UUID, above: int) -> list[PaymentRow]:
    """Rows above a line that are neither bad, nor voided, nor a voiding."""
    found = connection.execute(
        "SELECT line, event, key, received_on, amount, interest, notice_number, installment, office FROM batch_row"
        " WHERE batch_id = %s AND line > %s AND event IN ('pay', 'advise', 'cancel')"
        " AND NOT EXISTS (SELECT FROM batch_problem AS bad WHERE bad.batch_id = batch_row.batch_id"
        " AND bad.line = batch_row.line)"
        " AND NOT EXISTS (SELECT FROM batch_row AS voiding WHERE voiding.batch_id = batch_row.batch_id"
        " AND voiding.voids = batch_row.line)"
        " ORDER BY line LIMIT %s",
        [batch_id, above, ROWS_PER_GROUP],
    )
    return [
        PaymentRow(
            line=line, event=RowEvent(event), key=key, received_on=received_on, amount=amount, interest=interest,
            notice_number=notice_number, installment=installment, office=office,
        )
        for line, event, key, received_on, amount, interest, notice_number, installment, office in found
    ]  # fmt: skip


def post_waiting(
    connection: psycopg.Connection,
    municipality_code: str,
    *,
    rules: MatchingRules,
    acting: Acting,
    progress: Callable[[Batch, int], None] = lambda _batch, _done: None,
) -> list[tuple[Batch, PostedBatch]]:
    """Post every batch that is decided and waits, oldest first; one that was sent back meanwhile is passed over."""
    rows = connection.execute(
        "SELECT id FROM batch WHERE municipality_code = %s AND state = ANY(%s) ORDER BY received_at, id",
        [municipality_code, list(BATCH_LIFE.states_that_take(BatchEvent.POST))],
    ).fetchall()
    done = []
    for (batch_id,) in rows:
        batch = load_batch(connection, batch_id)

        def show_progress(count: int, batch: Batch = batch) -> None:
            progress(batch, count)

        try:
            posted = post_batch(connection, batch_id, rules=rules, acting=acting, progress=show_progress)
        except OperatorFault:
            if load_batch(connection, batch_id).stands is BatchState.REJECTED:
                continue
            raise
        done.append((load_batch(connection, batch_id), posted))
    return done
