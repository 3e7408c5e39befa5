"""The columns of the lists of 書類の送付先."""

from __future__ import annotations

from kofu.ledger.recipients.read_waiting import UndecidedProposal, Unrepresented
from kofu.staff.lists import ColumnKind, ListColumn, ListSpec

WAITING: ListSpec[UndecidedProposal] = ListSpec(
    "waiting",
    "決裁待ちの代表者・納税管理人",
    (
        ListColumn("起案・申請の日", lambda one: one.since, ColumnKind.DAY),
        ListColumn("内容", lambda one: one.what, ColumnKind.CHOICE),
        ListColumn("宛名番号・氏名", lambda one: f"{one.addressee_number}　{one.name}"),
        ListColumn("代表者・納税管理人", lambda one: one.who),
        ListColumn("起案・登録", lambda one: one.actor),
    ),
)
MISSING: ListSpec[Unrepresented] = ListSpec(
    "missing",
    "代表者のいない死亡した方の未納",
    (
        ListColumn("死亡の日", lambda one: one.status_date, ColumnKind.DAY),
        ListColumn("宛名番号・氏名", lambda one: f"{one.addressee_number}　{one.name}"),
        ListColumn("未納額（延滞金を含む）", lambda one: one.due, ColumnKind.YEN, summed=True),
    ),
)
