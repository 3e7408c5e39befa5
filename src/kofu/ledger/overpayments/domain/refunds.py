"""⑥⑦⑧⑨⑩ 過誤納金の充当と還付: what is owed back pays what is due; what is then left is refunded, with 還付加算金.

`settle` posts a whole case to the books it is given. A proposal runs it on a copy and shows the plan; the approval, by
another person, runs it on the books themselves and must come to the same plan.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from uuid import UUID

from kofu.core.errors import OperatorFault
from kofu.core.labelled import LabelledEnum
from kofu.core.life_cycle import LifeCycle
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.books import Books
from kofu.ledger.books.domain.claims import Claim
from kofu.ledger.books.domain.interest import Calculation, Period
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.domain.offset import Credit, offset_day
from kofu.ledger.books.domain.posting import ClaimPart, Excess
from kofu.ledger.books.domain.rates import RateTable
from kofu.ledger.books.domain.refund_interest import InterestUntil, Origin, refund_interest
from kofu.ledger.books.domain.settle import settle_interest
from kofu.ledger.books.domain.special_collection import is_special


class RefundState(LabelledEnum):
    """Where a case of money owed back stands."""

    PROPOSED = "proposed", "起案"
    SENT_BACK = "sent_back", "差戻し"  # the drafter changes it and proposes it again, or withdraws it
    APPROVED = "approved", "決裁済"
    NOTIFIED = "notified", "通知済"
    CLAIMED = "claimed", "請求受付"
    PAID = "paid", "支払済"
    RETURNED = "returned", "振込不能"
    CLOSED = "closed", "完結"  # (all of it was appropriated)
    LAPSED = "lapsed", "時効"
    WITHDRAWN = "withdrawn", "取下げ"
    DECLINED = "declined", "却下"  # what is owed back stays owed back
    REVOKED = "revoked", "決定の取消"


class RefundEvent(LabelledEnum):
    """What happens to a case."""

    APPROVE = "approve", "決裁"
    SEND_BACK = "send_back", "差戻し"  # 差戻し by the approver
    DECLINE = "decline", "却下"  # 却下 by the approver
    PROPOSE_AGAIN = "propose_again", "再起案"
    WITHDRAW = "withdraw", "取下げ"
    NOTIFY = "notify", "通知書の送付"  # 還付通知書・充当通知書 sent
    CLAIM = "claim", "還付請求の受付"  # 還付請求書 registered
    CORRECT_ACCOUNT = "correct_account", "振込先の訂正"  # before the transfer
    TRANSFER = "transfer", "振込"
    TRANSFER_FAILED = "transfer_failed", "振込不能"
    CLOSE = "close", "完結"
    LAPSE = "lapse", "時効"  # 還付請求権の時効 (法18条の3)
    REVOKE = "revoke", "還付決定の取消"


REFUND_LIFE = LifeCycle(
    title="過誤納の事案",
    thing="a case of money owed back",
    reason="refund_state",
    states=RefundState,
    events=RefundEvent,
    begins=frozenset({RefundState.PROPOSED}),
    ends=frozenset(
        {
            RefundState.PAID,
            RefundState.CLOSED,
            RefundState.LAPSED,
            RefundState.WITHDRAWN,
            RefundState.DECLINED,
            RefundState.REVOKED,
        }
    ),
    table={
        (RefundState.PROPOSED, RefundEvent.APPROVE): RefundState.APPROVED,
        (RefundState.PROPOSED, RefundEvent.SEND_BACK): RefundState.SENT_BACK,
        (RefundState.PROPOSED, RefundEvent.DECLINE): RefundState.DECLINED,
        (RefundState.PROPOSED, RefundEvent.WITHDRAW): RefundState.WITHDRAWN,
        (RefundState.SENT_BACK, RefundEvent.PROPOSE_AGAIN): RefundState.PROPOSED,
        (RefundState.SENT_BACK, RefundEvent.WITHDRAW): RefundState.WITHDRAWN,
        (RefundState.APPROVED, RefundEvent.NOTIFY): RefundState.NOTIFIED,
        (RefundState.NOTIFIED, RefundEvent.CLAIM): RefundState.CLAIMED,
        (RefundState.NOTIFIED, RefundEvent.CLOSE): RefundState.CLOSED,
        (RefundState.NOTIFIED, RefundEvent.LAPSE): RefundState.LAPSED,
        (RefundState.CLAIMED, RefundEvent.CORRECT_ACCOUNT): RefundState.CLAIMED,
        (RefundState.CLAIMED, RefundEvent.TRANSFER): RefundState.PAID,
        (RefundState.PAID, RefundEvent.TRANSFER_FAILED): RefundState.RETURNED,
        (RefundState.RETURNED, RefundEvent.CLAIM): RefundState.CLAIMED,
        (RefundState.RETURNED, RefundEvent.LAPSE): RefundState.LAPSED,
        (RefundState.APPROVED, RefundEvent.REVOKE): RefundState.REVOKED,
        (RefundState.NOTIFIED, RefundEvent.REVOKE): RefundState.REVOKED,
        (RefundState.CLAIMED, RefundEvent.REVOKE): RefundState.REVOKED,
        (RefundState.RETURNED, RefundEvent.REVOKE): RefundState.REVOKED,
    },
)


@dataclass(frozen=True, slots=True)
class Applied:
    """One 充当 of a case: yen from a credit (payment at `from_claim`) to a part of a claim, from the 適状日."""

    payment_id: UUID
    from_claim: int
    to_claim: int
    part: ClaimPart
    amount: int
    effective_on: date
    from_refund_interest: bool = False


@dataclass(frozen=True, slots=True)
class RefundItem:
    """One amount of a case that is paid out: yen of a payment at a claim, and the 還付加算金 to be paid with it."""

    payment_id: UUID
    claim_id: int
    amount: int
    interest: int


def part_of(refunds: Sequence[RefundItem], begins_at: int, amount: int) -> tuple[RefundItem, ...]:
    """Give the part of a case's refunds one of several payees is paid: `amount` yen from the yen `begins_at` on.

    The yen are counted over the refunds in their order, 還付金 before 還付加算金 of each. Parts side by side are the
    whole together.
    """
    ends, at = begins_at + amount, 0
    parts = []
    for refund in refunds:
        taken = []
        for size in (refund.amount, refund.interest):
            taken.append(max(0, min(ends, at + size) - max(begins_at, at)))
            at += size
        if any(taken):
            parts.append(RefundItem(refund.payment_id, refund.claim_id, *taken))
    return tuple(parts)


@dataclass(frozen=True, slots=True)
class Accruing:
    """Yen 還付加算金 accrues on: until the 適状日 of an appropriation, else until it is decided to pay them."""

    amount: int
    origin: Origin
    until: date | None


@dataclass(frozen=True, slots=True)
class OpenInterest:
    """還付加算金 at a claim that is fixed when the claim for the refund has come; it will stand with `payment_id`."""

    claim_id: int
    payment_id: UUID
    parts: tuple[Accruing, ...]

    @property
    def of_applied(self) -> OpenInterest:
        """What accrued on the appropriated parts alone."""
        return OpenInterest(
            self.claim_id, self.payment_id, tuple(part for part in self.parts if part.until is not None)
        )


@dataclass(frozen=True, slots=True)
class AddedInterest:
    """還付加算金 fixed at a claim, in yen, with the calculation behind it and what it accrued on."""

    claim_id: int
    amount: int
    calculation: Calculation
    accrued: OpenInterest


@dataclass(frozen=True, slots=True)
class RefundPlan:
    """What a case does, in yen. `open`: 還付加算金 that is not fixed yet (`InterestUntil.CLAIM`)."""

    applied: tuple[Applied, ...]
    refunds: tuple[RefundItem, ...]
    added: tuple[AddedInterest, ...]
    open: tuple[OpenInterest, ...] = ()

    @property
    def refund_total(self) -> int:
        """Yen to be paid out, 還付加算金 included."""
        return sum(refund.amount + refund.interest for refund in self.refunds)

    @property
    def applied_total(self) -> int:
        """Yen appropriated."""
        return sum(step.amount for step in self.applied)


def settle(
    books: Books,
    credits_: Sequence[Credit],
    debts: Sequence[Claim],
    origins: Mapping[tuple[UUID, int, Excess], Origin],
    *,
    decided_on: date,
    rules: MatchingRules,
) -> RefundPlan:
    """Post the whole case: 充当 first (法17条の2), then 還付 of the rest, then 還付加算金.

    `debts`: the person's claims; those not due by `decided_on` (決裁日) are left alone. `origins`: why each credit goes
    back, by (payment, claim, 過納 or 誤納). Where 還付加算金 counts until the claim, it is left open at claims of which
    something is paid out. Raises `OperatorFault` `rate_missing`.
    """
    due = _due(debts, decided_on)
    case = _Case()
    ordered = sorted(credits_, key=lambda credit: (credit.claim_id, credit.arose_on, credit.payment_id.int))
    for claim_id, group in groupby(ordered, key=lambda credit: credit.claim_id):
        accruing: list[Accruing] = []
        lines = list(group)
        for credit in lines:
            origin = origins[credit.payment_id, credit.claim_id, credit.excess]
            rest = credit.amount
            for claim in due:
                for step in _apply(books, credit, claim, rest, rules):
                    rest -= step.amount
                    case.applied.append(step)
                    accruing.append(Accruing(step.amount, origin, step.effective_on))
            if rest:
                books.post(
                    posting.decide_refund(
                        credit.payment_id, claim_id, rest, decided_on, excess=credit.excess, reason=origin.cause.value
                    )
                )
                case.refunds.append(RefundItem(credit.payment_id, claim_id, rest, 0))
                accruing.append(Accruing(rest, origin, None))
        interest = OpenInterest(claim_id, lines[-1].payment_id, tuple(accruing))
        if rules.refund_interest is InterestUntil.CLAIM and any(part.until is None for part in accruing):
            case.open.append(interest)
        else:
            _fix_interest(books, case, interest, due, decided_on=decided_on, rules=rules)
    return case.plan()


def settle_open_interest(
    books: Books,
    plan: RefundPlan,
    debts: Sequence[Claim],
    *,
    decided_on: date,
    excluded: Period | None,
    rules: MatchingRules,
) -> RefundPlan:
    """Post the 還付加算金 a plan left open, now that the claim has come; give the plan with it.

    `excluded`: 除算期間, in which nothing accrues on what is paid out. Raises `OperatorFault` `rate_missing`.
    """
    case = _Case(list(plan.applied), list(plan.refunds), list(plan.added))
    due = _due(debts, decided_on)
    for interest in plan.open:
        _fix_interest(books, case, interest, due, decided_on=decided_on, rules=rules, excluded=excluded)
    return case.plan()


@dataclass(slots=True)
class _Case:
    """A plan while it is made."""

    applied: list[Applied] = field(default_factory=list)
    refunds: list[RefundItem] = field(default_factory=list)
    added: list[AddedInterest] = field(default_factory=list)
    open: list[OpenInterest] = field(default_factory=list)

    def plan(self) -> RefundPlan:
        return RefundPlan(tuple(self.applied), tuple(self.refunds), tuple(self.added), tuple(self.open))


@dataclass(frozen=True, slots=True)
class DecidedRefunds:
    """What a decided case would still pay out, in yen.

    `taken_from`: of what excess each amount was decided, by (payment, claim). `fixed`: yen of 還付加算金, and what they
    accrued on.
    """

    refunds: tuple[RefundItem, ...]
    taken_from: Mapping[tuple[UUID, int], Mapping[Excess, int]]
    fixed: tuple[tuple[int, OpenInterest], ...]
    open: tuple[OpenInterest, ...]


def revoke(
    books: Books, decided: DecidedRefunds, debts: Sequence[Claim], *, on: date, reason: str, rules: MatchingRules
) -> RefundPlan:
    """Take back what a decided case would still pay out: it is owed back again. 充当 stands.

    還付加算金 stays as far as it accrued on what was appropriated. Gives what is left to be paid out, what is
    appropriated of it now, and the calculations. Raises `OperatorFault` `interest_applied` where more of it was
    appropriated than stays, `rate_missing`.
    """
    case = _Case()
    for (payment_id, claim_id), amounts in decided.taken_from.items():
        for excess, amount in amounts.items():
            books.post(posting.withdraw_refund(payment_id, claim_id, amount, on, excess=excess, reason=reason))
    _revoke_fixed(books, case, decided, on, reason=reason, rules=rules)
    due = _due(debts, on)
    for interest in decided.open:
        if interest.of_applied.parts:
            _fix_interest(books, case, interest.of_applied, due, decided_on=on, rules=rules)
    return case.plan()


def _revoke_fixed(
    books: Books, case: _Case, decided: DecidedRefunds, on: date, *, reason: str, rules: MatchingRules
) -> None:
    """Take back the 還付加算金 that was fixed, but for what accrued on what was appropriated."""
    pending: Counter[tuple[UUID, int]] = Counter()
    for refund in decided.refunds:
        pending[refund.payment_id, refund.claim_id] += refund.interest
    for amount, accrued in decided.fixed:
        place = (accrued.payment_id, accrued.claim_id)
        kept = _calculate(accrued.of_applied.parts, on, None, rules.rates)
        left = pending[place] - (amount - kept.amount)
        if left < 0:
            raise OperatorFault("interest_applied", "還付加算金 of this was appropriated: it cannot be taken back")
        if amount > kept.amount:
            books.post(posting.withdraw_refund_interest(*place, amount - kept.amount, on, reason=reason))
        if kept.amount:
            case.added.append(AddedInterest(accrued.claim_id, kept.amount, kept, accrued.of_applied))
        if left:
            case.refunds.append(RefundItem(*place, 0, left))


def _due(debts: Sequence[Claim], decided_on: date) -> list[Claim]:
    """Give the claims money is appropriated to, in their order: those due before the day of the decision.

    特別徴収 is owed by the 特別徴収義務者 (法321条の5): the person's money pays none of it.
    """
    return sorted(
        (claim for claim in debts if claim.due_date < decided_on and not is_special(claim.notice.collection_method)),
        key=lambda claim: (claim.notice.statutory_due_date, claim.due_date, claim.claim_id),
    )


def _apply(books: Books, credit: Credit, claim: Claim, money: int, rules: MatchingRules) -> list[Applied]:
    """充当 of one credit to one claim: 本税, and where that settles it late, the 延滞金 that comes of it."""
    steps: list[Applied] = []
    day = offset_day(claim.due_date, credit.arose_on)
    if _barred(claim, day, rules):
        return steps
    balance = books.claims[claim.claim_id]
    for part in (ClaimPart.PRINCIPAL, ClaimPart.INTEREST):
        owed = balance.due if part is ClaimPart.PRINCIPAL else balance.interest_due
        amount = min(money, owed)
        if not amount:
            continue
        money -= amount
        books.post(
            posting.appropriate(
                credit.payment_id,
                credit.claim_id,
                claim.claim_id,
                amount,
                day,
                excess=credit.excess,
                part=part,
            )
        )
        steps.append(Applied(credit.payment_id, credit.claim_id, claim.claim_id, part, amount, day))
        if part is ClaimPart.PRINCIPAL and balance.due == 0:
            settle_interest(claim, books, rules)
    return steps


def _barred(claim: Claim, day: date, rules: MatchingRules) -> bool:
    """Whether a claim was extinguished by 時効 before money could be appropriated to it."""
    return claim.claim_id in rules.barred and day >= rules.barred[claim.claim_id]


def _calculate(parts: Sequence[Accruing], decided_on: date, excluded: Period | None, rates: RateTable) -> Calculation:
    """Calculate 還付加算金 at one claim: part by part, the sum cut once."""
    return Calculation(
        tuple(
            segment
            for part in parts
            for segment in refund_interest(
                part.amount,
                part.origin,
                part.until or decided_on,
                rates,
                excluded=None if part.until else excluded,
            ).segments
        )
    )


def _fix_interest(
    books: Books,
    case: _Case,
    interest: OpenInterest,
    due: Sequence[Claim],
    *,
    decided_on: date,
    rules: MatchingRules,
    excluded: Period | None = None,
) -> None:
    """Post 還付加算金 at the latest payment of the claim; it pays what is still due before any of it is paid out."""
    calculation = _calculate(interest.parts, decided_on, excluded, rules.rates)
    if not calculation.amount:
        return
    payment_id, claim_id = interest.payment_id, interest.claim_id
    case.added.append(AddedInterest(claim_id, calculation.amount, calculation, interest))
    books.post(
        posting.decide_refund_interest(payment_id, claim_id, calculation.amount, decided_on, calculation.detail())
    )
    rest = calculation.amount
    arose_on = max(part.origin.paid_on for part in interest.parts)  # 令6条の14: of the money it is calculated on
    for claim in due:
        day = offset_day(claim.due_date, arose_on)
        if _barred(claim, day, rules):
            continue
        for part in (ClaimPart.PRINCIPAL, ClaimPart.INTEREST):
            balance = books.claims[claim.claim_id]
            amount = min(rest, balance.due if part is ClaimPart.PRINCIPAL else balance.interest_due)
            if amount:
                rest -= amount
                books.post(
                    posting.appropriate_refund_interest(payment_id, claim_id, claim.claim_id, amount, day, part=part)
                )
                case.applied.append(
                    Applied(payment_id, claim_id, claim.claim_id, part, amount, day, from_refund_interest=True)
                )
                if part is ClaimPart.PRINCIPAL and balance.due == 0:
                    settle_interest(claim, books, rules)
    if not rest:
        return
    for place, refund in enumerate(case.refunds):
        if (refund.payment_id, refund.claim_id) == (payment_id, claim_id):
            case.refunds[place] = RefundItem(payment_id, claim_id, refund.amount, rest)
            return
    case.refunds.append(RefundItem(payment_id, claim_id, 0, rest))
