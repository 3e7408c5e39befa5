"""未納なし: whether a person owes nothing that could have been paid by a day, in any year and of any tax.

One 期別 that is in arrears is enough; so is 延滞金 that was fixed and not paid. 速報 pays nothing, and money owed back
stands against nothing before its 充当 is decided. What is not due yet is no arrears.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Owed:
    """A 期別 of a person: its 納期限, 本税 and fixed 延滞金 still to be paid, in yen."""

    claim_id: int
    due_date: date
    due: int
    interest_due: int


@dataclass(frozen=True, slots=True)
class Arrears:
    """What a person owes that could have been paid by `on`; nothing: `none`."""

    on: date
    claims: tuple[Owed, ...]
    not_due_yet: int

    @property
    def none(self) -> bool:
        """Whether it can be certified that there are no arrears."""
        return not self.claims

    @property
    def principal(self) -> int:
        """本税 in arrears, in yen."""
        return sum(claim.due for claim in self.claims)

    @property
    def interest(self) -> int:
        """延滞金 fixed and not paid, in yen."""
        return sum(claim.interest_due for claim in self.claims)


def arrears_on(claims: Iterable[Owed], on: date) -> Arrears:
    """Tell what of all claims on a person is in arrears on a day; give every claim there is, of every year.

    本税 is in arrears from the day after its 納期限; 延滞金 that is fixed is, whatever the 納期限.
    """
    late: list[Owed] = []
    not_due_yet = 0
    for claim in claims:
        if claim.interest_due or (claim.due and claim.due_date < on):
            late.append(claim)
        else:
            not_due_yet += claim.due
    return Arrears(on, tuple(late), not_due_yet)


def no_arrears(claims: Iterable[Owed], on: date) -> bool:
    """Tell whether a person has no arrears on a day: 未納なし."""
    return arrears_on(claims, on).none
