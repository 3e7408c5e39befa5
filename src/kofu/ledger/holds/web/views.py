"""発行停止・更正処理中 on screen. What is set here is in force at the kiosks within seconds."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import psycopg
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from kofu.core.errors import KofuError
from kofu.core.kinds import HoldKind
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.holds.discard_holds import decide, propose
from kofu.ledger.holds.issuance_holds import lift_stop, set_hold, settle_correction
from kofu.ledger.holds.read_holds import hold_subject, standing_holds
from kofu.ledger.holds.web import columns
from kofu.ledger.screens.acting import acting_for
from kofu.platform.hold_discards import undelivered
from kofu.staff.actions import staff_action
from kofu.staff.fault_words import LAPSED, REASON_LONG
from kofu.staff.fields import ADDRESSEE_NUMBER, CodeField, YearField
from kofu.staff.lists import given_out, shown_list
from kofu.staff.work import actor, concerns, note, profile, use_case_connection

YEAR_FIRST, YEAR_LAST = 1950, 2999
KINDS = {"issuance_stop": "発行停止", "correcting": "更正処理中"}
MESSAGE_KINDS = {kind.value: KINDS.get(kind.value, kind.value) for kind in HoldKind}
FAILURES = {
    "http_400": "内容の誤り（宛名番号など）",
    "http_409": "前に送った内容と食い違う",
    "not_standing": "受け付けたと答えない",
    "bad_answer": "答えが読めない",
}
FAULTS = {
    "hold_message_state": "いまその処理ができるものではありません。一覧を見直してください。",
    "second_person_needed": "破棄を起案した人は決裁できません。別の人が行ってください。",
    "proposal_lapsed": LAPSED,
    "reason_needed": "理由を記入してください。",
    "reason_long": REASON_LONG,
    "person_unknown": "この宛名番号の人は台帳にいません。",
    "hold_year": "更正処理中は課税年度を一つ指定します。発行停止には課税年度を指定しません。",
    "hold_state": "すでに解除されています。一覧を見直してください。",
}


class HoldForm(forms.Form):
    """Whom, what, why."""

    addressee_number = CodeField(
        f"^{ADDRESSEE_NUMBER}$",
        label="宛名番号",
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
    )
    kind = forms.ChoiceField(label="種類", choices=list(KINDS.items()), widget=forms.RadioSelect)
    fiscal_year = YearField(
        label="課税年度",
        required=False,
        min_value=YEAR_FIRST,
        max_value=YEAR_LAST,
        help_text="更正処理中のときに、西暦で（2026）",
    )
    reason = forms.CharField(label="理由", max_length=100)


class HoldLiftForm(forms.Form):
    """Why, and of a correction whether nothing was corrected at all."""

    reason = forms.CharField(label="解除の理由", max_length=100)
    at_once = forms.BooleanField(label="誤って設定した（更正なし）", required=False)


@staff_action("hold.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List who is held now, the latest first."""
    return _page(request, HoldForm())


def _page(request: HttpRequest, form: HoldForm) -> HttpResponse:
    with use_case_connection() as connection:
        holds = standing_holds(connection, profile().code)
        refused = undelivered(connection)
    shown = shown_list(request, columns.HOLDS, [(hold, KINDS[hold.kind]) for hold in holds])
    if given := given_out(request, shown):
        return given
    for one in refused:
        if one.number:
            concerns(request, one.number)
    note(request, rows=len(shown.rows), refused=len(refused))
    who = actor(request).login
    return render(
        request,
        "ledger/issuance/list.html",
        {
            "shown": shown,
            "holds": [(hold, kind, HoldLiftForm(auto_id=f"id_%s_{hold.id}")) for hold, kind in shown.rows],
            "refused": [
                (one, MESSAGE_KINDS[one.kind], FAILURES.get(one.failure, one.failure), one.proposed_by == who)
                for one in refused
            ],
            "form": form,
        },
        status=422 if form.errors else 200,
    )


@staff_action("hold.set")
@require_POST
def set_one(request: HttpRequest) -> HttpResponse:
    """Stop certificates of a person."""
    form = HoldForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    given = form.cleaned_data
    number = given["addressee_number"]
    try:
        with use_case_connection() as connection:
            set_hold(
                connection,
                municipality_code=profile().code,
                addressee_number=number,
                kind=HoldKind(given["kind"]),
                fiscal_year=given["fiscal_year"],
                reason=given["reason"],
                acting=acting_for(request, number),
            )
    except KofuError as error:
        form.add_error(None, FAULTS.get(error.code, error.message))
        return _page(request, form)
    concerns(request, number)
    messages.success(request, f"{KINDS[given['kind']]}を設定しました。")
    return HttpResponseRedirect(reverse("issuance:list"))


@staff_action("hold.lift")
@require_POST
def lift(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    """Lift a stop, or say that a correction is in the ledger."""
    form = HoldLiftForm(request.POST)
    if not form.is_valid():
        messages.error(request, "解除の理由を記入してください。")
        return HttpResponseRedirect(reverse("issuance:list"))
    reason = form.cleaned_data["reason"]
    try:
        with use_case_connection() as connection:
            found = hold_subject(connection, profile().code, hold_id)
            kind, number = (found.kind, found.addressee_number) if found else ("", "")
            if found:
                concerns(request, number)
            if kind == HoldKind.ISSUANCE_STOP:
                lift_stop(connection, hold_id, reason=reason, acting=acting_for(request, number))
                messages.success(request, "発行停止を解除しました。")
            else:
                at_once = form.cleaned_data["at_once"]
                settle_correction(
                    connection, hold_id, reason=reason, acting=acting_for(request, number), at_once=at_once
                )
                messages.success(
                    request,
                    "更正処理中を解除しました。"
                    if at_once
                    else "更正済みにしました。更正後の連携データに切り替わると、証明書を交付できるようになります。",
                )
    except KofuError as error:
        messages.error(request, FAULTS.get(error.code, error.message))
    return HttpResponseRedirect(reverse("issuance:list"))


@staff_action("hold.set")
@require_POST
def propose_discard(request: HttpRequest, message_id: str) -> HttpResponse:
    """Propose to discard a message that was refused."""
    reason = request.POST.get("reason", "")
    return _discarding(
        request, lambda by, on: propose(on, message_id, reason=reason, acting=by), "破棄を起案しました。"
    )


@staff_action("hold.lift")
@require_POST
def decide_discard(request: HttpRequest, message_id: str) -> HttpResponse:
    """Discard it, or keep it."""
    approve = request.POST.get("decision") == "approve"
    said = "破棄しました。" if approve else "破棄を却下しました。送信を続けます。"
    return _discarding(request, lambda by, on: decide(on, message_id, approve=approve, acting=by), said)


def _discarding(request: HttpRequest, action: Callable[[Acting, psycopg.Connection], None], said: str) -> HttpResponse:
    try:
        with use_case_connection() as connection:
            action(acting_for(request), connection)
    except KofuError as error:
        messages.error(request, FAULTS.get(error.code, error.message))
    else:
        messages.success(request, said)
    return HttpResponseRedirect(reverse("issuance:list"))
