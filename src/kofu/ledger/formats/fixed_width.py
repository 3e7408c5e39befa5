"""Records of fixed width: the small engine under every such file.

A layout is data: record types told apart by the bytes at one place, each a row of fields whose widths add up to the
record's length *in bytes*. Files come with CR LF after each record, with LF, with CR, without any, or without one after
the last, and what stands behind it may be the end mark of old systems (0x1A) or one more newline; which of these is
kept, so that writing what was read gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kofu.core.errors import InvariantBroken, OperatorFault, ensure
from kofu.ledger.formats.cells import Cell, Form, LayoutField, UnfitCell, read_cell, write_cell
from kofu.ledger.formats.charsets import Charset
from kofu.ledger.formats.problems import FileProblems

RECORDS_MAX = 2_000_000
END_MARK = b"\x1a"  # EOF of CP/M and MS-DOS: some banks' programs still write it
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
EBCDIC_DIGITS = bytes(range(0xF0, 0xFA))


class Newline(StrEnum):
    """What stands after a record."""

    NONE = "none"
    CRLF = "crlf"
    LF = "lf"
    CRLF_BETWEEN = "crlf_between"  # CR LF between records, none after the last
    LF_BETWEEN = "lf_between"
    CR = "cr"
    CR_BETWEEN = "cr_between"

    @property
    def mark(self) -> bytes:
        """The bytes between two records."""
        return _MARKS[self]

    @property
    def after_last(self) -> bytes:
        """The bytes after the last record."""
        return b"" if self.endswith("_between") else self.mark


_MARKS = {
    Newline.NONE: b"",
    Newline.CRLF: b"\r\n",
    Newline.CRLF_BETWEEN: b"\r\n",
    Newline.LF: b"\n",
    Newline.LF_BETWEEN: b"\n",
    Newline.CR: b"\r",
    Newline.CR_BETWEEN: b"\r",
}
_BY_MARK = {b"\r\n": (Newline.CRLF, Newline.CRLF_BETWEEN), b"\n": (Newline.LF, Newline.LF_BETWEEN)}
_BY_MARK[b"\r"] = (Newline.CR, Newline.CR_BETWEEN)


class RecordRole(StrEnum):
    """What a record is for."""

    HEADER = "header"
    DATA = "data"
    TRAILER = "trailer"
    END = "end"


@dataclass(frozen=True, slots=True)
class RecordType:
    """One kind of record. `marker`: what stands at the layout's marker place in such a record."""

    role: RecordRole
    japanese: str
    marker: str
    fields: tuple[LayoutField, ...]


@dataclass(frozen=True, slots=True)
class FixedLayout:
    """All kinds of record of a file, of one length in bytes; `marker_at` is the offset of the bytes that tell them."""

    name: str
    records: tuple[RecordType, ...]
    charset: Charset = Charset.JIS_X_0201
    marker_at: int = 0

    @property
    def length(self) -> int:
        """Bytes of a record, without what stands between records."""
        return sum(field.width for field in self.records[0].fields)

    def check(self) -> None:
        """Raise `OperatorFault` ("layout_wrong") where the layout itself cannot be."""
        ensure(self.records, "a layout has records")
        for record in self.records:
            total = sum(field.width for field in record.fields)
            if total != self.length or total == 0:
                message = f"layout {self.name}: {record.japanese} has {total} bytes, the first record {self.length}"
                raise OperatorFault("layout_wrong", f"{message}; mend the widths")
            names = [field.name for field in record.fields if field.form is not Form.SPARE]
            if len(set(names)) != len(names) or any(field.width < 1 for field in record.fields):
                message = f"layout {self.name}: {record.japanese} has a field twice or without width"
                raise OperatorFault("layout_wrong", f"{message}; mend the fields")
        widths = {len(record.marker) for record in self.records}
        if len({record.marker for record in self.records}) != len(self.records) or len(widths) != 1:
            message = f"layout {self.name}: the markers do not tell the records apart"
            raise OperatorFault("layout_wrong", f"{message}; give each its own, all of one length")

    def of_role(self, role: RecordRole) -> RecordType:
        """Find the record type of a role. A layout without it is a defect."""
        found = [record for record in self.records if record.role is role]
        ensure(found, f"layout {self.name} has a {role} record")
        return found[0]


@dataclass(frozen=True, slots=True)
class RecordRead:
    """A record that was read: its type, its number in the file from 1, its cells by the layout's field names."""

    type: RecordType
    number: int
    cells: dict[str, Cell]

    def text(self, name: str) -> str:
        """Text, digits or code of a field; "" where blank or where the layout has no such field."""
        value = self.cells.get(name)
        return value if isinstance(value, str) else ""

    def whole(self, name: str) -> int:
        """Whole number of a field; 0 where there is none."""
        value = self.cells.get(name)
        return value if isinstance(value, int) else 0

    def day(self, name: str) -> date | None:
        """Day of a field; None where there is none."""
        value = self.cells.get(name)
        return value if isinstance(value, date) else None

    def required_day(self, name: str) -> date:
        """Day of a field that is never blank."""
        day = self.day(name)
        if day is None:
            raise InvariantBroken(f"{name} is never blank, so it was read")
        return day


@dataclass(frozen=True, slots=True)
class Records:
    """The records of a file as bytes. `tail`: what stands behind the last record and its newline (0x1A, newlines)."""

    pieces: tuple[bytes, ...]
    newline: Newline
    tail: bytes = b""


def split_records(data: bytes, length: int, problems: FileProblems) -> Records:
    """Cut a file into records of `length` bytes, whatever stands between them. Notes what does not fit."""
    body = data.rstrip(END_MARK + b"\r\n")
    rest = data[len(body) :]
    newline = newline_of(data, length)
    mark = newline.mark
    tail = rest[len(newline.after_last) :]
    step = length + len(mark)
    total = len(body) + len(mark)
    if not body:
        problems.add("empty_file", "no records at all", "ask the sender for the file again")
    elif body.startswith(BYTE_ORDER_MARK):
        advice = "a program for texts has saved it anew: ask for the file as it was made, sent as binary"
        problems.add("byte_order_mark", "a byte order mark (ef bb bf) in front", advice, record=1, position=1)
    elif total // step > RECORDS_MAX:
        problems.add("too_many_records", f"{total // step} records", f"send at most {RECORDS_MAX} in a file")
    elif total % step:
        found = f"{len(data)} bytes do not make whole records of {length} bytes"
        advice = "a file cut short or sent as text is like that: ask for it again, sent as binary"
        problems.add("broken_length", found, advice, record=total // step + 1)
    if problems:
        return Records((), newline, tail)
    return Records(tuple(_cut(body, length, newline, problems)), newline, tail)


def shown_record(data: bytes, number: int, length: int) -> str:
    """Show a record of a file to who decides about it, "" where there is none; bytes that are no text in hexadecimal.

    `length`: of records with nothing between them.
    """
    pieces = data.splitlines() if b"\n" in data or b"\r" in data else []
    pieces = pieces or [data[start : start + length] for start in range(0, len(data), length)]
    found = pieces[number - 1] if 0 < number <= len(pieces) else b""
    text = found.decode("shift_jis", errors="backslashreplace")
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text)


def newline_of(data: bytes, length: int) -> Newline:
    """Tell what stands between records of `length` bytes, by what follows the first."""
    rest = data[len(data.rstrip(END_MARK + b"\r\n")) :]
    for mark, (after_each, between) in _BY_MARK.items():
        if data[length : length + len(mark)] == mark:
            return after_each if rest.startswith(mark) else between
    return Newline.NONE


def _cut(body: bytes, length: int, newline: Newline, problems: FileProblems) -> list[bytes]:
    mark = newline.mark
    step = length + len(mark)
    records: list[bytes] = []
    for number, start in enumerate(range(0, len(body), step), start=1):
        records.append(body[start : start + length])
        after = body[start + length : start + step]
        if after != mark and start + length < len(body):
            found = f"bytes {after.hex(' ')} after the record"
            advice = f"end every record with {mark.hex(' ')}, as the first one"
            problems.add("broken_newline", found, advice, record=number, position=length + 1)
    return records


def read_record(layout: FixedLayout, data: bytes, number: int, problems: FileProblems) -> RecordRead | None:
    """Read one record, or note why not."""
    record = _type_of(layout, data)
    if record is None:
        wanted = ", ".join(f"{kind.marker} {kind.japanese}" for kind in layout.records)
        found = f"bytes {data[layout.marker_at : layout.marker_at + len(layout.records[0].marker)].hex(' ')}"
        position = layout.marker_at + 1
        ebcdic = data[layout.marker_at : layout.marker_at + 1] in EBCDIC_DIGITS
        advice = "this is EBCDIC: ask the sender for JIS" if ebcdic else f"a record begins as one of: {wanted}"
        problems.add("unknown_record", found, advice, record=number, position=position, field="データ区分")
        return None
    cells: dict[str, Cell] = {}
    start, before = 0, problems.count
    decode = layout.charset.to_text
    for field in record.fields:
        piece = data[start : start + field.width]
        if field.form is not Form.SPARE:
            try:
                cells[field.name] = read_cell(field, decode(piece))
            except UnfitCell as unfit:
                place = start + unfit.offset + 1
                problems.add(
                    unfit.reason, unfit.found, unfit.wanted, record=number, position=place, field=field.japanese
                )
            except UnicodeDecodeError as error:
                found = f"byte {piece[error.start]:02x}"
                advice = f"only characters of {layout.charset} belong here"
                place = start + error.start + 1
                problems.add("bad_byte", found, advice, record=number, position=place, field=field.japanese)
        start += field.width
    return RecordRead(record, number, cells) if problems.count == before else None


@dataclass(frozen=True, slots=True)
class Rows:
    """The records of a file that could be read, in order; `bad`: the numbers of those that could not."""

    rows: tuple[RecordRead, ...]
    bad: frozenset[int]
    newline: Newline
    tail: bytes = b""


def read_rows(layout: FixedLayout, data: bytes, problems: FileProblems) -> Rows:
    """Read every record that can be read; what cannot is noted."""
    records = split_records(data, layout.length, problems)
    read = [read_record(layout, record, number, problems) for number, record in enumerate(records.pieces, start=1)]
    bad = frozenset(number for number, row in enumerate(read, start=1) if row is None)
    return Rows(tuple(row for row in read if row is not None), bad, records.newline, records.tail)


def write_record(layout: FixedLayout, record: RecordType, cells: dict[str, Cell], place: str) -> bytes:
    """Write one record. Raises `OperatorFault` ("cannot_write") naming `place` and field where a value does not fit."""
    return b"".join(_write_field(layout, field, cells, place) for field in record.fields)


def join_records(records: Iterable[bytes], newline: Newline, tail: bytes = b"") -> bytes:
    """Put records together as the file they make."""
    return newline.mark.join(records) + newline.after_last + tail


def _write_field(layout: FixedLayout, field: LayoutField, cells: dict[str, Cell], place: str) -> bytes:
    try:
        data = layout.charset.to_bytes(write_cell(field, cells.get(field.name)))
    except UnfitCell as unfit:
        message = f"{place}, {field.japanese}: {unfit.found}, {unfit.wanted}"
        raise OperatorFault("cannot_write", message) from None
    except UnicodeEncodeError as error:
        message = f"{place}, {field.japanese}: character {error.start + 1} cannot be written as {layout.charset}"
        raise OperatorFault("cannot_write", message) from None
    if len(data) > field.width:
        message = f"{place}, {field.japanese}: {len(data)} bytes, at most {field.width} fit; shorten it by hand"
        raise OperatorFault("cannot_write", message)
    return data.ljust(field.width, b" ")


def _type_of(layout: FixedLayout, data: bytes) -> RecordType | None:
    for record in layout.records:
        marker = record.marker.encode("ascii")
        if data[layout.marker_at : layout.marker_at + len(marker)] == marker:
            return record
    return None
