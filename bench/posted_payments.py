"""Payments posted the way a batch posts them: group after group, each one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from itertools import islice

import psycopg

from kofu.ledger.books.domain.claims import Payment
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.journal import Posting
from kofu.ledger.payments.domain.matching import MatchOutcome
from kofu.ledger.payments.post_batch import ROWS_PER_GROUP
from kofu.ledger.payments.post_group import post_group


def post_payments(
    connection: psycopg.Connection,
    payments: Iterable[Payment],
    *,
    municipality_code: str,
    rules: MatchingRules,
    now: datetime,
    booked_on: date,
) -> Counter[MatchOutcome]:
    """Post payments through a connection in autocommit; give how many came out how."""
    booked = Posting(actor="bench", booked_on=booked_on, recorded_at=now, source="bench")
    counts: Counter[MatchOutcome] = Counter()
    rest = iter(payments)
    while group := list(islice(rest, ROWS_PER_GROUP)):
        with connection.transaction():
            posted = post_group(connection, group, municipality_code=municipality_code, rules=rules, booked=booked)
        counts.update(outcome for _, outcome in posted)
    return counts
