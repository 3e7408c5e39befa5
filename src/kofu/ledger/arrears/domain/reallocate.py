"""再充当: money of a seizure whose claim fell away pays what was open beside it on its day (最判令和3年6月22日).

A 配当 was given to claims that existed on its day. Where one of them is reduced or cancelled later, what it had of the
money is too much there, and goes, as of the day of the 配当, to the claims that were open on that day, in the order of
the law (`offset.allocation_order`, 民法488条4項). What later payments paid on these is then too much in its turn, and
their 延滞金 is calculated anew: it ran on less.

Nothing is edited. At a claim that takes the money the later payments are taken out and put back behind it, by entries
of their own; what no longer finds room there is 過納金 of these payments. Only payments of a seizure are moved: who
paid a slip paid that claim, and gets 過納金 back (充当 or 還付, `domain.refunds`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.books import Books, Share
from kofu.ledger.books.domain.claims import Claim
from kofu.ledger.books.domain.interest import interest_base
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.domain.offset import OpenClaim, allocation_order
from kofu.ledger.books.domain.posting import ClaimPart, Excess
from kofu.ledger.books.domain.settle import revise_after_reduction


@dataclass(frozen=True, slots=True)
class Reallocated:
    """Yen of a payment that go from the claim that fell away to a part of another, as of the day of the payment."""

    payment_id: UUID
    from_claim: int
    to_claim: int
    part: ClaimPart
    amount: int
    effective_on: date


@dataclass(frozen=True, slots=True)
class Displaced:
    """Yen of a later payment that find no room at a claim any more: 過納金 there."""

    payment_id: UUID
    claim_id: int
    amount: int


@dataclass(frozen=True, slots=True)
class ReallocationPlan:
    """What a 再充当 does, in yen. `interest`: claim → (延滞金 fixed before, after)."""

    moved: tuple[Reallocated, ...]
    displaced: tuple[Displaced, ...]
    interest: Mapping[int, tuple[int, int]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Yen that go to another claim."""
        return sum(step.amount for step in self.moved)


def reallocate(
    books: Books, claims: Sequence[Claim], seized: Collection[UUID], rules: MatchingRules, *, reason: str
) -> ReallocationPlan:
    """Post the 再充当 of what is 過納金 of payments of a seizure, in the order of their days, and give what was done.

    `claims`: every claim of the person, all open in `books`, with every payment that has money at one. `seized`:
    payments of a seizure; what finds no claim stays 過納金 where it is. A claim takes only what is not waived, written
    off or extinguished by the day of the 配当, and only where its 納期限 had passed: a seizure serves what is in
    arrears. Raises `OperatorFault` `rate_missing`.
    """
    by_id = {claim.claim_id: claim for claim in claims}
    before = {claim_id: books.claims[claim_id].interest_assessed for claim_id in by_id}
    excess = {place: share.overpaid for place, share in books.shares.items()}
    moved: list[Reallocated] = []
    for payment_id in sorted(seized, key=lambda one: (books.payments[one].received_on, one.int)):
        for claim in claims:
            share = books.shares.get((payment_id, claim.claim_id))
            if share is not None and share.overpaid:
                moved += _Move(books, share, by_id, rules, reason).run()
    displaced = tuple(
        Displaced(*place, share.overpaid - excess.get(place, 0))
        for place, share in sorted(books.shares.items())
        if share.overpaid > excess.get(place, 0)
    )
    after = {claim_id: books.claims[claim_id].interest_assessed for claim_id in by_id}
    changed = {number: (before[number], after[number]) for number in by_id if before[number] != after[number]}
    return ReallocationPlan(tuple(moved), displaced, changed)


def open_on(books: Books, claim: Claim, day: date, rules: MatchingRules) -> OpenClaim | None:
    """Give what was owed of a claim on a day, by what is assessed now and was paid until then; None: nothing was.

    延滞金 is what it had come to by that day; of a claim that is paid up now, no more than what was fixed.
    """
    if claim.due_date >= day or rules.barred.get(claim.claim_id, date.max) <= day:
        return None
    balance = books.claims[claim.claim_id]
    earlier = [
        (books.payments[share.payment_id].received_on, share)
        for share in books.shares_of_claim(claim.claim_id)
        if books.payments[share.payment_id].received_on <= day
    ]
    asked = balance.assessed - balance.waived - balance.written_off
    principal = max(asked - sum(share.principal for _, share in earlier), 0)
    paid = [(paid_on, share.principal) for paid_on, share in earlier if share.principal]
    calculation = rules.interest_of(claim, balance.assessed - balance.waived, paid, day)
    forgiven = balance.interest_waived + balance.interest_written_off
    fixed = min(calculation.amount, balance.interest_assessed) if balance.due == 0 else calculation.amount
    owed_interest = max(fixed - forgiven - sum(share.interest for _, share in earlier), 0)
    if not principal + owed_interest:
        return None
    base = interest_base(principal, balance.assessed - balance.waived, rules.small_base)
    rate = calculation.rate_on(day) if base else 0
    return OpenClaim(claim.claim_id, claim.due_date, principal, owed_interest, rate)


@dataclass(frozen=True, slots=True)
class _Move:
    """What a payment of a seizure has too much at one claim, on its way to the others that were open on its day."""

    books: Books
    share: Share
    claims: Mapping[int, Claim]
    rules: MatchingRules
    reason: str

    def run(self) -> list[Reallocated]:
        """Post it, in the order of the law."""
        others = [
            found
            for claim in self.claims.values()
            if claim.claim_id != self.share.claim_id
            and (found := open_on(self.books, claim, self.day, self.rules)) is not None
        ]
        given: dict[int, dict[ClaimPart, int]] = {}
        for step in allocation_order(self.share.overpaid, others, self.day):
            given.setdefault(step.claim_id, {})[step.part] = step.amount
        return [step for claim_id, parts in given.items() for step in self._insert(self.claims[claim_id], parts)]

    @property
    def day(self) -> date:
        """The day of the 配当."""
        return self._paid_on(self.share)

    def _paid_on(self, share: Share) -> date:
        return self.books.payments[share.payment_id].received_on

    def _insert(self, claim: Claim, parts: Mapping[ClaimPart, int]) -> list[Reallocated]:
        """Put money into a claim as of its day: later payments out, this in, these in behind it, 延滞金 anew."""
        books, claim_id = self.books, claim.claim_id
        later = [
            (one, one.principal, one.interest)
            for one in reversed(books.shares_of_claim(claim_id))
            if self._paid_on(one) > self.day and (one.principal or one.interest)
        ]
        settled = books.claims[claim_id].due == 0
        for one, paid, on_interest in later:
            books.post(
                posting.free(
                    one.payment_id,
                    claim_id,
                    self._paid_on(one),
                    principal=paid,
                    interest=on_interest,
                    reason=self.reason,
                )
            )
        balance = books.claims[claim_id]
        done = self._put(claim_id, ClaimPart.PRINCIPAL, min(parts.get(ClaimPart.PRINCIPAL, 0), balance.due))
        rests = {one.payment_id: paid + on_interest for one, paid, on_interest in later}
        for one, paid, _ in later:
            rests[one.payment_id] -= self._again(one, ClaimPart.PRINCIPAL, min(paid, balance.due))
        paid_on = [self._paid_on(one) for one in books.shares_of_claim(claim_id) if one.principal]
        last = max(paid_on, default=self.day)
        revise_after_reduction(claim, books, self.rules, last, reason=self.reason, never_more=settled)
        done += self._put(claim_id, ClaimPart.INTEREST, min(parts.get(ClaimPart.INTEREST, 0), balance.interest_due))
        for one, _, _ in later:
            rest = rests[one.payment_id]
            rest -= self._again(one, ClaimPart.INTEREST, min(rest, balance.interest_due))
            if rest:
                on = self._paid_on(one)
                books.post(posting.owe_back(one.payment_id, claim_id, rest, on, Excess.OVERPAID, reason=self.reason))
        return done

    def _put(self, claim_id: int, part: ClaimPart, amount: int) -> list[Reallocated]:
        if not amount:
            return []
        payment_id, source = self.share.payment_id, self.share.claim_id
        self.books.post(
            posting.reallocate(payment_id, source, claim_id, amount, self.day, part=part, reason=self.reason)
        )
        return [Reallocated(payment_id, source, claim_id, part, amount, self.day)]

    def _again(self, share: Share, part: ClaimPart, amount: int) -> int:
        """Put money of a later payment back into its claim; give the yen."""
        if amount:
            principal, on_interest = (amount, 0) if part is ClaimPart.PRINCIPAL else (0, amount)
            self.books.post(
                posting.allocate(
                    share.payment_id,
                    share.claim_id,
                    self._paid_on(share),
                    principal=principal,
                    interest=on_interest,
                )
            )
        return amount
