"""A payment as it came: what no correction changes."""

from __future__ import annotations

from uuid import UUID

import psycopg

from kofu.core.errors import OperatorFault
from kofu.ledger.books.domain.claims import Channel, Payment


def payment_named(connection: psycopg.Connection, payment_id: UUID) -> Payment:
    """Read a payment. Raises `OperatorFault` `payment_unknown`."""
    row = connection.execute(
        "SELECT municipality_code, key, channel, received_on, booked_on, amount, notice_number, installment, interest"
        " FROM payment WHERE id = %s",
        [payment_id],
    ).fetchone()
    if row is None:
        raise OperatorFault("payment_unknown", "there is no such payment")
    code, key, channel, received_on, booked_on, amount, notice_number, installment, interest = row
    return Payment(
        payment_id=payment_id,
        municipality_code=code,
        key=key,
        channel=Channel(channel),
        received_on=received_on,
        booked_on=booked_on,
        amount=amount,
        notice_number=notice_number,
        installment=installment,
        interest=interest,
    )
