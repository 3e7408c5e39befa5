"""Payments brought into the ledger the way a batch brings them: group after group, each one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice

import psycopg

from kofu.ledger.books.domain.claims import Payment
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.journal import Posting
from kofu.ledger.payments.domain.matching import MatchOutcome
from kofu.ledger.payments.post_group import post_group

PAYMENTS_PER_GROUP = 5_000


@dataclass(frozen=True, slots=True)
class PostedPayments:
    """What posting did: payments by outcome, yen by outcome, and how many were in the ledger already."""

    counts: Counter[MatchOutcome] = field(default_factory=Counter)
    amounts: Counter[MatchOutcome] = field(default_factory=Counter)
    known: int = 0

    @property
    def posted(self) -> int:
        return self.counts.total()

    @property
    def amount(self) -> int:
        return self.amounts.total()


def post_payments(
    connection: psycopg.Connection,
    payments: Iterable[Payment],
    *,
    municipality_code: str,
    rules: MatchingRules,
    now: datetime,
    booked_on: date,
    actor: str = "test",
    source: str = "",
    progress: Callable[[int], None] = lambda _done: None,
) -> PostedPayments:
    """Post payments through a connection in autocommit; `progress` hears how many are done."""
    booked = Posting(actor=actor, booked_on=booked_on, recorded_at=now, source=source)
    counts: Counter[MatchOutcome] = Counter()
    amounts: Counter[MatchOutcome] = Counter()
    known = done = 0
    rest = iter(payments)
    while group := list(islice(rest, PAYMENTS_PER_GROUP)):
        with connection.transaction():
            posted = post_group(connection, group, municipality_code=municipality_code, rules=rules, booked=booked)
        for payment, outcome in posted:
            counts[outcome] += 1
            amounts[outcome] += payment.amount
        known += len(group) - len(posted)
        done += len(group)
        progress(done)
    return PostedPayments(counts, amounts, known)
