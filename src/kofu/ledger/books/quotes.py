"""Read what quoting takes, and quote: claims to a day, as `domain.quote` does it. Reads only, locks nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date

import psycopg

from kofu.ledger.books.claim_terms import with_barred
from kofu.ledger.books.domain.books import ClaimBalance
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.domain.quote import Paid, Quote, quote
from kofu.ledger.books.domain.special_collection import SPECIAL_METHODS
from kofu.ledger.books.journal import CLAIM_FIELDS, PAYABLE_TO, claims_by_id
from kofu.ledger.people.domain.numbers import PersonNumbers


def quotes_of(
    connection: psycopg.Connection, claim_ids: Collection[int], on: date, rules: MatchingRules
) -> dict[int, Quote]:
    """Quote claims to a day, by claim, oldest 納期限 first. Raises `OperatorFault` `exemption_unknown`."""
    claims = claims_by_id(connection, claim_ids)
    wanted = [claim.claim_id for claim in claims]
    own = with_barred(connection, rules, claims, on)
    balances = {
        row[0]: ClaimBalance(*row)
        for row in connection.execute(
            f"SELECT {', '.join(CLAIM_FIELDS)} FROM claim_balance WHERE claim_id = ANY(%s)", [wanted]
        )
    }
    paid: defaultdict[int, list[Paid]] = defaultdict(list)
    for claim_id, received_on, principal in connection.execute(
        "SELECT claim_id, received_on, principal FROM share JOIN payment ON payment.id = share.payment_id"
        " WHERE claim_id = ANY(%s) AND principal > 0 ORDER BY received_on",
        [wanted],
    ):
        paid[claim_id].append(Paid(received_on, principal))
    return {claim.claim_id: quote(claim, balances[claim.claim_id], paid[claim.claim_id], on, own) for claim in claims}


def owing_claims(connection: psycopg.Connection, municipality_code: str, numbers: PersonNumbers) -> list[int]:
    """List the claims a person owes something of, oldest 納期限 first; 特別徴収 is owed by others."""
    rows = connection.execute(
        "SELECT claim.id FROM notice JOIN claim ON claim.notice_id = notice.id"
        " JOIN claim_balance ON claim_balance.claim_id = claim.id"
        " WHERE municipality_code = %s AND addressee_number = ANY(%s) AND (due > 0 OR interest_due > 0)"
        f" AND collection_method <> ALL(%s) ORDER BY {PAYABLE_TO}, claim.id",
        [municipality_code, list(numbers), list(SPECIAL_METHODS)],
    )
    return [row[0] for row in rows]
