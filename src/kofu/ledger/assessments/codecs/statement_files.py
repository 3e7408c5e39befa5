"""① The file 賦課証明情報 (`kofu.contracts.assessment_tables.STATEMENT_CHANGES`), read line by line."""

from __future__ import annotations

from kofu.contracts.assessment_tables import STATED_COLUMNS, STATEMENT_CHANGES
from kofu.contracts.feed_tables import ASSESSMENTS, DEDUCTION_COLUMNS
from kofu.core.errors import InvariantBroken
from kofu.core.transposition import NO_TABLES, TranspositionTables
from kofu.judgement.marks import TEXTS
from kofu.ledger.assessments.codecs.assessment_files import TableRow, table_rows
from kofu.ledger.assessments.domain.assessments import AssessmentProblem
from kofu.ledger.assessments.domain.statements import StatedCell, StatementChange, StatementLine, sums_fault

_DEDUCTIONS = tuple(column.name for column in DEDUCTION_COLUMNS if column.name != "deduction_total")


def is_statement_file(data: bytes) -> bool:
    """Tell by its header row whether a file states what is certified."""
    header = data.partition(b"\n")[0].rstrip(b"\r")
    return header == ",".join(STATEMENT_CHANGES.column_names).encode()


def read_statements(
    data: bytes, *, file: str = STATEMENT_CHANGES.file_name, transposition: TranspositionTables = NO_TABLES
) -> tuple[list[StatementLine], list[AssessmentProblem]]:
    """Read 賦課証明情報, 外字 codes put as characters. Raises `FileRefused` where the file is no such table."""
    lines: list[StatementLine] = []
    problems: list[AssessmentProblem] = []
    for row in table_rows(STATEMENT_CHANGES, data, file):
        if isinstance(row, AssessmentProblem):
            problems.append(row)
            continue
        line = _line(row, transposition)
        fault = sums_fault(line, _DEDUCTIONS)
        if fault is None:
            lines.append(line)
        else:
            problems.append(fault)
    return lines, problems


def _line(row: TableRow, transposition: TranspositionTables) -> StatementLine:
    cells = {column.name: _cell(row, column.name) for column in STATED_COLUMNS}
    put = {name: transposition.transpose(row.text(name)) for name in TEXTS[ASSESSMENTS.name]}
    return StatementLine(
        line=row.line,
        change=StatementChange(row.text("change")),
        addressee_number=row.text("addressee_number"),
        fiscal_year=row.whole("fiscal_year"),
        reason=row.text("reason"),
        cells=cells | {name: one.text for name, one in put.items()},
        transposed=sum(one.counts.total() for one in put.values()),
    )


def _cell(row: TableRow, name: str) -> StatedCell:
    value = row.cells[name]
    if isinstance(value, (str, int)):
        return value
    raise InvariantBroken(f"{name} is required, so it was read")
