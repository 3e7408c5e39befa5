"""The books: balances of some claims and payments, and the entries posted to them since they were opened.

Use cases open the books of the claims they touch, decide, post, and store what was posted. `post` keeps the balances by
`MOVEMENTS` and refuses what may never be: an amount below zero anywhere. Whether the stored balances are what the
stored transfers say is checked by `kofu.ledger.books.verify`, which shares no code with this.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from kofu.core.errors import OurFault
from kofu.ledger.books.domain.accounts import MOVEMENTS, Book
from kofu.ledger.books.domain.entries import Entry, Transfer


class BalanceBroken(OurFault):
    """A posting would leave an amount below zero. Nothing of it may be stored."""

    def __init__(self, book: str, what: str, amount: int) -> None:
        """Build the error from the balance that would be below zero."""
        super().__init__("balance_broken", f"{book}: {what} would be {amount} yen")


@dataclass(slots=True)
class ClaimBalance:
    """期別 in yen. `due` 収入未済額 and `interest_due` 延滞金未収 follow from the rest and are never below zero.

    `settled_on`: the day from which nothing is due (完納日, or that of a cancellation), None while something is.
    """

    claim_id: int
    assessed: int = 0
    paid: int = 0
    waived: int = 0
    written_off: int = 0
    interest_assessed: int = 0
    interest_paid: int = 0
    interest_waived: int = 0
    interest_written_off: int = 0
    settled_on: date | None = None

    @property
    def due(self) -> int:
        """本税 still to be paid."""
        return self.assessed - self.paid - self.waived - self.written_off

    @property
    def interest_due(self) -> int:
        """延滞金 fixed and still to be paid."""
        return self.interest_assessed - self.interest_paid - self.interest_waived - self.interest_written_off


@dataclass(slots=True)
class PaymentBalance:
    """Where the money of one payment is, in yen: received + added = the rest together, after every posting.

    `received_on`: 領収日, on which the payer paid. `added`: 還付加算金 that was appropriated instead of paid out.
    """

    payment_id: UUID
    received_on: date
    received: int = 0
    added: int = 0
    allocated: int = 0
    suspense: int = 0
    overpaid: int = 0
    in_error: int = 0
    refundable: int = 0
    refunded: int = 0
    lapsed: int = 0

    @property
    def unallocated(self) -> int:
        """Money without a place; zero whenever a use case has finished."""
        gone = self.allocated + self.suspense + self.overpaid + self.in_error
        return self.received + self.added - gone - self.refundable - self.refunded - self.lapsed


@dataclass(slots=True)
class Share:
    """What one payment is at one claim, in yen: applied to 本税 and 延滞金, too much, to be refunded, refunded."""

    payment_id: UUID
    claim_id: int
    principal: int = 0
    interest: int = 0
    overpaid: int = 0
    in_error: int = 0
    refundable: int = 0
    refunded: int = 0
    lapsed: int = 0
    refund_interest: int = 0
    refund_interest_paid: int = 0
    refund_interest_applied: int = 0

    @property
    def refund_interest_due(self) -> int:
        """還付加算金 decided and not yet paid out or appropriated."""
        return self.refund_interest - self.refund_interest_paid - self.refund_interest_applied


@dataclass(slots=True)
class Books:
    """Balances by id, and what was posted to them, in order. `changed_*` name what has to be stored again."""

    claims: dict[int, ClaimBalance] = field(default_factory=dict)
    payments: dict[UUID, PaymentBalance] = field(default_factory=dict)
    shares: dict[tuple[UUID, int], Share] = field(default_factory=dict)
    payments_at: dict[int, list[UUID]] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    changed_claims: set[int] = field(default_factory=set)
    changed_payments: set[UUID] = field(default_factory=set)
    changed_shares: set[tuple[UUID, int]] = field(default_factory=set)

    def open_payment(self, payment_id: UUID, received_on: date) -> PaymentBalance:
        """Open the books of a payment that has just come in."""
        return self.payments.setdefault(payment_id, PaymentBalance(payment_id, received_on))

    def open_share(self, share: Share) -> Share:
        """Open the books of a payment at a claim, or give them where they are open."""
        place = (share.payment_id, share.claim_id)
        if place not in self.shares:
            self.shares[place] = share
            self.payments_at.setdefault(share.claim_id, []).append(share.payment_id)
        return self.shares[place]

    def shares_at(self, claim_ids: Iterable[int]) -> Iterator[Share]:
        """Give the shares at some claims: the books of a group of payments hold those of thousands of others."""
        return (self.shares[payment, claim] for claim in claim_ids for payment in self.payments_at.get(claim, ()))

    def shares_of_claim(self, claim_id: int) -> list[Share]:
        """Shares at a claim, the latest payment first: what is freed first when the claim gets smaller."""
        return sorted(
            (self.shares[payment_id, claim_id] for payment_id in self.payments_at.get(claim_id, ())),
            key=lambda share: (self.payments[share.payment_id].received_on, share.payment_id.int),
            reverse=True,
        )

    def post(self, entry: Entry) -> None:
        """Post an entry. Raises `BalanceBroken` where a balance would be below zero; the books are then spoilt."""
        for transfer in entry.transfers:
            self._move(transfer)
        for claim_id in {transfer.claim_id for transfer in entry.transfers} - {None}:
            claim = self.claims[claim_id]  # type: ignore[index] # None is taken out above
            settled = claim.due == 0 and claim.interest_due == 0
            claim.settled_on = (claim.settled_on or entry.effective_on) if settled else None
        self.entries.append(entry)

    def post_all(self, entries: Iterable[Entry]) -> None:
        """Post entries in their order."""
        for entry in entries:
            self.post(entry)

    def settle_as_of(self, claim_id: int, day: date | None) -> None:
        """Note since when nothing is due of a claim, where its payments were put into another order."""
        claim = self.claims[claim_id]
        if claim.settled_on is not None and day is not None and claim.settled_on != day:
            claim.settled_on = day
            self.changed_claims.add(claim_id)

    def _move(self, transfer: Transfer) -> None:
        for effect in MOVEMENTS[transfer.debit, transfer.credit]:
            balance = self._balance(effect.book, transfer)
            amount = getattr(balance, effect.field) + effect.sign * transfer.amount
            if amount < 0:
                raise BalanceBroken(effect.book, effect.field, amount)
            setattr(balance, effect.field, amount)
        if transfer.claim_id is not None:
            self._check_claim(transfer.claim_id)
        if transfer.payment_id is not None:
            self._check_payment(transfer.payment_id, transfer.claim_id)

    def _balance(self, book: Book, transfer: Transfer) -> ClaimBalance | PaymentBalance | Share:
        claim_id, payment_id = transfer.claim_id, transfer.payment_id
        if book is Book.CLAIM and claim_id is not None:
            self.changed_claims.add(claim_id)
            return self.claims[claim_id]
        if book is Book.PAYMENT and payment_id is not None:
            self.changed_payments.add(payment_id)
            return self.payments[payment_id]
        if claim_id is None or payment_id is None:
            raise OurFault("transfer_without_place", f"a {book} balance is kept per claim or payment")
        place = (payment_id, claim_id)
        self.changed_shares.add(place)
        return self.shares[place] if place in self.shares else self.open_share(Share(payment_id, claim_id))

    def _check_claim(self, claim_id: int) -> None:
        claim = self.claims[claim_id]
        if claim.due < 0:
            raise BalanceBroken("claim", "due", claim.due)
        if claim.interest_due < 0:
            raise BalanceBroken("claim", "interest_due", claim.interest_due)

    def _check_payment(self, payment_id: UUID, claim_id: int | None) -> None:
        payment = self.payments[payment_id]
        if payment.unallocated < 0:
            raise BalanceBroken("payment", "unallocated", payment.unallocated)
        share = self.shares.get((payment_id, claim_id)) if claim_id is not None else None
        if share is not None and share.refund_interest_due < 0:
            raise BalanceBroken("share", "refund_interest_due", share.refund_interest_due)
