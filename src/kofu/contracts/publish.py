"""Write the published contracts: `python -m kofu.contracts.publish docs/contracts`.

Everything written follows from the code; a test holds what is committed to it. The example feed beside them is
written by `python -m kofu.ward.example`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from kofu.contracts.assessment_tables import ASSESSMENT_TABLES
from kofu.contracts.feed import Column, ColumnType, FeedKind, Table
from kofu.contracts.feed_tables import TABLES, tables_of
from kofu.contracts.openapi import INTERFACES, Json, document
from kofu.contracts.statement import MonthlyStatement

TYPES: dict[ColumnType, tuple[str, str]] = {
    ColumnType.TEXT: ("string", "text: code points and variation selectors as received, never normalised"),
    ColumnType.CODE: ("string", "one of the codes"),
    ColumnType.DIGITS: ("string", "digits, leading zeros matter"),
    ColumnType.YEN: ("integer", "yen"),
    ColumnType.COUNT: ("integer", "count, 0 or more"),
    ColumnType.YEAR: ("year", "fiscal year 会計年度, four digits"),
    ColumnType.DATE: ("date", "YYYY-MM-DD in Japan"),
    ColumnType.INSTANT: ("datetime", "RFC 3339 in UTC, ending in Z"),
    ColumnType.FLAG: ("integer", "0 or 1"),
    ColumnType.BIRTHDAY: ("string", "YYYY-MM-DD, ?? for an unknown part, ???? for an unknown year"),
    ColumnType.YEN_LIST: ("string", "yen, one per installment, joined by a vertical bar"),
    ColumnType.DATE_LIST: ("string", "YYYY-MM-DD, one per installment, joined by a vertical bar"),
    ColumnType.LABEL_LIST: ("string", "labels, one per installment, joined by a vertical bar"),
}
PATTERNS: dict[ColumnType, str] = {
    ColumnType.DIGITS: "^[0-9]+$",
    ColumnType.BIRTHDAY: r"^([0-9]{4}|\?{4})-([0-9]{2}|\?{2})-([0-9]{2}|\?{2})$",
    ColumnType.YEN_LIST: r"^[0-9]+(\|[0-9]+)*$",
    ColumnType.DATE_LIST: r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(\|[0-9]{4}-[0-9]{2}-[0-9]{2})*$",
    ColumnType.LABEL_LIST: r"^[^|]+(\|[^|]+)*$",
}
FEED_TITLES = {FeedKind.TAX: "Tax feed (賦課・収納)", FeedKind.RESIDENT: "Resident feed (住民・電子証明書)"}

INTRODUCTION = """\
# The tables of the feeds

Drawn from `kofu.contracts.feed_tables` by `python -m kofu.contracts.publish`; do not edit by hand. A feed is a folder:

| file | what |
|---|---|
| `manifest.json` | kind, generations, business date; of each file rows, bytes, SHA-256 and control totals |
| `manifest.sig` | Ed25519 signature over the bytes of `manifest.json`, base64 |
| `*.csv` | one file per table: UTF-8 without BOM, comma, header row, LF, quoted as in RFC 4180 |

Each kind of feed counts its own generations, one by one. A full feed states everything; a difference states what
changed since `base_generation`. A feed is accepted whole or refused whole. `Σ` marks a control total: the sum of the
column stands in the manifest. An empty cell is allowed only where *optional* is said. An example lies in `example/`,
with the keys that verify it.

A manifest of `kofu-feed/3` names in `glyph_set` (`version`, `sha256` of the font) the drawn glyphs (外字の組) its
sender has: a signed folder of its own beside the feed's, `glyphs-VERSION/`. Without it the feed is taken all the same.
"""


def table_schema(table: Table) -> dict[str, Json]:
    """Give the table as a Table Schema of the Frictionless standards."""
    return {
        "title": table.japanese,
        "primaryKey": list(table.key),
        "missingValues": [""],
        "fields": [_field(column) for column in table.columns],
    }


def feed_tables_page() -> str:
    """Give the page that explains every column of every table, in Markdown."""
    parts = [INTRODUCTION]
    for kind in FeedKind:
        parts.append(f"## {FEED_TITLES[kind]}\n")
        parts.extend(_table_section(table) for table in tables_of(kind))
    return "\n".join(parts)


ASSESSMENTS_INTRODUCTION = """\
# The tables of the assessment files

Drawn from `kofu.contracts.assessment_tables` by `python -m kofu.contracts.publish`; do not edit by hand. What is
assessed, and what is certified of it, reaches the ledger as three files, each by itself: UTF-8 without BOM, comma,
header row, LF, quoted as in RFC 4180. A line states one notice, or one person's year, as it is after the change. A
file is posted whole; one with wrong lines is held until it is sent again or a second person decides. `Σ` marks a column
the ledger sums up, to be compared with the sender's sums.
"""


def assessment_tables_page() -> str:
    """Give the page that explains every column of the assessment files, in Markdown."""
    return "\n".join([ASSESSMENTS_INTRODUCTION, *(_table_section(table) for table in ASSESSMENT_TABLES)])


def published() -> dict[str, bytes]:
    """Give every published file by its path under the folder of the contracts."""
    files: dict[str, bytes] = {
        "feed-tables.md": feed_tables_page().encode(),
        "assessment-tables.md": assessment_tables_page().encode(),
    }
    for table in (*TABLES, *ASSESSMENT_TABLES):
        files[f"schemas/{table.name}.schema.json"] = _json(table_schema(table))
    files["schemas/monthly_statement.schema.json"] = _json(msgspec.json.schema(MonthlyStatement))
    for interface in INTERFACES:
        files[f"openapi/{interface.system}.openapi.json"] = _json(document(interface))
    return files


def write(folder: Path) -> None:
    """Write every published file under `folder`, over what is there."""
    for name, data in published().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _field(column: Column) -> Json:
    kind, meaning = TYPES[column.type]
    constraints: dict[str, Json] = {"required": not column.optional}
    if column.codes:
        constraints["enum"] = list(column.codes)
    elif column.type is ColumnType.FLAG:
        constraints["enum"] = [0, 1]
    if column.max_length:
        constraints["maxLength"] = column.max_length
    if column.type in (ColumnType.YEN, ColumnType.COUNT) and not column.negative:
        constraints["minimum"] = 0
    if column.type in PATTERNS:
        constraints["pattern"] = PATTERNS[column.type]
    note = f"{meaning}; {column.note}" if column.note else meaning
    return {
        "name": column.name,
        "title": column.japanese,
        "type": kind,
        "description": note,
        "constraints": constraints,
    }


def _table_section(table: Table) -> str:
    keys = ", ".join(f"`{name}`" for name in table.key)
    rows = ["| column | term | type | codes, limits, notes |", "|---|---|---|---|"]
    rows += [_row(column) for column in table.columns]
    return (
        f"### `{table.file_name}` {table.japanese}\n\n"
        f"Key: {keys}. {len(table.columns)} columns.\n\n" + "\n".join(rows) + "\n"
    )


def _row(column: Column) -> str:
    said = [f"`{code}` {meaning}" for code, meaning in column.codes.items()]
    if column.optional:
        said.append("*optional*")
    if column.negative:
        said.append("may be negative")
    if column.max_length:
        said.append(f"at most {column.max_length} characters")
    if column.total:
        said.append("Σ")
    if column.note:
        said.append(column.note.replace("|", "\\|"))
    return f"| `{column.name}` | {column.japanese} | {TYPES[column.type][1]} | {'; '.join(said)} |"


def _json(value: Json) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004 - the program and the folder
        raise SystemExit("usage: python -m kofu.contracts.publish FOLDER")
    write(Path(sys.argv[1]))
