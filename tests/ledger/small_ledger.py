"""A small ledger to post payments to: thirty people who owe 10,000 yen each."""

from __future__ import annotations

from datetime import UTC, date, datetime

import psycopg

from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.claims import Notice, Tax
from kofu.ledger.books.journal import Posting, add_notices, open_books, store_books
from kofu.platform.postgres import SystemDatabase

WARD = "139998"
NOW = datetime(2026, 6, 20, tzinfo=UTC)
DAY = date(2026, 6, 20)
DUE = date(2026, 6, 30)
PEOPLE = 30


def by(actor: str, now: datetime = NOW) -> Acting:
    return Acting(actor, "test", now)


def new_ledger(system_database, *, numbers: str = "{:017d}", people: int = PEOPLE, due: date = DUE) -> SystemDatabase:
    """A ledger with one notice of 10,000 yen per person, due on `due`; `numbers`: how 通知書番号 are written."""
    made = system_database("ledger")
    with psycopg.connect(made.app_url, autocommit=True) as connection, connection.transaction():
        notices = [
            (
                Notice(
                    municipality_code=WARD,
                    notice_number=numbers.format(number),
                    addressee_number=str(number),
                    tax=Tax.RESIDENT,
                    fiscal_year=2026,
                    origin_year=2026,
                    collection_method="ordinary",
                    statutory_due_date=due,
                ),
                [("1", due)],
            )
            for number in range(people)
        ]
        claims = [claim for (claim,) in add_notices(connection, notices)]
        books = open_books(connection, claim_ids=[claim.claim_id for claim in claims])
        books.post_all(posting.assess(claim.claim_id, 10_000, date(2026, 6, 1)) for claim in claims)
        store_books(connection, books, Posting(actor="test", booked_on=DUE, recorded_at=NOW))
    return made
