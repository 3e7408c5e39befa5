"""① The files 住民税賦課情報 and 軽自動車税管理情報, read line by line (tables: `kofu.contracts.assessment_tables`).

A line comes out as an `AssessmentLine` or as an `AssessmentProblem` naming line, column and reason, never a value.
A file that is no such table at all (not UTF-8, another header row, broken quoting) is refused whole: none of its lines
can be trusted.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from kofu.contracts.assessment_tables import LIGHT_VEHICLE_CHANGES, RESIDENT_TAX_CHANGES
from kofu.contracts.feed import Table
from kofu.core.errors import InvariantBroken, OperatorFault
from kofu.ledger.assessments.domain.assessments import AssessmentLine, AssessmentProblem, Change, InstallmentStated
from kofu.ledger.assessments.domain.installments import (
    WHOLE_YEAR,
    first_due_date,
    split,
    split_late,
    split_ordinary,
    split_salary,
    whole_light_vehicle,
)
from kofu.ledger.books.domain.claims import Notice, Tax
from kofu.ledger.formats.problems import FileProblems
from kofu.ledger.formats.table_cells import CellFault, TableCell, read_table_cell

LINES_MAX = 5_000_000
ORDINARY, SALARY, PENSION = "ordinary", "salary", "pension"


@dataclass(frozen=True, slots=True)
class TableRow:
    """A line whose cells are all in form: its number from 1 (the header), its cells by column."""

    line: int
    cells: dict[str, TableCell]

    def text(self, name: str) -> str:
        """Text, code or digits; "" where empty."""
        value = self.cells.get(name)
        return value if isinstance(value, str) else ""

    def whole(self, name: str) -> int:
        """Yen, year or flag; 0 where empty."""
        value = self.cells.get(name)
        return int(value) if isinstance(value, int) else 0

    def day(self, name: str) -> date | None:
        """Day; None where empty."""
        value = self.cells.get(name)
        return value if isinstance(value, date) else None

    def required_day(self, name: str) -> date:
        """Day of a column that is never empty."""
        day = self.day(name)
        if day is None:
            raise InvariantBroken(f"{name} is required, so it was read")
        return day


def read_either(
    data: bytes, *, municipality_code: str, file: str
) -> tuple[list[AssessmentLine], list[AssessmentProblem]]:
    """Read whichever of the two tables the header row names. Raises `FileRefused` where it is neither."""
    header = data.partition(b"\n")[0].rstrip(b"\r")
    vehicle = header == ",".join(LIGHT_VEHICLE_CHANGES.column_names).encode()
    table = LIGHT_VEHICLE_CHANGES if vehicle else RESIDENT_TAX_CHANGES
    return _sort(iterate(table, data, municipality_code=municipality_code, file=file))


def iterate(
    table: Table, data: bytes, *, municipality_code: str, file: str
) -> Iterator[AssessmentLine | AssessmentProblem]:
    """Read one line after the other. Raises `FileRefused` where the file is no such table."""
    make = _vehicle_line if table is LIGHT_VEHICLE_CHANGES else _resident_line
    for row in table_rows(table, data, file):
        yield row if isinstance(row, AssessmentProblem) else make(row, municipality_code)


def table_rows(table: Table, data: bytes, file: str) -> Iterator[TableRow | AssessmentProblem]:
    """Read the lines of any published table, each as its cells or its problems.

    Raises `FileRefused` where the file is no such table.
    """
    for line, cells in _lines(table, data, file):
        values: dict[str, TableCell] = {}
        faults: list[AssessmentProblem] = []
        if len(cells) != len(table.columns):
            yield AssessmentProblem(line, "", "cells", f"{len(cells)} cells; every line has {len(table.columns)}")
            continue
        for column, text in zip(table.columns, cells, strict=True):
            try:
                values[column.name] = read_table_cell(column, text)
            except CellFault as fault:
                faults.append(AssessmentProblem(line, column.japanese, fault.code, fault.sentence))
        if faults:
            yield from faults
        else:
            yield TableRow(line, values)


def _lines(table: Table, data: bytes, file: str) -> Iterator[tuple[int, list[str]]]:
    problems = FileProblems(file)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problems.add("not_utf8", f"byte {data[error.start]:02x}", "write the file as UTF-8", record=line)
        raise problems.refusal() from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header = None
    try:
        for cells in reader:
            if header is None:
                header = cells
                _check_header(table, cells, problems)
            elif reader.line_num > LINES_MAX:
                problems.add("too_long", f"more than {LINES_MAX} lines", "send the file in parts")
                problems.refuse()
            else:
                yield reader.line_num, cells
    except csv.Error:
        problems.add("quoting", "broken quotes", "quote as in RFC 4180", record=reader.line_num)
        raise problems.refusal() from None
    if header is None:
        problems.add("empty_file", "no header row", "ask the sender for the file again")
        problems.refuse()


def _check_header(table: Table, cells: list[str], problems: FileProblems) -> None:
    if tuple(cells) == table.column_names:
        return
    missing = [name for name in table.column_names if name not in cells]
    found = f"another header row{f', without {missing[0]}' if missing else ''}"
    problems.add("header", found, f"the header row of {table.file_name} belongs: see docs/contracts", record=1)
    problems.refuse()


def _sort(items: Iterator[AssessmentLine | AssessmentProblem]) -> tuple[list[AssessmentLine], list[AssessmentProblem]]:
    lines: list[AssessmentLine] = []
    problems: list[AssessmentProblem] = []
    for item in items:
        if isinstance(item, AssessmentProblem):
            problems.append(item)
        else:
            lines.append(item)
    return lines, problems


def _resident_line(row: TableRow, municipality_code: str) -> AssessmentLine | AssessmentProblem:
    breakdown = sum(row.whole(name) for name in ("ward_amount", "metro_amount", "forest_amount"))
    if breakdown != row.whole("annual_amount"):
        message = "the shares of the municipality, the prefecture and 森林環境税 do not make 調定額計; correct the line"
        return AssessmentProblem(row.line, "調定額計", "breakdown", message)
    parts = _resident_parts(row)
    if isinstance(parts, AssessmentProblem):
        return parts
    notice = _notice(row, municipality_code, Tax.RESIDENT, row.text("collection_method"))
    return _line(row, notice, parts)


def _vehicle_line(row: TableRow, municipality_code: str) -> AssessmentLine | AssessmentProblem:
    amount, year, stated = row.whole("annual_amount"), row.whole("fiscal_year"), row.day("due_date")
    if stated is not None:
        parts = split(amount, ((WHOLE_YEAR, stated),), 1)
    else:
        parts = whole_light_vehicle(amount, year)
        if parts and row.required_day("effective_on") > parts[0].due_date:
            return AssessmentProblem(
                row.line, "納期限", "due_date_needed", "decided after the end of May; state the 納期限"
            )
    return _line(row, _notice(row, municipality_code, Tax.LIGHT_VEHICLE, ORDINARY), parts)


def _line(row: TableRow, notice: Notice, parts: tuple[InstallmentStated, ...]) -> AssessmentLine | AssessmentProblem:
    change = Change(row.text("change"))
    if change is not Change.NEW and not row.text("reason"):
        return AssessmentProblem(row.line, "異動事由", "required", "a change of what was assessed names its reason")
    if notice.origin_year > notice.fiscal_year:
        return AssessmentProblem(
            row.line, "相当年度", "origin_year", "相当年度 is later than 課税年度; correct the line"
        )
    return AssessmentLine(
        line=row.line,
        change=change,
        notice=notice,
        parts=parts,
        total=row.whole("annual_amount"),
        effective_on=row.required_day("effective_on"),
        reason=row.text("reason"),
    )


def _resident_parts(row: TableRow) -> tuple[InstallmentStated, ...] | AssessmentProblem:
    labels, days, amounts = (row.cells[name] for name in ("installments", "due_dates", "amounts"))
    if labels is None and days is None and amounts is None:
        return _split(row)
    if not (isinstance(labels, tuple) and isinstance(days, tuple) and isinstance(amounts, tuple)):
        return AssessmentProblem(
            row.line, "期別", "uneven_lists", "期別, 納期限 and 期別調定額 are given together or not at all"
        )
    if not len(labels) == len(days) == len(amounts):
        return AssessmentProblem(row.line, "期別", "uneven_lists", "期別, 納期限 and 期別調定額 differ in length")
    return tuple(
        InstallmentStated(label, day, amount)
        for label, day, amount in zip(labels, days, amounts, strict=True)
        if isinstance(label, str) and isinstance(day, date) and isinstance(amount, int)
    )


def _split(row: TableRow) -> tuple[InstallmentStated, ...] | AssessmentProblem:
    amount, year, method = row.whole("annual_amount"), row.whole("fiscal_year"), row.text("collection_method")
    if not amount:
        return ()
    if method == PENSION:
        message = "年金特別徴収 depends on the year before; state 期別, 納期限 and 期別調定額"
        return AssessmentProblem(row.line, "期別", "installments_needed", message)
    decided_on = row.required_day("effective_on")
    if decided_on > first_due_date(method, year):
        if method == ORDINARY and Change(row.text("change")) is Change.NEW:
            return _stated_else(row, lambda: split_late(amount, year, decided_on))
        message = "decided after the first 納期限; state 期別, 納期限 and 期別調定額"
        return AssessmentProblem(row.line, "期別", "installments_needed", message)
    if method == ORDINARY:
        return _stated_else(row, lambda: split_ordinary(amount, year))
    return split_salary(amount, year)


def _stated_else(
    row: TableRow, cut: Callable[[], tuple[InstallmentStated, ...]]
) -> tuple[InstallmentStated, ...] | AssessmentProblem:
    """Cut into installments; where that cannot be done (随時 after the last 納期限) the file must state its own."""
    try:
        return cut()
    except OperatorFault as fault:
        return AssessmentProblem(row.line, "期別", "installments_needed", fault.message)


def _notice(row: TableRow, municipality_code: str, tax: Tax, method: str) -> Notice:
    return Notice(
        municipality_code=municipality_code,
        notice_number=row.text("notice_number"),
        addressee_number=row.text("addressee_number"),
        tax=tax,
        fiscal_year=row.whole("fiscal_year"),
        origin_year=row.whole("origin_year"),
        collection_method=method,
        statutory_due_date=row.required_day("statutory_due_date"),
        plate_number=row.text("plate_number"),
        chassis_last4=row.text("chassis_last4"),
        inspected=bool(row.whole("inspected")),
    )
