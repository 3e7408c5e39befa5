"""A small ledger that is obviously right: of what was told it says where every yen must be.

It knows no accounts and no entries, and no order of arrival: payments of a notice are taken in the order of the days
they were received on (領収日), once, when everything is known; what was decided comes after. Sources of its rules:
docs/why/ledger.md. What it does not know (減免, 猶予, 時効, 還付加算金 that is owed) must not be in what it judges.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

import msgspec

from kofu_proof.late_interest import YearRates, late_interest
from kofu_proof.ledger_rows import Told

SMALLEST_REFUND_INTEREST = 1_000


class OutsideModelError(Exception):
    """A history says something this model has no rule for, or that breaks `rule`."""

    def __init__(self, what: str, rule: str = "books.told") -> None:
        """Say what, and which rule it breaks."""
        super().__init__(what)
        self.rule = rule


@dataclass(slots=True)
class ModelClaim:
    """A 期別: what is assessed, paid and given up of 本税 and of 延滞金."""

    installment: str
    due_on: date
    assessed: int
    paid: int = 0
    written_off: int = 0
    interest: int = 0
    interest_paid: int = 0
    interest_written_off: int = 0

    @property
    def due(self) -> int:
        """本税 that is still owed."""
        return self.assessed - self.paid - self.written_off

    @property
    def interest_due(self) -> int:
        """延滞金 that is still owed."""
        return self.interest - self.interest_paid - self.interest_written_off


@dataclass(slots=True)
class ModelPlace:
    """What of a payment lies at a claim."""

    on: date
    principal: int = 0
    interest: int = 0
    overpaid: int = 0
    in_error: int = 0
    refundable: int = 0
    refunded: int = 0

    def parts(self) -> tuple[int, int, int, int, int, int]:
        """Give all of it, in one order."""
        return self.principal, self.interest, self.overpaid, self.in_error, self.refundable, self.refunded


@dataclass(slots=True)
class ModelNotice:
    """A notice: its claims by 期別 and what lies at them, by (payment, 期別). `suspense`: yen in 仮受 by payment."""

    rates: Mapping[int, YearRates]
    claims: dict[str, ModelClaim] = field(default_factory=dict)
    places: dict[tuple[str, str], ModelPlace] = field(default_factory=dict)
    suspense: dict[str, int] = field(default_factory=dict)
    for_itself: dict[str, int] = field(default_factory=dict)
    by_others: dict[str, int] = field(default_factory=dict)

    def settle(self, payments: list[Told], changes: list[Told]) -> None:
        """Go through payments by the day they were received, then through what was decided.

        Of one day: 増額 first, then payments, of these those for what is due earlier first, then everything else.
        """
        for one in payments:
            claim = self.claims.get(one.installment)
            if claim is not None and _day(one) <= claim.due_on:
                self.for_itself[one.installment] = self.for_itself.get(one.installment, 0) + one.yen
        steps = [((_day(one), 1, self._due_of(one)), number, one) for number, one in enumerate(payments)]
        grown = [one for one in changes if one.what == "increased"]
        steps += [((_day(one), 0, date.min), number, one) for number, one in enumerate(grown)]
        for _, _, one in sorted(steps, key=lambda step: step[:2]):
            if one.what == "increased":
                self.claims[one.installment].assessed += one.yen
            else:
                self._pay(one)
        for one in changes:
            if one.what != "increased":
                self._decide(one)

    def _decide(self, one: Told) -> None:
        match one.what:
            case "reduced":
                self._reduce(self.claims[one.installment], one.yen)
            case "written_off":
                claim = self.claims[one.installment]
                claim.written_off, claim.interest_written_off = claim.due, claim.interest_due
            case "refund_decided":
                self._decide_refund(_day(one))
            case "refund_paid":
                self._pay_refund(one.yen)
            case _:
                raise OutsideModelError(f"{one.what} of a notice")

    def _due_of(self, one: Told) -> date:
        claim = self.claims.get(one.installment)
        return claim.due_on if claim is not None else date.min

    # payments -----------------------------------------------------------------------------------------------------

    def _pay(self, one: Told) -> None:
        """本税 first, then the 延滞金 on it, unless 延滞金 was asked for; the rest was never owed."""
        claim = self.claims.get(one.installment)
        if claim is None:
            self.suspense[one.key] = one.yen
            return
        on, rest = _day(one), one.yen
        place = self._place(one.key, claim, on)
        earlier = [other for other in self._by_due() if other.due_on < claim.due_on and on <= other.due_on]
        rooms = [(other, self._room_for_others(other)) for other in earlier]
        if any(room > 0 for _, room in rooms):
            for other, room in rooms:
                taken = min(rest, max(room, 0))
                if taken:
                    rest -= taken
                    self.by_others[other.installment] = self.by_others.get(other.installment, 0) + taken
                    self._to_principal(self._place(one.key, other, on), other, taken)
            place.in_error += rest
            return
        if claim.due == 0 and claim.interest_due == 0:
            place.in_error += rest
            return
        asked = min(one.interest, claim.interest_due)
        self._to_interest(place, claim, asked)
        principal = min(rest - asked, claim.due)
        if principal:
            self._to_principal(place, claim, principal)
            if claim.due == 0:
                self._fix_interest(claim)
        more = min(rest - asked - principal, claim.interest_due)
        self._to_interest(place, claim, more)
        place.in_error += rest - asked - principal - more

    def _room_for_others(self, claim: ModelClaim) -> int:
        """Yen slips of other 期別 can still take here: what slips of its own bring within its 納期 is kept for them."""
        for_others = claim.assessed - self.for_itself.get(claim.installment, 0)
        return min(claim.due, for_others - self.by_others.get(claim.installment, 0))

    def _to_principal(self, place: ModelPlace, claim: ModelClaim, yen: int) -> None:
        place.principal += yen
        claim.paid += yen

    def _to_interest(self, place: ModelPlace, claim: ModelClaim, yen: int) -> None:
        place.interest += yen
        claim.interest_paid += yen

    def _interest_now(self, claim: ModelClaim) -> int:
        paid = [(place.on, place.principal) for place in self._at(claim) if place.principal]
        return late_interest(claim.due_on, claim.assessed, paid, self.rates)

    def _fix_interest(self, claim: ModelClaim) -> None:
        claim.interest = max(claim.interest, self._interest_now(claim))

    # decisions ------------------------------------------------------------------------------------------------------

    def _reduce(self, claim: ModelClaim, yen: int) -> None:
        """Less is assessed: what then lies too much there is owed back, of the latest payment first."""
        claim.assessed -= yen
        for place in self._at(claim):
            too_much = min(max(-claim.due, 0), place.principal)
            place.principal -= too_much
            place.overpaid += too_much
            claim.paid -= too_much
        if claim.due == 0:
            claim.interest = self._interest_now(claim)
            for place in self._at(claim):
                too_much = min(max(-claim.interest_due, 0), place.interest)
                place.interest -= too_much
                place.overpaid += too_much
                claim.interest_paid -= too_much

    def _decide_refund(self, on: date) -> None:
        """Let what is owed back pay what is late (法17条の2); what is left goes to the payer."""
        late = [claim for claim in self._by_due() if claim.due_on < on]
        for installment in self.claims:
            owed = sorted((place.on, key) for (key, at), place in self.places.items() if at == installment)
            refund_interest = 0
            for paid_on, key in owed:
                place = self.places[key, installment]
                for excess in ("overpaid", "in_error"):
                    rest = self._apply(key, place, excess, late)
                    setattr(place, excess, 0)
                    place.refundable += rest
                    days = (on - paid_on).days
                    refund_interest += rest * max(rates.refund for rates in self.rates.values()) * days // 365_000
            if refund_interest >= SMALLEST_REFUND_INTEREST:
                raise OutsideModelError("a refund on which 還付加算金 may be owed")

    def _apply(self, key: str, place: ModelPlace, excess: str, late: list[ModelClaim]) -> int:
        """充当 of one excess; give what is left of it."""
        rest: int = getattr(place, excess)
        for claim in late:
            principal = min(rest, claim.due)
            if principal:
                rest -= principal
                self._to_principal(self._place(key, claim, place.on), claim, principal)
                if claim.due == 0:
                    self._fix_interest(claim)
            interest = min(rest, claim.interest_due)
            if interest:
                rest -= interest
                self._to_interest(self._place(key, claim, place.on), claim, interest)
        return rest

    def _pay_refund(self, yen: int) -> None:
        """Pay out everything that was decided. Raises `OutsideModelError` where another sum was paid."""
        decided = sum(place.refundable for place in self.places.values())
        if decided != yen:
            raise OutsideModelError(f"{yen} yen paid out, {decided} decided and not paid", "books.refund")
        for place in self.places.values():
            place.refunded, place.refundable = place.refunded + place.refundable, 0

    # parts ----------------------------------------------------------------------------------------------------------

    def _place(self, key: str, claim: ModelClaim, on: date) -> ModelPlace:
        return self.places.setdefault((key, claim.installment), ModelPlace(on))

    def _at(self, claim: ModelClaim) -> list[ModelPlace]:
        """Give what lies at a claim, the latest payment first."""
        found = [place for (_, at), place in self.places.items() if at == claim.installment]
        return sorted(found, key=lambda place: place.on, reverse=True)

    def _by_due(self) -> list[ModelClaim]:
        return sorted(self.claims.values(), key=lambda claim: claim.due_on)


def _day(one: Told) -> date:
    if one.on is None:
        raise OutsideModelError(f"{one.what} without a day")
    return one.on


@dataclass(frozen=True, slots=True)
class ModelFault:
    """What was told cannot be: which rule that breaks, of which notice or payment, in what way."""

    rule: str
    where: str
    what: str


@dataclass(slots=True)
class LedgerModel:
    """Everything that was told, by notice. `gone`: payments that are not there any more; `paid`: as they came.

    `suspense`: yen in 仮受 by payment; `faults`: what cannot be; `meant_for`: the claim a payment is for by now;
    `taken_back`: what a store took back before it confirmed it.
    """

    notices: dict[str, ModelNotice] = field(default_factory=dict)
    paid: dict[str, Told] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    suspense: dict[str, int] = field(default_factory=dict)
    faults: list[ModelFault] = field(default_factory=list)
    meant_for: dict[str, tuple[str, str]] = field(default_factory=dict)
    taken_back: set[str] = field(default_factory=set)
    rates: dict[int, YearRates] = field(default_factory=dict)
    changes: dict[str, list[Told]] = field(default_factory=dict)

    def places(self) -> Iterator[tuple[str, str, str, ModelPlace]]:
        """Give what lies anywhere: payment, notice, 期別, how much."""
        for number, notice in self.notices.items():
            for (key, installment), place in notice.places.items():
                yield key, number, installment, place

    def hear(self, one: Told) -> None:
        """Take one thing in, in the order in which they were told."""
        match one.what:
            case "rate":
                self.rates[one.year] = YearRates(one.first_month, one.after, one.refund)
            case "claim":
                notice = self.notices.setdefault(one.notice, ModelNotice(self.rates))
                notice.claims[one.installment] = ModelClaim(one.installment, one.due or date.max, one.yen)
            case "advised" | "cancelled" | "paid":
                self._hear_payment(one)
            case "taken_out" | "sent_back":
                self.gone.add(one.key)
            case "moved" | "assigned" | "to_suspense":
                self.meant_for[one.key] = ("", "") if one.what == "to_suspense" else (one.notice, one.installment)
                self.taken_back.discard(one.key)
            case _:
                self.changes.setdefault(one.notice, []).append(one)

    def _hear_payment(self, one: Told) -> None:
        if one.what == "paid":
            before = self.paid.setdefault(one.key, one)
            self.meant_for.setdefault(one.key, (one.notice, one.installment))
            if (before.yen, before.on) != (one.yen, one.on):
                what = "one payment was told with two amounts or days"
                self.faults.append(ModelFault("books.told", f"payment {one.key}", what))
        elif one.what == "cancelled" and one.key not in self.paid:
            self.taken_back.add(one.key)

    def settle(self) -> None:
        """Say where every yen is, notice by notice."""
        by_notice: dict[str, list[Told]] = {}
        for key, one in self.paid.items():
            number, installment = self.meant_for[key]
            if key in self.gone:
                continue
            if key in self.taken_back or number not in self.notices:
                self.suspense[key] = one.yen
            else:
                by_notice.setdefault(number, []).append(msgspec.structs.replace(one, installment=installment))
        for number, notice in self.notices.items():
            try:
                notice.settle(by_notice.get(number, []), self.changes.get(number, []))
            except OutsideModelError as fault:
                self.faults.append(ModelFault(fault.rule, f"notice {number}", str(fault)))
            self.suspense |= notice.suspense


def model_of(told: tuple[Told, ...]) -> LedgerModel:
    """Say of what was told where every yen must be. `faults`: what cannot be, or has no rule here."""
    model = LedgerModel()
    for one in sorted(told, key=lambda row: row.at):
        model.hear(one)
    model.settle()
    return model
