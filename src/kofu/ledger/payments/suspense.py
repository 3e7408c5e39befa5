"""仮受金 (消込不能) and 収納の訂正: payments nobody was credited with, and payments that were never what they seemed.

Money in suspense is either assigned to a claim (it counts from the 領収日) or goes back where it came from (組戻し). A
correction takes a whole payment back out of the ledger by an entry; one person proposes it, another approves it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import class_row

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault
from kofu.core.four_eyes import PendingProposal, require_reason
from kofu.ledger.acting.record import record
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.books.accounting import posting_now
from kofu.ledger.books.claim_terms import with_barred
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.claims import Payment
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.domain.special_collection import SPECIAL_METHODS
from kofu.ledger.books.journal import PAYABLE_TO, Posting, claims_for_payments, notices_of, open_books, store_books
from kofu.ledger.payments.domain.corrections import (
    CORRECTION_LIFE,
    CorrectionEvent,
    CorrectionKind,
    CorrectionState,
    take_out,
)
from kofu.ledger.payments.domain.make_anew import AnewReason, EntryCause
from kofu.ledger.payments.domain.matching import MatchOutcome
from kofu.ledger.payments.move_payments import Target, carry_out
from kofu.ledger.payments.place_payments import Placing, make_anew, place_payments
from kofu.ledger.payments.post_group import lock_posting
from kofu.ledger.payments.read_payment import payment_named
from kofu.ledger.payments.receipt_cases import close_case_of
from kofu.ledger.people.numbers import numbers_of
from kofu.platform.standing_proposals import require_decider

#: Open with just this amount, twice a parameter: what is paid when 本税 alone, or 本税 and 延滞金, are paid up.
EXACTLY = (
    "claim_balance.due > 0 AND (claim_balance.due = %s OR claim_balance.due + claim_balance.interest_due = %s)"
    " AND NOT notice.collection_method = ANY(%s)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspended:
    """A payment in suspense: what it said of itself, and why nobody was credited."""

    payment_id: UUID
    channel: str
    received_on: date
    booked_on: date
    amount: int
    notice_number: str
    installment: str
    office: str
    source: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspenseCandidate:
    """A claim a payment in suspense may be meant for."""

    notice_number: str
    installment: str
    addressee_number: str
    name: str
    tax: str
    fiscal_year: int
    due_date: date
    due: int
    interest_due: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A correction somebody proposed; of a 付替 the 期別 it names and whose that is (`addressee_number`, or "")."""

    id: UUID
    payment_id: UUID
    kind: str
    to_notice_number: str
    to_installment: str
    addressee_number: str
    to_name: str
    reason: str
    state: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str
    channel: str
    received_on: date
    amount: int
    notice_number: str
    installment: str
    source: str


def list_suspense(connection: psycopg.Connection, municipality_code: str) -> list[Suspended]:
    """List what is in suspense, oldest first."""
    return _suspended(connection, "payment.municipality_code = %s", [municipality_code])


def load_suspended(connection: psycopg.Connection, payment_id: UUID) -> Suspended:
    """Read one payment in suspense. Raises `OperatorFault` `not_in_suspense`."""
    found = _suspended(connection, "payment.id = %s", [payment_id])
    if not found:
        raise OperatorFault("not_in_suspense", "this payment is not in suspense any more")
    return found[0]


def candidates(
    connection: psycopg.Connection, municipality_code: str, suspended: Suspended, *, words: str = ""
) -> list[SuspenseCandidate]:
    """Claims it may be meant for: those of `words` (通知書番号 or 宛名番号), else those open with just this amount.

    With 延滞金 or without; beside them those of the 通知書番号 it named, if there is such a notice. 特別徴収 is never
    among those found by the amount: an employer pays it.
    """
    if words:
        condition = "(notice.notice_number = %s OR notice.addressee_number = ANY(%s))"
        values: list[object] = [words, list(numbers_of(connection, municipality_code, words))]
    else:
        condition = f"({EXACTLY} OR notice.notice_number = %s AND %s <> '')"
        values = [suspended.amount] * 2 + [list(SPECIAL_METHODS)] + [suspended.notice_number] * 2
    with connection.cursor(row_factory=class_row(SuspenseCandidate)) as cursor:
        return cursor.execute(
            "SELECT notice.notice_number, claim.installment, notice.addressee_number, coalesce(taxpayer.name, '') AS"
            f" name, tax, fiscal_year, {PAYABLE_TO} AS due_date, due, interest_due FROM notice"
            " JOIN claim ON claim.notice_id = notice.id JOIN claim_balance ON claim_id = claim.id"
            " LEFT JOIN taxpayer ON taxpayer.municipality_code = notice.municipality_code"
            " AND taxpayer.addressee_number = notice.addressee_number"
            f" WHERE notice.municipality_code = %s AND {condition}"
            " ORDER BY due = 0, claim.due_date, claim.id LIMIT 50",
            [municipality_code, *values],
        ).fetchall()


def assign(
    connection: psycopg.Connection,
    payment_id: UUID,
    *,
    notice_number: str,
    installment: str,
    rules: MatchingRules,
    reason: str,
    acting: Acting,
) -> MatchOutcome:
    """Assign a payment in suspense to an installment; it goes the way of money that came for it on its 領収日.

    Raises `OperatorFault` `not_in_suspense`, `claim_unknown`, `reason_needed`, `rate_missing`.
    """
    require_reason(reason, "a decision names its reason")
    with connection.transaction():
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        payment = payment_named(connection, payment_id)
        lock_posting(connection, payment.municipality_code)
        named = replace(payment, notice_number=notice_number, installment=installment)
        found = claims_for_payments(connection, payment.municipality_code, [notice_number])
        claims = found.get(notice_number, [])
        if not any(claim.installment == installment for claim in claims):
            raise OperatorFault("claim_unknown", "there is no such installment; look at 通知書番号 and 期別 again")
        books = open_books(connection, claim_ids=[claim.claim_id for claim in claims], payment_ids=[payment_id])
        in_suspense = books.payments[payment_id].suspense
        if in_suspense != payment.amount:
            raise OperatorFault("not_in_suspense", "this payment is not in suspense any more")
        books.post(posting.take_from_suspense(payment_id, in_suspense, payment.received_on, reason=reason))
        rules = with_barred(connection, rules, claims, day_in_japan(acting.now))
        booked = posting_now(connection, payment.municipality_code, acting)
        outcome = place_payments(Placing(connection, books, rules, booked), [named], found)[payment_id]
        store_books(connection, books, booked)
        record(connection, acting, "suspense.assign", outcome.value, payment=str(payment_id))
    return outcome


def send_back(connection: psycopg.Connection, payment_id: UUID, *, reason: str, acting: Acting) -> None:
    """組戻し: the money goes back to the bank or agency it came from. Raises `OperatorFault` `not_in_suspense`."""
    require_reason(reason, "a decision names its reason")
    with connection.transaction():
        payment = payment_named(connection, payment_id)
        lock_posting(connection, payment.municipality_code)
        books = open_books(connection, payment_ids=[payment_id])
        in_suspense = books.payments[payment_id].suspense
        if in_suspense != payment.amount:
            raise OperatorFault("not_in_suspense", "this payment is not in suspense any more")
        today = day_in_japan(acting.now)
        books.post(posting.take_from_suspense(payment_id, in_suspense, today, reason=reason))
        books.post(posting.void(payment_id, in_suspense, today, reason=reason))
        store_books(connection, books, posting_now(connection, payment.municipality_code, acting))
        close_case_of(connection, payment_id, acting)
        record(connection, acting, "suspense.send_back", "voided", payment=str(payment_id))


# -- corrections ------------------------------------------------------------------------------------------------------


def propose_correction(connection: psycopg.Connection, payment_id: UUID, *, reason: str, acting: Acting) -> UUID:
    """Propose to take a payment out of the ledger (誤入力, 不渡り). Raises `OperatorFault` `proposed_already`."""
    require_reason(reason, "a decision names its reason")
    with connection.transaction():
        payment_named(connection, payment_id)
        correction_id = uuid4()
        row = connection.execute(
            "INSERT INTO payment_correction (id, payment_id, reason, state, proposed_by, proposed_at, decided_by)"
            " VALUES (%s, %s, %s, 'proposed', %s, %s, '') ON CONFLICT DO NOTHING RETURNING id",
            [correction_id, payment_id, reason, acting.actor, acting.now],
        ).fetchone()
        if row is None:
            raise OperatorFault("proposed_already", "somebody has proposed a correction of this payment already")
        record(connection, acting, "payments.propose_correction", "proposed", payment=str(payment_id))
    return correction_id


def decide_correction(
    connection: psycopg.Connection, correction_id: UUID, *, approve: bool, rules: MatchingRules, acting: Acting
) -> None:
    """Approve a correction, which takes the payment out or moves it by entries, or turn it down.

    What others paid for the notices it had money at is then allocated anew, as if it had never come there.

    Raises `OperatorFault` `second_person_needed`, `correction_decided`, `refund_under_way` where money of the payment
    was refunded or is about to be, and what `carry_out` raises.
    """
    with connection.transaction():
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        row = connection.execute(
            "SELECT payment_id, reason, state, proposed_by, proposed_at, kind, to_notice_number, to_installment"
            " FROM payment_correction WHERE id = %s FOR UPDATE",
            [correction_id],
        ).fetchone()
        if row is None:
            raise OperatorFault("correction_decided", "there is no such proposal")
        payment_id, reason, stands, proposed_by, proposed_at, kind, notice_number, installment = row
        event = CorrectionEvent.APPROVE if approve else CorrectionEvent.DECLINE
        state = CORRECTION_LIFE.after(CorrectionState(stands), event)
        if approve:
            require_decider(connection, acting.actor, PendingProposal(proposed_by, proposed_at), what="a correction")
            payment = payment_named(connection, payment_id)
            lock_posting(connection, payment.municipality_code)
            booked = posting_now(connection, payment.municipality_code, acting)
            if kind == CorrectionKind.TAKE_OUT:
                _take_out(connection, payment, reason=reason, rules=rules, booked=booked, acting=acting)
            else:
                moves = kind == CorrectionKind.MOVE
                target = Target(notice_number=notice_number, installment=installment) if moves else None
                carry_out(connection, payment, target, reason=reason, rules=rules, booked=booked, acting=acting)
        connection.execute(
            "UPDATE payment_correction SET state = %s, decided_by = %s, decided_at = %s WHERE id = %s",
            [state, acting.actor, acting.now, correction_id],
        )
        record(connection, acting, "payments.correct", f"{kind} {state}", payment=str(payment_id))


def list_corrections(connection: psycopg.Connection, municipality_code: str) -> list[Correction]:
    """List the corrections that wait for a decision, oldest first."""
    with connection.cursor(row_factory=class_row(Correction)) as cursor:
        return cursor.execute(
            "SELECT payment_correction.id, payment_id, kind, to_notice_number, to_installment,"
            " coalesce(taxpayer.addressee_number, '') AS addressee_number, coalesce(taxpayer.name, '') AS to_name,"
            " reason, state, proposed_by, proposed_at, decided_by, channel, received_on, amount,"
            " payment.notice_number, payment.installment, source"
            " FROM payment_correction JOIN payment ON payment.id = payment_id"
            " LEFT JOIN notice ON notice.municipality_code = payment.municipality_code"
            " AND notice.notice_number = to_notice_number"
            " LEFT JOIN taxpayer ON taxpayer.municipality_code = notice.municipality_code"
            " AND taxpayer.addressee_number = notice.addressee_number"
            " WHERE payment.municipality_code = %s AND state = 'proposed' ORDER BY proposed_at,"
            " payment_correction.id",
            [municipality_code],
        ).fetchall()


def _take_out(
    connection: psycopg.Connection,
    payment: Payment,
    *,
    reason: str,
    rules: MatchingRules,
    booked: Posting,
    acting: Acting,
) -> None:
    books = open_books(connection, payment_ids=[payment.payment_id])
    touched = sorted(books.claims)
    take_out(books, payment.payment_id, day_in_japan(acting.now), reason=reason)
    store_books(connection, books, booked)
    cause = EntryCause(
        why=AnewReason.PAYMENT_TAKEN_OUT,
        payment_id=payment.payment_id,
        received_on=payment.received_on,
        booked_on=payment.booked_on,
    )
    causes = dict.fromkeys(notices_of(connection, touched), cause)
    make_anew(connection, payment.municipality_code, causes, rules, booked)


# -- parts ------------------------------------------------------------------------------------------------------------


def _suspended(connection: psycopg.Connection, condition: str, values: Sequence[object]) -> list[Suspended]:
    with connection.cursor(row_factory=class_row(Suspended)) as cursor:
        return cursor.execute(
            "SELECT payment.id AS payment_id, channel, received_on, booked_on, payment.amount, notice_number,"
            " installment, office, payment.source, coalesce((SELECT reason FROM entry JOIN transfer"
            " ON transfer.entry_id = entry.id WHERE transfer.payment_id = payment.id AND entry.kind = 'suspended'"
            " ORDER BY entry.sequence DESC LIMIT 1), '') AS reason"
            " FROM payment_balance JOIN payment ON payment.id = payment_balance.payment_id"
            f" WHERE suspense > 0 AND {condition} ORDER BY received_on, payment.id",
            values,
        ).fetchall()
