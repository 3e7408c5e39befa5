"""⑤ 収納データの登録: payments are matched and posted in groups, each group one transaction with its audit entry.

A payment is known by its key (channel, file, line): what is in the ledger already is passed over, so a file that is
posted again, or goes on after a crash, changes nothing twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import psycopg

from kofu.ledger.books.accounting import lock_open_day
from kofu.ledger.books.claim_terms import with_barred
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.claims import Payment
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.journal import Posting, add_payments, claims_for_payments, open_books, store_books
from kofu.ledger.payments.domain.matching import MatchOutcome
from kofu.ledger.payments.place_payments import Placing, place_payments


def post_group(
    connection: psycopg.Connection,
    payments: Sequence[Payment],
    *,
    municipality_code: str,
    rules: MatchingRules,
    booked: Posting,
    suspended: frozenset[str] = frozenset(),
) -> list[tuple[Payment, MatchOutcome]]:
    """Post payments in the caller's transaction; give those that were new, each with how it was matched.

    `held`: keys of payments that go to 仮受 whatever they name. Raises `OperatorFault` `day_closed` where the day they
    are booked on is closed already.
    """
    connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    # Everything here is found by its key. A plan made while a table was still small, by old statistics or for the
    # checks of foreign keys, which a session keeps, would read the whole table again for every row.
    connection.execute("SET LOCAL enable_seqscan = off")
    lock_posting(connection, municipality_code)
    lock_open_day(connection, municipality_code, booked.booked_on)
    new = _unknown(connection, municipality_code, payments)
    claims = claims_for_payments(connection, municipality_code, {payment.notice_number for payment in new})
    named = [claim for found in claims.values() for claim in found]
    rules = with_barred(connection, rules, named, booked.booked_on)
    books = open_books(connection, claim_ids=[claim.claim_id for claim in named])
    add_payments(connection, new, books)
    outcomes: dict[UUID, MatchOutcome] = {}
    for payment in new:
        books.post(posting.receive(payment.payment_id, payment.amount, payment.received_on, source=payment.source))
        if payment.key in suspended:
            outcomes[payment.payment_id] = MatchOutcome.UNSETTLED_REPORT
            reason = MatchOutcome.UNSETTLED_REPORT.value
            books.post(posting.suspend(payment.payment_id, payment.amount, payment.received_on, reason=reason))
    free = [payment for payment in new if payment.payment_id not in outcomes]
    outcomes |= place_payments(Placing(connection, books, rules, booked), free, claims)
    store_books(connection, books, booked)
    return [(payment, outcomes[payment.payment_id]) for payment in new]


def lock_posting(connection: psycopg.Connection, municipality_code: str) -> None:
    """Let one group after another be posted, whichever process does it: what is in the ledger is read after."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('post payments ' || %s, 0))", [municipality_code])


def _unknown(connection: psycopg.Connection, municipality_code: str, group: Sequence[Payment]) -> list[Payment]:
    """Payments of the group that are not in the ledger, each key once."""
    rows = connection.execute(
        "SELECT key FROM payment WHERE municipality_code = %s AND key = ANY(%s)",
        [municipality_code, [payment.key for payment in group]],
    )
    seen = {row[0] for row in rows}
    new: list[Payment] = []
    for payment in group:
        if payment.key not in seen:
            seen.add(payment.key)
            new.append(payment)
    return new
