"""The history of notices for the order of receipt: read for many at once, and only for those that need it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import psycopg

from kofu.ledger.books.domain.accounts import Account
from kofu.ledger.books.domain.books import Books
from kofu.ledger.books.domain.claims import Channel, Claim, Payment
from kofu.ledger.books.domain.entries import JournalKind
from kofu.ledger.payments.domain.notice_facts import Movement


@dataclass(frozen=True, slots=True)
class History:
    """What `facts_of` needs of a notice: its movements in order, and the payments with money at its claims."""

    movements: Sequence[Movement]
    payments: Mapping[UUID, Payment]


def last_changes(connection: psycopg.Connection, claim_ids: Collection[int]) -> dict[int, date]:
    """Give the last day on which claims were increased, reduced, waived or written off; the others are left out.

    A claim that was assessed once and then paid is told by its own movements, without a look at their entries.
    """
    rows = connection.execute(
        "SELECT claim_id, max(effective_on) FROM transfer JOIN entry ON entry.id = entry_id"
        " WHERE claim_id = ANY(%s) AND kind IN ('increased', 'reduced', 'cancelled', 'waived', 'interest_waived',"
        " 'written_off') GROUP BY claim_id",
        [_changed(connection, claim_ids)],
    )
    return dict(rows.fetchall())


def _changed(connection: psycopg.Connection, claim_ids: Collection[int]) -> list[int]:
    rows = connection.execute(
        "SELECT claim_id FROM transfer WHERE claim_id = ANY(%s) AND payment_id IS NULL GROUP BY claim_id"
        " HAVING count(*) > 1",
        [sorted(claim_ids)],
    )
    return [claim_id for (claim_id,) in rows]


def load_histories(
    connection: psycopg.Connection, notices: Mapping[str, Sequence[Claim]], books: Books
) -> dict[str, History]:
    """Read the histories of notices, by 通知書番号; their claims are open in `books`."""
    notice_of = {claim.claim_id: number for number, claims in notices.items() for claim in claims}
    payments_of: defaultdict[str, set[UUID]] = defaultdict(set)
    for claim_id, number in notice_of.items():
        payments_of[number].update(books.payments_at.get(claim_id, ()))
    wanted = sorted({payment_id for found in payments_of.values() for payment_id in found})
    rows = connection.execute(
        "SELECT entry.sequence, kind, effective_on, reason, debit, credit, amount, claim_id, payment_id"
        " FROM transfer JOIN entry ON entry.id = entry_id WHERE transfer.id IN ("
        " SELECT id FROM transfer WHERE claim_id = ANY(%s) UNION SELECT id FROM transfer WHERE payment_id = ANY(%s))"
        " ORDER BY entry.sequence, transfer.id",
        [sorted(notice_of), wanted],
    ).fetchall()
    numbers_of: defaultdict[UUID, list[str]] = defaultdict(list)
    for number, found in payments_of.items():
        for payment_id in found:
            numbers_of[payment_id].append(number)
    movements: defaultdict[str, list[Movement]] = defaultdict(list)
    for sequence, kind, effective_on, reason, debit, credit, amount, claim_id, payment_id in rows:
        movement = Movement(
            sequence=sequence, kind=JournalKind(kind), effective_on=effective_on, reason=reason, debit=Account(debit),
            credit=Account(credit), amount=amount, claim_id=claim_id, payment_id=payment_id,
        )  # fmt: skip
        own = [notice_of[claim_id]] if claim_id in notice_of else []
        for number in {*own, *numbers_of.get(payment_id, ())}:
            movements[number].append(movement)
    payments = _payments(connection, wanted, books)
    return {
        number: History(movements[number], {one: payments[one] for one in sorted(payments_of[number])})
        for number in notices
    }


def _payments(connection: psycopg.Connection, payment_ids: Sequence[UUID], books: Books) -> dict[UUID, Payment]:
    """Read payments; what came in of each is what the books say, without what was voided; nothing while in suspense."""
    rows = connection.execute(
        "SELECT id, municipality_code, key, channel, received_on, booked_on, office, notice_number, installment,"
        " interest FROM payment WHERE id = ANY(%s)",
        [list(payment_ids)],
    )
    return {
        row[0]: Payment(
            payment_id=row[0],
            municipality_code=row[1],
            key=row[2],
            channel=Channel(row[3]),
            received_on=row[4],
            booked_on=row[5],
            amount=0 if books.payments[row[0]].suspense else books.payments[row[0]].received,
            office=row[6],
            notice_number=row[7],
            installment=row[8],
            interest=row[9],
        )
        for row in rows
    }
