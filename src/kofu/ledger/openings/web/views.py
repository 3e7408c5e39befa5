"""閲覧の許可 on screen: propose, approve, read what was opened, close it early."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from kofu.core.errors import KofuError, OperatorFault
from kofu.core.four_eyes import REASON_LENGTH_MAX
from kofu.ledger.openings import openings
from kofu.ledger.openings.openings import MINUTES_MAX, WantedOpening, list_openings
from kofu.ledger.person.page import claim_line, entries_of_claim
from kofu.ledger.person.web.views import shown_entry
from kofu.ledger.screens import wording
from kofu.ledger.screens.acting import acting_for
from kofu.staff.actions import staff_action
from kofu.staff.fault_words import LAPSED
from kofu.staff.fields import NumberField
from kofu.staff.work import actor, concerns, note, profile, use_case_connection

FAULTS = {
    "nothing_out_of_reach": "保存期間を過ぎた期別には見当たりません。期間内のものは「個人を探す」で見られます。",
    "second_person_needed": "起案した人は許可できません。別の人が許可してください。",
    "proposal_lapsed": LAPSED,
    "opening_not_waiting": "すでに許可されたか、終わったものです。必要なら改めて起案してください。",
    "opening_over": "この閲覧の許可は、許可前か、すでに終わっています。",
    "reason_needed": "理由を入れてください。",
    "opening_minutes": f"時間は1分から{MINUTES_MAX}分です。",
}
STANDINGS = {
    "proposed": ("許可待ち", "waiting"),
    "open": ("閲覧できる", "good"),
    "ended": ("時間が過ぎた", ""),
    "closed": ("終了した", ""),
}


class OpeningForm(forms.Form):
    """Which claim, why, how long."""

    notice_number = forms.CharField(label="通知書番号", max_length=20)
    installment = forms.CharField(label="期別", max_length=8)
    reason = forms.CharField(
        label="理由", max_length=REASON_LENGTH_MAX, help_text="氏名・住所・宛名番号は書かないでください。"
    )
    minutes = NumberField(label="閲覧する時間（分）", min_value=1, max_value=MINUTES_MAX, initial=30)


@staff_action("opening.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show what waits, what is open, and what was opened, with how often it was read."""
    return _page(request, OpeningForm())


@staff_action("opening.propose")
@require_POST
def propose(request: HttpRequest) -> HttpResponse:
    """Propose to open a claim."""
    form = OpeningForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    try:
        with use_case_connection() as connection:
            openings.propose(connection, profile().code, WantedOpening(**form.cleaned_data), acting=acting_for(request))
    except OperatorFault as error:
        form.add_error(None, FAULTS.get(error.code, error.message))
        note(request, refused=error.code)
        return _page(request, form)
    messages.success(request, "起案しました。別の決裁者の許可を待ちます。")
    return HttpResponseRedirect(reverse("openings:list"))


@staff_action("opening.approve")
@require_POST
def approve(request: HttpRequest, opening_id: UUID) -> HttpResponse:
    """Let it be read from now on."""
    try:
        with use_case_connection() as connection:
            openings.approve(connection, opening_id, acting=acting_for(request))
    except KofuError as error:
        messages.error(request, FAULTS.get(error.code, error.message))
    else:
        messages.success(request, "許可しました。時間が過ぎると自動で終わります。")
    return HttpResponseRedirect(reverse("openings:list"))


@staff_action("opening.close")
@require_POST
def close(request: HttpRequest, opening_id: UUID) -> HttpResponse:
    """End it early."""
    try:
        with use_case_connection() as connection:
            openings.close(connection, opening_id, acting=acting_for(request))
    except KofuError as error:
        messages.error(request, FAULTS.get(error.code, error.message))
    else:
        messages.success(request, "終了しました。")
    return HttpResponseRedirect(reverse("openings:list"))


@staff_action("opening.read")
@require_POST
def read(request: HttpRequest, opening_id: UUID) -> HttpResponse:
    """Show the claim once; each look is a reading of its own on record."""
    try:
        with use_case_connection() as connection:
            opening = next(one for one in list_openings(connection, profile().code) if one.id == opening_id)
            with openings.reading(connection, opening_id, acting=acting_for(request)):
                addressee, line = claim_line(connection, opening.claim_id)
                entries = entries_of_claim(connection, opening.claim_id)
    except (KofuError, StopIteration) as error:
        code = error.code if isinstance(error, KofuError) else "opening_over"
        messages.error(request, FAULTS.get(code, code))
        return HttpResponseRedirect(reverse("openings:list"))
    concerns(request, addressee)
    note(request, opening=str(opening_id))
    return render(
        request,
        "ledger/openings/claim.html",
        {
            "opening": opening,
            "addressee": addressee,
            "line": line,
            "heading": f"{profile().year_label(line.fiscal_year)}　{wording.taxes()[line.tax]}",
            "entries": [shown_entry(entry) for entry in entries],
        },
    )


def _page(request: HttpRequest, form: OpeningForm) -> HttpResponse:
    with use_case_connection() as connection:
        listed = list_openings(connection, profile().code)
    own = actor(request).login
    return render(
        request,
        "ledger/openings/list.html",
        {"form": form, "openings": [(one, *STANDINGS[one.standing], one.proposed_by == own) for one in listed]},
        status=422 if form.errors else 200,
    )
