"""The columns of the lists of 収納."""

from __future__ import annotations

from kofu.ledger.payments.advised import Advised
from kofu.ledger.payments.batches import Batch
from kofu.ledger.payments.decide_receipt_cases import ReceiptCase
from kofu.ledger.payments.suspense import Correction, Suspended
from kofu.staff.lists import ColumnKind, ListColumn, ListSpec


def _installment(notice_number: str, installment: str) -> str:
    return f"{notice_number}-{installment}" if installment else notice_number


#: With a file's kind and state in words, and the colour of the state.
BATCHES: ListSpec[tuple[Batch, str, str, str]] = ListSpec(
    "page",
    "収納ファイル",
    (
        ListColumn("名称", lambda row: row[0].name),
        ListColumn("種類", lambda row: row[1], ColumnKind.CHOICE),
        ListColumn("会計日", lambda row: row[0].booked_on, ColumnKind.DAY),
        ListColumn("件数", lambda row: row[0].rows, ColumnKind.NUMBER),
        ListColumn("金額", lambda row: row[0].total, ColumnKind.YEN, summed=True),
        ListColumn("不備", lambda row: row[0].bad_rows, ColumnKind.NUMBER),
        ListColumn("状態", lambda row: row[2], ColumnKind.CHOICE),
        ListColumn("受付", lambda row: row[0].received_at, ColumnKind.DAY),
    ),
)
#: With the channel and the reason in words.
SUSPENSE: ListSpec[tuple[Suspended, str, str]] = ListSpec(
    "page",
    "仮受金",
    (
        ListColumn("領収日", lambda row: row[0].received_on, ColumnKind.DAY),
        ListColumn("チャネル", lambda row: row[1], ColumnKind.CHOICE),
        ListColumn("読み取った通知書番号・期別", lambda row: _installment(row[0].notice_number, row[0].installment)),
        ListColumn("金額", lambda row: row[0].amount, ColumnKind.YEN, summed=True),
        ListColumn("理由", lambda row: row[2], ColumnKind.CHOICE),
        ListColumn("出所", lambda row: row[0].source),
        ListColumn("処理"),
    ),
)
#: With the channel and the kind in words, and whether who looks proposed it.
CORRECTIONS: ListSpec[tuple[Correction, str, str, bool]] = ListSpec(
    "page",
    "収納の訂正",
    (
        ListColumn("領収日", lambda row: row[0].received_on, ColumnKind.DAY),
        ListColumn("チャネル", lambda row: row[1], ColumnKind.CHOICE),
        ListColumn("通知書番号・期別", lambda row: _installment(row[0].notice_number, row[0].installment)),
        ListColumn("金額", lambda row: row[0].amount, ColumnKind.YEN, summed=True),
        ListColumn("訂正", lambda row: row[2], ColumnKind.CHOICE),
        ListColumn("理由", lambda row: row[0].reason),
        ListColumn("起案", lambda row: row[0].proposed_at, ColumnKind.DAY),
        ListColumn("決裁"),
    ),
)
#: With the obstacle and the state in words, and the colour of the state.
ORDERS: ListSpec[tuple[ReceiptCase, str, str, str]] = ListSpec(
    "page",
    "領収日順の事案",
    (
        ListColumn("発生", lambda row: row[0].opened_at, ColumnKind.DAY),
        ListColumn("内容", lambda row: row[1], ColumnKind.CHOICE),
        ListColumn("通知書番号・期別", lambda row: _installment(row[0].notice_number, row[0].installment)),
        ListColumn("領収日", lambda row: row[0].received_on, ColumnKind.DAY),
        ListColumn("収納額", lambda row: row[0].amount, ColumnKind.YEN),
        ListColumn("状態", lambda row: row[2], ColumnKind.CHOICE),
    ),
)
#: With whether the confirmation is late.
ADVISED: ListSpec[tuple[Advised, bool]] = ListSpec(
    "page",
    "確報を待つ速報",
    (
        ListColumn("速報を受けた日", lambda row: row[0].advised_on, ColumnKind.DAY),
        ListColumn("領収日", lambda row: row[0].received_on, ColumnKind.DAY),
        ListColumn("通知書番号・期別", lambda row: _installment(row[0].notice_number, row[0].installment)),
        ListColumn("金額", lambda row: row[0].amount, ColumnKind.YEN, summed=True),
        ListColumn("経過日数", lambda row: row[0].waited, ColumnKind.NUMBER),
        ListColumn("状態", lambda row: "確報未着" if row[1] else "確報待ち", ColumnKind.CHOICE),
    ),
)
