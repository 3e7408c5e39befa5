"""未納なし: whether a person owes nothing that could have been paid by a day, in any year and of any tax.

One 期別 that is in arrears is enough; so is 延滞金 that was fixed and not paid. 速報 pays nothing, and money owed back
stands against nothing before its 充当 is decided. What is not due yet is no arrears. 特別徴収 that was not remitted is
the 特別徴収義務者's, not the person's (法321条の5): it stands beside, as such.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from kofu.ledger.books.domain.special_collection import is_special


@dataclass(frozen=True, slots=True)
class Owed:
    """A 期別 of a person: the 納期限 that counts, 本税 and fixed 延滞金 still to be paid, in yen; its 徴収区分.

    `later`: yen of `due` that an 増額 made and whose own 納期限 has not passed.
    """

    claim_id: int
    due_date: date
    due: int
    interest_due: int
    collection_method: str
    later: int = 0

    @property
    def due_by_now(self) -> int:
        """本税 that could have been paid by now, in yen."""
        return max(self.due - self.later, 0)


@dataclass(frozen=True, slots=True)
class Arrears:
    """What a person owes that could have been paid by `on`; nothing: `none`.

    `unremitted`: 特別徴収 that should have been remitted by then and was not.
    """

    on: date
    claims: tuple[Owed, ...]
    not_due_yet: int
    unremitted: tuple[Owed, ...] = ()

    @property
    def none(self) -> bool:
        """Whether it can be certified that there are no arrears."""
        return not self.claims

    @property
    def principal(self) -> int:
        """本税 in arrears, in yen."""
        return sum(claim.due_by_now for claim in self.claims)

    @property
    def interest(self) -> int:
        """延滞金 fixed and not paid, in yen."""
        return sum(claim.interest_due for claim in self.claims)

    @property
    def not_remitted(self) -> int:
        """Yen of 特別徴収 that who holds it back has not remitted, 延滞金 included."""
        return sum(claim.due + claim.interest_due for claim in self.unremitted)


def arrears_on(claims: Iterable[Owed], on: date) -> Arrears:
    """Tell what of all claims on a person is in arrears on a day; give every claim there is, of every year.

    本税 is in arrears from the day after its 納期限; 延滞金 that is fixed is, whatever the 納期限.
    """
    late: list[Owed] = []
    unremitted: list[Owed] = []
    not_due_yet = 0
    for claim in claims:
        special = is_special(claim.collection_method)
        if claim.interest_due or (claim.due_by_now and claim.due_date < on):
            (unremitted if special else late).append(claim)
            not_due_yet += 0 if special else claim.due - claim.due_by_now
        elif not special:
            not_due_yet += claim.due
    return Arrears(on, tuple(late), not_due_yet, tuple(unremitted))
