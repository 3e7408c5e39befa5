"""未納なし of a person, from the balances of every claim there is on them."""

from __future__ import annotations

from datetime import date

import psycopg

from kofu.ledger.arrears.domain.no_arrears import Arrears, Owed, arrears_on
from kofu.ledger.books.claim_terms import terms_of_claims
from kofu.ledger.books.domain.exemptions import ClaimTerms
from kofu.ledger.books.journal import PAYABLE_TO
from kofu.ledger.people.numbers import numbers_of


def arrears_of(connection: psycopg.Connection, municipality_code: str, addressee_number: str, on: date) -> Arrears:
    """Read what a person owes that could have been paid by a day: all numbers, years and taxes."""
    rows = connection.execute(
        f"SELECT claim.id, {PAYABLE_TO}, assessed - waived, due, interest_due, collection_method FROM notice"
        " JOIN claim ON claim.notice_id = notice.id"
        " JOIN claim_balance ON claim_balance.claim_id = claim.id"
        " WHERE municipality_code = %s AND addressee_number = ANY(%s) AND (due > 0 OR interest_due > 0)"
        " ORDER BY claim.due_date, claim.id",
        [municipality_code, list(numbers_of(connection, municipality_code, addressee_number))],
    ).fetchall()
    terms = terms_of_claims(connection, [row[0] for row in rows])
    owed = []
    for claim_id, due_date, assessed, due, interest_due, method in rows:
        parts = terms.get(claim_id, ClaimTerms()).unpaid_parts(due_date, assessed, due)
        first = parts[0].due_date if parts else due_date
        later = sum(part.amount for part in parts if part.due_date >= on)
        owed.append(Owed(claim_id, first, due, interest_due, method, later))
    return arrears_on(owed, on)
