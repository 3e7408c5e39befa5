"""People with arrears and the clerks who remind them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import psycopg

from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.arrears import dunning_runs
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.claims import Channel, Claim, Notice, Tax
from kofu.ledger.books.journal import Posting, add_notices, open_books, store_books
from kofu.ledger.payments.domain.closed_day import ClosedDay
from kofu.ledger.profile.domain.channel_rules import ChannelRule, Rhythm
from kofu.ledger.profile.domain.dunning_rules import DunningRules

WARD = "139998"
CLERK = Acting("clerk", "test", datetime(2026, 11, 20, 3, tzinfo=UTC), "p")
CHIEF = replace(CLERK, actor="chief")
CLOSED = ClosedDay(WARD, date(2026, 11, 18))
ISSUED = date(2026, 11, 20)
DESK = (ChannelRule(channel=Channel.COUNTER, rhythm=Rhythm.AT_DESK),)
RULES = DunningRules(timedelta(days=14))


def draw(connection: psycopg.Connection) -> dunning_runs.DrawnRun:
    return dunning_runs.draw(connection, CLOSED, issued_on=ISSUED, channels=DESK, rules=RULES, acting=CLERK)


def approve(connection: psycopg.Connection, run_id: UUID, acting: Acting) -> dunning_runs.ApprovedRun:
    return dunning_runs.approve_run(connection, run_id, channels=DESK, rules=RULES, acting=acting)


def owing(
    connection: psycopg.Connection,
    number: str,
    due: date,
    amount: int = 30_000,
    method: str = "ordinary",
    interest: int = 1_200,
) -> Claim:
    """A claim nothing was paid on."""
    notice = Notice(
        municipality_code=WARD,
        notice_number=number,
        addressee_number="1",
        tax=Tax.RESIDENT,
        fiscal_year=due.year,
        origin_year=due.year,
        collection_method=method,
        statutory_due_date=due,
    )
    with connection.transaction():
        ((claim,),) = add_notices(connection, [(notice, [("1", due)])])
        books = open_books(connection, claim_ids=[claim.claim_id])
        books.post(posting.assess(claim.claim_id, amount, due))
        if interest:
            books.post(*posting.revise_interest(books, claim.claim_id, interest, due))
        store_books(connection, books, Posting(actor="t", booked_on=due, recorded_at=CLERK.now))
    return claim


def grown(connection: psycopg.Connection, claim: Claim, amount: int, due: date) -> None:
    """増額 of a claim by `amount` yen with a 納期限 of its own."""
    with connection.transaction():
        books = open_books(connection, claim_ids=[claim.claim_id])
        books.post(posting.increase(claim.claim_id, amount, date(2026, 9, 1)))
        store_books(connection, books, Posting(actor="t", booked_on=date(2026, 9, 1), recorded_at=CLERK.now))
        connection.execute(
            "INSERT INTO claim_increase (claim_id, due_date, amount, effective_on, source) VALUES (%s, %s, %s, %s, '')",
            [claim.claim_id, due, amount, date(2026, 9, 1)],
        )
