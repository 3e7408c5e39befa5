"""A notice in memory to which events arrive in any order, posted as the use cases post them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from tests.ledger.year_of_four import DUES, RULES

from kofu.core.errors import OperatorFault
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.books import Books, ClaimBalance
from kofu.ledger.books.domain.claims import Channel, Claim, Notice, Payment, Tax
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.domain.offset import Credit
from kofu.ledger.books.domain.posting import Excess
from kofu.ledger.books.domain.refund_interest import Origin, RefundCause
from kofu.ledger.books.domain.settle import revise_after_reduction
from kofu.ledger.overpayments.domain.refunds import settle
from kofu.ledger.payments.domain.corrections import free_payment
from kofu.ledger.payments.domain.make_anew import AnewObstacle, AnewReason, EntryCause, plan, post
from kofu.ledger.payments.domain.matching import place
from kofu.ledger.payments.domain.notice_facts import ArrivedPayment, Movement, NoticeFacts, facts_of
from kofu.ledger.payments.domain.receipt_check import comes_out_of_order
from kofu.ledger.payments.domain.receipt_order import replay

_NOTICE = Notice(
    municipality_code="139998",
    notice_number="20260000001",
    addressee_number="1",
    tax=Tax.RESIDENT,
    fiscal_year=2026,
    origin_year=2026,
    collection_method="ordinary",
    statutory_due_date=DUES["1"],
)
CLAIMS = [Claim(claim_id=int(name), notice=_NOTICE, installment=name, due_date=due) for name, due in DUES.items()]


@dataclass(frozen=True)
class Paid:
    """A slip of a 期別 paid on a day. `number` tells copies apart, in whatever order they arrive."""

    number: int
    installment: str
    on: date
    amount: int

    def payment(self) -> Payment:
        return Payment(
            payment_id=UUID(int=self.number),
            municipality_code="139998",
            key=str(self.number),
            channel=Channel.BANK,
            received_on=self.on,
            booked_on=self.on,
            amount=self.amount,
            notice_number=_NOTICE.notice_number,
            installment=self.installment,
        )


@dataclass(frozen=True)
class Assessed:
    """増額 or 減額 (below zero) of a 期別 on a day."""

    installment: str
    on: date
    amount: int


@dataclass(frozen=True)
class WrittenOff:
    """不納欠損 of what is due of a 期別. Two people reverse it where a payment from before it comes after it."""

    installment: str


@dataclass(frozen=True)
class Refunded:
    """決裁 of all that is owed back: it pays what is late (充当, 法17条の2), and the rest goes to the payer."""


@dataclass(frozen=True)
class TakenOut:
    """収納取消 of a payment (不渡り)."""

    number: int


@dataclass(frozen=True)
class Moved:
    """付替 of a payment to a 期別 by way of 仮受: an assignment undone, and made again."""

    number: int
    installment: str


class Forbidden(StrEnum):
    """Why something cannot be done where it stands in an order: that order is none."""

    NOTHING_DUE = "only what is due is written off"
    NOTHING_OWED_BACK = "only what is owed back is refunded"
    NOT_THERE = "only a payment that came, and is still there, is taken out or moved"
    REFUND_UNDER_WAY = "what is refunded is neither taken out nor moved"


class OutOfPlaceError(Exception):
    """An event that cannot happen yet, or any more, with the rule that forbids it."""

    def __init__(self, rule: Forbidden) -> None:
        super().__init__(rule.value)
        self.rule = rule


Event = Paid | Assessed
Deed = Event | WrittenOff | Refunded | TakenOut | Moved
DECIDED_ON = date(2027, 6, 1)  # after all that was paid: deeds are decided on a day that is still to come then


@dataclass
class Arrivals:
    """The books, and the entries as a database would give them back."""

    amounts: Sequence[int]
    rules: MatchingRules = RULES
    looks_at_the_order: bool = True
    books: Books = field(default_factory=Books)
    payments: dict[UUID, Payment] = field(default_factory=dict)
    changed_on: dict[int, date] = field(default_factory=dict)
    obstacles: set[AnewObstacle] = field(default_factory=set)

    def __post_init__(self) -> None:
        for claim, amount in zip(CLAIMS, self.amounts, strict=True):
            self.books.claims[claim.claim_id] = ClaimBalance(claim.claim_id)
            self.books.post(posting.assess(claim.claim_id, amount, date(2026, 6, 1)))

    def movements(self) -> list[Movement]:
        return [
            Movement(
                sequence=sequence, kind=entry.kind, effective_on=entry.effective_on, reason=entry.reason,
                debit=one.debit, credit=one.credit, amount=one.amount, claim_id=one.claim_id,
                payment_id=one.payment_id,
            )
            for sequence, entry in enumerate(self.books.entries)
            for one in entry.transfers
        ]  # fmt: skip

    def facts(self) -> NoticeFacts:
        return facts_of(CLAIMS, self.books, self.movements(), self.payments)

    def arrive(self, event: Deed) -> None:
        match event:
            case Paid():
                self._pay(event.payment())
            case Assessed():
                self._assess(event)
            case WrittenOff():
                self._write_off(event)
            case Refunded():
                self._refund()
            case TakenOut():
                self._take_out(event)
            case Moved():
                self._move(event)

    def _pay(self, payment: Payment) -> None:
        self.books.open_payment(payment.payment_id, payment.received_on)
        self.books.post(posting.receive(payment.payment_id, payment.amount, payment.received_on))
        self._place(payment)

    def _place(self, payment: Payment) -> None:
        known = self.facts()
        late = self.looks_at_the_order and comes_out_of_order([payment], CLAIMS, self.books, self.changed_on)
        if late:
            claim = next(claim for claim in CLAIMS if claim.installment == payment.installment)
            self._in_order(known.with_payments([ArrivedPayment(payment, claim)]), AnewReason.EARLIER_PAYMENT)
        else:
            place(payment, CLAIMS, self.books, self.rules)
        self.payments[payment.payment_id] = payment

    def _assess(self, event: Assessed) -> None:
        claim = next(claim for claim in CLAIMS if claim.installment == event.installment)
        if event.amount > 0:
            self.books.post(posting.increase(claim.claim_id, event.amount, event.on, reason="増額"))
        else:
            self.books.post_all(posting.reduce(self.books, claim.claim_id, -event.amount, event.on, reason="減額"))
            revise_after_reduction(claim, self.books, self.rules, event.on, reason="減額")
        self.changed_on[claim.claim_id] = max(event.on, self.changed_on.get(claim.claim_id, event.on))

    def _write_off(self, event: WrittenOff) -> None:
        claim = next(claim for claim in CLAIMS if claim.installment == event.installment)
        balance = self.books.claims[claim.claim_id]
        if not balance.due and not balance.interest_due:
            raise OutOfPlaceError(Forbidden.NOTHING_DUE)
        self.books.post(posting.write_off(self.books, claim.claim_id, DECIDED_ON, reason="18条"))
        self.changed_on[claim.claim_id] = DECIDED_ON

    def _refund(self) -> None:
        paid_on = {number: balance.received_on for number, balance in self.books.payments.items()}
        credits_ = [
            Credit(share.payment_id, share.claim_id, amount, excess, paid_on[share.payment_id])
            for share in self.books.shares.values()
            for excess, amount in ((Excess.OVERPAID, share.overpaid), (Excess.IN_ERROR, share.in_error))
            if amount
        ]
        if not credits_:
            raise OutOfPlaceError(Forbidden.NOTHING_OWED_BACK)
        origins = {
            (one.payment_id, one.claim_id, one.excess): Origin(cause=RefundCause.OTHER, paid_on=one.arose_on)
            for one in credits_
        }
        settle(self.books, credits_, CLAIMS, origins, decided_on=DECIDED_ON, rules=self.rules)

    def _free(self, number: int) -> Payment:
        payment = self.payments.get(UUID(int=number))
        if payment is None or not payment.amount:
            raise OutOfPlaceError(Forbidden.NOT_THERE)
        try:
            free_payment(self.books, payment.payment_id, DECIDED_ON, reason="訂正")
        except OperatorFault as fault:
            raise OutOfPlaceError(Forbidden.REFUND_UNDER_WAY) from fault
        self.payments[payment.payment_id] = replace(payment, amount=0)
        return payment

    def _take_out(self, event: TakenOut) -> None:
        payment = self._free(event.number)
        self.books.post(posting.void(payment.payment_id, payment.amount, DECIDED_ON, reason="不渡り"))
        self._without(AnewReason.PAYMENT_TAKEN_OUT)

    def _move(self, event: Moved) -> None:
        payment = self._free(event.number)
        self.books.post(posting.suspend(payment.payment_id, payment.amount, payment.received_on, reason="付替"))
        self._without(AnewReason.PAYMENT_MOVED)
        self.books.post(
            posting.take_from_suspense(payment.payment_id, payment.amount, payment.received_on, reason="付替")
        )
        del self.payments[payment.payment_id]
        self._place(replace(payment, installment=event.installment))

    def _without(self, why: AnewReason) -> None:
        facts = self.facts()
        if facts.came:
            self._in_order(facts, why)

    def _in_order(self, facts: NoticeFacts, why: AnewReason) -> None:
        made = plan(self.books, facts, replay(facts, self.rules))
        against = made.obstacles - {AnewObstacle.WRITTEN_OFF}  # two people reverse it at once
        self.obstacles |= against
        if against:
            made = plan(self.books, facts, replay(facts, self.rules, bound=True), bound=True)
        if made.left:  # two people decide: what is new is placed where there is room
            for one in facts.came:
                if self.books.payments[one.payment.payment_id].unallocated:
                    place(one.payment, CLAIMS, self.books, self.rules)
        else:
            post(self.books, made, EntryCause(why=why))

    def lies_as_received(self) -> bool:
        """Whether making the notice anew would move nothing, and nothing stands against it."""
        facts = self.facts()
        if not facts.came:
            return True
        made = plan(self.books, facts, replay(facts, self.rules))
        return not made.moves and not made.obstacles

    def balances(self) -> object:
        """Everything a person could see of it, without the entries."""
        shares = {
            at: (share.principal, share.interest, share.overpaid, share.in_error, share.refundable)
            for at, share in self.books.shares.items()
        }
        return (
            [vars_of(self.books.claims[claim.claim_id]) for claim in CLAIMS],
            {at: yen for at, yen in sorted(shares.items()) if any(yen)},
        )


def vars_of(claim: ClaimBalance) -> tuple[object, ...]:
    written_off = (claim.written_off, claim.interest_written_off)
    return (claim.assessed, claim.paid, claim.interest_assessed, claim.interest_paid, *written_off, claim.settled_on)
