"""付替: a payment that lies at the wrong 期 or person is put where it belongs; an assignment of 仮受 is undone.

One person proposes, another approves. The payment itself stays as it came: channel, 領収日, amount. Its money is freed
by entries, goes through 仮受, and is placed at its 期別 by the order of receipt, as if it had come for it; the
notice it lay at is allocated anew without it. An assignment that is undone ends in 仮受 again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID, uuid4

import psycopg

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault
from kofu.core.four_eyes import require_reason
from kofu.ledger.acting.record import record
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.books.claim_terms import with_barred
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.claims import Payment
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.journal import Posting, claims_for_payments, notices_of, open_books, store_books
from kofu.ledger.payments.domain.corrections import CorrectionKind, free_payment
from kofu.ledger.payments.domain.make_anew import AnewReason, EntryCause
from kofu.ledger.payments.place_payments import Placing, make_anew, place_payments
from kofu.ledger.payments.read_payment import payment_named


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a payment belongs: 通知書番号 and 期別."""

    notice_number: str
    installment: str


def propose_move(
    connection: psycopg.Connection, payment_id: UUID, target: Target | None, *, reason: str, acting: Acting
) -> UUID:
    """Propose to move a payment to a 期別; None: back into 仮受. Posts nothing.

    Raises `OperatorFault` `reason_needed`, `payment_unknown`, `claim_unknown`, `in_suspense`, `moves_nowhere` where it
    lies there already, `proposed_already`, `refund_under_way`.
    """
    require_reason(reason, "a 付替 names its reason")
    with connection.transaction():
        payment = payment_named(connection, payment_id)
        books = open_books(connection, payment_ids=[payment_id])
        if books.payments[payment_id].suspense:
            raise OperatorFault("in_suspense", "this payment is in suspense; assign it on the page of 仮受金")
        if target is not None:
            claim_id = _claim_of(connection, payment.municipality_code, target)
            share = books.shares.get((payment_id, claim_id))
            if share is not None and share.principal + share.interest == payment.amount:
                raise OperatorFault("moves_nowhere", "the payment lies at this installment with all of its money")
        free_payment(books, payment_id, day_in_japan(acting.now), reason=reason)
        correction_id = uuid4()
        to = target or Target(notice_number="", installment="")
        row = connection.execute(
            "INSERT INTO payment_correction (id, payment_id, kind, to_notice_number, to_installment, reason, state,"
            " proposed_by, proposed_at, decided_by) VALUES (%s, %s, %s, %s, %s, %s, 'proposed', %s, %s, '')"
            " ON CONFLICT DO NOTHING RETURNING id",
            [
                correction_id, payment_id, CorrectionKind.MOVE if target else CorrectionKind.TO_SUSPENSE,
                to.notice_number, to.installment, reason, acting.actor, acting.now,
            ],
        ).fetchone()  # fmt: skip
        if row is None:
            raise OperatorFault("proposed_already", "somebody has proposed a correction of this payment already")
        record(connection, acting, "payments.propose_move", "proposed", payment=str(payment_id))
    return correction_id


def carry_out(
    connection: psycopg.Connection,
    payment: Payment,
    target: Target | None,
    *,
    reason: str,
    rules: MatchingRules,
    booked: Posting,
    acting: Acting,
) -> None:
    """Move an approved payment, in the caller's transaction.

    Raises `OperatorFault` `in_suspense`, `refund_under_way`, `claim_unknown`, `rate_missing`.
    """
    today = day_in_japan(acting.now)
    books = open_books(connection, payment_ids=[payment.payment_id])
    if books.payments[payment.payment_id].suspense:
        raise OperatorFault("in_suspense", "this payment is in suspense by now; turn the proposal down")
    left = notices_of(connection, sorted(books.claims))
    free_payment(books, payment.payment_id, today, reason=reason)
    balance = books.payments[payment.payment_id]
    books.post(posting.suspend(payment.payment_id, balance.unallocated, payment.received_on, reason=reason))
    store_books(connection, books, booked)
    cause = EntryCause(
        why=AnewReason.PAYMENT_MOVED,
        payment_id=payment.payment_id,
        received_on=payment.received_on,
        booked_on=payment.booked_on,
    )
    make_anew(connection, payment.municipality_code, dict.fromkeys(left, cause), rules, booked)
    if target is not None:
        _place(connection, payment, target, reason=reason, rules=rules, booked=booked, acting=acting)


def _place(
    connection: psycopg.Connection,
    payment: Payment,
    target: Target,
    *,
    reason: str,
    rules: MatchingRules,
    booked: Posting,
    acting: Acting,
) -> None:
    _claim_of(connection, payment.municipality_code, target)
    found = claims_for_payments(connection, payment.municipality_code, [target.notice_number])
    claims = found[target.notice_number]
    books = open_books(connection, claim_ids=[claim.claim_id for claim in claims], payment_ids=[payment.payment_id])
    in_suspense = books.payments[payment.payment_id].suspense
    books.post(posting.take_from_suspense(payment.payment_id, in_suspense, payment.received_on, reason=reason))
    named = replace(payment, amount=in_suspense, notice_number=target.notice_number, installment=target.installment)
    barred = with_barred(connection, rules, claims, day_in_japan(acting.now))
    place_payments(Placing(connection, books, barred, booked), [named], found)
    store_books(connection, books, booked)


def _claim_of(connection: psycopg.Connection, municipality_code: str, target: Target) -> int:
    claims = claims_for_payments(connection, municipality_code, [target.notice_number]).get(target.notice_number, [])
    for claim in claims:
        if claim.installment == target.installment:
            return claim.claim_id
    raise OperatorFault("claim_unknown", "there is no such installment; look at 通知書番号 and 期別 again")
