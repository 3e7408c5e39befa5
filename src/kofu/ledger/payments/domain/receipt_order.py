"""領収日の順: what the money of a notice settles, as if everything had reached us on the day it counts from.

Money that can meet at a 期別 is that of one notice (通知書: one person, tax, year and 徴収区分): a slip names its 期別,
and pays it or an earlier one of the same notice. To another notice money goes only by a decision (充当, 再充当), which
stands. So the notice is what is made anew, as a whole.

`replay` goes through all that happened to it in the order of days, with the functions that post it when it comes in
order. Of one day: 増額 first, then what was decided (充当 by its 適状日), then payments (of these the
earlier 期別, then the one that reached us first), then 減額, 減免 and 不納欠損: what is paid on the day of a 減額 was
paid before it. A change comes after all that lay at its claim when it was posted: what had been taken as owed was
rightly paid. Money taken over from the system before comes first: how it was paid is there.

The slip of a later 期別 pays an earlier one only where no slip of that one comes within its 納期 (法務QA of 地方自治
研究機構, 2022年冬号: 3期 is unpaid): a slip of its own that finds no room there puts it out again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from kofu.core.errors import ensure
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.books import Books, ClaimBalance
from kofu.ledger.books.domain.entries import JournalKind
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.domain.posting import ClaimPart, Excess
from kofu.ledger.books.domain.settle import revise_after_reduction, settle_interest
from kofu.ledger.payments.domain.matching import MatchOutcome, place
from kofu.ledger.payments.domain.notice_facts import ArrivedPayment, At, ClaimChange, DecidedMoney, NoticeFacts


@dataclass(frozen=True, slots=True)
class PromisedToOthers:
    """How many yen of a claim slips of other 期別 can take at most that come before a slip of its own."""

    before: tuple[date, date, int]
    claim_id: int
    most: int


@dataclass(frozen=True, slots=True)
class Replayed:
    """Where everything is after a replay. `misfits`: what was decided and finds no room in the order of days."""

    books: Books
    outcomes: Mapping[UUID, MatchOutcome]
    misfits: tuple[DecidedMoney, ...]

    def reason(self, at: At, excess: Excess) -> str:
        """Why money of a payment is owed back at a claim: the last word on it."""
        account = posting.EXCESS_ACCOUNT[excess]
        words = (
            entry.reason
            for entry in reversed(self.books.entries)
            for transfer in entry.transfers
            if transfer.credit is account and (transfer.payment_id, transfer.claim_id) == at
        )
        return next(words, "")


def replay(facts: NoticeFacts, rules: MatchingRules, *, bound: bool = False) -> Replayed:
    """Go through the facts in the order of days. Raises `OperatorFault` `rate_missing`.

    `bound`: what was decided and what has left stays as it is, before everything else.
    """
    kept: list[PromisedToOthers] = []
    while True:
        run = _Replay(facts, rules, kept, bound=bound)
        replayed = run.run()
        if run.put_out is None:
            return replayed
        ensure(run.put_out not in kept, "what is kept for a slip is kept in the next run")
        kept.append(run.put_out)


class _Replay:
    """Books that are empty at first, and what is posted to them in the order of days."""

    def __init__(
        self, facts: NoticeFacts, rules: MatchingRules, kept: Sequence[PromisedToOthers], *, bound: bool
    ) -> None:
        self.facts, self.rules, self.kept, self.bound = facts, rules, kept, bound
        self.claims = {claim.claim_id: claim for claim in facts.claims}
        self.books = Books(claims={claim_id: ClaimBalance(claim_id) for claim_id in self.claims})
        self.outcomes: dict[UUID, MatchOutcome] = {}
        self.unplaced: list[DecidedMoney] = []
        self.put_out: PromisedToOthers | None = None
        self.by_decision: Counter[At] = Counter()
        self.to_be_decided: Counter[int] = Counter()
        for decided in facts.decided:
            self.to_be_decided[decided.claim_id] += decided.principal
        self.to_be_increased: Counter[int] = Counter()
        for change in facts.changes:
            if change.kind is JournalKind.INCREASED:
                self.to_be_increased[change.claim_id] += change.amount
        self.came = self._in_order()
        self.homes = {one.payment.payment_id: one.claim.claim_id for one in self.came}

    def _in_order(self) -> list[ArrivedPayment]:
        came = self.facts.came
        if self.bound:
            left: Counter[UUID] = Counter()
            for (payment_id, _), yen in self.facts.gone.items():
                left[payment_id] += sum(yen.values())
            came = tuple(
                replace(one, payment=replace(one.payment, amount=one.payment.amount - left[one.payment.payment_id]))
                for one in came
            )
        return sorted((one for one in came if one.payment.amount > 0), key=lambda one: one.order)

    def run(self) -> Replayed:
        for claim_id, amount in self.facts.assessed.items():
            if amount:
                self.books.post(posting.assess(claim_id, amount, self.claims[claim_id].due_date))
        steps: list[tuple[tuple[date, int, int], ArrivedPayment | ClaimChange | DecidedMoney]] = [
            *(((one.order[0], 2, place_), one) for place_, one in enumerate(self.came)),
            *((self._key(one), one) for one in self.facts.changes),
            *(((date.min if self.bound else one.on, 1, place_), one) for place_, one in enumerate(self.facts.decided)),
        ]
        for _, step in sorted(steps, key=lambda found: found[0]):
            match step:
                case ArrivedPayment():
                    self._pay(step)
                case ClaimChange():
                    self._change(step)
                case DecidedMoney():
                    self._decide(step)
            self._place_decided()
        return Replayed(self.books, self.outcomes, self._owe_back_misfits())

    def _key(self, change: ClaimChange) -> tuple[date, int, int]:
        grows = change.kind is JournalKind.INCREASED
        stands = grows or change.kind is JournalKind.WRITTEN_OFF
        first = grows or (stands and self.bound)
        return date.min if stands and self.bound else change.on, 0 if first else 3, change.sequence

    def _pay(self, one: ArrivedPayment) -> None:
        payment = replace(one.payment, installment=one.claim.installment)
        self._receive(payment.payment_id, payment.received_on, payment.amount)
        self.outcomes[payment.payment_id] = place(
            payment, self.facts.claims, self.books, self.rules, limits=self._limits(one)
        )

        self._ask_for_room(one)

    def _ask_for_room(self, one: ArrivedPayment) -> None:
        """Where a slip paid within its 納期 found no room since those of another 期別 lie there, keep it for it."""
        share = self.books.shares.get((one.payment.payment_id, one.claim.claim_id))
        if share is None or self.put_out is not None or one.payment.received_on > one.claim.due_date:
            return
        others = self._taken_by_others(one.claim.claim_id)
        if yen := min(share.in_error, others):
            self.put_out = PromisedToOthers(one.order, one.claim.claim_id, others - yen)

    def _receive(self, payment_id: UUID, received_on: date, amount: int) -> None:
        self.books.open_payment(payment_id, received_on)
        self.books.post(posting.receive(payment_id, amount, received_on))

    def _limits(self, one: ArrivedPayment) -> dict[int, int]:
        """Yen this payment can take of claims it does not name: what slips of their own and decisions need is kept."""
        found: dict[int, int] = {}
        for kept in self.kept:
            if kept.before > one.order:
                room = kept.most - self._taken_by_others(kept.claim_id)
                found[kept.claim_id] = min(found.get(kept.claim_id, room), max(room, 0))
        for claim_id, yen in self.to_be_decided.items():
            if (needs := yen - self.to_be_increased[claim_id]) > 0:
                room = max(self.books.claims[claim_id].due - needs, 0)
                found[claim_id] = min(found.get(claim_id, room), room)
        return found

    def _taken_by_others(self, claim_id: int) -> int:
        """Yen of 本税 that slips of other 期別 pay; what pays it by a decision is no slip that could be put out."""
        return sum(
            self.books.shares[payment_id, claim_id].principal - self.by_decision[payment_id, claim_id]
            for payment_id in self.books.payments_at.get(claim_id, ())
            if payment_id in self.homes and self.homes[payment_id] != claim_id
        )

    def _change(self, change: ClaimChange) -> None:
        claim_id, on, books = change.claim_id, change.on, self.books
        balance = books.claims[claim_id]
        match change.kind:
            case JournalKind.INCREASED:
                self.to_be_increased[claim_id] -= change.amount
                books.post(posting.increase(claim_id, change.amount, on, reason=change.reason))
            case JournalKind.REDUCED | JournalKind.CANCELLED:
                amount = min(change.amount, balance.assessed)
                if amount:
                    books.post_all(posting.reduce(books, claim_id, amount, on, reason=change.reason))
                    revise_after_reduction(self.claims[claim_id], books, self.rules, on, reason=change.reason)
            case JournalKind.WRITTEN_OFF:
                self._write_off(change)
            case _:
                self._waive(change)

    def _waive(self, change: ClaimChange) -> None:
        claim_id, on, books = change.claim_id, change.on, self.books
        balance = books.claims[claim_id]
        part = ClaimPart.PRINCIPAL if change.kind is JournalKind.WAIVED else ClaimPart.INTEREST
        if part is ClaimPart.PRINCIPAL:
            books.post_all(posting.make_room(books, claim_id, change.amount - balance.due, on, change.reason))
        amount = min(change.amount, balance.due if part is ClaimPart.PRINCIPAL else balance.interest_due)
        if amount:
            books.post(posting.waive(claim_id, amount, on, reason=change.reason, part=part))

    def _write_off(self, change: ClaimChange) -> None:
        """Write off what is due; where it stands as it is, the yen of 本税 that are written off."""
        claim_id, on, books = change.claim_id, change.on, self.books
        balance = books.claims[claim_id]
        if not self.bound:
            if balance.due or balance.interest_due:
                books.post(posting.write_off(books, claim_id, on, reason=change.reason))
        elif amount := min(change.amount, balance.due):
            books.post(posting.give_up(claim_id, amount, on, reason=change.reason))

    def _decide(self, one: DecidedMoney) -> None:
        """Let money pay by a decision, from its day on; 延滞金 it pays is due already where the decision is bound."""
        self._receive(one.payment_id, one.received_on, one.principal + one.interest)
        balance = self.books.claims[one.claim_id]
        if self.bound and (more := one.interest - balance.interest_due) > 0:
            amount = balance.interest_assessed + more
            self.books.post_all(posting.revise_interest(self.books, one.claim_id, amount, one.on))
        self.unplaced.append(one)

    def _place_decided(self) -> None:
        """Place what was decided and finds room by now: the 増額 or the 延滞金 it pays may come after its 適状日."""
        for place_, one in enumerate(self.unplaced):
            balance = self.books.claims[one.claim_id]
            at = (one.payment_id, one.claim_id)
            if principal := min(one.principal, balance.due):
                self.by_decision[at] += principal
                self.to_be_decided[one.claim_id] -= principal
                self.books.post(posting.allocate(*at, one.on, principal=principal))
                if balance.due == 0:
                    settle_interest(self.claims[one.claim_id], self.books, self.rules)
            if interest := min(one.interest, balance.interest_due):
                self.books.post(posting.allocate(*at, one.on, interest=interest))
            self.unplaced[place_] = replace(one, principal=one.principal - principal, interest=one.interest - interest)

    def _owe_back_misfits(self) -> tuple[DecidedMoney, ...]:
        misfits = tuple(one for one in self.unplaced if one.principal or one.interest)
        for one in misfits:
            rest = one.principal + one.interest
            self.books.post(posting.owe_back(one.payment_id, one.claim_id, rest, one.on, Excess.IN_ERROR))
        return misfits
