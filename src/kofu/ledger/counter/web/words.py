"""Words of the counter's certificates, as staff read them."""

from __future__ import annotations

from kofu.core.errors import KofuError
from kofu.ledger.counter.domain.rules import Applicant
from kofu.ledger.counter.domain.states import CounterEvent, CounterState
from kofu.ledger.glyphs.web.words import undrawable_words
from kofu.press.engine import DoesNotFit
from kofu.press.glyphs import CannotDraw
from kofu.staff.fault_words import LAPSED
from kofu.staff.models import Office
from kofu.staff.work import profile

APPLICANTS = {
    Applicant.SELF.value: "本人",
    Applicant.HOUSEHOLD.value: "同居の親族",
    Applicant.AGENT.value: "代理人（委任状）",
    Applicant.TAX_AGENT.value: "納税管理人",
    Applicant.HEIR.value: "相続人",
}
STATES = {
    CounterState.APPLIED.value: ("受付済", "warn"),
    CounterState.WAITING.value: ("決裁待ち（支援措置）", "bad"),
    CounterState.APPROVED.value: ("決裁済（発行前）", "warn"),
    CounterState.REFUSED.value: ("交付不可", "idle"),
    CounterState.WITHDRAWN.value: ("取下げ", "idle"),
    CounterState.ABORTED.value: ("中止（調査票あり）", "bad"),
    CounterState.ISSUED.value: ("発行済（交付前）", "warn"),
    CounterState.HANDED_OVER.value: ("交付済", "good"),
    CounterState.VOIDED.value: ("無効", "idle"),
}
EVENTS = {
    CounterEvent.APPLY.value: "受付",
    CounterEvent.ASK_APPROVAL.value: "決裁へ回付（支援措置）",
    CounterEvent.APPROVE.value: "決裁",
    CounterEvent.DENY.value: "決裁せず",
    CounterEvent.REFUSE.value: "交付不可",
    CounterEvent.WITHDRAW.value: "取下げ",
    CounterEvent.ABORT.value: "中止",
    CounterEvent.ISSUE.value: "発行",
    CounterEvent.PRINT.value: "印刷",
    CounterEvent.HAND_OVER.value: "交付",
    CounterEvent.VOID.value: "無効",
}
CASE_KINDS = {
    "last_look_mismatch": "最終照合の不一致",
    "id_reused": "申請書の重複（内容相違）",
    "issue_fault": "処理中の異常",
    "by_hand": "職員による停止",
}
FAULTS = {
    "preview_changed": "確認していただいた後に、証明の内容が変わりました。もう一度内容を確認してから発行してください。",
    "nothing_issuable": "交付できる年度がありません。年度ごとの理由を確認してください。",
    "approval_needed": "支援措置の対象の方です。決裁者の決裁を受けてから発行してください。",
    "counters_stopped": "窓口交付を止めています。調査票を確認してください。",
    "last_look_mismatch": "紙面が台帳の内容と一致しないため、窓口交付をすべて止めました。調査票を確認してください。",
    "text_not_readable": "この方の氏名又は住所を紙面から読み返せないため、交付しません。"
    "ほかの方の交付は続けられます。調査票を起こしました。",
    "other_office": "ほかの所属で受け付けた申請です。受け付けた所属で続けてください。",
    "counter_state": "この申請は、いまその処理ができる状態ではありません。",
    "id_reused": "同じ申請書が、別の内容で送られました。はじめから受け付け直してください。調査票を起こしました。",
    "facts_moved": "発行の後に台帳の内容が変わりました。印刷できません。無効にして再交付してください。",
    "print_reason_needed": "この証明書は一度印刷しています。もう一度印刷する理由を入力してください。",
    "all_printed": "すべて印刷済みです。もう一度印刷するときは、一通ずつ理由を入力してください。",
    "not_printed": "まだ印刷していない証明書があります。すべて印刷してから交付してください。",
    "fee_differs": "手数料の額が合いません。",
    "reason_needed": "理由を入力してください。",
    "second_person_needed": "受け付けた人は決裁できません。別の決裁者が行ってください。",
    "proposal_lapsed": LAPSED,
    "reissued_already": "この申請はすでに再交付しています。新しい申請で続けてください。",
    "birthday_missing": "台帳に生年月日がないため、証明書を作れません。住民記録を確認してください。",
    "person_unknown": "この宛名番号の方は台帳にありません。",
    "stop_without_reason": "止める理由を入力してください。",
    "finding_refused": "署名できません。10文字以上で、自分の言葉で書いてください。一人で二度は署名できません。",
    "case_closed": "この調査票は完結しています。",
    "not_certifiable": "記載できる内容がないため、発行できません。",
}


def fault_words(error: KofuError) -> str:
    """Say in the office's words why something was not done."""
    if isinstance(error, CannotDraw):
        return undrawable_words(error, "発行")
    if isinstance(error, DoesNotFit):
        return "氏名または住所が長く、最小の文字でも枠に収まらないため、発行できません。様式の担当に連絡してください。"
    return FAULTS.get(error.code, f"処理できませんでした（{error.code}）。")


def kind_label(kind: str) -> str:
    """Name a kind of certificate as the profile does."""
    return next((rules.label.ja for rules in profile().kinds if rules.kind.value == kind), kind)


def years_label(years: list[int]) -> str:
    """Name years as the papers do."""
    return "、".join(profile().year_label(year) for year in years)


def office_names() -> dict[str, str]:
    """Name the offices by their codes."""
    return {office.code: office.name for office in Office.objects.all()}
