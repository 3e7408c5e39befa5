"""The columns of the lists of 滞納整理."""

from __future__ import annotations

from kofu.ledger.arrears.overdue import OverduePerson
from kofu.ledger.arrears.read_decisions import UnpaidClaim
from kofu.ledger.arrears.read_runs import Run, RunLetter
from kofu.ledger.arrears.read_stays import LastingEvent
from kofu.ledger.arrears.unremitted import Unremitted
from kofu.ledger.arrears.web.words import HAPPENINGS
from kofu.ledger.books.domain.prescription import Extinction, Happening
from kofu.ledger.screens import wording
from kofu.staff.lists import ColumnKind, ListColumn, ListSpec

#: With the days since the oldest 納期限.
OVERDUE: ListSpec[tuple[OverduePerson, int]] = ListSpec(
    "page",
    "滞納者の一覧",
    (
        ListColumn("氏名", lambda row: row[0].name),
        ListColumn("宛名番号", lambda row: row[0].addressee_number),
        ListColumn("期別数", lambda row: row[0].claims, ColumnKind.NUMBER),
        ListColumn("最も古い納期限", lambda row: row[0].oldest, ColumnKind.DAY),
        ListColumn("経過日数", lambda row: row[1], ColumnKind.NUMBER),
        ListColumn("未納額（本税）", lambda row: row[0].due, ColumnKind.YEN, summed=True),
        ListColumn(wording.EXTINGUISHED, lambda row: row[0].extinguished, ColumnKind.YEN, summed=True),
    ),
)
#: With the state in words and its colour.
RUNS: ListSpec[tuple[Run, str, str]] = ListSpec(
    "page",
    "督促の抽出",
    (
        ListColumn("抽出", lambda row: row[0].drawn_at, ColumnKind.DAY),
        ListColumn("督促状の日付", lambda row: row[0].issued_on, ColumnKind.DAY),
        ListColumn("締めた会計日", lambda row: row[0].closed_day, ColumnKind.DAY),
        ListColumn("件数", lambda row: row[0].count, ColumnKind.NUMBER),
        ListColumn("本税の合計", lambda row: row[0].total, ColumnKind.YEN),
        ListColumn("状態", lambda row: row[1], ColumnKind.CHOICE),
        ListColumn("抽出者", lambda row: row[0].drawn_by),
        ListColumn("決裁者", lambda row: row[0].approved_by),
    ),
)
LATE = "納期限後20日を過ぎています"
DUNNED: ListSpec[RunLetter] = ListSpec(
    "page",
    "督促の対象",
    (
        ListColumn("氏名", lambda one: one.name),
        ListColumn("通知書番号・期別", lambda one: f"{one.notice_number}-{one.installment}"),
        ListColumn("納期限", lambda one: one.due_date, ColumnKind.DAY),
        ListColumn("未納額（本税）", lambda one: one.due, ColumnKind.YEN, summed=True),
        ListColumn("備考", lambda one: LATE if one.late else "", ColumnKind.CHOICE),
    ),
    rows=200,
)
#: With how the claim ended and the cause in words.
ENDED: ListSpec[tuple[UnpaidClaim, Extinction, str]] = ListSpec(
    "page",
    f"{wording.EXTINGUISHED}の徴収金",
    (
        ListColumn("氏名", lambda row: row[0].name),
        ListColumn("通知書番号・期別", lambda row: f"{row[0].notice_number}-{row[0].installment}"),
        ListColumn("納期限", lambda row: row[0].payable_to, ColumnKind.DAY),
        ListColumn("消滅の日", lambda row: row[1].on, ColumnKind.DAY),
        ListColumn("原因", lambda row: row[2], ColumnKind.CHOICE),
        ListColumn("未納額", lambda row: row[0].unpaid, ColumnKind.YEN, summed=True),
        ListColumn("処理"),
    ),
)
STAYS: ListSpec[LastingEvent] = ListSpec(
    "page",
    "続いている差押・猶予・停止",
    (
        ListColumn("はじめの日（期間）", lambda one: one.on, ColumnKind.DAY),
        ListColumn("種類", lambda one: HAPPENINGS[Happening(one.happening)], ColumnKind.CHOICE),
        ListColumn("氏名", lambda one: one.name),
        ListColumn("通知書番号・期別", lambda one: f"{one.notice_number}-{one.installment}"),
        ListColumn("本税", lambda one: one.due, ColumnKind.YEN, summed=True),
        ListColumn("延滞金（本日まで）"),
        ListColumn("理由・根拠の書類", lambda one: one.reason),
        ListColumn("処理"),
    ),
)
UNREMITTED: ListSpec[Unremitted] = ListSpec(
    "page",
    "特別徴収の未納入",
    (
        ListColumn("納期限", lambda one: one.due_date, ColumnKind.DAY),
        ListColumn("徴収区分", lambda one: wording.METHODS[one.collection_method], ColumnKind.CHOICE),
        ListColumn("通知書番号", lambda one: one.notice_number),
        ListColumn("月", lambda one: f"{one.installment}月", ColumnKind.CHOICE),
        ListColumn("納税義務者", lambda one: one.name or one.addressee_number),
        ListColumn("未納入額", lambda one: one.due, ColumnKind.YEN, summed=True),
        ListColumn("延滞金", lambda one: one.interest_due, ColumnKind.YEN),
    ),
)
