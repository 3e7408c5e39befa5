"""Words of the ledger's codes, as staff read them."""

from __future__ import annotations

from kofu.ledger.books.domain.accounts import Account
from kofu.ledger.books.domain.claims import Tax
from kofu.ledger.books.domain.entries import JournalKind
from kofu.ledger.books.domain.prescription import ExtinctionCause
from kofu.ledger.books.domain.tax_names import tax_name
from kofu.staff.work import profile

METHODS = {"ordinary": "普通徴収", "salary": "給与特別徴収", "pension": "年金特別徴収"}
CHANNELS = {
    "direct_debit": "口座振替", "convenience": "コンビニ", "counter": "窓口（本庁）", "branch": "窓口（出張所）",
    "bank": "金融機関", "electronic": "電子納付", "salary": "給与特別徴収", "pension": "年金特別徴収",
    "seizure": "滞納処分", "taken_over": "移行",
}  # fmt: skip
EXTINGUISHED = "時効等により消滅（欠損前）"
"""What the law has ended (時効, 執行停止) and 不納欠損 has not taken out of the books yet: nobody owes it."""
EXTINGUISHED_BY = {
    ExtinctionCause.PRESCRIBED: "時効により消滅（欠損前）",
    ExtinctionCause.SUSPENDED_THREE_YEARS: "執行停止により消滅（欠損前）",
    ExtinctionCause.GIVEN_UP: "執行停止により即時消滅（欠損前）",
}
STANDINGS = {
    "settled": ("完納", "good"),
    "not_due": ("納期未到来", "idle"),
    "arrears": ("滞納", "bad"),
    "extinguished": (EXTINGUISHED, "warn"),
    "unremitted": ("未納入（特別徴収義務者）", "warn"),
    "written_off": ("不納欠損", "idle"),
    "nothing": ("税額なし", "idle"),
}
STATUSES = {
    "resident": "住民", "moving_out": "転出届済", "moved_out": "転出", "dead": "死亡", "deleted": "職権消除",
    "unregistered": "住登外",
}  # fmt: skip
ENTRY_KINDS = {
    JournalKind.ASSESSED: "調定", JournalKind.INCREASED: "増額更正", JournalKind.REDUCED: "減額更正",
    JournalKind.CANCELLED: "賦課取消", JournalKind.RECEIVED: "収納", JournalKind.VOIDED: "収納取消",
    JournalKind.ALLOCATED: "消込", JournalKind.REALLOCATED: "消込の変更", JournalKind.SUSPENDED: "仮受",
    JournalKind.OVERPAID: "過納の発生", JournalKind.PAID_IN_ERROR: "誤納の発生", JournalKind.APPROPRIATED: "充当",
    JournalKind.APPROPRIATION_UNDONE: "充当の取消", JournalKind.MADE_ANEW: "充て直し",
    JournalKind.INTEREST_FIXED: "延滞金の確定", JournalKind.INTEREST_REVISED: "延滞金の計算",
    JournalKind.WAIVED: "減免",
    JournalKind.INTEREST_WAIVED: "延滞金の減免", JournalKind.WRITTEN_OFF: "不納欠損",
    JournalKind.WRITE_OFF_REVERSED: "不納欠損の取消",
    JournalKind.REFUND_DECIDED: "還付の決定", JournalKind.REFUND_INTEREST_DECIDED: "還付加算金の決定",
    JournalKind.REFUND_WITHDRAWN: "還付決定の取消", JournalKind.REFUNDED: "還付（支払）",
    JournalKind.REFUND_RETURNED: "振込不能", JournalKind.REFUND_LAPSED: "還付請求権の時効",
}  # fmt: skip
ACCOUNTS = {
    Account.DUE: "収入未済", Account.ASSESSED: "調定", Account.WAIVED: "減免", Account.WRITTEN_OFF: "不納欠損",
    Account.INTEREST_DUE: "延滞金未収", Account.INTEREST_ASSESSED: "延滞金調定",
    Account.INTEREST_WAIVED: "延滞金減免", Account.INTEREST_WRITTEN_OFF: "延滞金不納欠損",
    Account.RECEIVED: "収納金", Account.UNALLOCATED: "未充当", Account.SUSPENSE: "仮受金", Account.OVERPAID: "過納金",
    Account.IN_ERROR: "誤納金", Account.REFUNDABLE: "還付未済金", Account.REFUNDED: "還付済",
    Account.LAPSED: "時効による雑入", Account.REFUND_INTEREST: "還付加算金",
    Account.REFUND_INTEREST_DUE: "還付加算金未払", Account.REFUND_INTEREST_PAID: "還付加算金支払済",
}  # fmt: skip
RATE_KINDS = {
    "first_month": "納期限の翌日から1月",
    "after": "1月を超える期間",
    "grace": "猶予期間",
    "refund": "還付加算金",
}
REFUND_STATES = {
    "proposed": ("決裁待ち", "warn"), "sent_back": ("差戻し", "warn"), "declined": ("却下", "idle"),
    "approved": ("決裁済（通知前）", "warn"),
    "notified": ("通知済（請求待ち）", "idle"),
    "claimed": ("請求受付（振込待ち）", "warn"), "paid": ("支払済", "good"), "returned": ("振込不能", "bad"),
    "closed": ("完結", "good"), "lapsed": ("時効", "idle"), "withdrawn": ("取下げ", "idle"),
    "revoked": ("決定取消", "idle"),
}  # fmt: skip


def taxes() -> dict[str, str]:
    """Name the taxes by their codes, as the municipality names them."""
    here = profile()
    return {tax.value: tax_name(tax, here.municipal_tax, here.prefectural_tax) for tax in Tax}
