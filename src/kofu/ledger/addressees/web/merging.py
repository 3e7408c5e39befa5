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
from kofu.ledger.addressees import merge_people
from kofu.ledger.addressees.domain.addressees import MergeEvent
from kofu.ledger.addressees.domain.merging import ComparedField, Impossible, MergeDoubt
from kofu.ledger.addressees.merge_people import Merge, SideBySide, side_by_side
from kofu.ledger.screens import wording
from kofu.ledger.screens.acting import acting_for
from kofu.staff.actions import staff_action
from kofu.staff.fault_words import LAPSED
from kofu.staff.fields import ADDRESSEE_NUMBER, CodeField
from kofu.staff.templatetags.staff import birthday
from kofu.staff.work import actor, concerns, note, profile, use_case_connection

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
    "reason_needed": "理由を入力してください。",
    "addressee_unknown": "この宛名番号の方はいません。",
    "same_number": "同じ宛名番号です。",
    "merged_already": "この宛名番号は、すでに別の宛名番号に統合されています。",
    "circle": "統合先が、この宛名番号に統合されています。向きを確かめてください。",
    "proposed_already": "この宛名番号の統合は、決裁を待っています。",
    "second_person_needed": "起案した人は決裁できません。別の決裁者が行ってください。",
    "proposal_lapsed": LAPSED,
    "two_residents": "どちらも現在の住民です。住民基本台帳に同じ方が二人いることはありません。統合できません。",
    "resident_codes": "住民票コードが違います。別の方です。統合できません。",
    "corporate_numbers": "法人番号が違います。別の法人です。統合できません。",
    "confirm_doubts": "二つの宛名に違いがあります。並べた内容を見て、確かめたことに印を付けてください。",
    "merge_state": "この統合は、いまその処理ができる状態ではありません。",
}
FIELDS = {
    ComparedField.NAME: "氏名・名称", ComparedField.KANA: "フリガナ",
    ComparedField.BIRTHDAY: "生年月日", ComparedField.POSTAL_CODE: "郵便番号",
    ComparedField.ADDRESS: "住所", ComparedField.STATUS: "区分",
    ComparedField.STATUS_DATE: "異動年月日", ComparedField.RESIDENT_CODE: "住民票コード",
    ComparedField.CORPORATE_NUMBER: "法人番号", ComparedField.PROTECTED: "支援措置",
}  # fmt: skip
DOUBTS = {
    MergeDoubt.OTHER_NAME: "氏名が違います。",
    MergeDoubt.OTHER_BIRTHDAY: "生年月日が違います。別の方である疑いが強いときは、統合しないでください。",
    MergeDoubt.BIRTHDAY_UNKNOWN: "生年月日が一方にしかありません。",
    MergeDoubt.NAMESAKE: "氏名と生年月日は同じですが、住所が違います。"
    "同姓同名・同生年月日の別の方の財産を差し押さえた例があります。住所の履歴、住民票・戸籍の附票で確かめてください。",
}
IMPOSSIBLE = {one: FAULTS[one.value] for one in Impossible}


class MergeForm(forms.Form):
    """Which number is merged into which, and why."""

    people_fields = ("from_number", "into_number")

    from_number = CodeField(label="統合される宛名番号", regex=f"^{ADDRESSEE_NUMBER}$")
    into_number = CodeField(label="統合先の宛名番号", regex=f"^{ADDRESSEE_NUMBER}$")
    reason = forms.CharField(
        label="同一人とした理由",
        max_length=100,
        required=False,
        help_text="起案するときに入力します。確かめた書類（住民票、戸籍の附票など）を書いてください。",
    )
    confirmed = forms.BooleanField(label="違いを見て、同じ方であることを書類で確かめました", required=False)


class DecisionForm(forms.Form):
    """What is decided about a merge."""

    event = forms.ChoiceField(choices=[(event.value, event.value) for event in MergeEvent])
    reason = forms.CharField(label="理由", max_length=100, required=False)
    confirmed = forms.BooleanField(required=False)


def count_waiting(connection: psycopg.Connection) -> int:
    """Count merges that wait for their approval."""
    return len(merge_people.merges(connection, profile().code, ("proposed",)))


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
    both = (chosen["from_number"], chosen["into_number"])
    try:
        with use_case_connection() as connection:
            compared = side_by_side(connection, profile().code, *both)
            if "compare" in request.POST:
                return _page(request, form, compared)
            merge_people.propose_merge(
                connection,
                profile().code,
                *both,
                reason=chosen["reason"],
                confirmed=chosen["confirmed"],
                acting=acting_for(request, chosen["from_number"]),
            )
    except KofuError as error:
        form.add_error(None, FAULTS.get(error.code, error.message))
        return _page(request, form, None if error.code == "addressee_unknown" else compared)
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
            merge_people.decide_merge(
                connection,
                profile().code,
                merge_id,
                event,
                reason=form.cleaned_data["reason"],
                confirmed=form.cleaned_data["confirmed"],
                acting=acting_for(request),
            )
    except KofuError as error:
        messages.error(request, FAULTS.get(error.code, error.message))
    else:
        messages.success(request, DONE[event])
    return HttpResponseRedirect(reverse("addressees:merges"))


def _page(request: HttpRequest, form: MergeForm, compared: SideBySide | None = None) -> HttpResponse:
    with use_case_connection() as connection:
        known = merge_people.merges(connection, profile().code)
        waiting = [
            (one, side_by_side(connection, profile().code, one.from_number, one.into_number))
            for one in known
            if one.state == "proposed"
        ]
    for one in known:
        concerns(request, one.from_number)
        concerns(request, one.into_number)
    note(request, rows=len(known))
    me = actor(request).login
    return render(
        request,
        "ledger/addressees/merges.html",
        {
            "form": form,
            "compared": _comparison_in_words(compared),
            "waiting": [_waiting(one, found, me) for one, found in waiting],
            "decided": [(one, *STATES[one.state]) for one in known if one.state != "proposed"],
        },
        status=422 if form.errors else 200,
    )


def _waiting(one: Merge, found: SideBySide, me: str) -> dict[str, object]:
    return {"merge": one, "own": one.proposed_by == me, "compared": _comparison_in_words(found)}


def _comparison_in_words(found: SideBySide | None) -> dict[str, object] | None:
    """Put a comparison into words."""
    if found is None:
        return None
    return {
        "fields": [
            (
                FIELDS[one.field],
                _value_in_words(one.field, one.first),
                _value_in_words(one.field, one.second),
                one.differs,
            )
            for one in found.fields
        ],
        "impossible": IMPOSSIBLE[found.impossible] if found.impossible is not None else "",
        "doubts": [DOUBTS[doubt] for doubt in found.doubts],
    }


def _value_in_words(field: ComparedField, text: str) -> str:
    if field is ComparedField.STATUS:
        return wording.STATUSES.get(text, text)
    if field is ComparedField.PROTECTED:
        return "対象" if text else "なし"
    if field in {ComparedField.BIRTHDAY, ComparedField.STATUS_DATE}:
        return birthday(text) or "（登録なし）"
    return text or "（登録なし）"
