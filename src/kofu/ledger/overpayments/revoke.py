"""還付決定の取消: a decision to refund is taken back before it is paid."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from kofu.core.calendar import day_in_japan
from kofu.core.errors import InvariantBroken, OperatorFault
from kofu.core.four_eyes import require_reason
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.books.claim_terms import with_barred
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.domain.posting import Excess
from kofu.ledger.books.journal import store_books
from kofu.ledger.overpayments.case import (
    RefundCase,
    lock_case,
    move,
    open_person,
    posting_of,
    put_event,
)
from kofu.ledger.overpayments.domain.refunds import REFUND_LIFE, DecidedRefunds, OpenInterest, RefundEvent, RefundState
from kofu.ledger.overpayments.domain.refunds import revoke as take_back
from kofu.ledger.overpayments.kept import KeptInterest, kept_plan, plan_to_json
from kofu.ledger.overpayments.payees import payees_of


def revoke(
    connection: psycopg.Connection, case_id: UUID, *, reason: str, rules: MatchingRules, acting: Acting
) -> RefundState:
    """還付決定の取消: what was not paid out is owed back again, to be decided anew; what was appropriated stands.

    Gives how the case then stands: revoked, or as before where a notice of 充当 is still to be sent, or some 還付加算金
    to be paid. Raises `OperatorFault` `refund_state`, `reason_needed`, `heirs_paid` where an heir has been paid or
    still would be, `interest_applied`, `rate_missing`.
    """
    require_reason(reason, "taking back a decision needs its reason")
    with connection.transaction():
        case = lock_case(connection, case_id)
        state = REFUND_LIFE.after(case.state, RefundEvent.REVOKE)
        payees = payees_of(connection, case_id)
        today = day_in_japan(acting.now)
        books, claims = open_person(connection, case.municipality_code, case.addressee_number)
        left = take_back(
            books,
            DecidedRefunds(
                refunds=case.plan.refunds,
                taken_from=_taken_from(connection, case),
                fixed=tuple((line.amount, _accrued(line)) for line in case.plan.added),
                open=case.plan.open,
            ),
            claims,
            on=today,
            reason=reason,
            rules=with_barred(connection, rules, claims, today),
        )
        if any(payee.state == "paid" for payee in payees) or (payees and left.refund_total):
            raise OperatorFault("heirs_paid", "heirs were paid of this refund, or still would be: settle it with them")
        store_books(connection, books, posting_of(connection, case, acting))
        if left.refund_total or (case.state is RefundState.APPROVED and case.plan.applied):
            state = (
                case.state
            )  # what is left is still to be paid; of what was appropriated a notice is still to be sent
        plan = kept_plan(left)
        whole = replace(plan, applied=case.plan.applied + plan.applied)
        move(
            connection, case_id, state,
            plan=Jsonb(plan_to_json(whole)), refund_total=left.refund_total,
        )  # fmt: skip
        connection.execute(
            "UPDATE refund_case SET applied_total = applied_total + %s WHERE id = %s", [left.applied_total, case_id]
        )
        taken = case.refund_total - left.refund_total
        put_event(connection, case_id, RefundEvent.REVOKE, state, acting, detail={"reason": reason, "amount": taken})
    return state


def _accrued(line: KeptInterest) -> OpenInterest:
    """Give what fixed 還付加算金 accrued on. Raises `InvariantBroken` where it was fixed before that was kept."""
    if line.accrued is None:
        raise InvariantBroken("of this 還付加算金 it is not kept what it accrued on; it cannot be taken back")
    return line.accrued


def _taken_from(connection: psycopg.Connection, case: RefundCase) -> dict[tuple[UUID, int], dict[Excess, int]]:
    """Read from the case's own entries of what excess it decided to refund: by (payment, claim), in yen."""
    found: dict[tuple[UUID, int], dict[Excess, int]] = {}
    for payment_id, claim_id, excess, amount in connection.execute(
        "SELECT payment_id, claim_id, debit, sum(amount)::bigint FROM transfer JOIN entry ON entry.id = entry_id"
        " WHERE payment_id = ANY(%s) AND kind = 'refund_decided' AND source = %s"
        " GROUP BY payment_id, claim_id, debit ORDER BY payment_id, claim_id, debit",
        [sorted({refund.payment_id for refund in case.plan.refunds}), f"還付 {case.number}"],
    ):
        found.setdefault((payment_id, claim_id), {})[Excess(excess)] = amount
    return found
