"""Refund cases in each of their states, for the tests of 還付."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import psycopg

from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.banks.domain.bank_accounts import BankAccount
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.claims import Channel, Claim, Notice, Payment, Tax
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.journal import Posting, add_notices, add_payments, open_books, store_books
from kofu.ledger.books.rates_file import rates
from kofu.ledger.overpayments import refund
from kofu.ledger.overpayments.domain.grounds import CauseOfExcess

WARD = "139998"
RULES = MatchingRules(rates())
NOW = datetime(2026, 11, 20, 1, tzinfo=UTC)
CLERK = Acting(actor="clerk", lane="test", now=NOW, pseudonym="p")
CHIEF = Acting(actor="chief", lane="test", now=NOW, pseudonym="p")
ACCOUNT = BankAccount(bank_code="0001", branch_code="001", account_type="1", account_number="1234567", holder="ミホン")
PAID = date(2026, 6, 29)


def overpaid(connection: psycopg.Connection, person: str, *, paid: int, reduced: int, owed: int) -> list[Claim]:
    """A person who paid 1期 in time, whose 1期 was then reduced, and who owes 2期."""
    notice = Notice(
        municipality_code=WARD,
        notice_number=f"N{person}",
        addressee_number=person,
        tax=Tax.RESIDENT,
        fiscal_year=2026,
        origin_year=2026,
        collection_method="ordinary",
        statutory_due_date=date(2026, 6, 30),
    )
    payment = Payment(
        payment_id=uuid4(),
        municipality_code=WARD,
        key=f"test/{person}",
        channel=Channel.COUNTER,
        received_on=PAID,
        booked_on=PAID,
        amount=paid,
    )
    with connection.transaction():
        (claims,) = add_notices(connection, [(notice, [("1", date(2026, 6, 30)), ("2", date(2026, 8, 31))])])
        first, second = (claim.claim_id for claim in claims)
        books = open_books(connection, claim_ids=[first, second])
        add_payments(connection, [payment], books)
        books.post(posting.assess(first, paid, date(2026, 6, 1)))
        if owed:
            books.post(posting.assess(second, owed, date(2026, 6, 1)))
        books.post(posting.receive(payment.payment_id, paid, PAID))
        books.post(posting.allocate(payment.payment_id, first, PAID, principal=paid))
        books.post_all(posting.reduce(books, first, reduced, date(2026, 10, 1)))
        store_books(connection, books, Posting(actor="test", booked_on=PAID, recorded_at=NOW))
    return list(claims)


def state(connection: psycopg.Connection, case: UUID) -> str:
    row = connection.execute("SELECT state FROM refund_case WHERE id = %s", [case]).fetchone()
    assert row is not None
    return str(row[0])


def proposed(connection: psycopg.Connection, person: str, **causes: CauseOfExcess) -> UUID:
    return refund.propose(connection, WARD, person, causes={}, rules=RULES, acting=CLERK)
