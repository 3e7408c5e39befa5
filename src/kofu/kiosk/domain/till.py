"""Money at the kiosk: what is in, what is still to pay, what comes back. Yen throughout.

The fee is taken when enough is in; until then everything can be had back. Money that is stuck is neither: it stays
named, so that the resident gets a paper about it and the ward a case.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from kofu.core.errors import ResidentFault

#: Coins and notes the machine takes, yen.
ACCEPTED = (10, 50, 100, 500, 1000)


class Method(StrEnum):
    """How the fee was paid."""

    CASH = "cash"
    EMONEY = "emoney"


@dataclass(frozen=True, slots=True)
class Till:
    """The money of one visit. `taken` is what was handed in for a paid fee, 0 while it is not paid."""

    fee: int
    inserted: int = 0
    taken: int = 0
    method: Method = Method.CASH
    emoney_short: bool = False

    @property
    def paid(self) -> bool:
        """Whether the fee is paid; a fee of 0 is paid from the beginning."""
        return self.taken >= self.fee

    @property
    def remaining(self) -> int:
        """What is still to be put in."""
        return max(0, self.fee - self.inserted)

    @property
    def change(self) -> int:
        """What comes back when the fee is paid: the rest of the cash, or all of it where e-money paid."""
        if not self.paid:
            return 0
        return self.inserted if self.method is Method.EMONEY else self.inserted - self.fee

    def insert(self, yen: int) -> Till:
        """Put in one coin or note. Raises `ResidentFault` for one the machine does not take, or once it is paid."""
        if yen not in ACCEPTED or self.paid:
            raise ResidentFault("money_not_taken", "the machine does not take this")
        inserted = self.inserted + yen
        taken = inserted if inserted >= self.fee else 0
        return replace(self, inserted=inserted, taken=taken, method=Method.CASH, emoney_short=False)

    def stick(self, yen: int) -> Till:
        """Let a coin or note get stuck on its way in: it is in the machine, and pays for nothing."""
        return replace(self, inserted=self.inserted + yen)

    def charge(self, balance: int) -> Till:
        """Take the fee from e-money that holds `balance`. Too little takes nothing and says so."""
        if self.paid:
            raise ResidentFault("money_not_taken", "this is paid already")
        if balance < self.fee:
            return replace(self, emoney_short=True)
        return replace(self, taken=self.fee, method=Method.EMONEY, emoney_short=False)
