"""Words of payments' codes, as staff read them."""

from __future__ import annotations

from kofu.ledger.payments.domain.make_anew import AnewReason
from kofu.ledger.payments.domain.matching import MatchOutcome
from kofu.ledger.recipients.web.held_words import HELD_FAULTS
from kofu.ledger.screens.file_words import CODEC_PROBLEMS, PECULIARITY_PROBLEMS
from kofu.staff.fault_words import LAPSED

STATES = {
    "open": ("入力中", "warn"),
    "received": ("受領（検査前）", "warn"),
    "checked": ("登録待ち", "warn"),
    "held": ("留保（不備・差額あり）", "bad"),
    "accepted": ("決裁済（登録待ち）", "warn"),
    "posting": ("登録中（途中まで登録済）", "warn"),
    "posted": ("登録済", "good"),
    "rejected": ("返戻", "idle"),
}
EVENTS = {"pay": "収納", "advise": "速報", "cancel": "速報取消", "fail": "振替不能", "void": "取消"}
PROBLEMS: dict[str, str] = {
    **CODEC_PROBLEMS,
    **PECULIARITY_PROBLEMS,
    "year_contradicts": "年度が、その通知書の年度と違います。原票を確かめてください。",
    "tax_contradicts": "税目が、その通知書の税目と違います。原票を確かめてください。",
    "year_cannot_be": "その年度の税は、その領収日に納められません。年度か領収日を確かめてください。",
    "day_before_notice": "領収日が、その税額を決めた日より前です。領収日か通知書番号を確かめてください。",
    "amount_wrong": "金額が正しくありません。",
    "day_to_come": "領収日が先の日付です。",
    "row_twice": "同じ収納が、このファイルの前の行にもあります。",
    "count_differs": "件数が、明細の件数と一致しません。",
    "total_differs": "金額の合計が、明細の合計と一致しません。",
    "known_payment": "別のファイルで登録済みの収納です。",
    "posted_as_paid": "振替済として登録した振替です。どちらの結果が正しいのか、金融機関に確かめてください。",
    "known_otherwise": "別のファイルで、違う金額で登録済みの収納です。送付元に確かめてください。",
    "keyings_differ": "第1打鍵と第2打鍵が一致しません。",
    "bundle_no_slip": "バッチ票のない束です。",
    "bundle_not_keyed": "打鍵されていない束があります。",
    "bundle_slip_twice": "バッチ票が重複しています。",
    "bundle_count": "束の件数がバッチ票と一致しません。",
    "bundle_total": "束の金額がバッチ票と一致しません。",
    "bundle_sequence_twice": "束の中で連番が重複しています。",
}
#: Problems whose own sentence names bundles and figures; it is shown below the words.
WITH_FIGURES = frozenset(
    code
    for code in PROBLEMS
    if code.startswith("bundle_") or code in ("count_differs", "total_differs", "keyings_differ")
)
OUTCOMES = {
    MatchOutcome.SETTLED: "完納",
    MatchOutcome.PARTIAL: "一部納付",
    MatchOutcome.OVER: "過大納付（残りは誤納金）",
    MatchOutcome.DUPLICATE: "重複納付（誤納金）",
    MatchOutcome.EXTINGUISHED: "消滅後の納付（誤納金）",
    MatchOutcome.OTHER_INSTALLMENT: "期別相違（他の期に充当）",
    MatchOutcome.UNKNOWN_NOTICE: "仮受（通知書不明）",
    MatchOutcome.UNKNOWN_INSTALLMENT: "仮受（期別不明）",
    MatchOutcome.UNSETTLED_REPORT: "仮受（取消後の確報）",
    MatchOutcome.BEFORE_WRITE_OFF: "仮受（不納欠損前の納付。決裁待ち）",
    MatchOutcome.RATE_MISSING: "仮受（延滞金の率が未登録の年の納付）",
}
DECISIONS = {
    "move_batch": "会計日の変更",
    "nothing_paid": "収納なし（届かないファイル）",
    "comes_later": "未着のまま締める",
    "came": "到着済み（ファイルの対応付け）",
}
FINDINGS = {
    "confirmed_without_advice": "速報なしの確報",
    "cancelled_without_advice": "速報なしの取消",
    "confirmed_after_cancellation": "取消後の確報",
    "cancelled_after_confirmation": "確報後の取消",
}
FAULTS = {
    "file_empty": "ファイルが空です。取り直してください。",
    "file_too_large": "ファイルが大きすぎます。",
    "group_twice": "同じ内容のまとまりが二つ入っています。どちらを使うのか、金融機関に確かめてください。",
    "keying_missing": "第2打鍵のファイルとバッチ票も指定してください。",
    "batch_state": "このバッチは、いまその処理ができる状態ではありません。",
    "batch_unknown": "該当するバッチはありません。",
    "reason_needed": "理由を入力してください。",
    "second_person_needed": "受け付けた人・締めた人・起案した人は決裁できません。別の人が行ってください。",
    "proposal_lapsed": LAPSED,
    "nothing_to_accept": "登録できる行が一つもありません。返戻してください。",
    "day_closed": "この会計日は締められています。開いている会計日で処理してください。",
    "days_open_before": "先に締める会計日があります。古い日から順に締めてください。",
    "files_missing": "届くはずのファイルが届いていません。送付元に確かめるか、二人で決めてください。",
    "file_not_expected": "そのファイルは待っていません。",
    "file_to_come": "そのファイルが届く日はまだ先です。",
    "batch_needed": "届いたファイル（登録済みのもの）を選んでください。",
    "decision_state": "この起案は決裁済みか、取り下げられています。",
    "no_such_decision": "その起案はありません。",
    "rate_missing": "延滞金の率が登録されていない年があります。率を登録してから行ってください。",
    "batch_closed": "この束は締められています。",
    "batch_full": "一つの束に入力できる件数を超えました。締めて次の束を開いてください。",
    "batch_empty": "入力がありません。",
    "entry_incomplete": "通知書番号と期別を入力してください。",
    "entry_amount": "金額を確認してください。",
    "entry_day": "領収日が先の日付です。",
    "entry_unknown": "その入力は取消済みか、ありません。",
    "barcode_wrong": "バーコードを読み取れません。44けたの数字を確認してください。",
    "barcode_foreign": "この自治体の納付書のバーコードではありません。",
    "receipt_case_state": "この事案は、いまその処理ができる状態ではありません。",
    "receipt_case_answer": "この事案に、その処理は選べません。",
    "no_such_receipt_case": "その事案はありません。",
    "still_stands": (
        "還付・充当・不納欠損が残っているため、充て直せません。"
        "先にそれを取り消すか、「このままとする」を起案してください。"
    ),
    "not_in_suspense": "この収納は、もう仮受金ではありません。",
    "claim_unknown": "その通知書番号・期別はありません。",
    "in_suspense": "この収納は仮受金です。仮受金の画面で充てる先を決めてください。",
    "moves_nowhere": "この収納は、もうその期別に充てられています。",
    "proposed_already": "この収納には決裁を待っている訂正があります。",
    "correction_decided": "この訂正は決裁済みです。",
    "refund_under_way": "この収納は還付の手続中または還付済みです。先に還付を取り下げてください。",
    "payment_unknown": "その収納はありません。",
    "batches_wait": "登録を終えていないバッチがあります。登録してください。登録の始まっていないものは返戻もできます。",
    "totals_differ": "一致しないチャネルがあります。差を確かめてください。",
    "day_to_come": "先の日付は締められません。",
    "nothing_due": "未納の額がありません。",
    "special_collection": "特別徴収は特別徴収義務者が納入します。本人に納付書を出すことはできません。",
    "too_many_claims": "一枚の納付書に入るのは8期までです。残りは別の納付書で発行してください。",
    "day_too_far": "一年より先の日では計算できません。年を確かめてください。",
    "pay_by_past": "使用期限が過ぎています。",
    "addressee_unknown": "宛名が台帳にありません。",
    "cannot_draw": "氏名または住所に、正しく印字できない文字があります。",
    "text_does_not_fit": "氏名または住所が長く、枠に収まりません。",
    "no_layout": "この自治体のファイルの様式が登録されていません。",
    "finding_unknown": "処理済みか、該当がありません。",
    "problem_unknown": "処理済みか、該当がありません。",
    "person_unknown": "宛名が台帳にありません。",
    **HELD_FAULTS,
}


def fault_words(code: str, message: str) -> str:
    """Say a refusal in the words of the office; a code without words shows what the program says."""
    return FAULTS.get(code, message)


CAUSES = {
    AnewReason.EARLIER_PAYMENT: "領収日の早い収納が後から届いたため",
    AnewReason.PAYMENT_TAKEN_OUT: "収納が取り消されたため",
    AnewReason.PAYMENT_MOVED: "収納が付け替えられたため",
    AnewReason.CHANGED_ASSESSMENT: "更正の日より後に収納があったため",
    AnewReason.WRITE_OFF_REVERSED: "不納欠損の前に納付されていたため",
    AnewReason.WRITE_OFF_UNDONE: "不納欠損が取り消されたため",
    AnewReason.DECIDED_AGAIN: "領収日順の事案の決裁による",
}
