"""A notice in memory to which events arrive in any order, posted as the use cases post them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from tests.ledger.year_of_four import DUES, RULES

from kofu.ledger.domain import posting
from kofu.ledger.domain.books import Books, ClaimBalance
from kofu.ledger.domain.claims import Channel, Claim, Notice, Payment, Tax
from kofu.ledger.domain.make_anew import Cause, Obstacle, Why, plan, post
from kofu.ledger.domain.matching import MatchingRules, place, revise_after_reduction
from kofu.ledger.domain.notice_facts import Came, Movement, NoticeFacts, facts_of
from kofu.ledger.domain.receipt_check import comes_out_of_order
from kofu.ledger.domain.receipt_order import replay

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


Event = Paid | Assessed


@dataclass
class Arrivals:
    """The books, and the entries as a database would give them back."""

    amounts: Sequence[int]
    rules: MatchingRules = RULES
    looks_at_the_order: bool = True
    books: Books = field(default_factory=Books)
    payments: dict[UUID, Payment] = field(default_factory=dict)
    changed_on: dict[int, date] = field(default_factory=dict)
    obstacles: set[Obstacle] = field(default_factory=set)

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

    def arrive(self, event: Event) -> None:
        if isinstance(event, Paid):
            self._pay(event.payment())
        else:
            self._assess(event)

    def _pay(self, payment: Payment) -> None:
        known = self.facts()
        self.books.open_payment(payment.payment_id, payment.received_on)
        self.books.post(posting.receive(payment.payment_id, payment.amount, payment.received_on))
        late = self.looks_at_the_order and comes_out_of_order([payment], CLAIMS, self.books, self.changed_on)
        if late:
            claim = next(claim for claim in CLAIMS if claim.installment == payment.installment)
            self._in_order(known.with_payments([Came(payment, claim)]), Why.EARLIER_PAYMENT)
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

    def _in_order(self, facts: NoticeFacts, why: Why) -> None:
        made = plan(self.books, facts, replay(facts, self.rules))
        self.obstacles |= made.obstacles
        if made.obstacles:
            made = plan(self.books, facts, replay(facts, self.rules, bound=True), bound=True)
            assert not made.left
        post(self.books, made, Cause(why=why))

    def balances(self) -> object:
        """Everything a person could see of it, without the entries."""
        shares = {
            at: (share.principal, share.interest, share.overpaid, share.in_error)
            for at, share in self.books.shares.items()
        }
        return (
            [vars_of(self.books.claims[claim.claim_id]) for claim in CLAIMS],
            {at: yen for at, yen in sorted(shares.items()) if any(yen)},
        )


def vars_of(claim: ClaimBalance) -> tuple[object, ...]:
    return (claim.assessed, claim.paid, claim.interest_assessed, claim.interest_paid, claim.settled_on)
