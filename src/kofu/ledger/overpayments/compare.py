"""還付加算金 by 1号 and by 3号, side by side before the 決裁: the difference shows in yen (地方税法17条の4第1項)."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace
from uuid import UUID

import psycopg

from kofu.core.calendar import day_in_japan
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.books.claim_terms import with_barred
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.domain.refund_interest import InterestUntil, RefundCause
from kofu.ledger.overpayments.case import lock_case, open_person
from kofu.ledger.overpayments.refund import settle_person


@dataclass(frozen=True, slots=True)
class BothItems:
    """還付加算金 at a claim if it were decided today, in yen, by the one 号 and by the other."""

    claim_id: int
    chosen: RefundCause
    by_first: int
    by_third: int


def both_items(
    connection: psycopg.Connection, case_id: UUID, *, rules: MatchingRules, acting: Acting
) -> tuple[BothItems, ...]:
    """Calculate a proposal both ways, for every claim whose income tax day is known. Posts nothing.

    Raises `OperatorFault` `rate_missing`, `nothing_owed_back` where the ledger has moved on.
    """
    today = day_in_japan(acting.now)
    with connection.transaction(force_rollback=True):
        case = lock_case(connection, case_id)
        asked = {claim_id: why for claim_id, why in case.causes.items() if why.income_tax_on is not None}
        if not asked:
            return ()
        books, claims = open_person(connection, case.municipality_code, case.addressee_number)
        used = replace(with_barred(connection, rules, claims, today), refund_interest=InterestUntil.APPROVAL)
    found: dict[RefundCause, dict[int, int]] = {}
    for cause in (RefundCause.REASSESSMENT, RefundCause.INCOME_TAX):
        causes = {**case.causes, **{claim_id: replace(why, cause=cause) for claim_id, why in asked.items()}}
        plan = settle_person(deepcopy(books), claims, causes, today, used)
        found[cause] = {added.claim_id: added.amount for added in plan.added}
    return tuple(
        BothItems(
            claim_id,
            why.cause,
            found[RefundCause.REASSESSMENT].get(claim_id, 0),
            found[RefundCause.INCOME_TAX].get(claim_id, 0),
        )
        for claim_id, why in asked.items()
    )
