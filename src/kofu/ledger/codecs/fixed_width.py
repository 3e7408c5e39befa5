"""Records of fixed width: the small engine under every such file.

A layout is data: record types told apart by the bytes at one place, each a row of fields whose widths add up to the
record's length *in bytes*. Files come with CR LF after each record, with LF, without any, or without one after the
last; which of these is kept, so that writing what was read gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kofu.core.errors import InvariantBroken, OperatorFault, ensure
from kofu.ledger.codecs.cells import Cell, Field, Form, UnfitCell, read_cell, write_cell
from kofu.ledger.codecs.charsets import Charset
from kofu.ledger.codecs.problems import Problems

RECORDS_MAX = 2_000_000


class Newline(StrEnum):
    """What stands after a record."""

    NONE = "none"
    CRLF = "crlf"
    LF = "lf"
    CRLF_BETWEEN = "crlf_between"  # CR LF between records, none after the last
    LF_BETWEEN = "lf_between"

    @property
    def mark(self) -> bytes:
        """The bytes between two records."""
        return b"" if self is Newline.NONE else b"\r\n" if self in (Newline.CRLF, Newline.CRLF_BETWEEN) else b"\n"

    @property
    def after_last(self) -> bytes:
        """The bytes after the last record."""
        return b"" if self in (Newline.CRLF_BETWEEN, Newline.LF_BETWEEN) else self.mark


class Role(StrEnum):
    """What a record is for."""

    HEADER = "header"
    DATA = "data"
    TRAILER = "trailer"
    END = "end"


@dataclass(frozen=True, slots=True)
class RecordType:
    """One kind of record. `marker`: what stands at the layout's marker place in such a record."""

    role: Role
    japanese: str
    marker: str
    fields: tuple[Field, ...]


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

    def of_role(self, role: Role) -> RecordType:
        """Find the record type of a role. A layout without it is a defect."""
        found = [record for record in self.records if record.role is role]
        ensure(found, f"layout {self.name} has a {role} record")
        return found[0]


@dataclass(frozen=True, slots=True)
class Row:
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


def split_records(data: bytes, length: int, problems: Problems) -> tuple[list[bytes], Newline]:
    """Cut a file into records of `length` bytes, whatever stands between them. Notes what does not fit."""
    newline = _newline_of(data, length)
    step = length + len(newline.mark)
    total = len(data) + (len(newline.mark) - len(newline.after_last))
    if not data:
        problems.add("empty_file", "no bytes at all", "ask the sender for the file again")
    elif total // step > RECORDS_MAX:
        problems.add("too_many_records", f"{total // step} records", f"send at most {RECORDS_MAX} in a file")
    elif total % step:
        found = f"{len(data)} bytes do not make whole records of {length} bytes"
        advice = "a file cut short or sent as text is like that: ask for it again, sent as binary"
        problems.add("broken_length", found, advice, record=total // step + 1)
    if problems:
        return [], newline
    return _cut(data, length, newline, problems), newline


def _newline_of(data: bytes, length: int) -> Newline:
    if data[length : length + 2] == b"\r\n":
        return Newline.CRLF if data.endswith(b"\r\n") else Newline.CRLF_BETWEEN
    if data[length : length + 1] == b"\n":
        return Newline.LF if data.endswith(b"\n") else Newline.LF_BETWEEN
    return Newline.NONE


def _cut(data: bytes, length: int, newline: Newline, problems: Problems) -> list[bytes]:
    mark = newline.mark
    step = length + len(mark)
    records: list[bytes] = []
    for number, start in enumerate(range(0, len(data), step), start=1):
        records.append(data[start : start + length])
        after = data[start + length : start + step]
        if after != mark and start + length < len(data):
            found = f"bytes {after.hex(' ')} after the record"
            advice = f"end every record with {mark.hex(' ')}, as the first one"
            problems.add("broken_newline", found, advice, record=number, position=length + 1)
    return records


def read_record(layout: FixedLayout, data: bytes, number: int, problems: Problems) -> Row | None:
    """Read one record, or note why not."""
    record = _type_of(layout, data)
    if record is None:
        wanted = ", ".join(f"{kind.marker} {kind.japanese}" for kind in layout.records)
        found = f"bytes {data[layout.marker_at : layout.marker_at + len(layout.records[0].marker)].hex(' ')}"
        position = layout.marker_at + 1
        advice = f"a record begins as one of: {wanted}"
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
    return Row(record, number, cells) if problems.count == before else None


def read_rows(layout: FixedLayout, data: bytes, problems: Problems) -> tuple[list[Row], Newline]:
    """Read every record that can be read; what cannot is noted."""
    records, newline = split_records(data, layout.length, problems)
    rows = (read_record(layout, record, number, problems) for number, record in enumerate(records, start=1))
    return [row for row in rows if row is not None], newline


def write_record(layout: FixedLayout, record: RecordType, cells: dict[str, Cell], place: str) -> bytes:
    """Write one record. Raises `OperatorFault` ("cannot_write") naming `place` and field where a value does not fit."""
    return b"".join(_write_field(layout, field, cells, place) for field in record.fields)


def join_records(records: Iterable[bytes], newline: Newline) -> bytes:
    """Put records together as the file they make."""
    return newline.mark.join(records) + newline.after_last


def _write_field(layout: FixedLayout, field: Field, cells: dict[str, Cell], place: str) -> bytes:
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
