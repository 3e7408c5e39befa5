"""eL-QR (地方税統一QRコード): what a 納付書 says in the code that every bank and app reads.

Tag, length, value, two digits each of the first two, as EMV's merchant-presented codes; the last element is CRC-16/
CCITT-FALSE over all before its own value, written in decimal. In it stands what is called eL番号: 共通納税機関コード,
案件特定キー, 確認番号 and 税目・料金番号. The layout is read from published samples and the reader that comes with them
(github.com/kyoshizawa/newpos_test_okica, EncodingELQRUnitTest), the standard itself is not public.

Two pairs of check digits stand inside (over what follows each). How they are computed is not published, so they are
never made up: they come with the code that is read, and a code to be written waits for whoever computes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kofu.core.errors import OperatorFault, PeerFault
from kofu.ledger.formats.cells import is_digits

LENGTH_DIGITS = 2
CRC_DIGITS = 5
CRC_START, CRC_POLYNOMIAL, CRC_TOP, CRC_MASK = 0xFFFF, 0x1021, 0x8000, 0xFFFF
AGENCY = "13800"  # 地方税共同機構
VERSION, DYNAMIC = "01", "12"
EXTENSION_DIGITS = 85
AMOUNT_DIGITS = 11

VERSION_TAG, METHOD_TAG, ACCOUNT_TAG, AMOUNT_TAG, DATES_TAG, EXTENSION_TAG, CRC_TAG = (
    "00", "01", "27", "54", "62", "80", "63",
)  # fmt: skip
ORDER = (VERSION_TAG, METHOD_TAG, ACCOUNT_TAG, AMOUNT_TAG, DATES_TAG, EXTENSION_TAG, CRC_TAG)
AGENCY_TAG, PAYMENT_TAG = "00", "01"

#: What stands in the payment element (MPN情報), with its width.
PAYMENT = (
    ("first_check", 2),
    ("account", 11),  # 地方税共同機構の口座番号
    ("amount", 11),
    ("fee_payer", 1),  # 手数料負担区分
    ("agency", 5),
    ("stamp_duty", 1),  # 印紙税要否区分
    ("tax_code", 3),  # 税目・料金番号
    ("first_reserve", 5),
    ("second_check", 2),
    ("case_key", 20),  # 案件特定キー
    ("confirmation", 6),  # 確認番号
    ("eltax_area", 1),
    ("office", 5),  # 共通納税機関コード
    ("tax_office", 3),  # 税務事務所コード
    ("second_reserve", 7),
)
DATES = (("levy_year", 4), ("tax_year", 4), ("period", 2), ("due_date", 8), ("pay_by", 8))


@dataclass(frozen=True, slots=True, kw_only=True)
class ElQr:
    """What an eL-QR says. `amount` in yen; `check_digits` the two pairs, None in a code that waits for them.

    `levy_year` 賦課年度, `tax_year` 課税年度; `due_date` 納期限, `pay_by` 支払期限. What is reserved is kept as it is.
    """

    account: str  # 11 digits
    amount: int
    tax_code: str  # 3 digits
    case_key: str  # 20 digits
    confirmation: str  # 6 digits
    office: str  # 5 digits
    levy_year: int
    tax_year: int
    due_date: date
    pay_by: date
    period: str = "00"
    tax_office: str = "000"
    fee_payer: str = "2"
    stamp_duty: str = "0"
    eltax_area: str = "0"
    first_reserve: str = "0" * 5
    second_reserve: str = "0" * 7
    extension: str = "0" * EXTENSION_DIGITS
    check_digits: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ElNumbers:
    """eL番号 as printed beside the code: 収納機関番号, 納付番号, 確認番号, 納付区分."""

    agency: str
    payment: str
    confirmation: str
    division: str


def crc16(text: str) -> int:
    """CRC-16/CCITT-FALSE (polynomial 1021, start FFFF): of "123456789" 0x29B1."""
    value = CRC_START
    for byte in text.encode("ascii"):
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1 ^ CRC_POLYNOMIAL if value & CRC_TOP else value << 1) & CRC_MASK
    return value


def read(text: str) -> ElQr:
    """Read the digits of an eL-QR. Raises `PeerFault` ("el_qr_wrong") saying what is wrong, never quoting the code."""
    elements = _elements(text, "")
    if tuple(elements) != ORDER:
        raise _wrong(f"its elements are {', '.join(elements)}, not {', '.join(ORDER)}")
    stated, counted = elements[CRC_TAG], crc16(text[: len(text) - CRC_DIGITS])
    if len(stated) != CRC_DIGITS or int(stated) != counted:
        raise _wrong("its CRC is not that of its digits")
    if (elements[VERSION_TAG], elements[METHOD_TAG]) != (VERSION, DYNAMIC):
        raise _wrong("it is of another version")
    inner = _elements(elements[ACCOUNT_TAG], f"{ACCOUNT_TAG}/")
    if tuple(inner) != (AGENCY_TAG, PAYMENT_TAG) or inner[AGENCY_TAG] != AGENCY:
        raise _wrong(f"{ACCOUNT_TAG} is no element of 地方税共同機構")
    paid = _parts(PAYMENT, inner[PAYMENT_TAG], f"{ACCOUNT_TAG}/{PAYMENT_TAG}")
    dates = _parts(DATES, elements[DATES_TAG], DATES_TAG)
    amount = int(elements[AMOUNT_TAG])
    if len(elements[AMOUNT_TAG]) != AMOUNT_DIGITS or int(paid["amount"]) != amount or paid["agency"] != AGENCY:
        raise _wrong("its amounts or its agency differ between elements")
    if len(elements[EXTENSION_TAG]) != EXTENSION_DIGITS:
        raise _wrong(f"{EXTENSION_TAG} has {len(elements[EXTENSION_TAG])} digits, not {EXTENSION_DIGITS}")
    return ElQr(
        account=paid["account"],
        amount=amount,
        tax_code=paid["tax_code"],
        case_key=paid["case_key"],
        confirmation=paid["confirmation"],
        office=paid["office"],
        levy_year=int(dates["levy_year"]),
        tax_year=int(dates["tax_year"]),
        due_date=_day(dates["due_date"], "納期限"),
        pay_by=_day(dates["pay_by"], "支払期限"),
        period=dates["period"],
        tax_office=paid["tax_office"],
        fee_payer=paid["fee_payer"],
        stamp_duty=paid["stamp_duty"],
        eltax_area=paid["eltax_area"],
        first_reserve=paid["first_reserve"],
        second_reserve=paid["second_reserve"],
        extension=elements[EXTENSION_TAG],
        check_digits=(paid["first_check"], paid["second_check"]),
    )


def write(code: ElQr) -> str:
    """Write the digits of a code. Raises `OperatorFault` ("cannot_write") where a value does not fit or is missing."""
    if code.check_digits is None:
        raise OperatorFault("cannot_write", "an eL-QR needs its two pairs of check digits; they come with the code")
    first, second = code.check_digits
    paid = {
        "first_check": first,
        "account": code.account,
        "amount": f"{code.amount:0{AMOUNT_DIGITS}d}",
        "fee_payer": code.fee_payer,
        "agency": AGENCY,
        "stamp_duty": code.stamp_duty,
        "tax_code": code.tax_code,
        "first_reserve": code.first_reserve,
        "second_check": second,
        "case_key": code.case_key,
        "confirmation": code.confirmation,
        "eltax_area": code.eltax_area,
        "office": code.office,
        "tax_office": code.tax_office,
        "second_reserve": code.second_reserve,
    }
    dates = {
        "levy_year": f"{code.levy_year:04d}",
        "tax_year": f"{code.tax_year:04d}",
        "period": code.period,
        "due_date": f"{code.due_date:%Y%m%d}",
        "pay_by": f"{code.pay_by:%Y%m%d}",
    }
    extension = _fitting("extension", code.extension, EXTENSION_DIGITS)
    account = _element(AGENCY_TAG, AGENCY) + _element(PAYMENT_TAG, _joined(PAYMENT, paid))
    text = "".join(
        (
            _element(VERSION_TAG, VERSION),
            _element(METHOD_TAG, DYNAMIC),
            _element(ACCOUNT_TAG, account),
            _element(AMOUNT_TAG, paid["amount"]),
            _element(DATES_TAG, _joined(DATES, dates)),
            _element(EXTENSION_TAG, extension),
            f"{CRC_TAG}{CRC_DIGITS:0{LENGTH_DIGITS}d}",
        )
    )
    return f"{text}{crc16(text):0{CRC_DIGITS}d}"


def numbers_of(code: ElQr) -> ElNumbers:
    """Give the eL番号 printed beside a code."""
    return ElNumbers(agency=code.office, payment=code.case_key, confirmation=code.confirmation, division=code.tax_code)


def _elements(text: str, where: str) -> dict[str, str]:
    """Take elements apart. Raises `PeerFault`."""
    if not is_digits(text):
        raise _wrong(f"{where or 'it'} has other characters than digits")
    found: dict[str, str] = {}
    start = 0
    while start < len(text):
        tag, length = text[start : start + LENGTH_DIGITS], text[start + LENGTH_DIGITS : start + 2 * LENGTH_DIGITS]
        start += 2 * LENGTH_DIGITS
        value = text[start : start + int(length or 0)]
        start += int(length or 0)
        if len(length) != LENGTH_DIGITS or len(value) != int(length) or not value:
            raise _wrong(f"element {where}{tag} is cut short")
        if tag in found:
            raise _wrong(f"element {where}{tag} stands twice")
        found[tag] = value
    return found


def _parts(layout: tuple[tuple[str, int], ...], text: str, where: str) -> dict[str, str]:
    wanted = sum(width for _, width in layout)
    if len(text) != wanted:
        raise _wrong(f"element {where} has {len(text)} digits, not {wanted}")
    found: dict[str, str] = {}
    start = 0
    for name, width in layout:
        found[name] = text[start : start + width]
        start += width
    return found


def _joined(layout: tuple[tuple[str, int], ...], values: dict[str, str]) -> str:
    return "".join(_fitting(name, values[name], width) for name, width in layout)


def _fitting(name: str, value: str, width: int) -> str:
    if len(value) != width or not is_digits(value):
        raise OperatorFault("cannot_write", f"eL-QR, {name}: {width} digits belong there")
    return value


def _element(tag: str, value: str) -> str:
    return f"{tag}{len(value):0{LENGTH_DIGITS}d}{value}"


def _day(digits: str, what: str) -> date:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise _wrong(f"its {what} is no day") from None


def _wrong(why: str) -> PeerFault:
    return PeerFault("el_qr_wrong", f"an eL-QR is wrong: {why}; look at the slip")
