"""Lines of 賦課証明情報 for tests: an ordinary assessment, changed by name."""

from __future__ import annotations

import csv
import io

from kofu.contracts.assessment_tables import STATEMENT_CHANGES
from kofu.contracts.feed import ColumnType

_EMPTY = {ColumnType.YEN: "0", ColumnType.COUNT: "0", ColumnType.FLAG: "0"}
ORDINARY = {
    "taxing_right": "1",
    "declaration": "declared",
    "liability": "taxable",
    "collection_method": "ordinary",
    "name_at_assessment": "見本　太郎",
    "address_at_assessment": "見本町1番1号",
    "spouse_status": "none",
}


def statement_line(number: str, year: int, *, change: str = "put", reason: str = "", **cells: str | int) -> list[str]:
    """A line whose sums hold: `tax` sets 所得割 and 年税額 together."""
    tax = str(cells.pop("tax", 100_000))
    stated = (
        {column.name: _EMPTY.get(column.type, "") for column in STATEMENT_CHANGES.columns}
        | ORDINARY
        | {"change": change, "addressee_number": number, "fiscal_year": str(year), "reason": reason}
        | {"ward_income_levy": tax, "annual_tax": tax}
        | {name: str(value) for name, value in cells.items()}
    )
    return [stated[name] for name in STATEMENT_CHANGES.column_names]


def statement_file(*lines: list[str]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(STATEMENT_CHANGES.column_names)
    writer.writerows(lines)
    return out.getvalue().encode()
