"""時効・不納欠損: claims the law has ended, each with its steps, and the decision to write them off."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import psycopg
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from kofu.core.calendar import day_in_japan
from kofu.core.errors import KofuError
from kofu.ledger import decide_claims
from kofu.ledger.arrears import extinctions, record_event, seized_early, stays
from kofu.ledger.decide_claims import DecisionKind
from kofu.ledger.domain.dunning import seizable_from
from kofu.ledger.domain.prescription import Event, Extinction, Ground, Happening
from kofu.ledger.domain.write_off import REASON_OF, WORDS, WriteOffReason
from kofu.ledger.web.ground import under
from kofu.platform.staff.actions import staff_action
from kofu.platform.staff.work import actor, concerns, note, profile, use_case_connection

YEARS_BACK = 4  # nothing younger can have ended, but for what was given up or suspended
ROWS_MAX = 500
KINDS = {"write_off": "不納欠損", "waive_interest": "延滞金減免", "end_event": "解除・取消", "reallocate": "再充当"}
HAPPENINGS = {
    Happening.DUNNED: "督促", Happening.DEMANDED: "催告", Happening.SEIZED: "差押", Happening.PARTICIPATED: "交付要求",
    Happening.ACKNOWLEDGED: "承認", Happening.GRACE: "猶予", Happening.SUSPENDED: "執行停止",
    Happening.GIVEN_UP: "即時消滅", Happening.EXTENDED: "期限の延長",
    Happening.NOT_ACKNOWLEDGED: "一部納付（承認としない）",
}  # fmt: skip
FAULTS = {
    "write_off_not_extinguished": "まだ消滅していません。不納欠損にできません。",
    "write_off_reason": "消滅の原因と事由が違います。",
    "proposed_already": "すでに起案されています。",
    "nothing_due": "未納はありません。",
    "too_much": "未納の延滞金を超えています。",
    "second_person_needed": "起案した人は決裁できません。別の決裁者が行ってください。",
    "amount_changed": "起案の後に金額が変わりました。取り下げて起案し直してください。",
    "event_ended": "すでに終わっているか、はじめの日より前です。",
    "end_ahead": "先の日付では記録できません。",
    "fact_after_end": "取消の基因となる事実の日が、終わりの日より後です。",
    "decision_state": "すでに決裁または取下げされています。",
}


class WriteOffForm(forms.Form):
    """Why."""

    reason = forms.ChoiceField(
        label="不納欠損の事由",
        choices=[(reason.value, WORDS[reason]) for reason in WriteOffReason],
        widget=forms.RadioSelect,
    )


EARLY_SEIZURE = (
    "この差押の日は、督促状を発した日から起算して10日を経過した日までの日、または督促状の記録がない日です（法331条1項1号）。"
    "繰上徴収の事由（法13条の2）があったかどうかを確かめてください。"
)


GROUNDS = (
    (Ground.DISASTER.value, "徴収の猶予：災害・盗難・病気・負傷（全額免除）"),
    (Ground.BUSINESS.value, "徴収の猶予：事業の廃止・休止・損失（二分の一免除）"),
    (Ground.LATE_ASSESSMENT.value, "徴収の猶予：一年以上後の確定（二分の一免除）"),
    (Ground.CONVERSION.value, "換価の猶予（二分の一免除）"),
)


class EventForm(forms.Form):
    """What bears on 時効."""

    happening = forms.ChoiceField(
        label="出来事",
        choices=[(one.value, words) for one, words in HAPPENINGS.items() if one is not Happening.DUNNED],
    )
    on = forms.DateField(label="その日", widget=forms.DateInput({"type": "date"}))
    until = forms.DateField(
        label="終わりの日",
        required=False,
        widget=forms.DateInput({"type": "date"}),
        help_text="続いているときは空のまま。",
    )
    ground = forms.ChoiceField(
        label="猶予の根拠",
        choices=[("", "（猶予のとき選ぶ）"), *GROUNDS],
        required=False,
        help_text="免除される延滞金の割合が決まります。",
    )
    reason = forms.CharField(label="理由・根拠の書類", max_length=100)

    def clean(self) -> dict[str, Any]:
        """Refuse an end before the beginning, a 猶予 without its ground and an extension without its day."""
        cleaned: dict[str, Any] = super().clean() or {}
        if (cleaned.get("happening") == Happening.GRACE) != bool(cleaned.get("ground")):
            self.add_error("ground", "猶予のときに限り、根拠を選んでください。")
        if cleaned.get("happening") == Happening.EXTENDED and not cleaned.get("until"):
            self.add_error("until", "延長後の納期限を入れてください。")
        if cleaned.get("until") and cleaned.get("on") and cleaned["until"] < cleaned["on"]:
            self.add_error("until", "その日より前になっています。")
        return cleaned


class WaiverForm(forms.Form):
    """How much 延滞金 is waived, and why."""

    amount = forms.IntegerField(label="減免する額（円）", min_value=1)
    reason = forms.CharField(label="減免の理由", max_length=100)


def count_waiting(connection: psycopg.Connection) -> int:
    """Count proposals that wait for approval."""
    row = connection.execute("SELECT count(*) FROM claim_decision WHERE state = 'proposed'").fetchone()
    return int(row[0]) if row else 0


@staff_action("writeoff.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List what has ended and is still in the books, and the proposals that wait."""
    today = day_in_japan(timezone.now())
    with use_case_connection() as connection:
        rows = connection.execute(
            "SELECT claim.id, taxpayer.id, taxpayer.name, notice_number, installment, claim.due_date,"
            " claim_balance.due + claim_balance.interest_due"
            " FROM claim_balance JOIN claim ON claim.id = claim_balance.claim_id"
            " JOIN notice ON notice.id = claim.notice_id JOIN taxpayer USING (municipality_code, addressee_number)"
            " WHERE (claim_balance.due > 0 OR claim_balance.interest_due > 0) AND notice.municipality_code = %s"
            " AND (claim.due_date < %s OR EXISTS (SELECT FROM arrears_event WHERE claim_id = claim.id"
            " AND happening IN ('suspended', 'given_up')))"
            f" ORDER BY claim.due_date, claim.id LIMIT {ROWS_MAX}",
            [profile().code, today.replace(year=today.year - YEARS_BACK, day=1)],
        ).fetchall()
        ends = extinctions(connection, [row[0] for row in rows])
        waiting = connection.execute(
            "SELECT claim_decision.id, kind, amount, reason, proposed_by, proposed_at, notice_number, installment,"
            " basis FROM claim_decision JOIN claim ON claim.id = claim_id JOIN notice ON notice.id = notice_id"
            " WHERE claim_decision.state = 'proposed' AND municipality_code = %s ORDER BY proposed_at",
            [profile().code],
        ).fetchall()
    over = [(row, ends[row[0]], _cause(ends[row[0]])) for row in rows if _is_over(ends[row[0]])]
    note(request, rows=len(over))
    names = {reason.value: words for reason, words in WORDS.items()}
    return render(
        request,
        "ledger/arrears/ended.html",
        {
            "over": over,
            "waiting": [(row, KINDS[row[1]], _said(row, names), row[4] == actor(request).login) for row in waiting],
        },
    )


@staff_action("writeoff.propose")
def propose(request: HttpRequest, claim_id: int) -> HttpResponse:
    """Show how a claim ended, step by step, and propose to write it off."""
    return _page(request, claim_id)


def _page(
    request: HttpRequest, claim_id: int, event_form: EventForm | None = None, waiver_form: WaiverForm | None = None
) -> HttpResponse:
    with use_case_connection() as connection:
        row = connection.execute(
            "SELECT taxpayer.id, taxpayer.name, taxpayer.addressee_number, notice_number, installment, claim.due_date,"
            " claim_balance.due, claim_balance.interest_due"
            " FROM claim JOIN claim_balance ON claim_balance.claim_id = claim.id"
            " JOIN notice ON notice.id = claim.notice_id JOIN taxpayer USING (municipality_code, addressee_number)"
            " WHERE claim.id = %s AND notice.municipality_code = %s",
            [claim_id, profile().code],
        ).fetchone()
        if row is None:
            raise Http404("no such claim")
        ended = extinctions(connection, [claim_id])[claim_id]
        lasting = stays(connection, [claim_id])
    concerns(request, row[2])
    match = request.resolver_match
    writing = request.method == "POST" and match is not None and match.url_name == "write-off"
    form = WriteOffForm(request.POST if writing else None, initial={"reason": REASON_OF[ended.cause].value})
    if writing and form.is_valid():
        try:
            with use_case_connection() as connection:
                decide_claims.propose_write_off(
                    connection, claim_id, WriteOffReason(form.cleaned_data["reason"]), under=under(request, row[2])
                )
        except KofuError as error:
            form.add_error("reason", FAULTS.get(error.code, error.message))
        else:
            messages.success(request, "起案しました。別の決裁者の決裁を待ちます。")
            return HttpResponseRedirect(reverse("arrears:ended"))
    steps = [
        (
            HAPPENINGS[step.event.happening],
            step,
            seizable_from(step.event.on) if step.event.happening is Happening.DUNNED else None,
        )
        for step in ended.steps
    ]
    return render(
        request,
        "ledger/arrears/write_off.html",
        {
            "row": row,
            "claim_id": claim_id,
            "ended": ended,
            "cause": _cause(ended),
            "steps": steps,
            "lasting": [(one, HAPPENINGS[one.happening]) for one in lasting],
            "form": form,
            "event_form": event_form or EventForm(),
            "waiver_form": waiver_form or WaiverForm(),
            "over": _is_over(ended),
        },
        status=422 if form.errors or _wrong(event_form) or _wrong(waiver_form) else 200,
    )


@staff_action("writeoff.propose")
@require_POST
def add_event(request: HttpRequest, claim_id: int) -> HttpResponse:
    """Put on record what bears on 時効 of a claim."""
    form = EventForm(request.POST)
    if not form.is_valid():
        return _page(request, claim_id, event_form=form)
    given = form.cleaned_data
    ground = Ground(given["ground"]) if given["ground"] else None
    event = Event(Happening(given["happening"]), given["on"], given["until"], ground=ground)
    try:
        with use_case_connection() as connection:
            record_event(connection, claim_id, event, reason=given["reason"], under=under(request))
            early = event.happening is Happening.SEIZED and seized_early(connection, claim_id, event.on)
    except KofuError as error:
        messages.error(request, FAULTS.get(error.code, error.message))
    else:
        messages.success(request, "記録しました。")
        if early:
            messages.warning(request, EARLY_SEIZURE)
    return HttpResponseRedirect(reverse("arrears:write-off", args=[claim_id]))


@staff_action("waiver.propose")
@require_POST
def waive(request: HttpRequest, claim_id: int) -> HttpResponse:
    """Propose to waive 延滞金 of a claim."""
    form = WaiverForm(request.POST)
    if form.is_valid():
        try:
            with use_case_connection() as connection:
                decide_claims.propose_waiver(
                    connection,
                    claim_id,
                    form.cleaned_data["amount"],
                    reason=form.cleaned_data["reason"],
                    under=under(request),
                )
        except KofuError as error:
            form.add_error("amount", FAULTS.get(error.code, error.message))
        else:
            messages.success(request, "起案しました。別の決裁者の決裁を待ちます。")
            return HttpResponseRedirect(reverse("arrears:ended"))
    return _page(request, claim_id, waiver_form=form)


def _wrong(form: forms.Form | None) -> bool:
    return form is not None and bool(form.errors)


@staff_action("writeoff.approve")
@require_POST
def decide(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """Approve a proposal, or take it back."""
    try:
        with use_case_connection() as connection:
            if request.POST.get("answer") == "withdraw":
                decide_claims.withdraw(connection, decision_id, under=under(request))
                messages.success(request, "取り下げました。")
            else:
                amount = decide_claims.approve(connection, decision_id, under=under(request))
                messages.success(
                    request, f"決裁しました。{amount:,} 円。" if amount else "決裁しました。終わりを記録しました。"
                )
    except KofuError as error:
        messages.error(request, FAULTS.get(error.code, error.message))
    return HttpResponseRedirect(reverse("arrears:ended"))


def _said(row: tuple[Any, ...], names: dict[str, str]) -> str:
    """Give the ground of a proposal in words; of an end, with its day."""
    reason: str = names.get(row[3], row[3])
    if row[1] != DecisionKind.END_EVENT:
        return reason
    on = date.fromisoformat(row[8][0]["on"])
    return f"{reason}（{on.year}年{on.month}月{on.day}日に終わり）"


def _is_over(ended: Extinction) -> bool:
    return ended.on is not None and ended.on <= day_in_japan(timezone.now())


def _cause(ended: Extinction) -> str:
    return WORDS[REASON_OF[ended.cause]]
