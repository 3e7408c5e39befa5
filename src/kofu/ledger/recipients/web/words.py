"""Words of heirs, tax agents and forwardings, as staff read them."""

from __future__ import annotations

from kofu.ledger.books.domain.claims import Tax
from kofu.ledger.recipients.domain.agents import AgentState
from kofu.ledger.recipients.domain.heirs import Basis, HeirsState
from kofu.ledger.recipients.web.held_words import HELD_FAULTS
from kofu.staff.fault_words import LAPSED

BASES = {Basis.DECLARATION: "指定届", Basis.CHANGE: "変更届", Basis.SURVEY: "職権の調査"}
HEIRS_STATES = {
    HeirsState.REGISTERED: ("代表者なし", "warn"),
    HeirsState.PROPOSED: ("指定の決裁待ち", "warn"),
    HeirsState.DECLARED: ("届出による代表者", "good"),
    HeirsState.DESIGNATED: ("指定による代表者", "good"),
    HeirsState.REPLACED: ("変更済", "idle"),
    HeirsState.ENDED: ("終了", "idle"),
}
AGENT_STATES = {
    AgentState.DECLARED: ("申告受理", "good"),
    AgentState.APPLIED: ("承認申請中", "warn"),
    AgentState.APPROVED: ("承認", "good"),
    AgentState.REJECTED: ("不承認", "idle"),
    AgentState.REPLACED: ("変更", "idle"),
    AgentState.DISMISSED: ("解任", "idle"),
}
SHORT_TAXES = {Tax.RESIDENT: "住民税", Tax.LIGHT_VEHICLE: "軽自動車税"}
PAPERS = {"designation_notice": "相続人代表者指定通知書", "approval_notice": "納税管理人承認通知書"}
ROLES = {"person": "本人", "representative": "相続人代表者", "agent": "納税管理人", "heir": "相続人"}
FAULTS = {
    "person_unknown": "この宛名番号の人は台帳にいません。",
    "not_dead": "死亡の記録がない方です。住民記録を確かめてください。",
    "mandate_ended": "この方は死亡しています。相続人代表者を登録してください。",
    "no_heirs": "相続人を一人以上記入してください。",
    "too_many_heirs": "相続人が多すぎます（40人まで）。",
    "heir_incomplete": "相続人の氏名・住所・続柄は、すべて記入してください。",
    "share_not_positive": "相続分が 0 の方は記入しません。",
    "shares_not_whole": "相続分の合計が 1 になりません。",
    "not_signed_by_all": "署名のない相続人がいます。届出にはできません。「職権の調査」で登録し、指定してください。",
    "filed_before_death": "届出・調査の日が、死亡の日より前です。",
    "representative_missing": "代表者となる相続人を一人選んでください。",
    "declaration_awaited": "届出を求めた期限が過ぎていません。期限の翌日から指定できます。",
    "declaration_not_asked": "届出を求めた期限がありません。相続人に届出を求め、期限を入れて登録し直してください。",
    "heirs_state": "いまその処理ができる状態ではありません。新しい届出が登録されていないか確かめてください。",
    "not_designated": "指定通知書は、指定の決裁の後に印刷できます。",
    "not_approved": "承認通知書は、承認の後に印刷できます。",
    "second_person_needed": "登録・起案した人は決裁できません。別の決裁者が行ってください。",
    "proposal_lapsed": LAPSED,
    "agent_incomplete": "納税管理人の氏名と住所を記入してください。",
    "agent_taxes": "税目を一つ以上選んでください。",
    "agent_period": "終わりの日が始まりの日より前です。",
    "agent_overlaps": "同じ税目・同じ期間に、別の納税管理人がいます。変更または解任をしてください。",
    "agent_state": "いまその処理ができる状態ではありません。画面を見直してください。",
    "forwarding_incomplete": "送付先の住所を記入してください。",
    "forwarding_period": "終わりの日が始まりの日より前です。",
    "forwarding_ended": "すでに解除されています。最終日を早めるときは、いまの最終日より前の日を入力してください。",
    "agreement_not_whole": "受取額の合計が還付額と合いません。",
    "agreement_stranger": "受取人は、登録されている相続人から選びます。",
    "payee_accounts": "受取額のある相続人ごとに、口座を一つずつ記入してください。",
    "payee_unknown": "この方への支払はないか、すでに振込不能を記録しています。",
    "heirs_changed": "受取人が、いま登録されている相続人の中にいません。その方を含めて相続人を登録し直してください。",
    "refund_state": "この還付は、いまその処理ができる状態ではありません。",
    "refund_lapsed": "還付請求権は時効により消滅しています（地方税法18条の3）。",
    **HELD_FAULTS,
}


def fault(code: str) -> str:
    """Say a refusal in the words of the office."""
    return FAULTS.get(code, f"処理できませんでした（{code}）。")
