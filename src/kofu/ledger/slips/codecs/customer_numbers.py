"""顧客番号 of 口座振替: the twenty digits by which a bank's answer finds the installment it paid.

The banks leave these digits to the municipality. Ours are 通知書番号 (zeros in front) and, at the end, the code of the
期別 in the barcode profile, so that an answer can be read without what was asked.
"""

from __future__ import annotations

from kofu.ledger.formats.cells import is_digits
from kofu.ledger.slips.codecs.convenience import BarcodeProfile

DIGITS = 20
CODE_DIGITS = 2


def customer_number(profile: BarcodeProfile, notice_number: str, installment: str) -> str | None:
    """Write the number of an installment; None where the profile has no code for it, or a number does not fit."""
    code = profile.installment_codes.get(installment)
    if code is None or len(code) > CODE_DIGITS or profile.notice_digits > DIGITS - CODE_DIGITS:
        return None
    if not is_digits(notice_number) or len(notice_number) != profile.notice_digits:
        return None
    return notice_number.zfill(DIGITS - CODE_DIGITS) + code.zfill(CODE_DIGITS)


def read_customer_number(profile: BarcodeProfile, number: str) -> tuple[str, str] | None:
    """Tell which 通知書番号 and 期別 a number means; None where it is none of ours."""
    if len(number) != DIGITS or not is_digits(number):
        return None
    notice, code = number[:-CODE_DIGITS], number[-CODE_DIGITS:]
    found = next((name for name, known in profile.installment_codes.items() if known.zfill(CODE_DIGITS) == code), None)
    padding = len(notice) - profile.notice_digits
    if found is None or padding < 0 or notice[:padding].strip("0"):
        return None
    return notice[padding:], found
