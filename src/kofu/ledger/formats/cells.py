"""One cell of a record: what may stand in it, read and written.

A layout is data: a row of `LayoutField`. The same fields serve records of fixed width and delimited lines, built-in
layouts (全銀) and those a municipality writes down as its own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from enum import StrEnum

import msgspec

Cell = str | int | date | None

DIGITS_MAX = 18  # what a signed 64-bit integer surely holds


class Form(StrEnum):
    """What a field holds."""

    NUMBER = "number"  # N: an amount or a count, right-aligned, filled with zeros; an int
    DIGITS = "digits"  # N: a number that is a name (口座番号); every digit stands; a str
    TEXT = "text"  # C: left-aligned, filled with spaces; a str without the filling
    DATE = "date"  # a day; a date
    CODE = "code"  # one of `codes`; a str as it stands in the file
    CONSTANT = "constant"  # always `value`
    SPARE = "spare"  # ダミー: filled with `value` or spaces, not read


class Blank(StrEnum):
    """What stands in a cell that says nothing. Read as None (dates, numbers) or "" (the rest)."""

    NEVER = "never"
    SPACES = "spaces"
    ZEROS = "zeros"


class DateFormat(StrEnum):
    """How a day is written. 和暦 years are never guessed: a layout that has them reads them as digits."""

    YYYYMMDD = "YYYYMMDD"
    YYMMDD = "YYMMDD"  # 2000 to 2099
    ISO = "YYYY-MM-DD"
    SLASHES = "YYYY/MM/DD"


_CENTURY = "20"
FULL_DATE_DIGITS = 8
_SEPARATORS = {
    DateFormat.YYYYMMDD: "",
    DateFormat.YYMMDD: "",
    DateFormat.ISO: "-",
    DateFormat.SLASHES: "/",
}


class LayoutField(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One field. `width` in bytes (0 in delimited lines: as long as it is); `japanese` is the field's term.

    `codes` maps what stands in the file to what it means. `personal` cells are never quoted in a problem.
    """

    name: str
    japanese: str
    form: Form
    width: int = 0
    value: str = ""
    codes: dict[str, str] = {}
    date_format: DateFormat = DateFormat.YYYYMMDD
    blank: Blank = Blank.NEVER
    personal: bool = False


class UnfitCell(Exception):  # noqa: N818 - it is a finding, turned into a Problem by who knows the place
    """A cell does not fit its field: `offset` characters into it stands `found` where `wanted` belongs."""

    def __init__(self, reason: str, found: str, wanted: str, *, offset: int = 0) -> None:
        """Build the finding."""
        super().__init__(reason)
        self.reason = reason
        self.found = found
        self.wanted = wanted
        self.offset = offset


def is_digits(text: str) -> bool:
    """Whether `text` is ASCII digits, at least one."""
    return text.isascii() and text.isdigit()


def read_cell(field: LayoutField, text: str) -> Cell:
    """Read a cell. Raises `UnfitCell`."""
    form = field.form
    if field.blank is not Blank.NEVER and _is_blank(field, text):
        return None if form in (Form.DATE, Form.NUMBER) else ""
    return _READERS[form](field, text)


def write_cell(field: LayoutField, value: Cell) -> str:
    """Write a cell; texts of fixed width are not yet filled. Raises `UnfitCell` where the value does not fit."""
    form = field.form
    if form in (Form.SPARE, Form.CONSTANT):
        return field.value if form is Form.CONSTANT else (field.value or " ") * field.width
    if value is None or (value == "" and form is not Form.TEXT):
        return _write_blank(field)
    if form is Form.NUMBER:
        return _write_number(field, value)
    if form is Form.DATE:
        return _write_date(field, value)
    if not isinstance(value, str):
        raise UnfitCell("not_text", type(value).__name__, "text belongs")
    if form is not Form.TEXT:
        read_cell(field, value)
    elif field.width and value.endswith(" "):  # it would be lost among the filling
        raise UnfitCell("trailing_space", "a space at the end", "text without one belongs", offset=len(value) - 1)
    return value


def _is_blank(field: LayoutField, text: str) -> bool:
    filling = " " if field.blank is Blank.SPACES else "0"
    return not text.strip(filling) and (bool(text) or not field.width)


def _write_blank(field: LayoutField) -> str:
    if field.blank is Blank.NEVER:
        raise UnfitCell("empty", "nothing", "a value belongs")
    return (" " if field.blank is Blank.SPACES else "0") * field.width


def _read_digits(field: LayoutField, text: str) -> str | int:
    if not is_digits(text):
        offset = next((i for i, letter in enumerate(text) if not is_digits(letter)), 0)
        raise UnfitCell("not_digits", _one(text, offset), "digits 0 to 9 belong", offset=offset)
    if field.width and len(text) != field.width:
        raise UnfitCell("wrong_length", f"{len(text)} digits", f"{field.width} digits belong")
    if field.form is Form.DIGITS:
        return text
    if len(text) > DIGITS_MAX:
        raise UnfitCell("too_long", f"{len(text)} digits", f"at most {DIGITS_MAX} belong")
    if not field.width and len(text) > 1 and text.startswith("0"):
        raise UnfitCell("leading_zero", "a zero in front", "a number without one belongs")
    return int(text)


def _write_number(field: LayoutField, value: Cell) -> str:
    if not isinstance(value, int) or value < 0:
        raise UnfitCell("not_a_number", "no number of 0 or more", "a number of 0 or more belongs")
    text = str(value)
    if len(text) > (field.width or DIGITS_MAX):
        raise UnfitCell("too_long", f"{len(text)} digits", f"at most {field.width or DIGITS_MAX} belong")
    return text.zfill(field.width)


def _read_date(field: LayoutField, text: str) -> date:
    form = field.date_format
    separator = _SEPARATORS[form]
    digits = text.replace(separator, "") if separator else text
    full = _CENTURY + digits if form is DateFormat.YYMMDD else digits
    # put together again it must be the same: separators stand where they belong and nowhere else
    if len(full) == FULL_DATE_DIGITS and is_digits(full) and text == _join_date(full, form):
        try:
            return date(int(full[:4]), int(full[4:6]), int(full[6:]))
        except ValueError:
            raise _no_day(field, text) from None
    raise _no_day(field, text)


def _no_day(field: LayoutField, text: str) -> UnfitCell:
    return UnfitCell("not_a_date", _quote(field, text), f"a day of the calendar, {field.date_format}, belongs")


def _join_date(full: str, form: DateFormat) -> str:
    joined = _SEPARATORS[form].join((full[:4], full[4:6], full[6:]))
    return joined[len(_CENTURY) :] if form is DateFormat.YYMMDD else joined


def _write_date(field: LayoutField, value: Cell) -> str:
    if not isinstance(value, date):
        raise UnfitCell("not_a_date", type(value).__name__, "a date belongs")
    full = f"{value.year:04d}{value.month:02d}{value.day:02d}"
    if field.date_format is DateFormat.YYMMDD and not full.startswith(_CENTURY):
        raise UnfitCell("not_a_date", f"the year {value.year}", "a year 2000 to 2099 belongs")
    return _join_date(full, field.date_format)


def _read_text(field: LayoutField, text: str) -> Cell:
    return text.rstrip(" ") if field.width else text


def _read_code(field: LayoutField, text: str) -> Cell:
    if text not in field.codes:
        raise UnfitCell("unknown_code", f"code {_quote(field, text)}", f"one of {', '.join(field.codes)} belongs")
    return text


def _read_constant(field: LayoutField, text: str) -> Cell:
    if text != field.value:
        raise UnfitCell("not_constant", _quote(field, text), f"{field.value} belongs")
    return text


def _quote(field: LayoutField, text: str) -> str:
    if field.personal:
        return f"{len(text)} characters that do not fit"
    shown = text if len(text) <= 10 and text.isprintable() else f"{len(text)} characters"  # noqa: PLR2004 - a code
    return f"“{shown}”"


def _one(text: str, offset: int) -> str:
    return f"character U+{ord(text[offset]):04X}" if text else "nothing"


_READERS: dict[Form, Callable[[LayoutField, str], Cell]] = {
    Form.NUMBER: _read_digits,
    Form.DIGITS: _read_digits,
    Form.TEXT: _read_text,
    Form.DATE: _read_date,
    Form.CODE: _read_code,
    Form.CONSTANT: _read_constant,
    Form.SPARE: lambda _field, _text: None,
}
