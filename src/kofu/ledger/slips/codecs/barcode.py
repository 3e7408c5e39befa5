"""The 44 digits of the GS1-128 that convenience stores and payment apps read (標準料金代理収納).

::

    91 MMMMMM EEEEEEEEEEEEEEEEEEEEE S YYMMDD I NNNNNN C
    AI issuer free field (21)       reissued pay-by stamp yen check digit

The check digit is modulo 10 with weights 3 and 1 from the right over the 43 digits before it, the application
identifier 91 *included*. Sources: https://itpfdoc.hitachi.co.jp/manuals/3021/3021701210/EUDS0050.HTM,
https://rolan.co.jp/shouhin/s_sakurabarcode5_ue.html; the published sample
91912345000000000000004520875004013100295004 comes out only with the 91 counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kofu.core.errors import PeerFault, ensure
from kofu.ledger.formats.cells import is_digits

AI = "91"
DIGITS = 44
ISSUER_DIGITS = 6
FREE_DIGITS = 21
AMOUNT_MAX = 999_999
CENTURY = 2000
YEAR_LAST = 2099
REISSUES_MAX = 9
FNC1 = "\x1d"
"""How GS1 writes the function character in data: a printer's library or a scanner puts or gives it in front."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Barcode:
    """What the digits say. `issuer`: 請求書発行企業コード, `amount` in yen, `stamped`: 印紙フラグ (never on taxes)."""

    issuer: str
    free: str
    reissued: int
    pay_by: date
    stamped: bool
    amount: int

    @property
    def digits(self) -> str:
        """All 44 digits."""
        body = "".join(
            (
                AI,
                self.issuer,
                self.free,
                str(self.reissued),
                f"{self.pay_by.year - CENTURY:02d}{self.pay_by:%m%d}",
                "1" if self.stamped else "0",
                f"{self.amount:06d}",
            )
        )
        return body + check_digit(body)

    @property
    def lines(self) -> tuple[str, str]:
        """目視文字, the two lines printed under the bars. Brackets and hyphens only separate."""
        digits = self.digits
        first = f"({digits[:2]}){digits[2:8]}-{digits[8:30]}"
        second = f"{digits[30:36]}-{digits[36]}-{digits[37:43]}-{digits[43]}"
        return first, second


def check_digit(body: str) -> str:
    """Check digit of the 43 digits in front of it, the 91 included: modulo 10, weight 3 on the rightmost."""
    ensure(is_digits(body), "a check digit is computed from digits")
    total = 3 * sum(map(int, body[::-2])) + sum(map(int, body[-2::-2]))
    return str(-total % 10)


def build(*, issuer: str, free: str, reissued: int, pay_by: date, amount: int) -> Barcode:
    """Put a barcode together. `free` is filled with zeros on the right. A part that cannot be is `InvariantBroken`."""
    ensure(is_digits(issuer) and len(issuer) == ISSUER_DIGITS, "an issuer has six digits")
    ensure(is_digits(free) and len(free) <= FREE_DIGITS, "the free field has at most 21 digits")
    ensure(0 <= reissued <= REISSUES_MAX, "a slip is reissued at most nine times")
    ensure(CENTURY <= pay_by.year <= YEAR_LAST, "two digits of a year stand for 2000 to 2099")
    ensure(0 < amount <= AMOUNT_MAX, "an amount has six digits")
    filled = free.ljust(FREE_DIGITS, "0")
    return Barcode(issuer=issuer, free=filled, reissued=reissued, pay_by=pay_by, stamped=False, amount=amount)


def parse(digits: str) -> Barcode:
    """Read 44 digits, with or without FNC1 in front. Raises `PeerFault` ("barcode_wrong"), which never quotes them."""
    digits = digits.removeprefix(FNC1)
    if len(digits) != DIGITS or not is_digits(digits):
        raise _wrong(f"{len(digits)} characters, not {DIGITS} digits")
    if not digits.startswith(AI):
        raise _wrong(f"it begins with {digits[:2]}, not {AI}")
    if check_digit(digits[:-1]) != digits[-1]:
        raise _wrong(f"the check digit is {digits[-1]}, not {check_digit(digits[:-1])}")
    try:
        pay_by = date(CENTURY + int(digits[30:32]), int(digits[32:34]), int(digits[34:36]))
    except ValueError:
        raise _wrong("its 支払期限 is no day") from None
    if digits[36] not in "01":
        raise _wrong(f"its 印紙フラグ is {digits[36]}, not 0 or 1")
    return Barcode(
        issuer=digits[2:8],
        free=digits[8:29],
        reissued=int(digits[29]),
        pay_by=pay_by,
        stamped=digits[36] == "1",
        amount=int(digits[37:43]),
    )


def _wrong(why: str) -> PeerFault:
    return PeerFault("barcode_wrong", f"a barcode is wrong: {why}; look at the slip")
