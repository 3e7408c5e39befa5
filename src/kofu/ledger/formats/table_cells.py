"""Cells of the published tables (`kofu.contracts.feed.Column`) as typed values."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from kofu.contracts.feed import Column, ColumnType
from kofu.ledger.formats.cells import is_digits

TableCell = str | int | bool | date | tuple[str, ...] | tuple[int, ...] | tuple[date, ...] | None

YEN_DIGITS_MAX = 13
YEAR_FIRST, YEAR_LAST = 1950, 2999
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LABEL = re.compile(r'[^|,{}"\\\s]{1,20}')


class CellFault(Exception):  # noqa: N818 - a finding, which whoever knows the line turns into a problem
    """Why a cell cannot be read: a stable code, and a sentence that does not quote it."""

    def __init__(self, code: str, sentence: str) -> None:
        """Build the finding."""
        super().__init__(code)
        self.code = code
        self.sentence = sentence


def read_table_cell(column: Column, text: str) -> TableCell:
    """Read a cell; an empty optional one is None. Raises `CellFault`."""
    if not text:
        if column.optional:
            return None
        raise CellFault("required", "the cell is empty; the column is required")
    if column.max_length and len(text) > column.max_length:
        raise CellFault("too_long", f"{len(text)} characters, at most {column.max_length} belong")
    reader, wanted = _READERS[column.type]
    value = reader(column, text)
    if value is None:
        raise CellFault("bad_cell", f"{wanted} belongs here")
    return value


def _text(_: Column, text: str) -> TableCell:
    return text


def _code(column: Column, text: str) -> TableCell:
    return text if text in column.codes else None


def _digits(_: Column, text: str) -> TableCell:
    return text if is_digits(text) else None


def _whole(text: str) -> int | None:
    """Read an integer in its only spelling."""
    plain = is_digits(text) and len(text) <= YEN_DIGITS_MAX and (text == "0" or not text.startswith("0"))
    return int(text) if plain else None


def _yen(column: Column, text: str) -> TableCell:
    if column.negative and text.startswith("-") and text != "-0":
        amount = _whole(text[1:])
        return None if amount is None else -amount
    return _whole(text)


def _year(_: Column, text: str) -> TableCell:
    year = _whole(text)
    return year if year is not None and YEAR_FIRST <= year <= YEAR_LAST else None


def _day(text: str) -> date | None:
    if not _DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _date(_: Column, text: str) -> TableCell:
    return _day(text)


def _flag(_: Column, text: str) -> TableCell:
    return text == "1" if text in ("0", "1") else None


def _yen_list(_: Column, text: str) -> TableCell:
    amounts = [_whole(item) for item in text.split("|")]
    whole = tuple(amount for amount in amounts if amount is not None)
    return whole if len(whole) == len(amounts) else None


def _date_list(_: Column, text: str) -> TableCell:
    days = [_day(item) for item in text.split("|")]
    real = tuple(day for day in days if day is not None)
    return real if len(real) == len(days) else None


def _label_list(_: Column, text: str) -> TableCell:
    labels = tuple(text.split("|"))
    return labels if all(_LABEL.fullmatch(label) for label in labels) else None


_READERS: dict[ColumnType, tuple[Callable[[Column, str], TableCell], str]] = {
    ColumnType.TEXT: (_text, "text"),
    ColumnType.CODE: (_code, "one of the codes of the contract"),
    ColumnType.DIGITS: (_digits, "a number of the digits 0 to 9"),
    ColumnType.YEN: (_yen, "an integer of yen without signs or zeros in front"),
    ColumnType.COUNT: (_yen, "a count"),
    ColumnType.YEAR: (_year, f"a fiscal year {YEAR_FIRST} to {YEAR_LAST}"),
    ColumnType.DATE: (_date, "a day of the calendar, YYYY-MM-DD,"),
    ColumnType.FLAG: (_flag, "0 or 1"),
    ColumnType.YEN_LIST: (_yen_list, "a list of yen joined by |"),
    ColumnType.DATE_LIST: (_date_list, "a list of days joined by |"),
    ColumnType.LABEL_LIST: (_label_list, "a list of labels joined by |"),
}
