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
from kofu.staff.audit_words import OTHER_ACTIONS, NotedWord, action_words, detail_words, result_words
from kofu.staff.fields import DayField, PseudonymField
from kofu.staff.models import LOGIN_LENGTH_MAX, Office
from kofu.staff.permissions import PERMISSIONS, Permissions
from kofu.staff.read_audit import StoredEntry, whole_days
from kofu.staff.work import note, use_case_connection

SHOWN_MAX = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """One entry as the screen shows it. `tone`: good, warn, bad or idle; `people`: how many, where it names several.

    `rest`, `result_code`: stored words of action and result that have no word of their own.
    """

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
    detail: list[NotedWord]
    people: int = 0
    rest: str = ""
    result_code: str = ""


class FilterForm(forms.Form):
    """Which entries."""

    day = DayField(label="日", required=False)
    until = DayField(label="まで", required=False)
    actor = forms.CharField(label="ログインID", required=False, max_length=LOGIN_LENGTH_MAX)
    action = forms.ChoiceField(label="操作", required=False)
    person = PseudonymField(required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        """Offer the actions of this system."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        own = [(action.code, action.label) for action in PERMISSIONS.of_system(settings.KOFU_SYSTEM)]
        self.fields["action"].choices = [("", "すべて"), *OTHER_ACTIONS.items(), *own]  # type: ignore[attr-defined]  # a choice field


@staff_action("audit.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List the entries of a day or of several, the newest first."""
    today = day_in_japan(datetime.now(JST))
    form = FilterForm(request.GET or None, initial={"day": today})
    wanted = form.cleaned_data if form.is_bound and form.is_valid() else {}
    day = wanted.get("day") or today
    last = max(day, wanted.get("until") or day)
    with use_case_connection() as connection:
        read = whole_days(
            connection,
            archive_dir(settings.KOFU_SYSTEM),
            day,
            last,
            actor=wanted.get("actor", ""),
            action=wanted.get("action", ""),
            person=wanted.get("person", ""),
            limit=SHOWN_MAX,
        )
    lines = [] if form.errors else _lines(read.entries)  # what was not understood is not answered by something else
    note(request, rows=len(lines))
    return render(
        request,
        "staff/audit.html",
        {
            "form": form,
            "day": day,
            "last": last,
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
    action, rest = action_words(str(body["action"]), {action.code: action.label for action in table.actions})
    result = str(body["result"])
    ended = result_words(result, str(body["action"]))
    bad = result in {"refused", "failed", "wrong_password", "wrong_code", "locked"}
    roles = {role.code: role.label for role in table.roles}
    return AuditLine(
        lane=lane,
        sequence=sequence,
        occurred_at=datetime.fromisoformat(str(body["occurred_at"])),
        actor=str(body["actor"]),
        office=offices.get(str(detail.get("office", "")), ""),
        action=action,
        rest=rest,
        result=ended,
        result_code="" if ended else result,
        tone="bad" if bad else "idle",
        person=str(body["subject"] or ""),
        people=_how_many(body.get("subjects")),
        purpose=table.purpose_label(str(detail.get("purpose", ""))),
        detail=detail_words(detail, roles | offices),
    )


def _how_many(subjects: object) -> int:
    """Count whom an entry names, where it names several."""
    return len(subjects) if isinstance(subjects, list) else 0


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
