"""The columns of the lists of 収納."""

from __future__ import annotations

from kofu.ledger.payments.advised import Advised
from kofu.ledger.payments.batches import Batch
from kofu.ledger.payments.decide_receipt_cases import ReceiptCase
from kofu.ledger.payments.suspense import Correction, Suspended
from kofu.staff.lists import Column, ColumnKind, ListSpec


def _installment(notice_number: str, installment: str) -> str:
    return f"{notice_number}-{installment}" if installment else notice_number


#: With a file's kind and state in words, and the colour of the state.
BATCHES: ListSpec[tuple[Batch, str, str, str]] = ListSpec(
    "page",
    "収納ファイル",
    (
        Column("名称", lambda row: row[0].name),
        Column("種類", lambda row: row[1], ColumnKind.CHOICE),
        Column("会計日", lambda row: row[0].booked_on, ColumnKind.DAY),
        Column("件数", lambda row: row[0].rows, ColumnKind.NUMBER),
        Column("金額", lambda row: row[0].total, ColumnKind.YEN, summed=True),
        Column("不備", lambda row: row[0].bad_rows, ColumnKind.NUMBER),
        Column("状態", lambda row: row[2], ColumnKind.CHOICE),
        Column("受付", lambda row: row[0].received_at, ColumnKind.DAY),
    ),
)
#: With the channel and the reason in words.
SUSPENSE: ListSpec[tuple[Suspended, str, str]] = ListSpec(
    "page",
    "仮受金",
    (
        Column("領収日", lambda row: row[0].received_on, ColumnKind.DAY),
        Column("チャネル", lambda row: row[1], ColumnKind.CHOICE),
        Column("読み取った通知書番号・期別", lambda row: _installment(row[0].notice_number, row[0].installment)),
        Column("金額", lambda row: row[0].amount, ColumnKind.YEN, summed=True),
        Column("理由", lambda row: row[2], ColumnKind.CHOICE),
        Column("出所", lambda row: row[0].source),
        Column("処理"),
    ),
)
#: With the channel and the kind in words, and whether who looks proposed it.
CORRECTIONS: ListSpec[tuple[Correction, str, str, bool]] = ListSpec(
    "page",
    "収納の訂正",
    (
        Column("領収日", lambda row: row[0].received_on, ColumnKind.DAY),
        Column("チャネル", lambda row: row[1], ColumnKind.CHOICE),
        Column("通知書番号・期別", lambda row: _installment(row[0].notice_number, row[0].installment)),
        Column("金額", lambda row: row[0].amount, ColumnKind.YEN, summed=True),
        Column("訂正", lambda row: row[2], ColumnKind.CHOICE),
        Column("理由", lambda row: row[0].reason),
        Column("起案", lambda row: row[0].proposed_at, ColumnKind.DAY),
        Column("決裁"),
    ),
)
#: With the obstacle and the state in words, and the colour of the state.
ORDERS: ListSpec[tuple[ReceiptCase, str, str, str]] = ListSpec(
    "page",
    "領収日順の事案",
    (
        Column("発生", lambda row: row[0].opened_at, ColumnKind.DAY),
        Column("内容", lambda row: row[1], ColumnKind.CHOICE),
        Column("通知書番号・期別", lambda row: _installment(row[0].notice_number, row[0].installment)),
        Column("領収日", lambda row: row[0].received_on, ColumnKind.DAY),
        Column("収納額", lambda row: row[0].amount, ColumnKind.YEN),
        Column("状態", lambda row: row[2], ColumnKind.CHOICE),
    ),
)
#: With whether the confirmation is late.
ADVISED: ListSpec[tuple[Advised, bool]] = ListSpec(
    "page",
    "確報を待つ速報",
    (
        Column("速報を受けた日", lambda row: row[0].advised_on, ColumnKind.DAY),
        Column("領収日", lambda row: row[0].received_on, ColumnKind.DAY),
        Column("通知書番号・期別", lambda row: _installment(row[0].notice_number, row[0].installment)),
        Column("金額", lambda row: row[0].amount, ColumnKind.YEN, summed=True),
        Column("経過日数", lambda row: row[0].waited, ColumnKind.NUMBER),
        Column("状態", lambda row: "確報未着" if row[1] else "確報待ち", ColumnKind.CHOICE),
    ),
)
