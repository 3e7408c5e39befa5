"""領収日順の事案: listed with what is owed now; one person proposes what becomes of it, another approves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import kwargs_row

from kofu.core.calendar import day_in_japan
from kofu.core.errors import InvariantBroken, OperatorFault
from kofu.core.four_eyes import PendingProposal, require_reason
from kofu.ledger.acting.record import record
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.books.accounting import posting_now
from kofu.ledger.books.claim_terms import extinctions, with_barred
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.books import Books
from kofu.ledger.books.domain.claims import Claim, Payment
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.domain.posting import Excess
from kofu.ledger.books.journal import claims_for_payments, open_books, store_books
from kofu.ledger.payments.case_findings import CaseFindings, findings_from_json
from kofu.ledger.payments.domain.make_anew import AnewObstacle, AnewReason, EntryCause
from kofu.ledger.payments.domain.notice_facts import ArrivedPayment, NoticeFacts, Undone, facts_of, undone_by
from kofu.ledger.payments.domain.receipt_cases import (
    RECEIPT_CASE_LIFE,
    CaseEvent,
    CaseState,
    ReceiptCaseAnswer,
    check_answer,
)
from kofu.ledger.payments.domain.receipt_order import replay
from kofu.ledger.payments.place_payments import Placing, post_in_order
from kofu.ledger.payments.post_group import lock_posting
from kofu.ledger.payments.read_payment import payment_named
from kofu.ledger.payments.receipt_history import load_histories
from kofu.platform.standing_proposals import require_decider

RENEWED = "一部納付による時効の更新"  # why the rest of a 不納欠損 is reversed too


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptCase:
    """A case as it is listed. `found`: yen per claim, by the order of receipt and as it is; what has left."""

    id: UUID
    claim_id: int
    payment_id: UUID | None
    obstacle: str
    state: str
    answer: str
    found: CaseFindings
    reason: str
    opened_at: datetime
    proposed_by: str
    proposed_at: datetime | None
    decided_by: str
    municipality_code: str
    addressee_number: str
    notice_number: str
    installment: str
    tax: str
    fiscal_year: int
    received_on: date | None
    amount: int | None
    person_id: int | None


_CASE = (
    "SELECT receipt_case.id, claim_id, payment_id, obstacle, state, answer, found, receipt_case.reason, opened_at,"
    " proposed_by, proposed_at, decided_by, notice.municipality_code, notice.addressee_number, notice.notice_number,"
    " claim.installment,"
    " tax, fiscal_year, received_on, payment.amount, taxpayer.id AS person_id"
    " FROM receipt_case JOIN claim ON claim.id = claim_id JOIN notice ON notice.id = notice_id"
    " LEFT JOIN payment ON payment.id = payment_id"
    " LEFT JOIN taxpayer ON taxpayer.municipality_code = notice.municipality_code"
    " AND taxpayer.addressee_number = notice.addressee_number"
)


def _receipt_case(*, found: object, **columns: Any) -> ReceiptCase:
    """Make a case of a row, with what was found read as values."""
    return ReceiptCase(found=findings_from_json(found), **columns)


def list_cases(connection: psycopg.Connection, municipality_code: str) -> list[ReceiptCase]:
    """List the cases that wait for a proposal or a decision, oldest first."""
    with connection.cursor(row_factory=kwargs_row(_receipt_case)) as cursor:
        return cursor.execute(
            f"{_CASE} WHERE notice.municipality_code = %s AND state <> 'decided' ORDER BY opened_at, receipt_case.id",
            [municipality_code],
        ).fetchall()


def load_case(connection: psycopg.Connection, case_id: UUID) -> ReceiptCase:
    """Read a case. Raises `OperatorFault` `no_such_receipt_case`."""
    with connection.cursor(row_factory=kwargs_row(_receipt_case)) as cursor:
        found = cursor.execute(f"{_CASE} WHERE receipt_case.id = %s", [case_id]).fetchone()
    if found is None:
        raise OperatorFault("no_such_receipt_case", "there is no such case")
    return found


def propose(
    connection: psycopg.Connection, case_id: UUID, answer: ReceiptCaseAnswer, *, reason: str, acting: Acting
) -> None:
    """起案: say what becomes of a case. Raises `OperatorFault` `receipt_case_state`, `receipt_case_answer`."""
    require_reason(reason, "a decision names its reason")
    with connection.transaction():
        case = _locked(connection, case_id)
        state = RECEIPT_CASE_LIFE.after(CaseState(case.state), CaseEvent.PROPOSE)
        check_answer(AnewObstacle(case.obstacle), answer)
        connection.execute(
            "UPDATE receipt_case SET state = %s, answer = %s, reason = %s, proposed_by = %s, proposed_at = %s"
            " WHERE id = %s",
            [state, answer, reason, acting.actor, acting.now, case_id],
        )
        record(connection, acting, "receipt_case.propose", answer.value, case=str(case_id))


def decline(connection: psycopg.Connection, case_id: UUID, *, acting: Acting) -> None:
    """差戻し: the case is open again. Raises `OperatorFault` `receipt_case_state`."""
    with connection.transaction():
        case = _locked(connection, case_id)
        state = RECEIPT_CASE_LIFE.after(CaseState(case.state), CaseEvent.DECLINE)
        connection.execute("UPDATE receipt_case SET state = %s WHERE id = %s", [state, case_id])
        record(connection, acting, "receipt_case.decline", case.answer, case=str(case_id))


def approve(connection: psycopg.Connection, case_id: UUID, *, rules: MatchingRules, acting: Acting) -> None:
    """決裁 by a second person: what was proposed is done, from the books of now.

    Raises `OperatorFault` `second_person_needed`, `receipt_case_state`, `not_in_suspense` where the money that waited
    was sent back, `rate_missing`, `still_stands` where something else stands in the way.
    """
    with connection.transaction():
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        case = _locked(connection, case_id)
        state = RECEIPT_CASE_LIFE.after(CaseState(case.state), CaseEvent.APPROVE)
        if case.proposed_at is None:
            raise InvariantBroken("what waits for approval was proposed once")
        proposed = PendingProposal(case.proposed_by, case.proposed_at)
        require_decider(connection, acting.actor, proposed, what="a case of the order of receipt")
        connection.execute(
            "UPDATE receipt_case SET state = %s, decided_by = %s, decided_at = %s WHERE id = %s",
            [state, acting.actor, acting.now, case_id],
        )
        if case.answer != ReceiptCaseAnswer.KEEP:
            _carry_out(connection, case, rules, acting)
        record(connection, acting, "receipt_case.approve", case.answer, case=str(case_id))


def _carry_out(connection: psycopg.Connection, case: ReceiptCase, rules: MatchingRules, acting: Acting) -> None:
    """Do what was decided, and store it."""
    lock_posting(connection, case.municipality_code)
    number = case.notice_number
    claims = claims_for_payments(connection, case.municipality_code, [number])[number]
    waiting = [case.payment_id] if case.payment_id and case.obstacle == AnewObstacle.WRITTEN_OFF else []
    books = open_books(connection, claim_ids=[claim.claim_id for claim in claims], payment_ids=waiting)
    placing = Placing(
        connection,
        books,
        with_barred(connection, rules, claims, day_in_japan(acting.now)),
        posting_now(connection, case.municipality_code, acting, source=f"決裁 {case.id}"),
    )
    lapsed = _lapsed(connection, books)
    if case.answer == ReceiptCaseAnswer.IN_ERROR:
        _owe_back(connection, case, books)
    elif case.answer == ReceiptCaseAnswer.REVERSE:
        _reverse(placing, case, claims)
    else:
        _make_anew(placing, case, claims)
    store_books(connection, books, placing.booked)
    if case.answer == ReceiptCaseAnswer.REVERSE:
        _reverse_what_never_lapsed(placing, lapsed, case)


def _owe_back(connection: psycopg.Connection, case: ReceiptCase, books: Books) -> None:
    """不納欠損 stands: the money that waited is 誤納."""
    payment = _taken_out(connection, case, books)
    books.post(
        posting.owe_back(
            payment.payment_id, case.claim_id, payment.amount, payment.received_on, Excess.IN_ERROR, reason=case.reason
        )
    )


def _reverse(placing: Placing, case: ReceiptCase, claims: list[Claim]) -> None:
    """Place the money that waited, and take back what was written off of what it pays."""
    payment = _taken_out(placing.connection, case, placing.books)
    claim = next(claim for claim in claims if claim.installment == payment.installment)
    facts = _facts(placing, case, claims, without=payment.payment_id).with_payments([ArrivedPayment(payment, claim)])
    cause = EntryCause(
        why=AnewReason.WRITE_OFF_REVERSED,
        payment_id=payment.payment_id,
        received_on=payment.received_on,
        booked_on=payment.booked_on,
    )
    post_in_order(placing, facts, cause, decided=frozenset({AnewObstacle.WRITTEN_OFF}))


def _lapsed(connection: psycopg.Connection, books: Books) -> dict[int, date]:
    """Give the claims that 時効 ended by the day they were written off on, each with that day, as far as is known."""
    written_off = [claim_id for claim_id, balance in books.claims.items() if balance.written_off]
    days = connection.execute(
        "SELECT claim_id, max(effective_on) FROM transfer JOIN entry ON entry.id = entry_id"
        " WHERE claim_id = ANY(%s) AND kind = 'written_off' GROUP BY claim_id",
        [written_off],
    )
    ended = extinctions(connection, written_off)
    return {claim_id: day for claim_id, day in days if (on := ended[claim_id].on) is not None and on <= day}


def _reverse_what_never_lapsed(placing: Placing, lapsed: Mapping[int, date], case: ReceiptCase) -> None:
    """Let what a part payment left be owed still: before the end it renewed the five years (承認, 民法152条)."""
    ended = extinctions(placing.connection, lapsed)
    books = open_books(placing.connection, claim_ids=lapsed)
    for claim_id, day in lapsed.items():
        on, balance = ended[claim_id].on, books.claims[claim_id]
        if (on is None or on > day) and balance.written_off:
            books.post(
                posting.reverse_write_off(
                    claim_id, day_in_japan(placing.booked.recorded_at), principal=balance.written_off,
                    interest=balance.interest_written_off, reason=RENEWED,
                    detail=EntryCause(why=AnewReason.WRITE_OFF_REVERSED, payment_id=case.payment_id,
                                 received_on=case.received_on).detail(),
                )
            )  # fmt: skip
    store_books(placing.connection, books, placing.booked)


def _make_anew(placing: Placing, case: ReceiptCase, claims: list[Claim]) -> None:
    """Make the notice anew: with what was appropriated to it owed back again (`UNDO`), or with what is free now."""
    cause = EntryCause(why=AnewReason.DECIDED_AGAIN, payment_id=case.payment_id, received_on=case.received_on)
    facts = _facts(placing, case, claims)
    if case.answer == ReceiptCaseAnswer.UNDO:
        history = load_histories(placing.connection, {case.notice_number: claims}, placing.books)[case.notice_number]
        found = undone_by(replay(facts, placing.rules).misfits, history.movements)
        _undo(placing, found, case.reason, cause)
        facts = facts.without(found)
    post_in_order(placing, facts, cause, decided=frozenset())


def _undo(placing: Placing, found: tuple[Undone, ...], reason: str, cause: EntryCause) -> None:
    elsewhere = {one.from_claim for one in found} - placing.books.claims.keys()
    if elsewhere:
        other = open_books(placing.connection, claim_ids=elsewhere)
        placing.books.claims.update({claim_id: other.claims[claim_id] for claim_id in elsewhere})
        for share in other.shares.values():
            placing.books.payments.setdefault(share.payment_id, other.payments[share.payment_id])
            placing.books.open_share(share)
    for one in found:
        placing.books.post(
            posting.undo_appropriation(
                one.payment_id,
                one.from_claim,
                one.to_claim,
                one.amount,
                one.on,
                excess=one.excess,
                part=one.part,
                reason=reason,
                detail=cause.detail(),
            )
        )


def _facts(placing: Placing, case: ReceiptCase, claims: list[Claim], without: UUID | None = None) -> NoticeFacts:
    history = load_histories(placing.connection, {case.notice_number: claims}, placing.books)[case.notice_number]
    payments = {number: payment for number, payment in history.payments.items() if number != without}
    in_order = sorted(claims, key=lambda claim: (claim.due_date, claim.claim_id))
    return facts_of(in_order, placing.books, history.movements, payments)


def _taken_out(connection: psycopg.Connection, case: ReceiptCase, books: Books) -> Payment:
    """Take the money that waited out of suspense. Raises `OperatorFault` `not_in_suspense`."""
    if case.payment_id is None:
        raise OperatorFault("not_in_suspense", "no payment waits for this case")
    payment = payment_named(connection, case.payment_id)
    in_suspense = books.payments[payment.payment_id].suspense
    if in_suspense != payment.amount:
        raise OperatorFault("not_in_suspense", "this payment is not in suspense any more; decline the case")
    books.post(posting.take_from_suspense(payment.payment_id, in_suspense, payment.received_on, reason=case.reason))
    return payment


def _locked(connection: psycopg.Connection, case_id: UUID) -> ReceiptCase:
    connection.execute("SELECT 1 FROM receipt_case WHERE id = %s FOR UPDATE", [case_id])
    return load_case(connection, case_id)
