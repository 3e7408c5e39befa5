"""What the screens of 過誤納 say: why a 減額 came about, what happened to a case, what went wrong."""

from __future__ import annotations

from collections.abc import Mapping

from kofu.core.errors import KofuError
from kofu.ledger.books.domain.refund_interest import RefundCause
from kofu.ledger.overpayments.domain.grounds import ReductionGround
from kofu.staff.fault_words import LAPSED

GROUNDS = (
    (ReductionGround.OWN_CORRECTION.value, "課税の誤りや資料の訂正、職権の調査（1号）"),
    (ReductionGround.LATE_RETURN.value, "給与・年金の支払報告書で課税した後の、本人の確定申告（1号）"),
    (ReductionGround.RESIDENT_RETURN.value, "課税した後の、本人の住民税の申告（1号）"),
    (ReductionGround.INCOME_TAX_CORRECTED.value, "所得税の申告で課税した後の、税務署による所得税の更正（3号）"),
    (ReductionGround.REQUEST.value, "地方税の更正の請求（2号）"),
)
GROUND_WORDS = dict(GROUNDS)
CAUSE_WORDS = {
    RefundCause.REASSESSMENT.value: "1号　更正・賦課決定による過納（納付の翌日から）",
    RefundCause.REQUEST.value: "2号　更正の請求に基づく更正",
    RefundCause.INCOME_TAX.value: "3号　所得税の更正に基因する賦課決定（通知の1月後の翌日から）",
    RefundCause.OTHER.value: "4号　誤納など（納付の1月後の翌日から）",
}
EVENTS = {
    "propose": "起案", "approve": "決裁", "withdraw": "取下げ", "notify": "通知書の送付", "claim": "還付請求の受付",
    "transfer": "振込", "transfer_failed": "振込不能", "close": "完結", "lapse": "時効",
    "revoke": "還付決定の取消", "send_back": "差戻し", "decline": "却下", "propose_again": "再起案",
    "correct_account": "振込先の訂正",
}  # fmt: skip
DETAILS = {
    "refund": "還付 {:,} 円",
    "amount": "金額 {:,} 円",
    "interest": "還付加算金 {:,} 円",
    "payees": "受取人 {} 人",
    "reason": "理由 {}",
    "holder_confirmed": "本人と違う名義の理由 {}",
    "papers": "書類 {}",
    "source": "出所 {}",
    "file": "ファイル {}",
}
PARTS = {"principal": "本税", "interest": "延滞金"}
#: At which field of a form a fault is told: what was typed stays there to be put right.
FIELD_OF = {
    "holder_differs": "holder_confirmed",
    "claim_before_notice": "claimed_on",
    "claim_to_come": "claimed_on",
}
FAULTS = {
    "nothing_owed_back": "この方に返すべき過誤納金はありません。",
    "reason_needed": "理由を記入してください。",
    "claim_before_notice": "受付日が、通知書を送った日より前です。請求書の日付を確かめてください。",
    "claim_to_come": "受付日が今日より後です。",
    "holder_differs": "口座名義が本人の氏名と違います。請求書を確かめ、それでよい理由を記入してください。",
    "proposed_already": "この方には決裁を待っている起案があります。先に決裁または取下げをしてください。",
    "second_person_needed": "起案した人は決裁・差戻し・却下できません。別の決裁者が行ってください。",
    "proposal_lapsed": LAPSED,
    "plan_changed": "起案の後に収納や調定が変わりました。取り下げて起案し直してください。",
    "refund_state": "この事案は、いまその処理ができる状態ではありません。",
    "payee_dead": "この方は死亡しています。本人の口座は受け付けられません。相続人の口座を登録してください。",
    "payee_unknown": "相続人ごとの還付です。「相続人への還付」の画面で、相続人を選んで記録してください。",
    "refund_lapsed": "還付請求権は時効により消滅しています（地方税法18条の3）。",
    "heirs_paid": "相続人への支払が済んでいるか、相続人に支払う額が残ります。相続人と精算してください。",
    "interest_applied": "この還付の還付加算金は充当されています。取り消すことはできません。",
    "rate_missing": "還付加算金または延滞金の率が登録されていない年があります。率を登録してから行ってください。",
}


def detail_words(detail: Mapping[str, str | int]) -> str:
    """Say what stands on record of an event."""
    return "　".join(DETAILS[key].format(value) for key, value in detail.items())


def fault_words(error: KofuError) -> str:
    """Say what went wrong."""
    return FAULTS.get(error.code, f"処理できませんでした（{error.code}）。")
