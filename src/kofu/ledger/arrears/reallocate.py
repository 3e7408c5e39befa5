"""再充当 (最判令和3年6月22日) of a person: planned and proposed by one person, approved and posted by another.

A reduction leaves what a seizure had paid on the claim as 過納金. The rule (`domain.reallocate`) gives it to the claims
that were open on the day of the 配当. The proposal keeps the plan; the approval makes it again from the books of then
and posts it only where it is the same.
"""

from __future__ import annotations

from uuid import UUID

import psycopg

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.arrears.decide_claims import (
    ProposedDecision,
    close_proposal,
    put_proposal,
    waiting_proposal,
)
from kofu.ledger.arrears.domain.proposals import DecisionKind, ProposalEvent
from kofu.ledger.arrears.domain.reallocate import ReallocationPlan, reallocate
from kofu.ledger.arrears.proposal_basis import kept_reallocation
from kofu.ledger.books.accounting import posting_now
from kofu.ledger.books.claim_terms import with_barred
from kofu.ledger.books.domain.books import Books
from kofu.ledger.books.domain.claims import Channel
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.domain.special_collection import is_special
from kofu.ledger.books.journal import claims_of_person, open_books, store_books
from kofu.ledger.people.numbers import numbers_of


def plan(
    connection: psycopg.Connection,
    municipality_code: str,
    addressee_number: str,
    *,
    rules: MatchingRules,
    acting: Acting,
) -> ReallocationPlan:
    """Tell what a 再充当 would do to a person's claims; post nothing. Raises `OperatorFault` `rate_missing`."""
    with connection.transaction():
        _, found = _posted(connection, municipality_code, addressee_number, "", rules=rules, acting=acting)
    return found


def propose(
    connection: psycopg.Connection,
    municipality_code: str,
    addressee_number: str,
    *,
    reason: str,
    rules: MatchingRules,
    acting: Acting,
) -> ProposedDecision:
    """起案 for a reason. Raises `OperatorFault` `nothing_to_move`, `reason_needed`, `proposed_already`."""
    with connection.transaction():
        _, found = _posted(connection, municipality_code, addressee_number, reason, rules=rules, acting=acting)
        if not found.moved:
            raise OperatorFault("nothing_to_move", "no money of a seizure can go to a claim that was open on its day")
        return put_proposal(
            connection,
            found.moved[0].from_claim,
            DecisionKind.REALLOCATE,
            found.total,
            reason,
            basis=kept_reallocation(found),
            acting=acting,
        )


def approve(connection: psycopg.Connection, decision_id: UUID, *, rules: MatchingRules, acting: Acting) -> int:
    """決裁 by a second person: posted as new entries; give the yen that moved.

    Raises `OperatorFault` `second_person_needed`, `decision_state`, `plan_changed` where the ledger has moved on since.
    """
    with connection.transaction():
        waiting = waiting_proposal(connection, decision_id, acting)
        person = connection.execute(
            "SELECT municipality_code, addressee_number FROM claim JOIN notice ON notice.id = notice_id"
            " WHERE claim.id = %s",
            [waiting.claim_id],
        ).fetchone()
        if waiting.kind is not DecisionKind.REALLOCATE or person is None:
            raise OperatorFault("decided_elsewhere", "the proposal is no 再充当")
        books, found = _posted(connection, person[0], person[1], waiting.reason, rules=rules, acting=acting)
        if kept_reallocation(found) != waiting.basis:
            raise OperatorFault(
                "plan_changed", "the ledger has moved on since this was proposed; withdraw it and propose it again"
            )
        source = f"決裁 {decision_id}"
        store_books(connection, books, posting_now(connection, person[0], acting, source=source))
        close_proposal(connection, decision_id, ProposalEvent.APPROVE, DecisionKind.REALLOCATE, acting)
    return found.total


def _posted(
    connection: psycopg.Connection,
    municipality_code: str,
    addressee_number: str,
    reason: str,
    *,
    rules: MatchingRules,
    acting: Acting,
) -> tuple[Books, ReallocationPlan]:
    """Open the person's books and post the 再充当 to them, in memory."""
    numbers = numbers_of(connection, municipality_code, addressee_number)
    claims = [
        claim
        for claim in claims_of_person(connection, municipality_code, numbers)
        if not is_special(claim.notice.collection_method)  # no 滞納処分 against the person pays the employer's debt
    ]
    books = open_books(connection, claim_ids=[claim.claim_id for claim in claims])
    excess = [payment_id for payment_id, balance in books.payments.items() if balance.overpaid]
    rows = connection.execute(
        "SELECT id FROM payment WHERE id = ANY(%s) AND channel = %s", [excess, Channel.SEIZURE.value]
    )
    seized = {row[0] for row in rows}
    rules = with_barred(connection, rules, claims, day_in_japan(acting.now))
    return books, reallocate(books, claims, seized, rules, reason=reason)
