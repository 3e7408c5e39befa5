"""Claims with terms of their own, in a ledger."""

from __future__ import annotations

from datetime import UTC, date, datetime

import psycopg

from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.claims import Claim, Notice, Tax
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.journal import Posting, add_notices, open_books, store_books
from kofu.ledger.books.rates_file import rates

WARD = "139998"
CLERK = Acting("clerk", "test", datetime(2026, 8, 20, 3, tzinfo=UTC), "p")
RULES = MatchingRules(rates())


def owing(connection: psycopg.Connection, number: str, due: date, amount: int) -> Claim:
    notice = Notice(
        municipality_code=WARD,
        notice_number=number,
        addressee_number="1",
        tax=Tax.RESIDENT,
        fiscal_year=due.year,
        origin_year=due.year,
        collection_method="ordinary",
        statutory_due_date=due,
    )
    with connection.transaction():
        ((claim,),) = add_notices(connection, [(notice, [("1", due)])])
        books = open_books(connection, claim_ids=[claim.claim_id])
        books.post(posting.assess(claim.claim_id, amount, due))
        store_books(connection, books, Posting(actor="t", booked_on=due, recorded_at=CLERK.now))
    return claim
