"""One person's year of four 期別 in a real ledger, and payments for it that arrive when they arrive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import psycopg
from tests.ledger.posted_payments import post_payments

from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.books import Books, Share
from kofu.ledger.books.domain.claims import Channel, Claim, Notice, Payment, Tax
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.domain.rates import RateTable
from kofu.ledger.books.journal import Posting, add_notices, open_books, store_books
from kofu.ledger.books.rates_file import rates
from kofu.ledger.payments.domain.matching import MatchOutcome
from kofu.platform.ordered_ids import ordered_id

WARD = "139998"
NOTICE = "20260000001"
DUES = {"1": date(2026, 6, 30), "2": date(2026, 8, 31), "3": date(2026, 11, 2), "4": date(2027, 2, 1)}
#: The announced rates; those of 2026 for the years that are not announced.
RULES = MatchingRules(
    RateTable({**dict.fromkeys(range(2027, 2040), rates().years[2026]), **rates().years}, "announced, and 2026 after")
)


def noon(day: date) -> datetime:
    """Noon in Japan of a day."""
    return datetime(day.year, day.month, day.day, 3, tzinfo=UTC)


def by(actor: str, day: date) -> Acting:
    return Acting(actor, "test", noon(day))


@dataclass
class Year:
    """The year, and what was done to it."""

    connection: psycopg.Connection
    claims: tuple[Claim, ...]
    number: str = NOTICE

    def claim(self, installment: str) -> int:
        return next(claim.claim_id for claim in self.claims if claim.installment == installment)

    def slip(self, installment: str, paid: date, amount: int, channel: Channel = Channel.BANK, interest: int = 0):
        payment_id = ordered_id()
        return Payment(
            payment_id=payment_id,
            municipality_code=WARD,
            key=f"test/{payment_id}",
            channel=channel,
            received_on=paid,
            booked_on=paid,
            amount=amount,
            notice_number=self.number,
            installment=installment,
            interest=interest,
        )

    def arrive(self, booked_on: date, *payments: Payment) -> list[MatchOutcome]:
        """Post payments as one file."""
        done = post_payments(
            self.connection,
            payments,
            municipality_code=WARD,
            rules=RULES,
            actor="test",
            now=noon(booked_on),
            booked_on=booked_on,
            source="file",
        )
        return sorted(done.counts.elements())

    def books(self) -> Books:
        with self.connection.transaction():
            return open_books(self.connection, claim_ids=[claim.claim_id for claim in self.claims])

    def share(self, payment: Payment, installment: str) -> Share:
        claim_id = self.claim(installment)
        return self.books().shares.get((payment.payment_id, claim_id), Share(payment.payment_id, claim_id))

    def dues(self) -> list[int]:
        balances = self.books().claims
        return [balances[claim.claim_id].due for claim in self.claims]

    def interest(self) -> list[int]:
        balances = self.books().claims
        return [balances[claim.claim_id].interest_assessed for claim in self.claims]

    def owed_back(self) -> int:
        return sum(balance.overpaid + balance.in_error for balance in self.books().payments.values())

    def post(self, on: date, *entries) -> None:
        books = self.books()
        for entry in entries:
            books.post_all(entry(books) if callable(entry) else (entry,))
        with self.connection.transaction():
            store_books(self.connection, books, Posting(actor="test", booked_on=on, recorded_at=noon(on)))


def a_year(
    connection: psycopg.Connection,
    amounts: Sequence[int] = (25_000, 25_000, 25_000, 25_000),
    *,
    number: str = NOTICE,
    dues: dict[str, date] = DUES,
    person: str = "1",
) -> Year:
    """Assess a year of installments."""
    first = min(dues.values())
    notice = Notice(
        municipality_code=WARD,
        notice_number=number,
        addressee_number=person,
        tax=Tax.RESIDENT,
        fiscal_year=first.year,
        origin_year=first.year,
        collection_method="ordinary",
        statutory_due_date=first,
    )
    assessed_on = first.replace(day=1)
    with connection.transaction():
        (claims,) = add_notices(connection, [(notice, list(dues.items())[: len(amounts)])])
        books = open_books(connection, claim_ids=[claim.claim_id for claim in claims])
        books.post_all(
            posting.assess(claim.claim_id, amount, assessed_on)
            for claim, amount in zip(claims, amounts, strict=True)
            if amount
        )
        store_books(connection, books, Posting(actor="test", booked_on=assessed_on, recorded_at=noon(assessed_on)))
    return Year(connection, claims, number)
