"""Quote a 期別 to a day: what has to be paid on that day so that nothing is owed of it any more.

本税 and 延滞金 so far are a number of a day, and no other place works it out: the person's page, the claim, the
counter, 納付書 and 督促状 show what this says. 延滞金 that is not fixed yet is calculated to the day; once it is fixed
(本税 is paid up) it does not grow any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from kofu.core.errors import OperatorFault, ensure
from kofu.ledger.books.domain.books import ClaimBalance
from kofu.ledger.books.domain.claims import Claim
from kofu.ledger.books.domain.interest import ONE_DAY, Calculation, last_cuts, months_end
from kofu.ledger.books.domain.matching_rules import MatchingRules


def check_day(on: date, today: date) -> None:
    """Refuse to calculate to a day more than a year ahead: `OperatorFault` `day_too_far`.

    甲賀市 (2019-06): 令和10年 typed for 令和1年 made 33.8 million yen of wrong 延滞金.
    """
    if on > months_end(today, 12) + ONE_DAY:
        raise OperatorFault("day_too_far", f"{on} is more than a year after {today}; look at the year again")


@dataclass(frozen=True, slots=True)
class Paid:
    """Yen of one payment that went to 本税 of a claim, on its 領収日."""

    on: date
    principal: int


@dataclass(frozen=True, slots=True)
class Settles:
    """What a payment would do, in yen: to 本税, to 延滞金, what is left of each on that day, and what is too much."""

    principal: int
    interest: int
    principal_left: int
    interest_left: int
    too_much: int


@dataclass(frozen=True, slots=True)
class PartQuote:
    """What is unpaid of a claim by one 納期限 on a day, in yen, and the 延滞金 that ran on it."""

    due_date: date
    principal: int
    interest: int


@dataclass(frozen=True, slots=True)
class Quote:
    """A claim on a day, in yen. `not_due`: the part of `principal` whose 納期限 is that day or later.

    `parts`: what is unpaid by 納期限, the earliest first: several where an 増額 has one of its own.
    `interest`: 延滞金 to be paid with it; None where a year has no rate yet (`missing` says which). `calculation`: its
    lines, from the first day, with what was paid of it before not taken off. `extinguished`: nothing is owed any more.
    """

    claim: Claim
    on: date
    principal: int
    interest: int | None
    calculation: Calculation
    not_due: int = 0
    missing: str = ""
    extinguished: bool = False
    parts: tuple[PartQuote, ...] = ()

    @property
    def due_date(self) -> date:
        """The 納期限 of what is unpaid, the earliest; where nothing is, that of the claim."""
        return self.parts[0].due_date if self.parts else self.claim.due_date

    @property
    def in_arrears(self) -> int:
        """本税 whose 納期限 is past, in yen."""
        return self.principal - self.not_due

    @property
    def known_interest(self) -> int:
        """延滞金 in yen. Raises `OperatorFault` `rate_missing` where it cannot be told for the day."""
        if self.interest is None:
            raise OperatorFault("rate_missing", self.missing)
        return self.interest

    def interest_by(self, due_date: date) -> int:
        """延滞金 of what has one 納期限, in yen: all of it where the claim has no other.

        Raises `OperatorFault` `rate_missing`.
        """
        if len({part.due_date for part in self.parts} - {due_date}) == 0:
            return self.known_interest
        return sum(part.interest for part in self.parts if part.due_date == due_date)

    @property
    def total(self) -> int:
        """What has to be paid on the day in all. Raises `OperatorFault` `rate_missing`."""
        return self.principal + self.known_interest

    def settles(self, amount: int) -> Settles:
        """Tell what a payment of `amount` yen on the day would settle: 本税 first (法20条の9の4), then 延滞金.

        Raises `OperatorFault` `rate_missing`.
        """
        ensure(amount > 0, "a payment is above zero")
        principal = min(amount, self.principal)
        interest = min(amount - principal, self.known_interest)
        return Settles(
            principal=principal,
            interest=interest,
            principal_left=self.principal - principal,
            interest_left=self.known_interest - interest,
            too_much=amount - principal - interest,
        )


def quote(claim: Claim, balance: ClaimBalance, paid: Sequence[Paid], on: date, rules: MatchingRules) -> Quote:
    """Quote a claim to a day. `paid`: what payments gave to its 本税; those after the day are left out of account.

    `rules` carry what is the claim's own: when it is extinguished, its 増額, 猶予 and 停止.
    """
    before = [one for one in paid if one.on <= on]
    assessed = balance.assessed - balance.waived
    principal = max(assessed - balance.written_off - sum(one.principal for one in before), 0)
    if on >= rules.barred.get(claim.claim_id, date.max):
        return Quote(claim, on, 0, 0, Calculation(()), extinguished=True)
    try:
        calculation = rules.interest_of(claim, assessed, [(one.on, one.principal) for one in before], on)
    except OperatorFault as fault:
        if fault.code != "rate_missing":
            raise
        fixed = balance.interest_due if principal == 0 else None
        return Quote(claim, on, principal, fixed, Calculation(()), 0, fault.message)
    settled_before = balance.interest_paid + balance.interest_waived + balance.interest_written_off
    grown = max(calculation.amount, balance.interest_assessed) - settled_before
    return Quote(
        claim=claim,
        on=on,
        principal=principal,
        interest=balance.interest_due if principal == 0 else max(grown, 0),
        calculation=calculation,
        not_due=min(rules.terms_of(claim.claim_id).not_yet_due(claim.due_date, assessed, on), principal),
        parts=_parts(claim, assessed, principal, calculation, rules),
    )


def _parts(
    claim: Claim, assessed: int, principal: int, calculation: Calculation, rules: MatchingRules
) -> tuple[PartQuote, ...]:
    terms = rules.terms_of(claim.claim_id)
    place = {part.due_date: number for number, part in enumerate(terms.parts(claim.due_date, assessed))}
    return tuple(
        PartQuote(
            part.due_date,
            part.amount,
            last_cuts(sum(one.amount for one in calculation.segments if one.part == place[part.due_date])),
        )
        for part in terms.unpaid_parts(claim.due_date, assessed, principal)
    )


@dataclass(frozen=True, slots=True)
class QuoteSum:
    """Several quotes of one day together, in yen. `missing`: why 延滞金 of one of them is not in `interest`."""

    principal: int
    in_arrears: int
    interest: int
    missing: str

    @property
    def total(self) -> int:
        """All of it."""
        return self.principal + self.interest


def add_up(quotes: Iterable[Quote]) -> QuoteSum:
    """Add quotes of one day up."""
    known = list(quotes)
    return QuoteSum(
        principal=sum(one.principal for one in known),
        in_arrears=sum(one.in_arrears for one in known),
        interest=sum(one.interest or 0 for one in known),
        missing=next((one.missing for one in known if one.interest is None), ""),
    )
