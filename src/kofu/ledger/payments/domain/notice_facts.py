"""What happened to the 期別 of a notice, read from its entries: what came in for it, what changed it, what was decided.

Results are left out: where money was allocated follows from these facts, by the order of receipt (`receipt_order`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby
from uuid import UUID

from kofu.ledger.books.domain.accounts import Account
from kofu.ledger.books.domain.books import Books
from kofu.ledger.books.domain.claims import Channel, Claim, Payment
from kofu.ledger.books.domain.entries import JournalKind
from kofu.ledger.books.domain.offset import offset_day
from kofu.ledger.books.domain.posting import ClaimPart, Excess
from kofu.ledger.payments.domain.matching import OTHER_INSTALLMENT

#: A payment at a claim.
At = tuple[UUID, int]

_DUE_ACCOUNTS = {Account.DUE: ClaimPart.PRINCIPAL, Account.INTEREST_DUE: ClaimPart.INTEREST}
_EXCESS_ACCOUNTS = {Account.OVERPAID: Excess.OVERPAID, Account.IN_ERROR: Excess.IN_ERROR}
#: Where all money of a payment goes that is taken from every claim: void, or back into suspense.
_TAKEN_FROM_ALL_CLAIMS = {Account.RECEIVED, Account.SUSPENSE}
_CHANGES = {JournalKind.INCREASED, JournalKind.REDUCED, JournalKind.CANCELLED}
_BY_DECISION = {JournalKind.APPROPRIATED, JournalKind.REALLOCATED}
_GIVEN_UP = {JournalKind.WAIVED, JournalKind.INTEREST_WAIVED, JournalKind.WRITTEN_OFF}


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """A transfer as it is stored, with what its entry says. `sequence` orders the entries."""

    sequence: int
    kind: JournalKind
    effective_on: date
    reason: str
    debit: Account
    credit: Account
    amount: int
    claim_id: int | None
    payment_id: UUID | None


@dataclass(frozen=True, slots=True)
class ArrivedPayment:
    """A payment for a 期別 of the notice. `payment.amount`: yen that came in, without what was voided."""

    payment: Payment
    claim: Claim

    @property
    def order(self) -> tuple[date, date, int]:
        """Its place in the order of receipt."""
        first = self.payment.channel is Channel.TAKEN_OVER
        day = date.min if first else self.payment.received_on
        return day, self.claim.due_date, self.payment.payment_id.int


@dataclass(frozen=True, slots=True)
class ClaimChange:
    """What was done to a claim on a day, in yen: 増額, 減額, 取消, 減免, 不納欠損."""

    on: date
    sequence: int
    claim_id: int
    kind: JournalKind
    amount: int
    reason: str


@dataclass(frozen=True, slots=True)
class DecidedMoney:
    """Yen of a payment that pay a claim by a decision (充当, 再充当), from the 適状日 on."""

    payment_id: UUID
    claim_id: int
    received_on: date
    principal: int
    interest: int
    on: date


@dataclass(frozen=True, slots=True)
class Undone:
    """Yen of a 充当 that is taken back: from the part of a claim it paid to what is owed back at another."""

    payment_id: UUID
    from_claim: int
    to_claim: int
    part: ClaimPart
    excess: Excess
    amount: int
    on: date


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """All that happened to the 期別 of a notice, in yen.

    `assessed`: first assessed, by claim. `gone`: of what was owed back, what was decided to be refunded or was
    appropriated elsewhere, by (payment, claim).
    """

    claims: tuple[Claim, ...]
    assessed: Mapping[int, int]
    changes: tuple[ClaimChange, ...]
    came: tuple[ArrivedPayment, ...]
    decided: tuple[DecidedMoney, ...]
    gone: Mapping[At, Counter[Excess]] = field(default_factory=dict)

    def without(self, undone: Iterable[Undone]) -> NoticeFacts:
        """Leave out what of the decisions is undone."""
        into: defaultdict[At, Counter[ClaimPart]] = defaultdict(Counter)
        gone = {at: Counter(yen) for at, yen in self.gone.items()}
        for one in undone:
            into[one.payment_id, one.to_claim][one.part] += one.amount
            if (back := (one.payment_id, one.from_claim)) in gone:
                gone[back][one.excess] -= one.amount
        decided = (
            replace(
                one,
                principal=one.principal - into[one.payment_id, one.claim_id][ClaimPart.PRINCIPAL],
                interest=one.interest - into[one.payment_id, one.claim_id][ClaimPart.INTEREST],
            )
            for one in self.decided
        )
        return replace(self, decided=tuple(one for one in decided if one.principal or one.interest), gone=gone)

    def with_payments(self, more: Iterable[ArrivedPayment]) -> NoticeFacts:
        """Add payments that are not in the ledger yet."""
        return replace(self, came=(*self.came, *more))


def facts_of(
    claims: Sequence[Claim], books: Books, movements: Sequence[Movement], payments: Mapping[UUID, Payment]
) -> NoticeFacts:
    """Read the history of a notice from its entries.

    `movements`: those of its claims, and all of every payment with a share in one, in order. `payments`: these
    payments, each with the yen that came in. Payments in suspense are not among the facts.
    """
    own = {claim.claim_id: claim for claim in claims}
    at_claims = [one for one in movements if one.claim_id in own]
    home = _homes(movements)
    decided, gone = _decisions(movements)
    received = {payment_id: payment.received_on for payment_id, payment in payments.items()}
    foreign = {
        (share.payment_id, share.claim_id): (share.principal, share.interest)
        for share in books.shares_at(own)
        if home.get(share.payment_id) not in own and (share.principal or share.interest)
    }
    own_decided = {
        at: (parts[ClaimPart.PRINCIPAL], parts[ClaimPart.INTEREST])
        for at, parts in decided.items()
        if at[1] in own and home.get(at[0]) in own and any(parts.values())
    }
    changes = tuple(_after_what_lay_there(_changes(at_claims, books), at_claims, received))
    return NoticeFacts(
        claims=tuple(claims),
        assessed=_sums(at_claims, {JournalKind.ASSESSED}, Account.ASSESSED),
        changes=changes,
        came=tuple(
            ArrivedPayment(payment, own[home[payment_id]])
            for payment_id, payment in payments.items()
            if payment.amount and home.get(payment_id) in own
        ),
        decided=tuple(
            DecidedMoney(*at, received[at[0]], *yen, _pays_from(at, own[at[1]], received[at[0]], changes, at_claims))
            for at, yen in sorted((foreign | own_decided).items())
        ),
        gone={at: yen for at, yen in gone.items() if at[1] in own and any(yen.values())},
    )


def undone_by(misfits: Iterable[DecidedMoney], movements: Sequence[Movement]) -> tuple[Undone, ...]:
    """Tell which 充当 have to be taken back so that what finds no room is none any more, the latest first.

    還付加算金 that was appropriated is not among them: it goes back nowhere.
    """
    found: list[Undone] = []
    pairs = [
        (out, into)
        for _, group in groupby(movements, key=lambda one: one.sequence)
        if _appropriates(lines := list(group))
        for out in lines
        if out.debit in _EXCESS_ACCOUNTS
        for into in lines
        if into.credit in _DUE_ACCOUNTS
    ]
    for one in misfits:
        rest = {ClaimPart.PRINCIPAL: one.principal, ClaimPart.INTEREST: one.interest}
        for out, into in reversed(pairs):
            part = _DUE_ACCOUNTS[into.credit]
            amount = min(rest[part], into.amount)
            if not amount or (into.payment_id, into.claim_id) != (one.payment_id, one.claim_id) or out.claim_id is None:
                continue
            rest[part] -= amount
            excess = _EXCESS_ACCOUNTS[out.debit]
            found.append(Undone(one.payment_id, out.claim_id, one.claim_id, part, excess, amount, one.on))
    return tuple(found)


# -- parts ------------------------------------------------------------------------------------------------------------


def _homes(movements: Iterable[Movement]) -> dict[UUID, int]:
    """For which claim each payment is: the first its money came to, since it was last taken out of suspense."""
    home: dict[UUID, int] = {}
    for one in movements:
        if one.payment_id is None:
            continue
        if one.debit is Account.SUSPENSE:
            home.pop(one.payment_id, None)
        elif one.claim_id is not None:
            home.setdefault(one.payment_id, one.claim_id)
    return home


def _decisions(
    movements: Iterable[Movement],
) -> tuple[dict[At, Counter[ClaimPart]], dict[At, Counter[Excess]]]:
    """Sum up what was decided: what of each payment pays which claim by it, and what left which place.

    A payment that was taken out (収納取消) or put into suspense (付替) took all it had paid with it, decisions too.
    """
    into: defaultdict[At, Counter[ClaimPart]] = defaultdict(Counter)
    gone: defaultdict[At, Counter[Excess]] = defaultdict(Counter)
    for _, group in groupby(movements, key=lambda one: one.sequence):
        lines = list(group)
        appropriates = _appropriates(lines)
        for one in lines:
            if one.payment_id is None or one.claim_id is None:
                if one.credit in _TAKEN_FROM_ALL_CLAIMS:
                    _forget(one.payment_id, into, gone)
                continue
            at = (one.payment_id, one.claim_id)
            if one.debit in _EXCESS_ACCOUNTS and (appropriates or one.credit is Account.REFUNDABLE):
                gone[at][_EXCESS_ACCOUNTS[one.debit]] += one.amount
            elif one.credit in _EXCESS_ACCOUNTS and (
                one.kind is JournalKind.APPROPRIATION_UNDONE or one.debit is Account.REFUNDABLE
            ):
                gone[at][_EXCESS_ACCOUNTS[one.credit]] -= one.amount
            elif one.credit in _DUE_ACCOUNTS and appropriates:
                into[at][_DUE_ACCOUNTS[one.credit]] += one.amount
            elif one.debit in _DUE_ACCOUNTS and one.kind is JournalKind.APPROPRIATION_UNDONE:
                into[at][_DUE_ACCOUNTS[one.debit]] -= one.amount
    return into, gone


def _forget(payment_id: UUID | None, *decided: Mapping[At, Counter[ClaimPart]] | Mapping[At, Counter[Excess]]) -> None:
    for places in decided:
        for at, yen in places.items():
            if at[0] == payment_id:
                yen.clear()


def _appropriates(lines: Sequence[Movement]) -> bool:
    """Whether an entry is a 充当 or 再充当 somebody decided, and not the 充当 of a slip of another 期別."""
    first = lines[0]
    if first.kind is JournalKind.APPROPRIATED:
        return first.reason != OTHER_INSTALLMENT
    return first.kind is JournalKind.REALLOCATED and any(one.credit in _DUE_ACCOUNTS for one in lines)


def _sums(movements: Iterable[Movement], kinds: set[JournalKind], account: Account) -> dict[int, int]:
    """Yen that entries of these kinds put to an account, by claim."""
    found: Counter[int] = Counter()
    for one in movements:
        if one.kind in kinds and one.claim_id is not None:
            found[one.claim_id] += one.amount * ((one.credit is account) - (one.debit is account))
    return dict(found)


def _after_what_lay_there(
    changes: Iterable[ClaimChange], movements: Sequence[Movement], received: Mapping[UUID, date]
) -> Iterable[ClaimChange]:
    """Put a change behind the payments that lay at its claim when it was posted, by a decision from its 適状日 on."""
    for change in changes:
        lay_there = (
            max(received[one.payment_id], one.effective_on) if _pays(one) else received[one.payment_id]
            for one in movements
            if one.claim_id == change.claim_id
            and one.sequence < change.sequence
            and one.payment_id is not None
            and one.payment_id in received
        )
        yield replace(change, on=max(change.on, max(lay_there, default=change.on)))


def _pays_from(
    at: At, claim: Claim, received_on: date, changes: Iterable[ClaimChange], movements: Iterable[Movement]
) -> date:
    """Give the day a decision counts from: its 適状日, and not before the 増額 it found there."""
    decided = max((one.sequence for one in movements if (one.payment_id, one.claim_id) == at and _pays(one)), default=0)
    grew = (
        change.on
        for change in changes
        if change.claim_id == at[1] and change.kind is JournalKind.INCREASED and change.sequence < decided
    )
    return max([offset_day(claim.due_date, received_on), *grew])


def _pays(one: Movement) -> bool:
    """Whether money comes to a claim by a decision."""
    return one.kind in _BY_DECISION and one.credit in _DUE_ACCOUNTS


def _changes(movements: Sequence[Movement], books: Books) -> tuple[ClaimChange, ...]:
    """List what changed the claims after they were assessed; what was given up of them stands as it stands now."""
    found: list[ClaimChange] = []
    last: dict[tuple[int, JournalKind], Movement] = {}
    for one in movements:
        if one.claim_id is None:
            continue
        if one.kind in _CHANGES and Account.ASSESSED in {one.debit, one.credit}:
            found.append(ClaimChange(one.effective_on, one.sequence, one.claim_id, one.kind, one.amount, one.reason))
        elif one.kind in _GIVEN_UP:
            last[one.claim_id, one.kind] = one
    for (claim_id, kind), one in last.items():
        balance = books.claims[claim_id]
        standing = {
            JournalKind.WAIVED: balance.waived,
            JournalKind.INTEREST_WAIVED: balance.interest_waived,
            JournalKind.WRITTEN_OFF: balance.written_off,
        }[kind]
        if standing or (kind is JournalKind.WRITTEN_OFF and balance.interest_written_off):
            found.append(ClaimChange(one.effective_on, one.sequence, claim_id, kind, standing, one.reason))
    return tuple(found)
