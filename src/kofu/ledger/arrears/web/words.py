"""Words of arrears, as staff read them: what happens to a claim, what waits for a decision, why it was refused."""

from __future__ import annotations

from kofu.ledger.books.domain.prescription import DeferralGround, Happening
from kofu.staff.fault_words import LAPSED, REASON_LONG

KINDS = {
    "write_off": "不納欠損", "waive_interest": "延滞金減免", "end_event": "解除・取消", "event": "出来事の記録",
    "take_back": "記録の取消", "reallocate": "再充当", "undo_write_off": "不納欠損の取消",
}  # fmt: skip
HAPPENINGS = {
    Happening.DUNNED: "督促", Happening.DEMANDED: "催告", Happening.SEIZED: "差押", Happening.PARTICIPATED: "交付要求",
    Happening.ACKNOWLEDGED: "承認", Happening.GRACE: "猶予", Happening.SUSPENDED: "執行停止",
    Happening.GIVEN_UP: "即時消滅", Happening.EXTENDED: "期限の延長",
    Happening.NOT_ACKNOWLEDGED: "一部納付（承認としない）", Happening.TAKEN_BACK: "記録の取消",
    Happening.OBJECTED: "審査請求（督促を止める）",
}  # fmt: skip
FAULTS = {
    "write_off_not_extinguished": "まだ消滅していません。不納欠損にできません。",
    "write_off_reason": "消滅の原因と事由が違います。",
    "proposed_already": "すでに起案されています。",
    "nothing_due": "未納はありません。",
    "too_much": "未納の延滞金を超えています。",
    "second_person_needed": "起案した人は決裁・差戻しできません。別の決裁者が行ってください。",
    "proposal_lapsed": LAPSED,
    "reason_long": REASON_LONG,
    "amount_changed": "起案の後に金額が変わりました。取り下げて起案し直してください。",
    "event_ended": "すでに終わっているか、はじめの日より前です。",
    "end_ahead": "先の日付では記録できません。",
    "event_ahead": "先の日付では記録できません。その日が来てから記録してください。",
    "before_the_claim": "調定の日より前の日付です。",
    "not_overdue": "納期限までの日付です。催告・執行停止・即時消滅は、納期限を過ぎた期別に限ります。",
    "claim_ended": "その日には、すでに法により消滅しています。",
    "end_not_said": "延長後の納期限は、いまの納期限より後の日を入れてください。",
    "end_on_closed_day": "その日は休日です。期限は次の開庁日になります（地方税法第20条の5第2項）。"
    "その日を入れてください。",
    "grace_end_not_said": "猶予は期間を定めて行います（地方税法第15条第3項）。終わりの日を入れてください。",
    "grace_too_long": "猶予は、一度に一年以内です（地方税法第15条第1項・第15条の5第1項・第15条の6第1項）。"
    "延長は、期間が終わるときに別の記録として決裁を受けてください。",
    "grace_two_years": "前の猶予の期間と併せて二年を超えます（地方税法第15条第4項・第15条の5第2項・第15条の6第3項）。",
    "conversion_before_due": "換価の猶予は、納期限を過ぎた滞納に限ります（地方税法第15条の5・第15条の6）。",
    "in_grace": "その日は徴収の猶予の期間中です。新たに差押えはできません（地方税法第15条の2の3第1項）。"
    "猶予の取消が先です。",
    "suspended_then": "その日は滞納処分の執行を停止しています（地方税法第15条の7第1項）。停止の取消が先です。",
    "seized_in_grace": "この期間の中に差押の記録があります。徴収の猶予の期間中は差押えができません"
    "（地方税法第15条の2の3第1項）。日付を確かめるか、先に差押の記録を取り消してください。",
    "seized_in_suspension": "この期間の中に差押の記録があります。執行停止の期間中は差押えができません"
    "（地方税法第15条の7第1項）。日付を確かめるか、先に差押の記録を取り消してください。",
    "letter_day_past": "督促状の日付を過ぎています。納付の期間（発した日から十日）が足りなくなるため、"
    "この抽出を取り下げて、新しい日付で抽出し直してください。",
    "given_up_on_it": "この執行停止に基づく即時消滅の記録があります（地方税法第15条の7第5項）。"
    "先にその記録を取り消してください。",
    "end_of_a_day": "この出来事に終わりの日はありません。空のままにしてください。",
    "ground_missing": "猶予のときに限り、根拠を選んでください。",
    "not_in_force": "即時消滅は、その日に執行停止が続いているときに限ります（地方税法第15条の7第5項）。"
    "先に執行停止を記録してください。",
    "in_force_already": "その期間には、同じものがすでにあります（期間が重なります）。"
    "終わりを記録するか、記録を取り消してください。",
    "special_collection": "特別徴収は特別徴収義務者が納入するものです。"
    "本人に対する滞納整理はできません（地方税法第321条の5）。",
    "dunned_by_letter": "督促は、督促状の発送で記録されます。",
    "not_entered": "取消は、取り消す記録の行から行ってください。",
    "one_person_records": "この出来事に決裁は要りません。記録してください。",
    "claim_unknown": "この期別はありません。",
    "no_such_event": "この記録はありません。",
    "taken_back_already": "この記録は、すでに終わりの記録か取消があります。",
    "written_off_on_it": "この期別は不納欠損にされています。"
    "「不納欠損の取消」でこの記録を選び、一緒に取り消してください。",
    "extinguished_by_law": "この期別は法により消滅しています（消滅の日と原因は上の表）。消滅したものの不納欠損は"
    "取り消せません。消滅のもとになった記録が誤りのときは、その記録を選んでください。"
    "記録漏れのときは、先に記録してください。",
    "nothing_written_off": "この期別に不納欠損の額はありません。",
    "receipt_case_first": "不納欠損の前の領収日の収納が、領収日順の事案で決裁を待っています。"
    "先にその事案を処理してください。",
    "not_the_proposer": "取り下げられるのは起案した人だけです。",
    "reason_needed": "理由・根拠の書類を入力してください。",
    "fact_after_end": "取消の基因となる事実の日が、終わりの日より後です。",
    "decision_state": "すでに決裁・差戻しまたは取下げされています。",
    "rate_missing": "延滞金の割合が登録されていない年があります。",
}
EARLY_SEIZURE = (
    "この差押の日は、督促状を発した日から起算して10日を経過した日までの日、または督促状の記録がない日です（法331条1項1号）。"
    "繰上徴収の事由（法13条の2）があったかどうかを確かめてください。"
)


GROUNDS = (
    (DeferralGround.DISASTER.value, "徴収の猶予：災害・盗難・病気・負傷（全額免除）"),
    (DeferralGround.BUSINESS.value, "徴収の猶予：事業の廃止・休止・損失（二分の一免除）"),
    (DeferralGround.LATE_ASSESSMENT.value, "徴収の猶予：一年以上後の確定（二分の一免除）"),
    (DeferralGround.CONVERSION.value, "換価の猶予（二分の一免除）"),
)
