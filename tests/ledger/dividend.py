"""A dividend of a seizure whose claim was cancelled afterwards."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import psycopg

from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.claims import Channel, Notice, Payment, Tax
from kofu.ledger.books.journal import Posting, add_notices, add_payments, open_books, store_books

WARD = "139998"
DIVIDEND, PAID = date(2025, 3, 3), date(2026, 2, 2)
BOOKED = Posting(actor="t", booked_on=date(2026, 11, 1), recorded_at=datetime(2026, 11, 1, 3, tzinfo=UTC))


def a_dividend_whose_claim_was_cancelled(
    connection: psycopg.Connection, addressee: str = "1", booked: Posting = BOOKED
) -> tuple[UUID, UUID, list[int]]:
    """令和4年度 took 50,000 円 of a seizure and was cancelled; 令和5年度 was open on that day and was paid in 2026."""
    years = [(2022, date(2022, 8, 31)), (2023, date(2023, 8, 31))]
    notices = [
        (
            Notice(
                municipality_code=WARD,
                notice_number=f"{year}0001",
                addressee_number=addressee,
                tax=Tax.RESIDENT,
                fiscal_year=year,
                origin_year=year,
                collection_method="ordinary",
                statutory_due_date=due,
            ),
            [("2", due)],
        )
        for year, due in years
    ]
    payments = [
        Payment(
            payment_id=uuid4(),
            municipality_code=WARD,
            key=channel.value,
            channel=channel,
            received_on=on,
            booked_on=on,
            amount=amount,
        )
        for channel, on, amount in ((Channel.SEIZURE, DIVIDEND, 50_000), (Channel.BANK, PAID, 60_000))
    ]
    with connection.transaction():
        ids = [claim.claim_id for (claim,) in add_notices(connection, notices)]
        books = open_books(connection, claim_ids=ids)
        add_payments(connection, payments, books)
        for claim_id, (_, due) in zip(ids, years, strict=True):
            books.post(posting.assess(claim_id, 50_000 if claim_id == ids[0] else 60_000, due))
        for claim_id, payment in zip(ids, payments, strict=True):
            books.post(posting.receive(payment.payment_id, payment.amount, payment.received_on))
            books.post(posting.allocate(payment.payment_id, claim_id, payment.received_on, principal=payment.amount))
        books.post_all(posting.reduce(books, ids[0], 50_000, date(2026, 11, 1), cancelled=True))
        store_books(connection, books, booked)
    return payments[0].payment_id, payments[1].payment_id, ids
