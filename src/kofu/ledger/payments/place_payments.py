"""Place payments that have come, in the order of receipt: as they come where that is the order, else their notice anew.

For every group of payments one look tells which notices have to be looked at as a whole (`domain.receipt_check`); only
their histories are read, together. What stands in the way (money that has left, 不納欠損) becomes a case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

import psycopg

from kofu.core.errors import OperatorFault
from kofu.ledger.books.claim_terms import with_barred
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.books import Books
from kofu.ledger.books.domain.claims import Claim, Payment
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.journal import Posting, claims_for_payments, open_books, store_books
from kofu.ledger.payments.domain.make_anew import AnewObstacle, AnewPlan, EntryCause, arrived, fits, plan, post
from kofu.ledger.payments.domain.matching import MatchOutcome, place
from kofu.ledger.payments.domain.notice_facts import ArrivedPayment, NoticeFacts, facts_of
from kofu.ledger.payments.domain.receipt_check import comes_out_of_order
from kofu.ledger.payments.domain.receipt_order import replay
from kofu.ledger.payments.receipt_cases import open_case
from kofu.ledger.payments.receipt_history import History, last_changes, load_histories


@dataclass(frozen=True, slots=True)
class Placing:
    """To what payments are placed: the open books, by which rules, under what the entries will be stored."""

    connection: psycopg.Connection
    books: Books
    rules: MatchingRules
    booked: Posting


@dataclass(frozen=True, slots=True)
class _Notice:
    """A notice that is made anew: its claims in the order of 納期限, its history, the payments that came for it."""

    claims: Sequence[Claim]
    history: History
    new: tuple[ArrivedPayment, ...]


def place_payments(
    to: Placing, payments: Iterable[Payment], claims: Mapping[str, Sequence[Claim]]
) -> dict[UUID, MatchOutcome]:
    """Place the unallocated money of payments, in the caller's transaction; say how each was matched.

    `claims`: all 期別 of every notice that is named, by 通知書番号, open in `books`. Raises `OperatorFault`
    `rate_missing`.
    """
    in_order = sorted(payments, key=lambda payment: _order(payment, claims))
    by_notice = [(number, list(group)) for number, group in groupby(in_order, key=lambda one: one.notice_number)]
    known = {number: claims[number] for number, _ in by_notice if number in claims}
    changed = last_changes(to.connection, [claim.claim_id for found in known.values() for claim in found])
    whole = {
        number: known[number]
        for number, group in by_notice
        if number in known and comes_out_of_order(group, known[number], to.books, changed)
    }
    histories = load_histories(to.connection, whole, to.books) if whole else {}
    outcomes: dict[UUID, MatchOutcome] = {}
    for number, group in by_notice:
        named = {claim.installment: claim for claim in known.get(number, ())}
        told = [one for one in group if number not in whole or one.installment not in named]
        for payment in told:
            outcomes[payment.payment_id] = place(payment, known.get(number, ()), to.books, to.rules)
        if number in whole:
            new = tuple(ArrivedPayment(one, named[one.installment]) for one in group if one.installment in named)
            notice = _Notice(_by_due(whole[number]), histories[number], new)
            outcomes |= _place_anew(to, notice)
    return outcomes


def make_anew(
    connection: psycopg.Connection,
    municipality_code: str,
    causes: Mapping[str, EntryCause],
    rules: MatchingRules,
    booked: Posting,
) -> None:
    """Bring notices into the order of receipt, each for its cause by 通知書番号, in the caller's transaction.

    What was posted before must be stored. Raises `OperatorFault` `rate_missing`.
    """
    notices = claims_for_payments(connection, municipality_code, causes)
    claims = [claim for found in notices.values() for claim in found]
    books = open_books(connection, claim_ids=[claim.claim_id for claim in claims])
    to = Placing(connection, books, with_barred(connection, rules, claims, booked.booked_on), booked)
    for number, history in load_histories(connection, notices, books).items():
        facts = facts_of(_by_due(notices[number]), books, history.movements, history.payments)
        if facts.came:
            post_in_order(to, facts, causes[number])
    store_books(connection, books, booked)


def post_in_order(
    to: Placing, facts: NoticeFacts, cause: EntryCause, *, decided: frozenset[AnewObstacle] | None = None
) -> Mapping[UUID, MatchOutcome]:
    """Post what the order of receipt asks for, as far as nothing stands against it; what does becomes a case.

    `decided`: two people have decided to go over these obstacles; then any other is `OperatorFault` `still_stands`.
    """
    made = plan(to.books, facts, replay(facts, to.rules))
    against = made.obstacles - (decided or frozenset())
    if not against and not fits(to.books, made, cause):
        against = frozenset({AnewObstacle.UNCLEAR})
    if against and decided is not None:
        raise OperatorFault(
            "still_stands", f"{', '.join(sorted(against))}: this stands in the way; take it back first, or keep it"
        )
    if against:
        bound = plan(to.books, facts, replay(facts, to.rules, bound=True), bound=True)
        for obstacle in sorted(against):
            open_case(to.connection, obstacle, made, bound=bound, cause=cause, booked=to.booked)
        if bound.left or not fits(to.books, bound, cause):
            return _as_they_came(to, facts)
        made = bound
    post(to.books, made, cause)
    return made.replayed.outcomes


def _place_anew(to: Placing, notice: _Notice) -> dict[UUID, MatchOutcome]:
    """Place the new payments of a notice; those that were paid before a claim was written off wait for two people."""
    new = {one.payment.payment_id for one in notice.new}
    known = {number: payment for number, payment in notice.history.payments.items() if number not in new}
    before = facts_of(notice.claims, to.books, notice.history.movements, known)
    facts = before.with_payments(notice.new)
    ideal = plan(to.books, facts, replay(facts, to.rules))
    waiting = _waiting(ideal, notice.new)
    for one in notice.new:
        if (reason := waiting.get(one.payment.payment_id)) is None:
            continue
        payment = one.payment
        to.books.post(posting.suspend(payment.payment_id, payment.amount, payment.received_on, reason=reason.value))
        if reason is MatchOutcome.BEFORE_WRITE_OFF:
            cause = arrived(one, to.booked.booked_on)
            open_case(to.connection, AnewObstacle.WRITTEN_OFF, ideal, bound=None, cause=cause, booked=to.booked)
    rest = tuple(one for one in notice.new if one.payment.payment_id not in waiting)
    if not rest:
        return waiting
    cause = arrived(min(rest, key=lambda one: one.order), to.booked.booked_on)
    placed = post_in_order(to, before.with_payments(rest), cause)
    return waiting | {one.payment.payment_id: placed[one.payment.payment_id] for one in rest}


def _waiting(ideal: AnewPlan, new: Sequence[ArrivedPayment]) -> dict[UUID, MatchOutcome]:
    """Tell which new payments wait in 仮受: they would pay a claim that was written off, or a rate is missing."""
    found: dict[UUID, MatchOutcome] = {}
    for one in new:
        payment_id = one.payment.payment_id
        at_reversed = (ideal.wanted.get((payment_id, claim_id)) for claim_id in ideal.reversed_)
        if ideal.replayed.outcomes.get(payment_id) is MatchOutcome.RATE_MISSING:
            found[payment_id] = MatchOutcome.RATE_MISSING
        elif any(placed is not None and placed.principal + placed.interest for placed in at_reversed):
            found[payment_id] = MatchOutcome.BEFORE_WRITE_OFF
    return found


def _as_they_came(to: Placing, facts: NoticeFacts) -> dict[UUID, MatchOutcome]:
    """Place what has no place yet where there is room now."""
    return {
        one.payment.payment_id: place(one.payment, facts.claims, to.books, to.rules)
        for one in sorted(facts.came, key=lambda one: one.order)
        if to.books.payments[one.payment.payment_id].unallocated
    }


def _order(payment: Payment, claims: Mapping[str, Sequence[Claim]]) -> tuple[str, str, int, int]:
    """By notice; then earlier payments first, of slips paid on one day the earlier 期別, then as they reached us."""
    named = [c.due_date for c in claims.get(payment.notice_number, ()) if c.installment == payment.installment]
    due = named[0].toordinal() if named else 0
    return payment.notice_number, payment.received_on.isoformat(), due, payment.payment_id.int


def _by_due(claims: Sequence[Claim]) -> list[Claim]:
    return sorted(claims, key=lambda claim: (claim.due_date, claim.claim_id))
