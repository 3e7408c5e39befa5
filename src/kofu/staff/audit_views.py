"""The record of operations: what was done by whom, and whether the chain still holds."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kofu.core.calendar import JST, day_in_japan
from kofu.platform.anchoring import key_file, rules_of
from kofu.platform.audit_verify import AuditReport, verify, verify_chain
from kofu.platform.settings import anchors_dir, archive_dir
from kofu.staff.actions import staff_action
from kofu.staff.fields import DayField
from kofu.staff.models import LOGIN_LENGTH_MAX, Office
from kofu.staff.permissions import PERMISSIONS, Permissions
from kofu.staff.read_audit import StoredEntry, whole_day
from kofu.staff.work import note, use_case_connection

SHOWN_MAX = 300
PSEUDONYM_LENGTH = 32
DIGEST_LENGTH_MIN = 32

RESULTS = {
    "shown": "表示", "done": "実行", "refused": "拒否", "not_found": "該当なし", "invalid": "入力の誤り",
    "failed": "異常", "conflict": "競合", "purpose_asked": "目的を確認", "purpose_given": "目的を記入",
    "accepted": "成功", "wrong_password": "パスワードの誤り", "wrong_code": "コードの誤り", "locked": "停止",
    "created": "作成", "changed": "変更", "reset": "初期化", "added": "追加", "signed": "署名", "closed": "完結",
    "lifted": "解除", "stopped": "停止", "made": "作成", "attested": "一致", "registered": "登録", "activated": "切替",
    "no_misuse": "不正なし", "to_examine": "要調査", "told": "回答", "opened": "開始",
    "in_force": "有効", "printed": "印刷", "held": "保留", "released": "解除", "rejected": "却下",
    "exported": "ファイルへの出力",
}  # fmt: skip
OTHER_ACTIONS = {
    "login": "ログイン", "logout": "ログアウト", "login.second_factor": "ワンタイムコード",
    "own.password": "自分のパスワードの変更", "own.second_factor": "自分のワンタイムコードの登録",
    "certificate.release": "証明書の作成", "print.result": "印刷結果の受信", "process.attest": "起動時の構成確認",
    "deployment.register": "構成の登録", "hold": "抑止情報の受信", "feed_import": "連携データの取込",
    "feed.reject": "保留中の連携データの却下", "audit.anchor": "固定点の作成",
    "audit.lanes_closed": "旧形式の鎖の終わり", "audit.archived": "記録の保管ファイルへの移動",
    "audit.restored": "記録の保管ファイルからの復元", "audit.expiry_proposed": "保存期間の過ぎた記録の削除（一人目）",
    "audit.expired": "保存期間の過ぎた記録の削除", "card.validity": "カードの有効性の回答",
    "card.specimen": "見本カードの証明書の発行", "person.standing_holds": "抑止の有無の回答",
    "person.look_up": "区外在住者の照会への回答", "people.protected": "支援措置の方の一覧の回答",
    "session.open": "キオスク端末の利用開始", "certificate.pass_on": "証明書の中継",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """One entry as the screen shows it. `tone`: good, warn, bad or idle; `people`: how many, where it names several."""

    lane: str
    sequence: int
    occurred_at: datetime
    actor: str
    office: str
    action: str
    result: str
    tone: str
    person: str
    purpose: str
    detail: str
    people: int = 0


class FilterForm(forms.Form):
    """Which entries."""

    day = DayField(label="日", required=False)
    actor = forms.CharField(label="ログインID", required=False, max_length=LOGIN_LENGTH_MAX)
    action = forms.ChoiceField(label="操作", required=False)
    person = forms.CharField(label="仮名", required=False, max_length=PSEUDONYM_LENGTH)

    def __init__(self, *args: object, **kwargs: object) -> None:
        """Offer the actions of this system."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        own = [(action.code, action.label) for action in PERMISSIONS.of_system(settings.KOFU_SYSTEM)]
        self.fields["action"].choices = [("", "すべて"), *OTHER_ACTIONS.items(), *own]  # type: ignore[attr-defined]  # a choice field


@staff_action("audit.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List the entries of a day, the newest first."""
    today = day_in_japan(datetime.now(JST))
    form = FilterForm(request.GET or None, initial={"day": today})
    wanted = form.cleaned_data if form.is_bound and form.is_valid() else {}
    day = wanted.get("day") or today
    with use_case_connection() as connection:
        read = whole_day(
            connection,
            archive_dir(settings.KOFU_SYSTEM),
            day,
            actor=wanted.get("actor", ""),
            action=wanted.get("action", ""),
            person=wanted.get("person", ""),
            limit=SHOWN_MAX,
        )
    lines = _lines(read.entries)
    note(request, rows=len(lines))
    return render(
        request,
        "staff/audit.html",
        {
            "form": form,
            "day": day,
            "lines": lines,
            "cut": len(lines) == SHOWN_MAX,
            "limit": SHOWN_MAX,
            "elsewhere": read.elsewhere,
        },
    )


def _lines(entries: list[StoredEntry]) -> list[AuditLine]:
    offices = {office.code: office.name for office in Office.objects.all()}
    return [_line(one.lane, one.sequence, json.loads(one.body), offices, PERMISSIONS) for one in entries]


def _line(lane: str, sequence: int, body: dict[str, object], offices: dict[str, str], table: Permissions) -> AuditLine:
    detail = body["detail"] if isinstance(body["detail"], dict) else {}
    labels = {action.code: action.label for action in table.actions} | OTHER_ACTIONS
    result = str(body["result"])
    bad = result in {"refused", "failed", "wrong_password", "wrong_code", "locked"}
    hidden = {"office", "role", "purpose"} | ({"method"} if detail.get("method") == "GET" else set())
    shown = {key: value for key, value in detail.items() if key not in hidden}
    return AuditLine(
        lane=lane,
        sequence=sequence,
        occurred_at=datetime.fromisoformat(str(body["occurred_at"])),
        actor=str(body["actor"]),
        office=offices.get(str(detail.get("office", "")), ""),
        action=labels.get(str(body["action"]), str(body["action"])),
        result=RESULTS.get(result, result),
        tone="bad" if bad else "idle",
        person=str(body["subject"] or ""),
        people=_how_many(body.get("subjects")),
        purpose=table.purpose_label(str(detail.get("purpose", ""))),
        detail="　".join(f"{key}: {_short(str(value))}" for key, value in sorted(shown.items()) if value != ""),
    )


def _how_many(subjects: object) -> int:
    """Count whom an entry names, where it names several."""
    return len(subjects) if isinstance(subjects, list) else 0


def _short(word: str) -> str:
    """Shorten a digest or an identity for reading; other words stay whole."""
    digest = len(word) >= DIGEST_LENGTH_MIN and all(letter in "0123456789abcdef" for letter in word)
    return f"{word[:12]}…" if digest else word


@staff_action("audit.verify")
def check(request: HttpRequest) -> HttpResponse:
    """Follow every chain from its first entry; on POST, since it reads the whole log."""
    report: AuditReport | None = None
    if request.method == "POST":
        report = verified()
        note(request, entries=report.entries, flaws=len(report.flaws))
    return render(request, "staff/audit_check.html", {"report": report})


def verified() -> AuditReport:
    """Verify this system's log, and its anchors where the key that signed them is here."""
    folder = anchors_dir(settings.KOFU_SYSTEM)
    with use_case_connection() as connection, connection.transaction():
        if folder.is_dir() and key_file().is_file():
            return verify(connection, folder, rules_of(settings.KOFU_SYSTEM, now=datetime.now(JST)))
        return verify_chain(connection)
