"""The columns of the lists of 口座振替."""

from __future__ import annotations

from kofu.ledger.debit.mandates import DeadPayer
from kofu.staff.lists import ColumnKind, ListColumn, ListSpec

DEAD_PAYERS: ListSpec[DeadPayer] = ListSpec(
    "page",
    "死亡した方の口座",
    (
        ListColumn("死亡の日", lambda one: one.died_on, ColumnKind.DAY),
        ListColumn("氏名", lambda one: one.name),
        ListColumn("未納（普通徴収）", lambda one: one.due, ColumnKind.YEN, summed=True),
        ListColumn("処理"),
    ),
)
