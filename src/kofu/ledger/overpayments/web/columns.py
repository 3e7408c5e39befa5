"""The columns of the lists of 過誤納・還付."""

from __future__ import annotations

from kofu.ledger.overpayments.lapse import Lapsing
from kofu.ledger.overpayments.read import CaseHead, PersonOwedBack
from kofu.ledger.screens import wording
from kofu.staff.lists import Column, ColumnKind, ListSpec

OWED_BACK: ListSpec[PersonOwedBack] = ListSpec(
    "people",
    "処理していない過誤納",
    (
        Column("宛名番号", lambda one: one.addressee_number),
        Column("氏名", lambda one: one.name),
        Column("過納金", lambda one: one.overpaid, ColumnKind.YEN, summed=True),
        Column("誤納金", lambda one: one.in_error, ColumnKind.YEN, summed=True),
        Column("納付日（最も古いもの）", lambda one: one.since, ColumnKind.DAY),
        Column("処理"),
    ),
)
ENDING: ListSpec[Lapsing] = ListSpec(
    "ending",
    "時効の近い還付",
    (
        Column("請求期限", lambda one: one.lapse_on, ColumnKind.DAY),
        Column("番号", lambda one: one.number),
        Column("宛名番号", lambda one: one.addressee_number),
        Column("氏名", lambda one: one.name),
        Column("還付額（加算金を含む）", lambda one: one.total, ColumnKind.YEN, summed=True),
        Column("通知", lambda one: one.notified_on, ColumnKind.DAY),
    ),
)
UNDER_WAY: ListSpec[CaseHead] = ListSpec(
    "cases",
    "処理中の充当・還付",
    (
        Column("番号", lambda one: one.number),
        Column("宛名番号", lambda one: one.addressee_number),
        Column("氏名", lambda one: one.name),
        Column("充当額", lambda one: one.applied_total, ColumnKind.YEN, summed=True),
        Column("還付額", lambda one: one.refund_total, ColumnKind.YEN, summed=True),
        Column("状態", lambda one: wording.REFUND_STATES[one.state][0], ColumnKind.CHOICE),
        Column("起案", lambda one: one.proposed_at, ColumnKind.DAY),
        Column("起案者", lambda one: one.proposed_by),
    ),
)
TO_PAY: ListSpec[CaseHead] = ListSpec(
    "ready",
    "振込を待つ還付",
    (
        Column("番号", lambda one: one.number),
        Column("宛名番号", lambda one: one.addressee_number),
        Column("氏名", lambda one: one.name),
        Column("請求の受付", lambda one: one.claimed_on, ColumnKind.DAY),
        Column("還付額", lambda one: one.refund_total, ColumnKind.YEN, summed=True),
    ),
)
