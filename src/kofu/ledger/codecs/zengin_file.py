"""全銀 files: one header, any number of data records, one trailer, one end record, 120 bytes each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kofu.core.errors import OperatorFault
from kofu.ledger.codecs.cells import Blank, Cell, Field, Form
from kofu.ledger.codecs.fixed_width import FixedLayout, Newline, Role, Row, join_records, read_rows, write_record
from kofu.ledger.codecs.problems import Problems
from kofu.ledger.codecs.zengin_kana import NAME_CHARACTERS, unfit_at

RECORD_BYTES = 120
FAR_OFF_DAYS = 150


@dataclass(frozen=True, slots=True)
class ZenginRows:
    """The records of a sound file, by role."""

    header: Row
    lines: tuple[Row, ...]
    trailer: Row
    newline: Newline


def number(name: str, japanese: str, width: int) -> Field:
    """N: a number."""
    return Field(name=name, japanese=japanese, form=Form.NUMBER, width=width)


def digits(name: str, japanese: str, width: int, *, blank: Blank = Blank.NEVER, personal: bool = False) -> Field:
    """N: digits that are a name."""
    return Field(name=name, japanese=japanese, form=Form.DIGITS, width=width, blank=blank, personal=personal)


def text(name: str, japanese: str, width: int, *, personal: bool = False) -> Field:
    """C: text."""
    return Field(name=name, japanese=japanese, form=Form.TEXT, width=width, personal=personal)


def constant(name: str, japanese: str, value: str) -> Field:
    """Write what always stands there."""
    return Field(name=name, japanese=japanese, form=Form.CONSTANT, width=len(value), value=value)


def code(name: str, japanese: str, codes: dict[str, str], *, blank: Blank = Blank.NEVER) -> Field:
    """One of some codes, of one width."""
    width = len(next(iter(codes)))
    return Field(name=name, japanese=japanese, form=Form.CODE, width=width, codes=codes, blank=blank)


def spare(width: int, *, filling: str = " ") -> Field:
    """ダミー."""
    return Field(name="spare", japanese="ダミー", form=Form.SPARE, width=width, value=filling)


def read_zengin(layout: FixedLayout, data: bytes, problems: Problems) -> ZenginRows:
    """Read the records and their order. Raises `FileRefused`."""
    rows, newline = read_rows(layout, data, problems)
    problems.refuse()
    _check_order(rows, problems)
    problems.refuse()
    return ZenginRows(rows[0], tuple(rows[1:-2]), rows[-2], newline)


def write_zengin(
    layout: FixedLayout,
    header: dict[str, Cell],
    lines: list[dict[str, Cell]],
    trailer: dict[str, Cell],
    newline: Newline,
) -> bytes:
    """Write a whole file. Raises `OperatorFault` ("cannot_write") naming the record."""
    types = {role: layout.of_role(role) for role in Role}
    data_type = types[Role.DATA]

    records = [write_record(layout, types[Role.HEADER], header, "header")]
    records += [write_record(layout, data_type, line, f"data record {place}") for place, line in enumerate(lines, 1)]
    records.append(write_record(layout, types[Role.TRAILER], trailer, "trailer"))
    records.append(write_record(layout, types[Role.END], {}, "end"))
    return join_records(records, newline)


def complete_year(month_and_day: str, near: date) -> date | None:
    """Give an MMDD the year that brings it nearest to `near`; None where no such day lies within 150 days.

    全銀 headers carry no year: 1227 handled on 4 January is of last year, 0105 handled in December of the next.
    """
    found = []
    for year in (near.year - 1, near.year, near.year + 1):
        try:
            found.append(date(year, int(month_and_day[:2]), int(month_and_day[2:])))
        except ValueError:  # no such day in this year, or in any
            continue
    best = min(found, key=lambda day: abs(day - near), default=None)
    return best if best is not None and abs(best - near).days <= FAR_OFF_DAYS else None


def read_month_and_day(row: Row, field: Field, position: int, near: date, problems: Problems) -> date | None:
    """Read an MMDD of a header, completed from the day of processing; a day far from it is noted."""
    day = complete_year(row.text(field.name), near)
    if day is None:
        advice = (
            f"MMDD of a day within {FAR_OFF_DAYS} days of the processing day {near} belongs: is this the right file?"
        )
        found = f"“{row.text(field.name)}”"
        problems.add("day_far_off", found, advice, record=row.number, position=position, field=field.japanese)
    return day


def check_total(row: Row, name: str, japanese: str, counted: int, problems: Problems) -> None:
    """Note where a total of the trailer is not what the data records come to."""
    stated = row.whole(name)
    if stated != counted:
        found = f"the trailer says {stated}, the data records come to {counted}"
        problems.add(
            "total", found, "records are missing or altered: ask for it again", record=row.number, field=japanese
        )


def check_name(name: str, place: str, allowed: frozenset[str] = NAME_CHARACTERS) -> None:
    """Raise `OperatorFault` ("cannot_write") where a name to be sent has a character banks do not take."""
    unfit = unfit_at(name, allowed)
    if unfit is not None:
        raise OperatorFault("cannot_write", f"{place}: character {unfit + 1} is no 全銀カナ; convert the name first")


def _check_order(rows: list[Row], problems: Problems) -> None:
    roles = [row.type.role for row in rows]
    data_records = max(len(rows) - 3, 0)
    if roles == [Role.HEADER, *[Role.DATA] * data_records, Role.TRAILER, Role.END]:
        return
    if roles.count(Role.HEADER) > 1:
        places = [row.number for row in rows if row.type.role is Role.HEADER]
        found = f"{len(places)} header records"
        problems.add("several_files", found, "send one file for each header", record=places[1])
        return
    wrong = next((row for row, role in zip(rows, _expected(rows), strict=True) if row.type.role is not role), rows[-1])
    found = f"a {wrong.type.japanese}"
    advice = "a file is one header, data records, one trailer and one end record, in this order"
    problems.add("wrong_order", found, advice, record=wrong.number)


def _expected(rows: list[Row]) -> list[Role]:
    middle = max(len(rows) - 3, 0)
    return [Role.HEADER, *[Role.DATA] * middle, Role.TRAILER, Role.END][: len(rows)]
