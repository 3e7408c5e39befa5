"""The columns of the list of 発行停止・更正処理中."""

from __future__ import annotations

from kofu.ledger.holds.read_holds import HoldLine
from kofu.staff.lists import ColumnKind, ListColumn, ListSpec


def state_of(hold: HoldLine) -> str:
    """Say how far a hold is."""
    if not hold.arrived:
        return "送信待ち"
    if not hold.settled_at:
        return "停止中"
    return "切替待ち" if hold.generation else "連携待ち"


#: With the kind in words.
HOLDS: ListSpec[tuple[HoldLine, str]] = ListSpec(
    "page",
    "発行停止・更正処理中",
    (
        ListColumn("設定", lambda row: row[0].set_at, ColumnKind.DAY),
        ListColumn("宛名番号・氏名", lambda row: f"{row[0].addressee_number}　{row[0].name}"),
        ListColumn("種類", lambda row: row[1], ColumnKind.CHOICE),
        ListColumn("理由", lambda row: row[0].reason),
        ListColumn("設定者", lambda row: row[0].set_by),
        ListColumn("状態", lambda row: state_of(row[0]), ColumnKind.CHOICE),
        ListColumn("解除"),
    ),
)
