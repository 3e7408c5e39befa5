"""Check digits of 通知書番号 and 納付書番号. Each municipality numbers by its own rule, so the rule is data.

Two families are in use. Both weigh the digits from the right and divide the sum: modulus 10 with weights 3, 1 (M10W3),
and modulus 11, whose weights and whose digit for the results ten and eleven differ and are therefore stated. A right
check digit shows that a number was typed well, never that it exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle

from kofu.core.errors import OperatorFault, ensure
from kofu.core.numbers import is_digits

TEN, ELEVEN = 10, 11


@dataclass(frozen=True, slots=True)
class CheckRule:
    """How a check digit follows from the digits before it: modulus − (Σ digit × weight mod modulus).

    `weights` from the right, repeated as needed. `for_ten` and `for_eleven`: the digit written where the result is ten
    or eleven (modulus 10: a result of ten is written 0).
    """

    modulus: int
    weights: tuple[int, ...]
    for_ten: str = "0"
    for_eleven: str = "0"

    def __post_init__(self) -> None:
        """Refuse what is no rule: `OperatorFault` `check_rule`."""
        if self.modulus not in (TEN, ELEVEN) or not self.weights or not all(w > 0 for w in self.weights):
            raise OperatorFault("check_rule", "a check digit has modulus 10 or 11 and weights above zero")
        if not (is_digits(self.for_ten, 1) and is_digits(self.for_eleven, 1)):
            raise OperatorFault("check_rule", "what is written for ten and eleven is one digit each")

    def digit(self, digits: str) -> str:
        """Give the check digit of `digits`. Raises `InvariantBroken` where they are none."""
        ensure(digits and is_digits(digits, len(digits)), "a check digit is computed from digits")
        total = sum(int(digit) * weight for digit, weight in zip(reversed(digits), cycle(self.weights), strict=False))
        result = self.modulus - total % self.modulus
        return {TEN: self.for_ten, ELEVEN: self.for_eleven}.get(result, str(result % TEN))


M10W3 = CheckRule(TEN, (3, 1))


@dataclass(frozen=True, slots=True)
class NumberPlan:
    """How numbers of a kind are made: digits in all, the check digit last; no rule means that there is none."""

    width: int
    rule: CheckRule | None

    def complete(self, serial: str) -> str:
        """Give the number of a serial number. Raises `OperatorFault` `number_too_long` when the width is used up."""
        room = self.width - (1 if self.rule else 0)
        if len(serial) > room:
            raise OperatorFault(
                "number_too_long", f"numbers have {self.width} digits; {len(serial)} do not fit in {room}"
            )
        digits = serial.zfill(room)
        return digits + self.rule.digit(digits) if self.rule else digits

    def is_right(self, number: str) -> bool:
        """Whether a number has the right width and check digit."""
        if not is_digits(number, self.width):
            return False
        return self.rule is None or self.rule.digit(number[:-1]) == number[-1]
