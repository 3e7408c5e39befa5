"""宛名の統合: two numbers of one person, proposed by one, approved by another, undone by a record of its own."""

from __future__ import annotations

from uuid import UUID

import psycopg
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from kofu.core.errors import KofuError
from kofu.ledger import addressees
from kofu.ledger.domain.addressees import MergeEvent
from kofu.ledger.web.ground import under
from kofu.platform.staff.actions import staff_action
from kofu.platform.staff.work import actor, concerns, note, profile, use_case_connection

STATES = {
    "proposed": ("決裁待ち", "warn"),
    "approved": ("統合中", "good"),
    "refused": ("否決", ""),
    "undone": ("取消済", ""),
}
DONE = {
    MergeEvent.APPROVED: "統合しました。",
    MergeEvent.REFUSED: "否決しました。",
    MergeEvent.UNDONE: "統合を取り消しました。",
}
FAULTS = {
    "reason_missing": "理由を入力してください。",
    "addressee_unknown": "この宛名番号の方はいません。",
    "same_number": "同じ宛名番号です。",
    "merged_already": "この宛名番号は、すでに別の宛名番号に統合されています。",
    "circle": "統合先が、この宛名番号に統合されています。向きを確かめてください。",
    "proposed_already": "この宛名番号の統合は、決裁を待っています。",
    "second_person_needed": "起案した人は決裁できません。別の決裁者が行ってください。",
    "merge_state": "この統合は、いまその処理ができる状態ではありません。",
}


class MergeForm(forms.Form):
    """Which number is merged into which, and why."""

    from_number = forms.RegexField(label="統合される宛名番号", regex=r"^[0-9]{1,15}$")
    into_number = forms.RegexField(label="統合先の宛名番号", regex=r"^[0-9]{1,15}$")
    reason = forms.CharField(label="同一人とした理由", max_length=100)


class DecisionForm(forms.Form):
    """What is decided about a merge."""

    event = forms.ChoiceField(choices=[(event.value, event.value) for event in MergeEvent])
    reason = forms.CharField(label="理由", max_length=100, required=False)


def count_waiting(connection: psycopg.Connection) -> int:
    """Count merges that wait for their approval."""
    return len(addressees.merges(connection, profile().code, ("proposed",)))


@staff_action("addressee.merge")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List merges; propose one."""
    return _page(request, MergeForm(initial={"from_number": request.GET.get("from", "")}))


@staff_action("addressee.merge")
@require_POST
def propose(request: HttpRequest) -> HttpResponse:
    """Propose a merge."""
    form = MergeForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    chosen = form.cleaned_data
    for number in (chosen["from_number"], chosen["into_number"]):
        concerns(request, number)
    try:
        with use_case_connection() as connection:
            addressees.propose_merge(
                connection,
                profile().code,
                chosen["from_number"],
                chosen["into_number"],
                reason=chosen["reason"],
                under=under(request, chosen["from_number"]),
            )
    except KofuError as error:
        form.add_error(None, FAULTS.get(error.code, error.message))
        return _page(request, form)
    messages.success(request, "統合を起案しました。別の決裁者が決裁します。")
    return HttpResponseRedirect(reverse("addressees:merges"))


@staff_action("addressee.decide")
@require_POST
def decide(request: HttpRequest, merge_id: UUID) -> HttpResponse:
    """Approve, refuse or undo a merge."""
    form = DecisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, FAULTS["merge_state"])
        return HttpResponseRedirect(reverse("addressees:merges"))
    event = MergeEvent(form.cleaned_data["event"])
    try:
        with use_case_connection() as connection:
            addressees.decide_merge(
                connection, profile().code, merge_id, event, reason=form.cleaned_data["reason"], under=under(request)
            )
    except KofuError as error:
        messages.error(request, FAULTS.get(error.code, error.message))
    else:
        messages.success(request, DONE[event])
    return HttpResponseRedirect(reverse("addressees:merges"))


def _page(request: HttpRequest, form: MergeForm) -> HttpResponse:
    with use_case_connection() as connection:
        known = addressees.merges(connection, profile().code)
    for one in known:
        concerns(request, one.from_number)
    note(request, rows=len(known))
    me = actor(request).login
    return render(
        request,
        "ledger/addressees/merges.html",
        {
            "form": form,
            "waiting": [(one, one.proposed_by == me) for one in known if one.state == "proposed"],
            "decided": [(one, *STATES[one.state]) for one in known if one.state != "proposed"],
        },
        status=422 if form.errors else 200,
    )
