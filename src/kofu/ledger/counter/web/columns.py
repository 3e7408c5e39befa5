"""The columns of the list of 窓口証明."""

from __future__ import annotations

from kofu.ledger.counter.read import ApplicationLine
from kofu.staff.lists import ColumnKind, ListColumn, ListSpec

#: With kind, years, state, its colour and the office in words.
APPLICATIONS: ListSpec[tuple[ApplicationLine, str, list[str], str, str, str]] = ListSpec(
    "page",
    "窓口交付の申請",
    (
        ListColumn("受付番号", lambda row: row[0].number),
        ListColumn("受付", lambda row: row[0].applied_at),
        ListColumn("氏名", lambda row: row[0].name),
        ListColumn("証明書", lambda row: row[1], ColumnKind.CHOICE),
        ListColumn("年度", lambda row: "、".join(row[2])),
        ListColumn("部数", lambda row: row[0].copies, ColumnKind.NUMBER),
        ListColumn("所属・受付者", lambda row: row[5], ColumnKind.CHOICE),
        ListColumn("状態", lambda row: row[3], ColumnKind.CHOICE),
        ListColumn("手数料", lambda row: row[0].fee, ColumnKind.YEN, summed=True),
    ),
)
