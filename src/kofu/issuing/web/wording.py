"""The console's Japanese: states of a request, kinds of cases, why an action was not taken."""

from __future__ import annotations

from dataclasses import dataclass

from kofu.certificates.domain.findings import FINDING_LENGTH_MIN, Signature
from kofu.core.errors import KofuError
from kofu.core.four_eyes import same_person
from kofu.core.kinds import CertificateKind
from kofu.core.profile import Profile
from kofu.issuing.cases.domain.kinds import CaseKind
from kofu.issuing.requests.domain.states import RequestState
from kofu.issuing.requests.domain.technical import refusal_for


@dataclass(frozen=True, slots=True)
class StateWord:
    """How a state is shown: its words, and its tone (good, warn, bad, idle)."""

    label: str
    tone: str


STATES: dict[RequestState, StateWord] = {
    RequestState.RECEIVED: StateWord("受付", "idle"),
    RequestState.REFUSED: StateWord("交付不可", "warn"),
    RequestState.EXPIRED: StateWord("期限切れ", "warn"),
    RequestState.ABORTED: StateWord("中断", "bad"),
    RequestState.WITHHELD: StateWord("作成・不送付", "warn"),
    RequestState.MADE: StateWord("作成済", "idle"),
    RequestState.SENT: StateWord("送付済", "idle"),
    RequestState.PRINTED: StateWord("印刷完了", "good"),
    RequestState.FAILED: StateWord("印刷失敗", "bad"),
    RequestState.CANCELLED: StateWord("取消", "warn"),
    RequestState.UNKNOWN: StateWord("印刷不明", "bad"),
}

CASE_KINDS: dict[CaseKind, str] = {
    CaseKind.LAST_LOOK_MISMATCH: "最終照合の不一致",
    CaseKind.RECHECK_MISMATCH: "夜間再照合の不一致",
    CaseKind.REPLAY_MISMATCH: "再送時に同一のものを再現できない",
    CaseKind.ID_REUSED: "同じ申請番号で異なる内容",
    CaseKind.ISSUE_FAULT: "交付処理の異常",
    CaseKind.PRINT_UNKNOWN: "印刷結果が不明",
    CaseKind.PRINT_CONTRADICTION: "両立しない印刷結果",
    CaseKind.PRINT_INCONSISTENT: "申請と合わない印刷結果",
    CaseKind.PRINT_UNREQUESTED: "申請のない印刷結果",
    CaseKind.HOLD_CONFLICT: "抑止情報の矛盾",
    CaseKind.HOLD_OF_ANOTHER: "他のシステムの抑止、または別の種類・対象への変更",
    CaseKind.CENTER_ERROR: "証明書交付センターからのエラー確認",
}

_FAULTS: dict[str, str] = {
    "no_such_case": "この調査票はありません。",
    "case_closed": "この調査票は完結しています。新しい事実は、新しい調査票を起こして記録してください。",
    "no_such_stop": "この緊急停止はありません。",
    "stop_lifted": "この緊急停止はすでに解除されています。",
    "case_open": "停止の原因となった調査票が完結していません。先に調査票を完結させてください。",
    "evidence_length": "内容は1文字以上2,000文字以内で入力してください。",
    "no_such_feed": "この判定はありません。",
    "feed_not_waiting": "この連携データはもう保留中ではありません。",
    "feed_overtaken": "より新しい世代に切り替わっています。この連携データは却下してください。",
    "row_not_held": "この行はもう保留されていません。一覧を見直してください。",
    "stop_unsigned": "停止の理由を入力してください。",
}


def kind_label(profile: Profile, kind: str) -> str:
    """Name a kind of certificate as the municipality does."""
    rules = profile.rules(CertificateKind(kind))
    return rules.label.ja if rules is not None else kind


def refusal_text(code: str) -> str:
    """Tell staff the true reason of a refusal; "" where there is none."""
    return refusal_for(code).staff if code else ""


def fault_text(error: KofuError) -> str:
    """Tell why an action was not taken, in Japanese; the error's own words where the table has none."""
    return _FAULTS.get(error.code, error.message)


def finding_fault(signatures: tuple[Signature, ...], new: Signature) -> str | None:
    """Tell in Japanese why a signature cannot be taken, as `finding_problem` decides; None where it can."""
    words = new.finding.strip()
    if len(words) < FINDING_LENGTH_MIN:
        return f"確認した内容と結果を{FINDING_LENGTH_MIN}文字以上で入力してください。"
    if any(same_person(signature.by, new.by) for signature in signatures):
        return "同じ職員は二度署名できません。もう一人の署名は別の職員が行います。"
    if any(signature.finding.strip() == words for signature in signatures):
        return "一人目と同じ文章です。自分で確認した内容を入力してください。"
    return None
