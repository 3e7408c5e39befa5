"""還付請求権の時効 (地方税法18条の3): what nobody claimed within five years of the decision, before and when it ends.

`kofu ledger night` ends what is due, every night; the list shows it half a year beforehand, so that the person can be
written to once more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from kofu.core.calendar import day_in_japan
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.books.domain import posting
from kofu.ledger.books.journal import open_books, store_books
from kofu.ledger.overpayments.case import lock_case, move, posting_of, put_event
from kofu.ledger.overpayments.domain.refunds import REFUND_LIFE, RefundEvent
from kofu.ledger.overpayments.payees import payees_of
from kofu.ledger.overpayments.refund import parts_of

SHOWN_BEFORE = timedelta(days=180)
CAN_LAPSE = sorted(state.value for state in REFUND_LIFE.states_that_take(RefundEvent.LAPSE))


@dataclass(frozen=True, slots=True)
class Lapsing:
    """A refund nobody claimed: `total` yen with 還付加算金, to be claimed until the end of `lapse_on`."""

    id: UUID
    number: int
    addressee_number: str
    name: str
    total: int
    notified_on: date
    lapse_on: date


def lapsing(connection: psycopg.Connection, municipality_code: str, *, today: date) -> list[Lapsing]:
    """List what ends within half a year unless it is claimed, the next first."""
    with connection.cursor(row_factory=class_row(Lapsing)) as cursor:
        return cursor.execute(
            "SELECT refund_case.id, number, refund_case.addressee_number, coalesce(name, '') AS name,"
            " refund_total AS total, notified_on, lapse_on"
            " FROM refund_case LEFT JOIN taxpayer USING (municipality_code, addressee_number)"
            " WHERE municipality_code = %s AND state = ANY(%s) AND refund_total > 0 AND lapse_on <= %s"
            " ORDER BY lapse_on, number",
            [municipality_code, CAN_LAPSE, today + SHOWN_BEFORE],
        ).fetchall()


def lapse_due(connection: psycopg.Connection, municipality_code: str, *, acting: Acting) -> int:
    """時効: refunds nobody claimed in time end, with their 還付加算金; the money stays. Give how many.

    Each is a transaction of its own: one that cannot end (a closed day) raises and leaves what ended before it.
    """
    today = day_in_japan(acting.now)
    rows = connection.execute(
        "SELECT id FROM refund_case WHERE municipality_code = %s AND state = ANY(%s) AND lapse_on < %s"
        " AND refund_total > 0 ORDER BY number",
        [municipality_code, CAN_LAPSE, today],
    ).fetchall()
    return sum(_lapse(connection, case_id, today, acting) for (case_id,) in rows)


def _lapse(connection: psycopg.Connection, case_id: UUID, today: date, acting: Acting) -> bool:
    with connection.transaction():
        case = lock_case(connection, case_id)
        if not REFUND_LIFE.allows(case.state, RefundEvent.LAPSE):
            return False  # claimed since it was listed
        state = REFUND_LIFE.after(case.state, RefundEvent.LAPSE)
        payees = payees_of(connection, case_id)
        unpaid = [payee for payee in payees if payee.state != "paid"]
        refunds = parts_of(case, unpaid) if payees else case.plan.refunds
        books = open_books(connection, payment_ids={refund.payment_id for refund in refunds})
        books.post_all(
            posting.lapse_refund(
                refund.payment_id, refund.claim_id, today, amount=refund.amount, interest=refund.interest
            )
            for refund in refunds
            if refund.amount or refund.interest
        )
        store_books(connection, books, posting_of(connection, case, acting))
        move(connection, case_id, state)
        ended = {
            "amount": sum(refund.amount for refund in refunds),
            "interest": sum(refund.interest for refund in refunds),
        }
        put_event(connection, case_id, RefundEvent.LAPSE, state, acting, detail=ended)
    return True
