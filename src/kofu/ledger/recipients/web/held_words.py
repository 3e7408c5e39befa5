"""Words for documents that are held, and for the reasons documents go where they go: one wording on every screen."""

from __future__ import annotations

from kofu.core.errors import KofuError
from kofu.ledger.glyphs.web.words import undrawable_words
from kofu.ledger.recipients.domain.recipients import DocumentKind, HeldReason, RecipientReason
from kofu.press.engine import DoesNotFit
from kofu.press.glyphs import CannotDraw

DOCUMENTS = {
    DocumentKind.TAX_NOTICE: "納税通知書", DocumentKind.PAYMENT_SLIP: "納付書",
    DocumentKind.DUNNING_LETTER: "督促状", DocumentKind.REFUND_NOTICE: "還付通知書",
    DocumentKind.OFFSET_NOTICE: "充当通知書", DocumentKind.SEIZURE: "滞納処分に関する書類",
}  # fmt: skip
WHY = {
    RecipientReason.OWN_ADDRESS: "本人の住所",
    RecipientReason.FORWARDED: "送付先変更の届",
    RecipientReason.AGENT: "納税管理人（地方税法第20条第1項ただし書）",
    RecipientReason.REPRESENTATIVE: "相続人代表者（地方税法第9条の2）",
    RecipientReason.NOTICE_TO_HEIR: "相続人への指定の通知",
    RecipientReason.SEIZURE_TO_PERSON: "滞納処分は本人へ（納税管理人・送付先変更によらない）",
}
HELD = {
    HeldReason.NO_REPRESENTATIVE: "亡くなった方の書類を受け取る相続人代表者が登録されていません。",
    HeldReason.SEIZURE_EACH_HEIR: "滞納処分は、相続人ごとに相続分に応じて行います。代表者には送りません。",
    HeldReason.AGENT_UNCONFIRMED: "支援措置の対象です。納税管理人について、本人の意思を確認していません。",
    HeldReason.FORWARDING_UNCONFIRMED: "支援措置の対象です。送付先について、本人の意思を確認していません。",
    HeldReason.NO_ADDRESS: "住所が台帳にありません。",
}
HELD_FAULTS = {f"held_{why.value}": f"{words}「書類の送付先」の画面で登録してください。" for why, words in HELD.items()}


FAULTS = {
    "not_decided": "決裁の前には通知書を作れません。",
    "nothing_to_refund": "全額を充当したため、還付通知書はありません。",
    "no_letter": "決裁の前、または対象でないため、督促状はありません。",
    "nothing_applied": "充当がないため、充当通知書はありません。",
    **HELD_FAULTS,
}


def words_of(error: KofuError) -> str:
    """Say why a paper was not printed."""
    if isinstance(error, CannotDraw):
        return undrawable_words(error, "印刷")
    if isinstance(error, DoesNotFit):
        return "氏名または住所が長く、枠に収まらないため、印刷できません。手書きの通知書で対応してください。"
    return FAULTS.get(error.code, f"印刷できませんでした（{error.code}）。")
