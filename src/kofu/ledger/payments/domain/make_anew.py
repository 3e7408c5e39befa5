"""充て直し: bring the books of a notice to where they would be had everything come in the order of receipt.

`plan` compares a replay (`receipt_order`) with the books and says what differs, and what stands against it: money that
has left (refund decided or paid, 充当) and a 不納欠損. `post` posts the difference as new entries: what lies elsewhere
is freed, 延滞金 is brought to what it comes to, and the money is allocated again, each with the reason and what caused
it. Nothing that lies right is touched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.accounts import Account
from kofu.ledger.books.domain.books import BalanceBroken, Books, Share
from kofu.ledger.books.domain.entries import Detail, Entry, JournalKind, Transfer
from kofu.ledger.books.domain.posting import Excess
from kofu.ledger.payments.domain.matching import OTHER_INSTALLMENT
from kofu.ledger.payments.domain.notice_facts import ArrivedPayment, At, DecidedMoney, NoticeFacts
from kofu.ledger.payments.domain.receipt_order import Replayed

REASON = "領収日の順による充て直し"


class AnewReason(StrEnum):
    """What made the money of a notice be allocated anew."""

    EARLIER_PAYMENT = "earlier_payment"  # 領収日の早い収納が後から届いた
    PAYMENT_TAKEN_OUT = "payment_taken_out"  # 収納の取消
    PAYMENT_MOVED = "payment_moved"  # 付替
    CHANGED_ASSESSMENT = "changed_assessment"  # 更正の日より後の収納があった
    WRITE_OFF_REVERSED = "write_off_reversed"  # 不納欠損の取消
    WRITE_OFF_UNDONE = "write_off_undone"  # 不納欠損の取消 by a decision on the claim, not for a payment
    DECIDED_AGAIN = "decided_again"  # 事案の決裁


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryCause:
    """What an entry names as its cause: the event, and the payment with its days where it was one."""

    why: AnewReason
    payment_id: UUID | None = None
    received_on: date | None = None
    booked_on: date | None = None

    def detail(self) -> dict[str, Detail]:
        """Give it as the detail of an entry."""
        return {
            "cause": {
                "why": self.why.value,
                "payment": str(self.payment_id) if self.payment_id else None,
                "received_on": self.received_on.isoformat() if self.received_on else None,
                "booked_on": self.booked_on.isoformat() if self.booked_on else None,
            }
        }


class AnewObstacle(StrEnum):
    """What stands against a replay."""

    APPROPRIATED = "appropriated"  # 充当 or 再充当 would not have been made
    REFUND = "refund"  # money was refunded, or decided to be, that a claim would have taken
    WRITTEN_OFF = "written_off"  # a claim was written off that had been paid in time
    UNCLEAR = "unclear"  # the entries do not add up to what the books say of it


@dataclass(frozen=True, slots=True)
class PlacedMoney:
    """Where yen of a payment lie at a claim."""

    principal: int = 0
    interest: int = 0
    overpaid: int = 0
    in_error: int = 0

    @property
    def total(self) -> int:
        """Yen of all."""
        return self.principal + self.interest + self.overpaid + self.in_error

    def of(self, excess: Excess) -> int:
        """Yen owed back of a kind."""
        return self.overpaid if excess is Excess.OVERPAID else self.in_error


NOWHERE = PlacedMoney()


@dataclass(frozen=True, slots=True)
class AnewPlan:
    """Where the free money of the notice's payments lies now and where it belongs, with what stands against it.

    `interest`: 延滞金 of each claim, in yen. `reversed_`: yen of 本税 and 延滞金 written off that would not have been,
    by claim. `left`: (payment, claim, yen) that have left and would not have, with the obstacle.
    """

    facts: NoticeFacts
    replayed: Replayed
    now: Mapping[At, PlacedMoney]
    wanted: Mapping[At, PlacedMoney]
    reversed_: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    left: tuple[tuple[AnewObstacle, UUID, int, int], ...] = ()

    @property
    def obstacles(self) -> frozenset[AnewObstacle]:
        """What stands against it."""
        written_off = {AnewObstacle.WRITTEN_OFF} if self.reversed_ else set()
        return frozenset({obstacle for obstacle, *_ in self.left} | written_off)

    @property
    def moves(self) -> bool:
        """Whether money that lies somewhere already lies wrong."""
        return any(self.wanted.get(at, NOWHERE) != placed for at, placed in self.now.items() if placed.total)


def plan(books: Books, facts: NoticeFacts, replayed: Replayed, *, bound: bool = False) -> AnewPlan:
    """Compare a replay with the books. `bound`: it was replayed with what has left and what was decided as it is."""
    came = {one.payment.payment_id for one in facts.came}
    own = [claim.claim_id for claim in facts.claims]
    decided = _decided(facts)
    lying = {(share.payment_id, share.claim_id): share for share in books.shares_at(own) if share.payment_id in came}
    now = {at: _less(share, decided.get(at)) for at, share in lying.items()}
    wanted: dict[At, PlacedMoney] = {}
    left: list[tuple[AnewObstacle, UUID, int, int]] = [
        (AnewObstacle.APPROPRIATED, one.payment_id, one.claim_id, one.principal + one.interest)
        for one in replayed.misfits
    ]
    for at, share in replayed.books.shares.items():
        if at[0] not in came:
            continue
        placed = _less(share, decided.get(at))
        gone: Counter[Excess] = Counter() if bound else facts.gone.get(at, Counter())
        over, error = _without_gone(placed, gone)
        if over + error < 0:
            left.append((AnewObstacle.REFUND, at[0], at[1], -over - error))
        wanted[at] = PlacedMoney(placed.principal, placed.interest, max(over, 0), max(error, 0))
    if not bound:
        left += [
            (AnewObstacle.REFUND, at[0], at[1], sum(away.values()))
            for at, away in facts.gone.items()
            if at[0] in came and at not in replayed.books.shares and any(away.values())
        ]
    if not left and not _adds_up(books, facts, replayed, now, wanted):
        left.append((AnewObstacle.UNCLEAR, facts.came[0].payment.payment_id, facts.claims[0].claim_id, 0))
    return AnewPlan(facts, replayed, now, wanted, {} if bound else _reversed(books, replayed), tuple(left))


def post(books: Books, made: AnewPlan, cause: EntryCause) -> None:
    """Post the difference. Money of payments that are new lies unallocated before, and at its place after."""
    detail = cause.detail()
    days = {one.payment.payment_id: one.payment.received_on for one in made.facts.came}
    order = {one.payment.payment_id: one.order for one in made.facts.came}
    known = {at[0] for at, placed in made.now.items() if placed.total}
    places = sorted({*made.now, *made.wanted}, key=lambda at: (order[at[0]], at[1]))
    for at in reversed(places):
        books.post_all(_freed(at, made.now.get(at, NOWHERE), made.wanted.get(at, NOWHERE), days[at[0]], detail))
    for claim_id, (principal, interest) in made.reversed_.items():
        first = min(days.values())
        books.post(
            posting.reverse_write_off(
                claim_id, first, principal=principal, interest=interest, reason="不納欠損前の納付", detail=detail
            )
        )
    for claim in made.facts.claims:
        books.post_all(_interest(books, made, claim.claim_id, max(days.values()), detail))
    homes = {one.payment.payment_id: one.claim.claim_id for one in made.facts.came}
    for at in places:
        moved = at[0] in known
        books.post_all(
            _allocated(
                made, at, homes[at[0]], days[at[0]], reason=REASON if moved else "", detail=detail if moved else {}
            )
        )
    for claim in made.facts.claims:
        books.post_all(_written_off(books, made, claim.claim_id, detail))
        books.settle_as_of(claim.claim_id, made.replayed.books.claims[claim.claim_id].settled_on)


def fits(books: Books, made: AnewPlan, cause: EntryCause) -> bool:
    """Tell whether a plan can be posted: tried on a copy of the notice, since books a posting failed in are spoilt."""
    own = [claim.claim_id for claim in made.facts.claims]
    shares = [replace(share) for share in books.shares_at(own)]
    payments = {share.payment_id for share in shares} | {one.payment.payment_id for one in made.facts.came}
    tried = Books(
        claims={claim_id: replace(books.claims[claim_id]) for claim_id in own},
        payments={payment_id: replace(books.payments[payment_id]) for payment_id in payments},
    )
    for share in shares:
        tried.open_share(share)
    try:
        post(tried, made, cause)
    except BalanceBroken:
        return False
    return all(payment.unallocated == 0 for payment in tried.payments.values())


# -- parts ------------------------------------------------------------------------------------------------------------


def _decided(facts: NoticeFacts) -> dict[At, DecidedMoney]:
    return {(one.payment_id, one.claim_id): one for one in facts.decided}


def _less(share: Share, decided: DecidedMoney | None) -> PlacedMoney:
    """Give what of a share is free: without what was decided and still pays there (a 減額 makes it 過納)."""
    principal = min(decided.principal, share.principal) if decided else 0
    interest = min(decided.interest, share.interest) if decided else 0
    return PlacedMoney(share.principal - principal, share.interest - interest, share.overpaid, share.in_error)


def _without_gone(placed: PlacedMoney, gone: Counter[Excess]) -> tuple[int, int]:
    """Take what has left from what is owed back; where it left as one kind and is another, from that."""
    over, error = placed.overpaid - gone[Excess.OVERPAID], placed.in_error - gone[Excess.IN_ERROR]
    if over < 0 < error:
        error, over = error + over, 0
    elif error < 0 < over:
        over, error = over + error, 0
    return over, error


def _adds_up(
    books: Books,
    facts: NoticeFacts,
    replayed: Replayed,
    now: Mapping[At, PlacedMoney],
    wanted: Mapping[At, PlacedMoney],
) -> bool:
    """Whether the replay assesses what the books assess, and no yen of a payment is lost or found."""
    if any(
        replayed.books.claims[claim.claim_id].assessed != books.claims[claim.claim_id].assessed
        or replayed.books.claims[claim.claim_id].waived != books.claims[claim.claim_id].waived
        for claim in facts.claims
    ):
        return False
    have: Counter[UUID] = Counter()
    for (payment_id, _), placed in now.items():
        have[payment_id] += placed.total
    want: Counter[UUID] = Counter()
    for (payment_id, _), placed in wanted.items():
        want[payment_id] += placed.total
    parts = [*now.values(), *wanted.values()]
    if any(min(one.principal, one.interest) < 0 for one in parts):
        return False
    return all(
        want[one.payment.payment_id]
        == have[one.payment.payment_id] + books.payments[one.payment.payment_id].unallocated
        for one in facts.came
    )


def _reversed(books: Books, replayed: Replayed) -> dict[int, tuple[int, int]]:
    """Yen that are written off and would not have been, by claim."""
    found = {}
    for claim_id, there in replayed.books.claims.items():
        here = books.claims[claim_id]
        back = (
            max(here.written_off - there.written_off, 0),
            max(here.interest_written_off - there.interest_written_off, 0),
        )
        if any(back):
            found[claim_id] = back
    return found


def _freed(at: At, now: PlacedMoney, wanted: PlacedMoney, on: date, detail: Mapping[str, Detail]) -> list[Entry]:
    """Take what lies at a place and does not belong there."""
    entries = []
    principal, interest = max(now.principal - wanted.principal, 0), max(now.interest - wanted.interest, 0)
    if principal or interest:
        entries.append(
            posting.free(
                *at,
                on,
                principal=principal,
                interest=interest,
                reason=REASON,
                detail=detail,
                kind=JournalKind.MADE_ANEW,
            )
        )
    for excess in Excess:
        amount = now.of(excess) - wanted.of(excess)
        if amount > 0:
            entries.append(
                posting.take_back_excess(
                    *at, amount, on, excess, reason=REASON, detail=detail, kind=JournalKind.MADE_ANEW
                )
            )
    return entries


def _interest(books: Books, made: AnewPlan, claim_id: int, on: date, detail: Mapping[str, Detail]) -> list[Entry]:
    """Bring the 延滞金 of a claim to what it comes to, with its calculation; what was waived of more falls away."""
    here, there = books.claims[claim_id], made.replayed.books.claims[claim_id]
    change = there.interest_assessed - here.interest_assessed
    calculation: Mapping[str, Detail] = next(
        (
            entry.detail
            for entry in reversed(made.replayed.books.entries)
            if entry.kind is JournalKind.INTEREST_REVISED and entry.transfers[0].claim_id == claim_id
        ),
        {},
    )
    paid_on = [made.replayed.books.payments[payment].received_on for payment, claim in made.wanted if claim == claim_id]
    day = max(paid_on, default=on)
    transfers = []
    waived = here.interest_waived - there.interest_waived
    if waived > 0:
        transfers.append(Transfer(Account.INTEREST_DUE, Account.INTEREST_WAIVED, waived, claim_id))
    if change > 0:
        transfers.append(Transfer(Account.INTEREST_DUE, Account.INTEREST_ASSESSED, change, claim_id))
    elif less := min(-change, here.interest_due + max(waived, 0)):
        transfers.append(Transfer(Account.INTEREST_ASSESSED, Account.INTEREST_DUE, less, claim_id))
    if not transfers:
        return []
    return [
        Entry(
            kind=JournalKind.INTEREST_REVISED,
            effective_on=day,
            reason=REASON,
            detail={**calculation, **detail},
            transfers=tuple(transfers),
        )
    ]


def _written_off(books: Books, made: AnewPlan, claim_id: int, detail: Mapping[str, Detail]) -> list[Entry]:
    """延滞金 that came of a payment before the 不納欠損 and was not paid with it ended by it."""
    more = made.replayed.books.claims[claim_id].interest_written_off - books.claims[claim_id].interest_written_off
    if not made.reversed_ or more <= 0:
        return []
    on = max(change.on for change in made.facts.changes if change.claim_id == claim_id)
    transfer = Transfer(Account.INTEREST_WRITTEN_OFF, Account.INTEREST_DUE, more, claim_id)
    return [Entry(kind=JournalKind.WRITTEN_OFF, effective_on=on, reason=REASON, detail=detail, transfers=(transfer,))]


def _allocated(
    made: AnewPlan, at: At, home: int, on: date, *, reason: str, detail: Mapping[str, Detail]
) -> list[Entry]:
    """Put what belongs to a place and does not lie there yet."""
    now, wanted = made.now.get(at, NOWHERE), made.wanted.get(at, NOWHERE)
    payment_id, claim_id = at
    entries: list[Entry] = []
    parts = (
        (posting.ClaimPart.PRINCIPAL, max(wanted.principal - now.principal, 0)),
        (posting.ClaimPart.INTEREST, max(wanted.interest - now.interest, 0)),
    )
    for part, amount in parts:
        if not amount:
            continue
        if claim_id == home:
            yen = (amount, 0) if part is posting.ClaimPart.PRINCIPAL else (0, amount)
            entries.append(posting.allocate(*at, on, principal=yen[0], interest=yen[1], reason=reason, detail=detail))
            continue
        entries += [
            posting.owe_back(payment_id, home, amount, on, Excess.IN_ERROR, reason=OTHER_INSTALLMENT, detail=detail),
            posting.appropriate(
                payment_id,
                home,
                claim_id,
                amount,
                on,
                excess=Excess.IN_ERROR,
                part=part,
                reason=OTHER_INSTALLMENT,
                detail=detail,
            ),
        ]
    for excess in Excess:
        amount = wanted.of(excess) - now.of(excess)
        if amount > 0:
            if claim_id != home:  # money comes to the 期別 its slip names first: the entries tell by that which it is
                entries += [
                    posting.owe_back(
                        payment_id, home, amount, on, Excess.IN_ERROR, reason=OTHER_INSTALLMENT, detail=detail
                    ),
                    posting.take_back_excess(
                        payment_id,
                        home,
                        amount,
                        on,
                        Excess.IN_ERROR,
                        reason=OTHER_INSTALLMENT,
                        kind=JournalKind.MADE_ANEW,
                    ),
                ]
            why = made.replayed.reason(at, excess)
            entries.append(posting.owe_back(*at, amount, on, excess, reason=why, detail=detail))
    return entries


def arrived(one: ArrivedPayment, booked_on: date) -> EntryCause:
    """Give the cause that a payment came late."""
    payment = one.payment
    return EntryCause(
        why=AnewReason.EARLIER_PAYMENT,
        payment_id=payment.payment_id,
        received_on=payment.received_on,
        booked_on=booked_on,
    )
