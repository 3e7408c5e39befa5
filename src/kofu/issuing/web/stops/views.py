"""The kill switch on a screen: what is stopped, stopping, lifting by two people."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from kofu.certificates.domain.findings import Signature
from kofu.core.errors import OperatorFault
from kofu.issuing.cases import stop
from kofu.issuing.cases.case_store import StoredStop, lifted_stops, standing_stops, stop_signatures
from kofu.issuing.cases.stop import REASON_LENGTH_MAX
from kofu.issuing.web.acting import acting_for
from kofu.issuing.web.wording import fault_text, finding_fault
from kofu.staff.actions import staff_action
from kofu.staff.work import actor, note, profile, use_case_connection

FINDING_LENGTH_MAX = 2000
LIFTED_SHOWN = 20


class StopForm(forms.Form):
    """Why everything stops."""

    reason = forms.CharField(
        label="理由", max_length=REASON_LENGTH_MAX, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="氏名・住所・宛名番号は書かないでください。",
    )  # fmt: skip
    sure = forms.BooleanField(label="全ての証明書の交付が直ちに止まることを確認しました")


class StopLiftForm(forms.Form):
    """One person's word that a stop may be lifted."""

    finding = forms.CharField(
        label="解除してよいと判断した根拠", max_length=FINDING_LENGTH_MAX, widget=forms.Textarea(attrs={"rows": 3})
    )


@dataclass(frozen=True, slots=True)
class StopInForce:
    """A stop in force, with who agreed to lift it, and the form for the next."""

    stop: StoredStop
    signatures: tuple[Signature, ...]
    signed_by_me: bool
    form: StopLiftForm


def count_standing(connection: psycopg.Connection) -> int:
    """Count the stops in force, for the home page."""
    return len(standing_stops(connection, profile().code))


@staff_action("stop.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show the stops in force and those lifted lately."""
    return _page(request, StopForm(), None, "")


def _page(request: HttpRequest, form: StopForm, lift_form: StopLiftForm | None, stop_id: str) -> HttpResponse:
    who = actor(request)
    with use_case_connection() as connection:
        standing = []
        for found in standing_stops(connection, profile().code):
            signatures = stop_signatures(connection, found.stop_id)
            own = StopLiftForm(prefix=found.stop_id)
            standing.append(
                StopInForce(
                    stop=found,
                    signatures=signatures,
                    signed_by_me=any(signature.by == who.login for signature in signatures),
                    form=lift_form if lift_form is not None and found.stop_id == stop_id else own,
                )
            )
        lifted = lifted_stops(connection, profile().code, LIFTED_SHOWN)
    note(request, standing=len(standing))
    return render(
        request,
        "issuing/stops/list.html",
        {
            "standing": standing,
            "lifted": lifted,
            "form": form,
        },
        status=422 if form.errors or (lift_form is not None and lift_form.errors) else 200,
    )


@staff_action("stop.set")
def set_stop(request: HttpRequest) -> HttpResponse:
    """Stop everything at once; comes back when what was under way has left, or says what may still come out."""
    form = StopForm(request.POST or None)
    if not form.is_valid():
        return _page(request, form, None, "")
    with use_case_connection() as connection:
        acting, code = acting_for(request), profile().code
        reason = form.cleaned_data["reason"]
        stop.set_stop(connection, acting, municipality_code=code, reason=reason, by=actor(request).login)
        left = stop.wait_for_papers(connection, acting, code)
    if left is None:
        messages.success(request, "発行を停止しました。作成中だったものも出終わり、以後は交付されません。")
    else:
        until = timezone.localtime(left.until)
        messages.warning(
            request,
            f"発行を停止しました。停止前に作成された{left.papers}件は、処理が止まっているため送付を確認できません。"
            f"{until:%H時%M分%S秒}までは端末に届くことがあります。それ以後は交付されません。",
        )
    return HttpResponseRedirect(reverse("stops:list"))


@staff_action("stop.lift")
def lift(request: HttpRequest, stop_id: str) -> HttpResponse:
    """Agree to lifting a stop; the second person's word lifts it."""
    form = StopLiftForm(request.POST or None, prefix=stop_id)
    if not form.is_valid():
        return _page(request, StopForm(), form, stop_id)
    new = Signature(by=actor(request).login, finding=form.cleaned_data["finding"])
    with use_case_connection() as connection:
        problem = finding_fault(stop_signatures(connection, stop_id), new)
        if problem is None:
            try:
                lifted = stop.agree_to_lift(connection, acting_for(request), stop_id, new)
            except OperatorFault as error:
                problem = fault_text(error)
    if problem is not None:
        form.add_error("finding", problem)
        return _page(request, StopForm(), form, stop_id)
    messages.success(request, "緊急停止を解除しました。" if lifted else "署名しました。別の職員の署名で解除されます。")
    return HttpResponseRedirect(reverse("stops:list"))
