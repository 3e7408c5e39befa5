"""The columns of the list of 賦課情報 files."""

from __future__ import annotations

from kofu.ledger.assessments.read_files import FileLine
from kofu.staff.lists import ColumnKind, ListColumn, ListSpec

#: With the kind and the state in words, and the colour of the state.
FILES: ListSpec[tuple[FileLine, str, str, str]] = ListSpec(
    "page",
    "賦課情報のファイル",
    (
        ListColumn("受付", lambda row: row[0].received_at, ColumnKind.DAY),
        ListColumn("種類", lambda row: row[1], ColumnKind.CHOICE),
        ListColumn("ファイル", lambda row: row[0].name),
        ListColumn("件数", lambda row: row[0].rows, ColumnKind.NUMBER),
        ListColumn("調定額・年税額計", lambda row: row[0].total, ColumnKind.YEN),
        ListColumn("不備", lambda row: row[0].bad_rows, ColumnKind.NUMBER),
        ListColumn("状態", lambda row: row[2], ColumnKind.CHOICE),
        ListColumn("受付者", lambda row: row[0].received_by),
        ListColumn("決定", lambda row: row[0].decided_by),
    ),
)
