"""The columns of the lists of 過誤納・還付."""

from __future__ import annotations

from kofu.ledger.overpayments.lapse import Lapsing
from kofu.ledger.overpayments.read import CaseHead, PersonOwedBack
from kofu.ledger.screens import wording
from kofu.staff.lists import ColumnKind, ListColumn, ListSpec

AFTER = ("paid", "returned")  # what a transfer was made for

OWED_BACK: ListSpec[PersonOwedBack] = ListSpec(
    "people",
    "処理していない過誤納",
    (
        ListColumn("宛名番号", lambda one: one.addressee_number),
        ListColumn("氏名", lambda one: one.name),
        ListColumn("過納金", lambda one: one.overpaid, ColumnKind.YEN, summed=True),
        ListColumn("誤納金", lambda one: one.in_error, ColumnKind.YEN, summed=True),
        ListColumn("納付日（最も古いもの）", lambda one: one.since, ColumnKind.DAY),
        ListColumn("処理"),
    ),
)
ENDING: ListSpec[Lapsing] = ListSpec(
    "ending",
    "時効の近い還付",
    (
        ListColumn("請求期限", lambda one: one.lapse_on, ColumnKind.DAY),
        ListColumn("番号", lambda one: one.number),
        ListColumn("宛名番号", lambda one: one.addressee_number),
        ListColumn("氏名", lambda one: one.name),
        ListColumn("還付額（加算金を含む）", lambda one: one.total, ColumnKind.YEN, summed=True),
        ListColumn("通知", lambda one: one.notified_on, ColumnKind.DAY),
    ),
)
UNDER_WAY: ListSpec[CaseHead] = ListSpec(
    "cases",
    "処理中の充当・還付",
    (
        ListColumn("番号", lambda one: one.number),
        ListColumn("宛名番号", lambda one: one.addressee_number),
        ListColumn("氏名", lambda one: one.name),
        ListColumn("充当額", lambda one: one.applied_total, ColumnKind.YEN, summed=True),
        ListColumn("還付額", lambda one: one.refund_total, ColumnKind.YEN, summed=True),
        ListColumn("状態", lambda one: wording.REFUND_STATES[one.state][0], ColumnKind.CHOICE),
        ListColumn("起案", lambda one: one.proposed_at, ColumnKind.DAY),
        ListColumn("起案者", lambda one: one.proposed_by),
    ),
)
_AFTER = {state: wording.REFUND_STATES[state][0] for state in AFTER}
PAID: ListSpec[CaseHead] = ListSpec(
    "paid",
    "支払済・振込不能",
    (
        ListColumn("番号", lambda one: one.number, stored="number"),
        ListColumn("宛名番号", lambda one: one.addressee_number, stored="addressee_number"),
        ListColumn("氏名", lambda one: one.name, stored="name"),
        ListColumn("還付額", lambda one: one.refund_total, ColumnKind.YEN, summed=True, stored="refund_total"),
        ListColumn("状態", lambda one: _AFTER[one.state], ColumnKind.CHOICE, stored="state", words=_AFTER),
    ),
)
TO_PAY: ListSpec[CaseHead] = ListSpec(
    "ready",
    "振込を待つ還付",
    (
        ListColumn("番号", lambda one: one.number),
        ListColumn("宛名番号", lambda one: one.addressee_number),
        ListColumn("氏名", lambda one: one.name),
        ListColumn("請求の受付", lambda one: one.claimed_on, ColumnKind.DAY),
        ListColumn("還付額", lambda one: one.refund_total, ColumnKind.YEN, summed=True),
    ),
)
