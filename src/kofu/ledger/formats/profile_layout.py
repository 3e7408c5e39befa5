"""Layouts a municipality writes down itself, for files no public standard describes.

A layout is a TOML file: fixed width or delimited, its character set, its records and their fields. Each codec says
which fields it needs and of which form; where they stand and what the codes are is the layout's. `source` names the
document the layout was taken from; an invented one says `fictitious = true` and is for demonstration only.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from kofu.core.errors import OperatorFault
from kofu.ledger.formats.cells import Blank, Cell, Form, LayoutField, UnfitCell, read_cell, write_cell
from kofu.ledger.formats.charsets import Charset
from kofu.ledger.formats.fixed_width import (
    BYTE_ORDER_MARK,
    END_MARK,
    RECORDS_MAX,
    FixedLayout,
    Newline,
    RecordRead,
    RecordRole,
    RecordType,
    Rows,
    join_records,
    read_rows,
    write_record,
)
from kofu.ledger.formats.problems import FileProblems
from kofu.ledger.formats.record_order import note_order

CELL_CHARACTERS_MAX = 1_000
_TOTALS = (("count", "件数"), ("total", "金額"))


class RecordShape(StrEnum):
    """How records are cut into fields."""

    FIXED = "fixed"
    CSV = "csv"


class LayoutPurpose(StrEnum):
    """Which codec reads the file."""

    CONVENIENCE_REPORTS = "convenience_reports"  # 速報・速報取消・確報
    RETURNED_TRANSFERS = "returned_transfers"  # 振込不能・組戻
    ELECTRONIC_PAYMENTS = "electronic_payments"  # 電子納付
    BATCH_SLIPS = "batch_slips"  # バッチ票
    KEYED_PAYMENTS = "keyed_payments"  # 納付済通知書のパンチデータ
    KEYED_CLAIMS = "keyed_claims"  # 還付請求書のパンチデータ


class LayoutRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of record. `marker`: what its first field begins with; may be left out where there is one kind only."""

    role: RecordRole
    japanese: str
    fields: tuple[LayoutField, ...]
    marker: str = ""


class ProfileLayout(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file layout as data. `column_names`: a CSV begins with a row of its Japanese field names."""

    name: str
    purpose: LayoutPurpose
    source: str
    shape: RecordShape
    charset: Charset
    records: tuple[LayoutRecord, ...]
    newline: Newline = Newline.CRLF
    column_names: bool = False
    quote_all: bool = False
    fictitious: bool = False

    @property
    def fixed(self) -> FixedLayout:
        """The same layout for the engine of fixed width."""
        return FixedLayout(name=self.name, records=self.types, charset=self.charset)

    @property
    def types(self) -> tuple[RecordType, ...]:
        """The kinds of record."""
        return tuple(RecordType(item.role, item.japanese, item.marker, item.fields) for item in self.records)

    def record(self, role: RecordRole) -> RecordType | None:
        """Find the kind of record of a role, or None where the layout has none."""
        return next((kind for kind in self.types if kind.role is role), None)

    def field(self, role: RecordRole, name: str) -> LayoutField | None:
        """Find a field of a kind of record, or None."""
        kind = self.record(role)
        return next((field for field in kind.fields if field.name == name), None) if kind else None


@dataclass(frozen=True, slots=True)
class LayoutRows:
    """A file by role. `header` and `trailer` are None where the layout has none."""

    header: RecordRead | None
    lines: tuple[RecordRead, ...]
    trailer: RecordRead | None
    newline: Newline
    bad: frozenset[int] = frozenset()  # the numbers of data records that could not be read


def load_layout(data: bytes, *, file: str, purpose: LayoutPurpose) -> ProfileLayout:
    """Read a layout (TOML) and check it in itself. Raises `OperatorFault` ("layout_wrong") naming the place."""
    try:
        layout = msgspec.toml.decode(data, type=ProfileLayout)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise OperatorFault("layout_wrong", f"{file}: {error}; mend the layout") from None
    if layout.purpose is not purpose:
        raise OperatorFault("layout_wrong", f"{file}: a layout for {layout.purpose}, not for {purpose}; choose another")
    if layout.record(RecordRole.DATA) is None:
        raise layout_wrong(layout, "it has no data record")
    if len({item.role for item in layout.records}) != len(layout.records):
        raise layout_wrong(layout, "two records have one role")
    if len(layout.records) > 1 and not all(item.marker for item in layout.records):
        raise layout_wrong(layout, "several kinds of record need a marker each")
    if layout.shape is RecordShape.FIXED:
        layout.fixed.check()
    else:
        _check_delimited(layout)
    return layout


def need_fields(
    layout: ProfileLayout, needed: Mapping[str, Form], *, either: Iterable[str] = (), optional: Mapping[str, Form]
) -> None:
    """Raise `OperatorFault` ("layout_wrong") where fields a codec needs are missing or of another form.

    `either`: names that may stand in the header instead.
    """
    for name, form in {**needed, **optional}.items():
        field = layout.field(RecordRole.DATA, name) or (
            layout.field(RecordRole.HEADER, name) if name in either else None
        )
        if field is None:
            if name in needed:
                raise layout_wrong(layout, f"the data record has no field {name}")
        elif field.form is not form:
            raise layout_wrong(layout, f"the field {name} is {field.form}, it must be {form}")
        elif name in needed and field.blank is not Blank.NEVER:
            raise layout_wrong(layout, f"the field {name} may never be blank")


def need_meanings(layout: ProfileLayout, field: LayoutField | None, meanings: Iterable[str]) -> None:
    """Raise `OperatorFault` ("layout_wrong") where a code field means something else than the codec knows."""
    if field is not None:
        allowed = set(meanings)
        unknown = set(field.codes.values()) - allowed
        if unknown or not field.codes:
            raise layout_wrong(layout, f"codes of {field.name} mean one of {', '.join(sorted(allowed))}")


def code_for(field: LayoutField, meaning: str) -> str:
    """Give the code that means this. Raises `OperatorFault` where the layout has none."""
    found = next((code for code, word in field.codes.items() if word == meaning), None)
    if found is None:
        raise OperatorFault("cannot_write", f"{field.japanese}: the layout has no code for {meaning}; add it")
    return found


def meaning_of(layout: ProfileLayout, row: RecordRead, name: str) -> str:
    """Give what the code in a data record's field means; "" where the layout has no such field or it is blank."""
    field, code = layout.field(RecordRole.DATA, name), row.text(name)
    return field.codes[code] if field is not None and code else ""


def code_of(layout: ProfileLayout, name: str, meaning: str) -> str:
    """Give the code of a data record's field that means this; "" for "". Raises `OperatorFault` where there is none."""
    field = layout.field(RecordRole.DATA, name)
    return code_for(field, meaning) if field is not None and meaning else ""


def layout_wrong(layout: ProfileLayout, why: str) -> OperatorFault:
    """Build the error of a layout that cannot be."""
    return OperatorFault("layout_wrong", f"layout {layout.name}: {why}; mend the layout")


def read_file(layout: ProfileLayout, data: bytes, problems: FileProblems, *, keep_bad: bool = False) -> LayoutRows:
    """Read all records, check their order and the totals of a trailer. Raises `FileRefused`.

    A trailer's fields `count` and `total` are the number of data records and the sum of their `amount`. `keep_bad`:
    data records that cannot be read are noted and named in `bad`, and refuse nothing.
    """
    read = (
        read_rows(layout.fixed, data, problems)
        if layout.shape is RecordShape.FIXED
        else _delimited(layout, data, problems)
    )
    if not keep_bad or not problems.are_within(read.bad):
        problems.refuse()
    noted = problems.count
    found = _in_order(layout, read, problems)
    if found.trailer is not None:
        for name, japanese in _TOTALS:
            if name in found.trailer.cells:
                _check_total(found, name, japanese, problems)
    if problems.count > noted:
        problems.refuse()
    return found


def _check_total(found: LayoutRows, name: str, japanese: str, problems: FileProblems) -> None:
    """Note a total that is not what the records come to; those that cannot be read may make up the rest."""
    trailer = found.trailer
    if trailer is None:
        return
    counted = len(found.lines) if name == "count" else sum(row.whole("amount") for row in found.lines)
    rest = trailer.whole(name) - counted
    fits = rest == len(found.bad) if name == "count" else rest >= 0 and (rest == 0 or bool(found.bad))
    if not fits:
        stated = f"the trailer says {trailer.whole(name)}, the records come to {counted}"
        advice = "records are missing or altered: ask for the file again"
        problems.add("total", stated, advice, record=trailer.number, field=japanese)


def write_file(layout: ProfileLayout, header: dict[str, Cell], lines: list[dict[str, Cell]], newline: Newline) -> bytes:
    """Write a whole file; a trailer's `count` and `total` are computed. Raises `OperatorFault` ("cannot_write")."""
    total = sum(amount for line in lines if isinstance(amount := line.get("amount"), int))
    trailer: dict[str, Cell] = {"count": len(lines), "total": total}
    cells: list[tuple[RecordType, dict[str, Cell], str]] = []
    for kind in (layout.record(role) for role in RecordRole):
        if kind is None:
            continue
        if kind.role is RecordRole.DATA:
            cells += [(kind, line, f"data record {place}") for place, line in enumerate(lines, start=1)]
        else:
            values = {RecordRole.HEADER: header, RecordRole.TRAILER: trailer}.get(kind.role, {})
            cells.append((kind, values, kind.role.value))
    if layout.shape is RecordShape.FIXED:
        fixed = layout.fixed
        return join_records([write_record(fixed, kind, values, place) for kind, values, place in cells], newline)
    rows = [_delimited_cells(kind, values, place) for kind, values, place in cells]
    if layout.column_names:
        rows.insert(0, _names(layout))
    return _write_delimited(layout, rows, newline)


def _check_delimited(layout: ProfileLayout) -> None:
    for record in layout.records:
        names = [field.name for field in record.fields if field.form is not Form.SPARE]
        if len(set(names)) != len(names) or not record.fields:
            raise layout_wrong(layout, f"{record.japanese} has a field twice, or none")
        if any(field.width for field in record.fields if field.form in (Form.TEXT, Form.SPARE)):
            raise layout_wrong(layout, f"{record.japanese}: texts of delimited lines have no width")
    if layout.newline is Newline.NONE:
        raise layout_wrong(layout, "delimited lines end with a newline")


def _delimited(layout: ProfileLayout, data: bytes, problems: FileProblems) -> Rows:
    newline = _newline_of(data)
    text, undecoded = _text_of(layout, data.rstrip(END_MARK), problems)
    rows: list[RecordRead] = []
    bad = set(undecoded)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for number, cells in enumerate(reader, start=1):
            if number > RECORDS_MAX:
                problems.add("too_many_records", "too many records", f"send at most {RECORDS_MAX} in a file")
                break
            if number in undecoded:
                continue
            if number == 1 and layout.column_names:
                if cells != _names(layout):
                    problems.add("header", "another first row", "the names of the columns belong there", record=1)
                continue
            row = _read_cells(layout, cells, number, problems)
            if row is not None:
                rows.append(row)
            else:
                bad.add(number)
    except csv.Error:
        problems.add("quoting", "broken quotes", "quote as in RFC 4180", record=None)
    if not data:
        problems.add("empty_file", "no bytes at all", "ask the sender for the file again")
    return Rows(tuple(rows), frozenset(bad), newline)


def _text_of(layout: ProfileLayout, data: bytes, problems: FileProblems) -> tuple[str, frozenset[int]]:
    """Decode a file; lines that cannot be are noted, stand empty and are named by their numbers."""
    if layout.charset is Charset.UTF_8:
        data = data.removeprefix(BYTE_ORDER_MARK)
    with suppress(UnicodeDecodeError):  # where some line cannot be decoded, it is found below by its number
        return _lines_of(layout, data), frozenset()
    texts: list[str] = []
    bad: set[int] = set()
    for number, line in enumerate(data.split(b"\n"), start=1):
        try:
            texts.append(_lines_of(layout, line))
        except UnicodeDecodeError as error:
            advice = f"only characters of {layout.charset} belong in the file"
            problems.add("bad_byte", f"byte {error.object[error.start]:02x}", advice, record=number)
            bad.add(number)
            texts.append("")
    return "\n".join(texts), frozenset(bad)


def _lines_of(layout: ProfileLayout, data: bytes) -> str:
    """Decode; JIS X 0201, which knows no control characters, line by line."""
    if layout.charset is not Charset.JIS_X_0201:
        return layout.charset.to_text(data)
    return "\n".join(
        "\r".join(layout.charset.to_text(piece) for piece in line.split(b"\r")) for line in data.split(b"\n")
    )


def _newline_of(data: bytes) -> Newline:
    if b"\r\n" in data:
        return Newline.CRLF if data.endswith(b"\r\n") else Newline.CRLF_BETWEEN
    return Newline.LF if data.endswith(b"\n") else Newline.LF_BETWEEN


def _names(layout: ProfileLayout) -> list[str]:
    kind = layout.record(RecordRole.DATA)
    return [field.japanese for field in kind.fields] if kind else []


def _read_cells(layout: ProfileLayout, cells: list[str], number: int, problems: FileProblems) -> RecordRead | None:
    kind = next((item for item in layout.types if cells and cells[0].startswith(item.marker)), None)
    if kind is None:
        problems.add("unknown_record", "a line of no known kind", "see the layout", record=number, position=1)
        return None
    if len(cells) != len(kind.fields):
        advice = f"a {kind.japanese} has {len(kind.fields)}"
        problems.add("cells", f"{len(cells)} cells", advice, record=number)
        return None
    values: dict[str, Cell] = {}
    before = problems.count
    for place, (field, text) in enumerate(zip(kind.fields, cells, strict=True), start=1):
        try:
            if field.form is not Form.SPARE:
                values[field.name] = _read_delimited_cell(field, text)
        except UnfitCell as unfit:
            found, wanted = unfit.found, unfit.wanted
            problems.add(unfit.reason, found, wanted, record=number, position=place, field=field.japanese)
    return RecordRead(kind, number, values) if problems.count == before else None


def _read_delimited_cell(field: LayoutField, text: str) -> Cell:
    if len(text) > CELL_CHARACTERS_MAX:
        raise UnfitCell("too_long", f"{len(text)} characters", f"at most {CELL_CHARACTERS_MAX} belong")
    return read_cell(field, text)


def _delimited_cells(kind: RecordType, cells: dict[str, Cell], place: str) -> list[str]:
    written = []
    for field in kind.fields:
        try:
            written.append(write_cell(field, cells.get(field.name)))
        except UnfitCell as unfit:
            message = f"{place}, {field.japanese}: {unfit.found}, {unfit.wanted}"
            raise OperatorFault("cannot_write", message) from None
    return written


def _write_delimited(layout: ProfileLayout, rows: list[list[str]], newline: Newline) -> bytes:
    mark = newline.mark.decode()
    lines = []
    for row in rows:
        line = io.StringIO(newline="")
        if layout.quote_all:
            csv.writer(line, quoting=csv.QUOTE_ALL, lineterminator="").writerow(row)
        else:
            csv.writer(line, lineterminator="").writerow(row)
        lines.append(line.getvalue())
    text = mark.join(lines) + newline.after_last.decode()
    try:
        if layout.charset is not Charset.JIS_X_0201:
            return layout.charset.to_bytes(text)
        return mark.encode().join(layout.charset.to_bytes(line) for line in lines) + newline.after_last
    except UnicodeEncodeError:
        message = f"layout {layout.name}: a text cannot be written as {layout.charset}; look for the character"
        raise OperatorFault("cannot_write", message) from None


def _in_order(layout: ProfileLayout, read: Rows, problems: FileProblems) -> LayoutRows:
    """Hold the records against header, data, trailer, end: each but data once where the layout has it."""
    order = [role for role in RecordRole if layout.record(role) is not None]
    rows = read.rows
    data = len(rows) - (len(order) - 1)
    expected = [role for role in order for _ in range(data if role is RecordRole.DATA else 1)]
    roles = [row.type.role for row in rows]
    if roles != expected or not _among_data(rows, read.bad):
        names = int(layout.column_names)
        note_order(rows, read.bad, order, problems, last=len(rows) + len(read.bad) + names)
        problems.refuse()
    by_role = {row.type.role: row for row in rows}
    lines = tuple(row for row in rows if row.type.role is RecordRole.DATA)
    return LayoutRows(by_role.get(RecordRole.HEADER), lines, by_role.get(RecordRole.TRAILER), read.newline, read.bad)


def _among_data(rows: tuple[RecordRead, ...], bad: frozenset[int]) -> bool:
    """Whether what could not be read stands where data records do: behind a header, before a trailer or an end."""
    before = [row.number for row in rows if row.type.role is RecordRole.HEADER]
    behind = [row.number for row in rows if row.type.role in (RecordRole.TRAILER, RecordRole.END)]
    return all(max(before, default=0) < number < min(behind, default=number + 1) for number in bad)
