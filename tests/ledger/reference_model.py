"""A small, slow, obviously right ledger: where each payment's yen lie, and what each claim was assessed.

It knows no accounts and no entries. A claim's due is what was assessed less what was given up less the yen that lie at
it. Money moves from place to place; a place never holds less than nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TypeAlias

Place: TypeAlias = "tuple[str, int | None]"
#: Places that are at a claim: money paid on it, money owed back or given back there.
AT_CLAIM = ("principal", "interest", "overpaid", "in_error", "refundable", "refunded", "lapsed")


@dataclass
class ReferenceLedger:
    """Amounts in yen. `lies[payment][(place, claim)]`; `("pocket", None)` is money without a place yet."""

    assessed: Counter = field(default_factory=Counter)
    given_up: dict[str, Counter] = field(
        default_factory=lambda: {
            name: Counter() for name in ("waived", "written_off", "interest_waived", "interest_written_off")
        }
    )
    interest: Counter = field(default_factory=Counter)
    received: Counter = field(default_factory=Counter)
    lies: dict[object, Counter] = field(default_factory=dict)
    days: dict[object, object] = field(default_factory=dict)
    refund_interest: Counter = field(default_factory=Counter)
    refund_interest_paid: Counter = field(default_factory=Counter)
    refund_interest_applied: Counter = field(default_factory=Counter)

    def at(self, place: str, claim: int) -> int:
        return sum(places[place, claim] for places in self.lies.values())

    def due(self, claim: int) -> int:
        gone = self.given_up["waived"][claim] + self.given_up["written_off"][claim]
        return self.assessed[claim] - gone - self.at("principal", claim)

    def interest_due(self, claim: int) -> int:
        gone = self.given_up["interest_waived"][claim] + self.given_up["interest_written_off"][claim]
        return self.interest[claim] - gone - self.at("interest", claim)

    def receive(self, payment: object, amount: int, day: object) -> None:
        self.received[payment] = amount
        self.days[payment] = day
        self.lies[payment] = Counter({("pocket", None): amount})

    def move(self, payment: object, amount: int, source: Place, target: Place) -> None:
        """Take `amount` yen of a payment from one place to another; more than lies there cannot be taken."""
        places = self.lies[payment]
        assert 0 < amount <= places[source]
        places[source] -= amount
        places[target] += amount

    def latest_first(self) -> list[object]:
        return sorted(self.lies, key=lambda payment: (self.days[payment], payment.int), reverse=True)

    def reduce(self, claim: int, amount: int) -> None:
        """Less is assessed: what then lies too much at the claim is overpaid, the latest payment first."""
        self.assessed[claim] -= amount
        for payment in self.latest_first():
            too_much = min(-self.due(claim), self.lies[payment]["principal", claim])
            if too_much > 0:
                self.move(payment, too_much, ("principal", claim), ("overpaid", claim))
        self._take_back(claim, self.due, "written_off", "waived")

    def set_interest(self, claim: int, amount: int) -> None:
        """延滞金 is now `amount`: what lies too much at it is overpaid, the latest payment first."""
        self.interest[claim] = amount
        for payment in self.latest_first():
            too_much = min(-self.interest_due(claim), self.lies[payment]["interest", claim])
            if too_much > 0:
                self.move(payment, too_much, ("interest", claim), ("overpaid", claim))
        self._take_back(claim, self.interest_due, "interest_written_off", "interest_waived")

    def _take_back(self, claim: int, due, *names: str) -> None:
        """What was given up and is not owed any more was never given up."""
        for name in names:
            back = min(max(-due(claim), 0), self.given_up[name][claim])
            self.given_up[name][claim] -= back

    def total(self, payment: object) -> int:
        return sum(self.lies[payment].values())


def first_money_first(owed: int, paid: dict[int, tuple[object, int]]) -> dict[int, int]:
    """Of each payment (day, yen), the yen that pay a tax of `owed` yen: who paid first pays first."""
    pays: dict[int, int] = {}
    for number, (_, amount) in sorted(paid.items(), key=lambda one: one[1][0]):
        pays[number] = min(amount, owed)
        owed -= pays[number]
    return pays
