"""A held night on screen: its figures beside their bounds, and two people's words on them."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from kofu.certificates.domain.findings import FINDING_LENGTH_MIN
from kofu.core.errors import OperatorFault
from kofu.judgement.figure_lines import line_of
from kofu.ledger.feed import held_nights
from kofu.ledger.feed.domain.held_nights import HeldEvent, HeldState
from kofu.ledger.screens.acting import acting_for
from kofu.staff.actions import staff_action
from kofu.staff.work import actor, note, profile, use_case_connection

FINDING_LENGTH_MAX = 2000
STATES = {
    HeldState.HELD: ("保留", "warn"),
    HeldState.RELEASED: ("解除済（書き出し待ち）", "idle"),
    HeldState.SENT_BACK: ("差戻し", "bad"),
    HeldState.WRITTEN: ("書き出し済", "good"),
}
FAULTS = {
    "held_state": "すでに判断されています。",
    "held_unknown": "この数値は見つかりません。",
}


class HeldNightForm(forms.Form):
    """One person's word on held figures."""

    finding = forms.CharField(
        label="確認した内容と判断の根拠",
        max_length=FINDING_LENGTH_MAX,
        min_length=FINDING_LENGTH_MIN,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"min_length": f"確認した内容と結果を{FINDING_LENGTH_MIN}文字以上で入力してください。"},
    )


@staff_action("feed.runs.view")
@require_safe
def one(request: HttpRequest, number: int) -> HttpResponse:
    """Show held figures."""
    return _page(request, number, HeldNightForm(prefix="release"), HeldNightForm(prefix="back"))


def _page(request: HttpRequest, number: int, releasing: HeldNightForm, returning: HeldNightForm) -> HttpResponse:
    with use_case_connection() as connection:
        held = held_nights.read_held(connection, profile().code, number)
        if held is None:
            raise Http404
        words = held_nights.words_on(connection, number)
    lines = [line_of(figure) for figure in held.figures]
    note(request, held_night=number)
    return render(
        request,
        "ledger/night/held.html",
        {
            "held": held,
            "state": STATES[held.stands],
            "lines": lines,
            "beyond": [line for line in lines if line.figure.out_of_bounds],
            "releases": [word for word in words if word.step == HeldEvent.RELEASE],
            "returns": [word for word in words if word.step == HeldEvent.SEND_BACK],
            "signed_by_me": any(word.step == HeldEvent.RELEASE and word.by == actor(request).login for word in words),
            "waits": held.stands is HeldState.HELD,
            "released": held.stands is HeldState.RELEASED,
            "returnable": held.stands in (HeldState.HELD, HeldState.RELEASED),
            "releasing": releasing,
            "returning": returning,
        },
        status=422 if releasing.errors or returning.errors else 200,
    )


@staff_action("feed.figures.sign")
@require_POST
def release(request: HttpRequest, number: int) -> HttpResponse:
    """Let exactly these figures pass; the second person's word does."""
    form = HeldNightForm(request.POST, prefix="release")
    if form.is_valid():
        finding = form.cleaned_data["finding"]
        try:
            with use_case_connection() as connection:
                released = held_nights.release_figures(connection, profile().code, number, finding, acting_for(request))
        except OperatorFault as error:
            if error.code != "finding_refused":
                messages.error(request, FAULTS.get(error.code, error.code))
                return HttpResponseRedirect(reverse("night:held", args=[number]))
            form.add_error("finding", _refusal_in_words(request, number, finding))
        else:
            messages.success(
                request,
                "解除しました。「この数値で書き出す」で連携データを作ります。"
                if released
                else "署名しました。別の職員の署名で解除されます。",
            )
            return HttpResponseRedirect(reverse("night:held", args=[number]))
    return _page(request, number, form, HeldNightForm(prefix="back"))


@staff_action("feed.figures.sign")
@require_POST
def send_back(request: HttpRequest, number: int) -> HttpResponse:
    """Send the figures back with the reason."""
    form = HeldNightForm(request.POST, prefix="back")
    if form.is_valid():
        finding = form.cleaned_data["finding"]
        try:
            with use_case_connection() as connection:
                held_nights.send_back(connection, profile().code, number, finding, acting_for(request))
        except OperatorFault as error:
            if error.code != "finding_refused":
                messages.error(request, FAULTS.get(error.code, error.code))
                return HttpResponseRedirect(reverse("night:held", args=[number]))
            form.add_error("finding", _refusal_in_words(request, number, finding))
        else:
            messages.success(request, "差し戻しました。元の賦課・収納を訂正してから、もう一度実行してください。")
            return HttpResponseRedirect(reverse("night:held", args=[number]))
    return _page(request, number, HeldNightForm(prefix="release"), form)


def _refusal_in_words(request: HttpRequest, number: int, finding: str) -> str:
    """Say in Japanese why a word cannot be taken."""
    with use_case_connection() as connection:
        signed = held_nights.signatures_of(held_nights.words_on(connection, number))
    if any(one.by == actor(request).login for one in signed):
        return "同じ職員は二度署名できません。もう一人の署名は別の職員が行います。"
    if any(one.finding.strip() == finding.strip() for one in signed):
        return "一人目と同じ文章です。自分で確認した内容を入力してください。"
    return f"確認した内容と結果を{FINDING_LENGTH_MIN}文字以上で入力してください。"
