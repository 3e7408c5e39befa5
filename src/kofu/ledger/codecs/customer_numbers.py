"""顧客番号 of 口座振替: the twenty digits by which a bank's answer finds the installment it paid.

The banks leave these digits to the municipality. Ours are 課税年度 (4), 税目 (2), 期別 (2) by the codes of the barcode
profile, and 通知書番号 (12, zeros in front), so that an answer can be read without what was asked.
"""

from __future__ import annotations

from kofu.core.errors import ensure
from kofu.ledger.codecs.cells import is_digits
from kofu.ledger.codecs.convenience import BarcodeProfile, SlipKey

DIGITS = 20
NOTICE_DIGITS = 12
CODE_DIGITS = 2


def customer_number(profile: BarcodeProfile, key: SlipKey) -> str | None:
    """Write the number of an installment; None where the profile has no code for it, or the number is too long."""
    tax, installment = profile.tax_codes.get(key.tax), profile.installment_codes.get(key.installment)
    if tax is None or installment is None or len(tax) != CODE_DIGITS or len(installment) != CODE_DIGITS:
        return None
    if not is_digits(key.notice_number) or len(key.notice_number) != profile.notice_digits:
        return None
    if profile.notice_digits > NOTICE_DIGITS:
        return None
    number = f"{key.fiscal_year:04d}{tax}{installment}{key.notice_number.zfill(NOTICE_DIGITS)}"
    ensure(len(number) == DIGITS, "a 顧客番号 has twenty digits")
    return number


def read_customer_number(profile: BarcodeProfile, number: str) -> SlipKey | None:
    """Tell which installment a number means; None where it is none of ours."""
    if len(number) != DIGITS or not is_digits(number):
        return None
    year, tax_code, installment_code, notice = number[:4], number[4:6], number[6:8], number[8:]
    tax = next((name for name, code in profile.tax_codes.items() if code == tax_code), None)
    installment = next((name for name, code in profile.installment_codes.items() if code == installment_code), None)
    padding = NOTICE_DIGITS - profile.notice_digits
    if tax is None or installment is None or notice[:padding].strip("0"):
        return None
    return SlipKey(fiscal_year=int(year), tax=tax, notice_number=notice[padding:], installment=installment)
