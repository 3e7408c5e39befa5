"""全銀 files: one header, any number of data records, one trailer, one end record, 120 bytes each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kofu.core.errors import OperatorFault
from kofu.ledger.formats.bank_forms import CODE_MARKS, YUCHO_CODE, BankForm, Peculiarity, check_framing, form_of, need
from kofu.ledger.formats.cells import Blank, Cell, Form, LayoutField
from kofu.ledger.formats.fixed_width import (
    END_MARK,
    FixedLayout,
    Newline,
    RecordRead,
    RecordRole,
    Rows,
    join_records,
    newline_of,
    read_rows,
    write_record,
)
from kofu.ledger.formats.problems import FileProblems
from kofu.ledger.formats.record_order import note_order
from kofu.ledger.formats.zengin_kana import NAME_CHARACTERS, unfit_at

RECORD_BYTES = 120
FAR_OFF_DAYS = 150
HEADER_MARK, DATA_MARK, TRAILER_MARK, END_RECORD_MARK = b"1", b"2", b"8", b"9"
BANK_CODE_AT = slice(58, 62)  # 取引銀行番号, 仕向銀行番号 of the header
SMALLEST_FILE = 3  # header, trailer, end
SEVERAL = 2
ORDER = (RecordRole.HEADER, RecordRole.DATA, RecordRole.TRAILER, RecordRole.END)


@dataclass(frozen=True, slots=True)
class ZenginRows:
    """The records of a sound file, by role. `bad`: the numbers of data records that could not be read."""

    header: RecordRead
    lines: tuple[RecordRead, ...]
    trailer: RecordRead
    newline: Newline
    tail: bytes = b""
    bad: frozenset[int] = frozenset()


def number(name: str, japanese: str, width: int) -> LayoutField:
    """N: a number."""
    return LayoutField(name=name, japanese=japanese, form=Form.NUMBER, width=width)


def digits(name: str, japanese: str, width: int, *, blank: Blank = Blank.NEVER, personal: bool = False) -> LayoutField:
    """N: digits that are a name."""
    return LayoutField(name=name, japanese=japanese, form=Form.DIGITS, width=width, blank=blank, personal=personal)


def text(name: str, japanese: str, width: int, *, personal: bool = False) -> LayoutField:
    """C: text."""
    return LayoutField(name=name, japanese=japanese, form=Form.TEXT, width=width, personal=personal)


def constant(name: str, japanese: str, value: str) -> LayoutField:
    """Write what always stands there."""
    return LayoutField(name=name, japanese=japanese, form=Form.CONSTANT, width=len(value), value=value)


def code(name: str, japanese: str, codes: dict[str, str], *, blank: Blank = Blank.NEVER) -> LayoutField:
    """One of some codes, of one width."""
    width = len(next(iter(codes)))
    return LayoutField(name=name, japanese=japanese, form=Form.CODE, width=width, codes=codes, blank=blank)


def spare(width: int, *, filling: str = " ") -> LayoutField:
    """ダミー."""
    return LayoutField(name="spare", japanese="ダミー", form=Form.SPARE, width=width, value=filling)


def code_mark() -> LayoutField:
    """コード区分. Blank or 1 stands in files of JIS bytes too: see `bank_forms`."""
    return code("charset", "コード区分", CODE_MARKS, blank=Blank.SPACES)


def read_zengin(
    layout: FixedLayout,
    data: bytes,
    problems: FileProblems,
    *,
    forms: Sequence[BankForm] = (),
    on: date = date.max,
    keep_bad: bool = False,
) -> ZenginRows:
    """Read the records and their order, as the bank of the header writes them `on` a day. Raises `FileRefused`.

    `keep_bad`: data records that cannot be read are noted and named in `bad`, and refuse nothing.
    """
    _note_rest(data, problems)
    problems.refuse()
    read = read_rows(layout, data, problems)
    if not keep_bad or not problems.are_within(read.bad) or not _is_file(read):
        if read.rows:
            note_order(read.rows, read.bad, ORDER, problems, last=len(read.rows) + len(read.bad))
        problems.refuse()
    lines = tuple(read.rows[1:-2])
    noted = problems.count
    form = form_of(forms, read.rows[0].text("bank_code"), on)
    check_framing(form, read.newline, read.tail, problems)
    _check_blanks(form, read.rows[0], lines, problems)
    if problems.count > noted:
        problems.refuse()
    return ZenginRows(read.rows[0], lines, read.rows[-2], read.newline, read.tail, read.bad)


def split_groups(data: bytes) -> list[bytes]:
    """Cut a file of several header … trailer groups (マルチファイル) into files of one, each with an end record.

    A file of one group is given back as it is. A group that is not whole is cut out with its own bytes, for its reader
    to say what is wrong with it: the others can be taken. Only what the next group shows to be closed gets an end
    record; where a file breaks off, its last group stays without one.
    """
    body = data.rstrip(END_MARK + b"\r\n")
    newline = newline_of(data, RECORD_BYTES)
    groups = _groups(_pieces(body, newline))
    headers = sum(group[0][:1] == HEADER_MARK for group in groups)
    closed = sum({DATA_MARK, TRAILER_MARK} <= {piece[:1] for piece in group} for group in groups)
    if headers < SEVERAL and closed < SEVERAL:
        return [data]
    last = groups[-1][-1]
    end = last if last[:1] == END_RECORD_MARK else END_RECORD_MARK.ljust(RECORD_BYTES)
    for group in groups[:-1]:
        if group[-1][:1] == TRAILER_MARK:
            group.append(end)
    tail = data[len(body) :][len(newline.after_last) :]
    return [join_records(group, newline, tail if group is groups[-1] else b"") for group in groups]


def _pieces(body: bytes, newline: Newline) -> list[bytes]:
    """Cut at the newlines where there are any: a record that lost a byte shifts no other."""
    if newline.mark:
        return body.split(newline.mark)
    return [body[start : start + RECORD_BYTES] for start in range(0, len(body), RECORD_BYTES)]


def _groups(pieces: Sequence[bytes]) -> list[list[bytes]]:
    """Begin a group with each header, and with what stands behind a trailer: a header that cannot be read."""
    groups: list[list[bytes]] = []
    before = b""
    for piece in pieces:
        mark = piece[:1]
        behind = before in {TRAILER_MARK, END_RECORD_MARK} and mark != END_RECORD_MARK
        if not groups or mark == HEADER_MARK or behind:
            groups.append([])
        groups[-1].append(piece)
        before = mark
    return groups


def bank_of(data: bytes) -> str:
    """Give the bank code of a file's header, "" where there is none to be read."""
    found = data[BANK_CODE_AT]
    return found.decode() if found.isdigit() and found.isascii() else ""


def write_zengin(
    layout: FixedLayout,
    header: dict[str, Cell],
    lines: list[dict[str, Cell]],
    trailer: dict[str, Cell],
    *,
    newline: Newline,
    tail: bytes = b"",
) -> bytes:
    """Write a whole file. Raises `OperatorFault` ("cannot_write") naming the record."""
    types = {role: layout.of_role(role) for role in RecordRole}
    data_type = types[RecordRole.DATA]

    records = [write_record(layout, types[RecordRole.HEADER], header, "header")]
    records += [write_record(layout, data_type, line, f"data record {place}") for place, line in enumerate(lines, 1)]
    records.append(write_record(layout, types[RecordRole.TRAILER], trailer, "trailer"))
    records.append(write_record(layout, types[RecordRole.END], {}, "end"))
    return join_records(records, newline, tail)


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


def day_asked_for(month_and_day: str, asked: Sequence[date], near: date) -> date | None:
    """Give an MMDD the year of the newest day the banks were asked for by `near`; None where they never were for one.

    A day before the first of `asked` may be of a request made before this ledger was: it is completed by `near` alone.
    """
    same = [day for day in asked if f"{day:%m%d}" == month_and_day]
    if same:
        return max((day for day in same if day <= near), default=min(same))
    day = complete_year(month_and_day, near)
    return day if day is not None and day < min(asked, default=date.max) else None


def read_month_and_day(
    row: RecordRead,
    field: LayoutField,
    position: int,
    near: date,
    problems: FileProblems,
    *,
    asked: Sequence[date] | None = None,
) -> date | None:
    """Read an MMDD of a header, completed from the day of processing; a day far from it is noted.

    `asked`: the days the banks were asked for, where the file answers one of them: its year is then that of the
    request, however late the answer is processed, and an answer to none is noted.
    """
    if asked is not None:
        day = day_asked_for(row.text(field.name), asked, near)
        if day is None:
            found, advice = f"“{row.text(field.name)}”", "no request was made for such a day: is this the right file?"
            problems.add("not_requested", found, advice, record=row.number, position=position, field=field.japanese)
        return day
    day = complete_year(row.text(field.name), near)
    if day is None:
        advice = (
            f"MMDD of a day within {FAR_OFF_DAYS} days of the processing day {near} belongs: is this the right file?"
        )
        found = f"“{row.text(field.name)}”"
        problems.add("day_far_off", found, advice, record=row.number, position=position, field=field.japanese)
    return day


def check_total(row: RecordRead, name: str, japanese: str, counted: int, problems: FileProblems) -> None:
    """Note where a total of the trailer is not what the data records come to."""
    stated = row.whole(name)
    if stated != counted:
        found = f"the trailer says {stated}, the data records come to {counted}"
        problems.add(
            "total", found, "records are missing or altered: ask for it again", record=row.number, field=japanese
        )


def check_total_of_bad(rows: ZenginRows, name: str, japanese: str, counted: int, problems: FileProblems) -> None:
    """Note where the records that could not be read cannot be what the trailer counts beside those that could."""
    stated = rows.trailer.whole(name)
    rest = stated - counted
    if rest < 0 or (name == "count" and rest != len(rows.bad)):
        found = f"the trailer says {stated}, the {len(rows.lines)} records that can be read come to {counted}"
        problems.add("total", found, "ask for the file again", record=rows.trailer.number, field=japanese)


def check_name(name: str, place: str, allowed: frozenset[str] = NAME_CHARACTERS) -> None:
    """Raise `OperatorFault` ("cannot_write") where a name to be sent has a character banks do not take."""
    unfit = unfit_at(name, allowed)
    if unfit is not None:
        raise OperatorFault("cannot_write", f"{place}: character {unfit + 1} is no 全銀カナ; convert the name first")


def _is_file(read: Rows) -> bool:
    """Whether header, data, trailer and end stand in order, and what could not be read lies among the data."""
    rows = read.rows
    if len(rows) < SMALLEST_FILE or [row.type.role for row in rows] != _expected(rows):
        return False
    return all(rows[0].number < number < rows[-2].number for number in read.bad) and rows[0].number == 1


def _check_blanks(form: BankForm, header: RecordRead, lines: tuple[RecordRead, ...], problems: FileProblems) -> None:
    """Note what a bank left blank, or marked otherwise, without the form allowing it."""
    mark = header.text("charset")
    if mark == "1":
        need(form, Peculiarity.CODE_MARK_EBCDIC, "コード区分 1 (EBCDIC)", problems, record=header.number)
    elif not mark:
        need(form, Peculiarity.CODE_MARK_BLANK, "コード区分 blank", problems, record=header.number)
    for row in lines:
        if not row.text("new_code"):
            need(form, Peculiarity.NEW_CODE_BLANK, "新規コード blank", problems, record=row.number)
        if row.text("branch_code"):
            continue
        if row.text("bank_code") == YUCHO_CODE:
            need(form, Peculiarity.YUCHO_BRANCH_BLANK, "支店番号 blank", problems, record=row.number)
        else:
            advice = "only ゆうちょ銀行 leaves it blank: ask the bank for the record"
            problems.add("branch_missing", "支店番号 blank", advice, record=row.number, field="支店番号")


def _note_rest(data: bytes, problems: FileProblems) -> None:
    """Note bytes behind the end record that are no record at all; what makes whole records is told as such."""
    mark = next((mark for mark in (b"\r\n", b"\n", b"\r") if data[RECORD_BYTES:].startswith(mark)), b"")
    step = RECORD_BYTES + len(mark)
    body = data.rstrip(END_MARK + b"\r\n")
    end = next((at for at in range(0, len(body), step) if body[at : at + 1] == END_RECORD_MARK), None)
    rest = b"" if not end else body[end + step :]
    if rest and (len(rest) + len(mark)) % step:
        advice = "a file is over with its end record: ask the bank what the rest is"
        problems.add("behind_end", f"{len(rest)} bytes behind the end record", advice, record=(end or 0) // step + 2)


def _expected(rows: tuple[RecordRead, ...]) -> list[RecordRole]:
    middle = max(len(rows) - 3, 0)
    return [RecordRole.HEADER, *[RecordRole.DATA] * middle, RecordRole.TRAILER, RecordRole.END][: len(rows)]
