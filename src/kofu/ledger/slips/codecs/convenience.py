"""Which payment slips get a barcode, and how the 21 free digits say which installment is paid.

How the free field is cut up is the municipality's own business: `BarcodeProfile` is data. A slip over 300,000 yen,
after its last day, or with a key that does not fit gets no barcode but a reason; nobody at a till could take it.

A mistake here makes paid taxes look unpaid and sends 督促状 to people who paid (静岡市: 577 of them), so
`barcode_for` reads every barcode back before it gives it out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cache

import msgspec

from kofu.core.errors import OperatorFault, PeerFault, ensure
from kofu.ledger.formats.cells import is_digits
from kofu.ledger.formats.layouts_in_use import Layouts
from kofu.ledger.slips.codecs.barcode import (
    CENTURY,
    FREE_DIGITS,
    ISSUER_DIGITS,
    REISSUES_MAX,
    YEAR_LAST,
    Barcode,
    build,
    check_digit,
    parse,
)

LIMIT_YEN = 300_000
"""Above this no store takes a payment (every municipality's page of payment places says so: 新宿区, 港区, 木津川市)."""


class PartKind(StrEnum):
    """What a part of the free field says."""

    FISCAL_YEAR = "fiscal_year"  # 課税年度: four digits, or the last two of 2000 to 2099
    ORIGIN_YEAR = "origin_year"  # 相当年度, the same way
    TAX = "tax"  # 税目, by `tax_codes`
    INSTALLMENT = "installment"  # 期別, by `installment_codes`
    NOTICE_NUMBER = "notice_number"  # 通知書番号, zeros in front
    CHECK_DIGIT = "check_digit"  # modulo 10 weight 3 over the parts before it
    CONSTANT = "constant"  # always `value`


class FreeFieldPart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One part of the free field, `width` digits."""

    kind: PartKind
    width: int
    value: str = ""


class BarcodeProfile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a municipality writes its barcodes.

    `issuer`: 請求書発行企業コード, the GS1 company prefix without its leading 4. `notice_digits`: how many digits a
    通知書番号 has, so that its zeros in front come back. `fictitious` layouts are for demonstration only.
    """

    name: str
    issuer: str
    notice_digits: int
    parts: tuple[FreeFieldPart, ...]
    tax_codes: dict[str, str]
    installment_codes: dict[str, str]
    fictitious: bool = False

    def check(self) -> None:
        """Raise `OperatorFault` ("layout_wrong") where the profile cannot tell every slip apart from every other."""
        if not is_digits(self.issuer) or len(self.issuer) != ISSUER_DIGITS:
            raise self._wrong("issuer has six digits")
        if sum(part.width for part in self.parts) > FREE_DIGITS or any(part.width < 1 for part in self.parts):
            raise self._wrong(f"the parts take more than {FREE_DIGITS} digits, or one takes none")
        kinds = [part.kind for part in self.parts if part.kind is not PartKind.CONSTANT]
        missing = {PartKind.FISCAL_YEAR, PartKind.TAX, PartKind.INSTALLMENT, PartKind.NOTICE_NUMBER} - set(kinds)
        if missing or len(set(kinds)) != len(kinds):
            raise self._wrong("year, tax, installment and notice number each stand once, other parts at most once")
        for part in self.parts:
            self._check_part(part)

    def _check_part(self, part: FreeFieldPart) -> None:
        codes = {PartKind.TAX: self.tax_codes, PartKind.INSTALLMENT: self.installment_codes}.get(part.kind)
        if codes is not None:
            fitting = all(is_digits(code) and len(code) == part.width for code in codes.values())
            if not codes or not fitting or len(set(codes.values())) != len(codes):
                raise self._wrong(f"each code of {part.kind} has {part.width} digits and stands once")
        elif part.kind in (PartKind.FISCAL_YEAR, PartKind.ORIGIN_YEAR):
            if part.width not in (2, 4):
                raise self._wrong(f"{part.kind} has two or four digits")
        elif part.kind is PartKind.NOTICE_NUMBER:
            if part.width < self.notice_digits:
                raise self._wrong(f"{part.kind} is narrower than the {self.notice_digits} digits of a notice number")
        elif part.kind is PartKind.CHECK_DIGIT:
            if part.width != 1 or part is self.parts[0]:
                raise self._wrong(f"{part.kind} has one digit and stands after what it checks")
        elif len(part.value) != part.width or not is_digits(part.value):
            raise self._wrong(f"{part.kind} has a value of {part.width} digits")

    def _wrong(self, why: str) -> OperatorFault:
        return OperatorFault("layout_wrong", f"barcode profile {self.name}: {why}; mend the profile")


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipKey:
    """Which installment a slip is for. `origin_year` comes back None where the profile has no part for it."""

    fiscal_year: int
    tax: str
    notice_number: str
    installment: str
    origin_year: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """A 納付書: its key, yen to pay, the last day it can be paid on, how often it was issued again."""

    key: SlipKey
    amount: int
    pay_by: date
    reissued: int = 0


class NoBarcode(StrEnum):
    """Why a slip has no barcode."""

    NOTHING_TO_PAY = "nothing_to_pay"
    ABOVE_LIMIT = "above_limit"  # 30万円を超える
    AFTER_PAY_BY = "after_pay_by"  # 使用期限経過
    DATE_OUT_OF_RANGE = "date_out_of_range"
    REISSUED_TOO_OFTEN = "reissued_too_often"
    KEY_DOES_NOT_FIT = "key_does_not_fit"  # the profile has no code for it, or too few digits

    @property
    def words(self) -> str:
        """Say it as the slip or the screen does."""
        return _WORDS[self]


_WORDS = {
    NoBarcode.NOTHING_TO_PAY: "納付する額がありません",
    NoBarcode.ABOVE_LIMIT: "1枚の額が30万円を超えるため、コンビニエンスストアでは納付できません",
    NoBarcode.AFTER_PAY_BY: "使用期限を過ぎているため、コンビニエンスストアでは納付できません",
    NoBarcode.DATE_OUT_OF_RANGE: "使用期限がバーコードで表せません",
    NoBarcode.REISSUED_TOO_OFTEN: "再発行の回数がバーコードで表せません",
    NoBarcode.KEY_DOES_NOT_FIT: "通知書番号、年度又は期別がバーコードで表せません",
}


def read_profile(data: bytes, *, file: str) -> BarcodeProfile:
    """Read a barcode profile (TOML) and check it. Raises `OperatorFault` ("layout_wrong") naming the place."""
    try:
        profile = msgspec.toml.decode(data, type=BarcodeProfile)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise OperatorFault("layout_wrong", f"{file}: {error}; mend the profile") from None
    profile.check()
    return profile


@cache
def _read_profile(data: bytes, file: str) -> BarcodeProfile:
    return read_profile(data, file=file)


def barcode_profile(layouts: Layouts) -> BarcodeProfile:
    """Give how 納付書 of a municipality carry their key. Raises `OperatorFault` where there is none, or it is wrong."""
    return _read_profile(*layouts.source("barcode"))


def barcode_for(profile: BarcodeProfile, slip: Slip, *, printed_on: date) -> Barcode | NoBarcode:
    """Give the barcode of a slip printed on a day, or the reason it has none."""
    reason = _reason_for_none(slip, printed_on)
    if reason is not None:
        return reason
    free = _free_field(profile, slip.key)
    if free is None:
        return NoBarcode.KEY_DOES_NOT_FIT
    barcode = build(issuer=profile.issuer, free=free, reissued=slip.reissued, pay_by=slip.pay_by, amount=slip.amount)
    ensure(key_of(profile, parse(barcode.digits)) == _carried(profile, slip.key), "a barcode reads back as its slip")
    return barcode


def key_of(profile: BarcodeProfile, barcode: Barcode) -> SlipKey:
    """Tell which installment a barcode pays. Raises `PeerFault` ("barcode_foreign") where it is not ours."""
    if barcode.issuer != profile.issuer:
        raise _foreign("it bears another issuer")
    parts = _cut(profile, barcode.free)
    used = sum(part.width for part in profile.parts)
    if barcode.free[used:].strip("0"):
        raise _foreign("digits stand where only zeros fill the free field")
    before = ""
    for part in profile.parts:
        stands = barcode.free[len(before) : len(before) + part.width]
        if part.kind is PartKind.CONSTANT and stands != part.value:
            raise _foreign("a constant of its free field is another")
        if part.kind is PartKind.CHECK_DIGIT and stands != check_digit(before):
            raise _foreign("the check digit inside its free field is wrong")
        before += stands
    notice = parts[PartKind.NOTICE_NUMBER]
    padding = len(notice) - profile.notice_digits
    if notice[:padding].strip("0"):
        raise _foreign("its 通知書番号 is too long")
    return SlipKey(
        fiscal_year=_year_of(parts[PartKind.FISCAL_YEAR]),
        tax=_meaning(profile.tax_codes, parts[PartKind.TAX], "税目"),
        notice_number=notice[padding:],
        installment=_meaning(profile.installment_codes, parts[PartKind.INSTALLMENT], "期別"),
        origin_year=_year_of(parts[PartKind.ORIGIN_YEAR]) if PartKind.ORIGIN_YEAR in parts else None,
    )


def _reason_for_none(slip: Slip, printed_on: date) -> NoBarcode | None:
    if slip.amount < 1:
        return NoBarcode.NOTHING_TO_PAY
    if slip.amount > LIMIT_YEN:
        return NoBarcode.ABOVE_LIMIT
    if printed_on > slip.pay_by:
        return NoBarcode.AFTER_PAY_BY
    if not CENTURY <= slip.pay_by.year <= YEAR_LAST:
        return NoBarcode.DATE_OUT_OF_RANGE
    return None if 0 <= slip.reissued <= REISSUES_MAX else NoBarcode.REISSUED_TOO_OFTEN


def _carried(profile: BarcodeProfile, key: SlipKey) -> SlipKey:
    """Give what of a key the profile's barcodes carry."""
    has_origin = any(part.kind is PartKind.ORIGIN_YEAR for part in profile.parts)
    return key if has_origin else replace(key, origin_year=None)


def _free_field(profile: BarcodeProfile, key: SlipKey) -> str | None:
    free = ""
    for part in profile.parts:
        written = check_digit(free) if part.kind is PartKind.CHECK_DIGIT else _write_part(profile, part, key)
        if written is None or len(written) != part.width:
            return None
        free += written
    return free


def _write_part(profile: BarcodeProfile, part: FreeFieldPart, key: SlipKey) -> str | None:
    if part.kind is PartKind.NOTICE_NUMBER:
        whole = is_digits(key.notice_number) and len(key.notice_number) == profile.notice_digits
        return key.notice_number.zfill(part.width) if whole else None
    if part.kind is PartKind.TAX:
        return profile.tax_codes.get(key.tax)
    if part.kind is PartKind.INSTALLMENT:
        return profile.installment_codes.get(key.installment)
    if part.kind is PartKind.CONSTANT:
        return part.value
    return _write_year(key.fiscal_year if part.kind is PartKind.FISCAL_YEAR else key.origin_year, part.width)


def _write_year(year: int | None, width: int) -> str | None:
    return str(year)[-width:] if year is not None and CENTURY <= year <= YEAR_LAST else None


def _year_of(digits: str) -> int:
    return int(digits) if len(digits) == 4 else CENTURY + int(digits)  # noqa: PLR2004 - two or four digits


def _cut(profile: BarcodeProfile, free: str) -> dict[PartKind, str]:
    cut, place = {}, 0
    for part in profile.parts:
        cut[part.kind] = free[place : place + part.width]
        place += part.width
    return cut


def _meaning(codes: dict[str, str], code: str, japanese: str) -> str:
    found = next((meaning for meaning, written in codes.items() if written == code), None)
    if found is None:
        raise _foreign(f"its {japanese} {code} is no code of the profile")
    return found


def _foreign(why: str) -> PeerFault:
    return PeerFault("barcode_foreign", f"a barcode is none of this municipality's: {why}; put the payment to suspense")
