"""The columns of the lists of 口座振替."""

from __future__ import annotations

from kofu.ledger.debit.mandates import DeadPayer
from kofu.ledger.debit.request_debits import DebitRequestRow
from kofu.staff.lists import ColumnKind, ListColumn, ListSpec

MADE: ListSpec[DebitRequestRow] = ListSpec(
    "made",
    "作った依頼ファイル",
    (
        ListColumn("引落日", lambda one: one.debit_on, ColumnKind.DAY, stored="debit_on"),
        ListColumn("ファイル", lambda one: one.name, stored="name"),
        ListColumn("件数", lambda one: one.count, ColumnKind.NUMBER, stored="count"),
        ListColumn("金額", lambda one: one.total, ColumnKind.YEN, summed=True, stored="total"),
        ListColumn("振替済", lambda one: one.paid, ColumnKind.NUMBER),
        ListColumn("振替不能", lambda one: one.failed, ColumnKind.NUMBER),
        ListColumn("作成", lambda one: one.made_at, ColumnKind.DAY, stored="made_at"),
    ),
    rows=50,
)
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
