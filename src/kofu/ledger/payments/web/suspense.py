"""仮受金 and 収納の訂正: the payment nobody was credited with, and the one that was never what it seemed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kofu.core.errors import KofuError
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.payments import read_lists, suspense
from kofu.ledger.payments.domain.corrections import CorrectionKind
from kofu.ledger.payments.domain.matching import MatchOutcome
from kofu.ledger.payments.move_payments import Target, propose_move
from kofu.ledger.payments.web import columns
from kofu.ledger.payments.web.files import PaymentReasonForm, refuse
from kofu.ledger.payments.web.words import OUTCOMES, fault_words
from kofu.ledger.screens import wording
from kofu.ledger.screens.acting import acting_for, rules
from kofu.staff.actions import staff_action
from kofu.staff.fields import CodeField
from kofu.staff.lists import given_out, shown_list
from kofu.staff.work import actor, concerns, note, profile, use_case_connection


class ClaimSearchForm(forms.Form):
    """通知書番号 or 宛名番号 of a claim it may be meant for."""

    words = forms.CharField(
        label="通知書番号または宛名番号",
        max_length=20,
        required=False,
        widget=forms.TextInput({"type": "search", "autocomplete": "off"}),
    )


class AssignForm(PaymentReasonForm):
    """To which installment, and why."""

    notice_number = forms.CharField(max_length=20, widget=forms.HiddenInput)
    installment = forms.CharField(max_length=8, widget=forms.HiddenInput)


CORRECTION_KINDS = {
    CorrectionKind.TAKE_OUT.value: "収納の取消",
    CorrectionKind.MOVE.value: "付替",
    CorrectionKind.TO_SUSPENSE.value: "仮受に戻す",
}


class PaymentCorrectionForm(PaymentReasonForm):
    """What is corrected, where a 付替 goes, why."""

    kind = forms.ChoiceField(
        label="訂正の種類",
        choices=(
            (CorrectionKind.TAKE_OUT.value, "取消（二重入力、不渡りなど、納付がなかった）"),
            (CorrectionKind.MOVE.value, "付替（別の期別・別の方の納付だった）"),
            (CorrectionKind.TO_SUSPENSE.value, "仮受に戻す（充てた先が違い、正しい先が分からない）"),
        ),
        widget=forms.RadioSelect,
        initial=CorrectionKind.TAKE_OUT.value,
    )
    notice_number = CodeField(
        r"^[0-9A-Za-z]{1,20}$", joined=True, label="付替先の通知書番号", required=False, help_text="付替のときだけ。"
    )
    installment = CodeField(r"^[0-9A-Za-z]{1,8}$", label="付替先の期別", required=False, help_text="付替のときだけ。")

    def clean(self) -> dict[str, Any]:
        """Ask for where a 付替 goes."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("kind") == CorrectionKind.MOVE:
            for name in ("notice_number", "installment"):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, "付替先を入力してください。")
        return cleaned

    def propose(self, connection: psycopg.Connection, payment_id: UUID, by: Acting) -> UUID:
        """Propose what was chosen."""
        given = self.cleaned_data
        if given["kind"] == CorrectionKind.TAKE_OUT:
            return suspense.propose_correction(connection, payment_id, reason=given["reason"], acting=by)
        moves = given["kind"] == CorrectionKind.MOVE
        target = Target(notice_number=given["notice_number"], installment=given["installment"]) if moves else None
        return propose_move(connection, payment_id, target, reason=given["reason"], acting=by)


def count_suspense(connection: psycopg.Connection) -> int:
    """Count payments in suspense."""
    return read_lists.count_suspense(connection, profile().code)


def count_corrections(connection: psycopg.Connection) -> int:
    """Count corrections that wait for a decision."""
    return read_lists.count_corrections(connection, profile().code)


def reason_words(reason: str) -> str:
    """Say why a payment is in suspense."""
    return OUTCOMES[MatchOutcome(reason)] if reason in set(MatchOutcome) else reason


@staff_action("suspense.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List what is in suspense, oldest first."""
    with use_case_connection() as connection:
        found = suspense.list_suspense(connection, profile().code)
    note(request, rows=len(found))
    rows = [(one, wording.CHANNELS[one.channel], reason_words(one.reason)) for one in found]
    shown = shown_list(request, columns.SUSPENSE, rows)
    return given_out(request, shown) or render(request, "ledger/payments/suspense.html", {"shown": shown})


@staff_action("suspense.view")
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    """Show a payment in suspense with the claims it may be meant for; a search is posted, numbers stay off the URL."""
    search = ClaimSearchForm(request.POST or None)
    words = search.cleaned_data["words"].strip() if search.is_valid() else ""
    try:
        with use_case_connection() as connection:
            found = suspense.load_suspended(connection, payment_id)
            candidates = suspense.candidates(connection, profile().code, found, words=words)
    except KofuError as error:
        refuse(request, error)
        return HttpResponseRedirect(reverse("payments:suspense"))
    for candidate in candidates:
        concerns(request, candidate.addressee_number)
    return render(
        request,
        "ledger/payments/suspended.html",
        {
            "one": found,
            "channel": wording.CHANNELS[found.channel],
            "reason": reason_words(found.reason),
            "search": search,
            "words": words,
            "candidates": [
                (
                    candidate,
                    wording.taxes().get(candidate.tax, candidate.tax),
                    AssignForm(
                        initial={"notice_number": candidate.notice_number, "installment": candidate.installment},
                        auto_id=f"id_%s_{place}",
                    ),
                )
                for place, candidate in enumerate(candidates)
            ],
            "back_form": PaymentReasonForm(auto_id="id_%s_back"),
        },
    )


@staff_action("suspense.resolve")
@require_POST
def assign(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    """Assign it to an installment."""
    form = AssignForm(request.POST)
    if not form.is_valid():
        messages.error(request, "充てる先と理由を入力してください。")
        return HttpResponseRedirect(reverse("payments:suspended", args=[payment_id]))
    given = form.cleaned_data
    try:
        with use_case_connection() as connection:
            outcome = suspense.assign(
                connection,
                payment_id,
                notice_number=given["notice_number"],
                installment=given["installment"],
                rules=rules(connection),
                reason=given["reason"],
                acting=acting_for(request),
            )
    except KofuError as error:
        refuse(request, error)
        return HttpResponseRedirect(reverse("payments:suspense"))
    messages.success(request, f"充てました。結果　{OUTCOMES[outcome]}")
    note(request, outcome=outcome.value)
    return HttpResponseRedirect(reverse("payments:suspense"))


@staff_action("suspense.resolve")
@require_POST
def send_back(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    """Send the money back where it came from."""
    form = PaymentReasonForm(request.POST)
    try:
        with use_case_connection() as connection:
            reason = form.cleaned_data["reason"] if form.is_valid() else ""
            suspense.send_back(connection, payment_id, reason=reason, acting=acting_for(request))
    except KofuError as error:
        refuse(request, error)
    else:
        messages.success(request, "組戻しを記録しました。")
    return HttpResponseRedirect(reverse("payments:suspense"))


@staff_action("payment.view")
@require_safe
def corrections(request: HttpRequest) -> HttpResponse:
    """List corrections that wait for a decision."""
    with use_case_connection() as connection:
        found = suspense.list_corrections(connection, profile().code)
    note(request, rows=len(found))
    who = actor(request).login
    rows = [(one, wording.CHANNELS[one.channel], CORRECTION_KINDS[one.kind], one.proposed_by == who) for one in found]
    shown = shown_list(request, columns.CORRECTIONS, rows)
    return given_out(request, shown) or render(request, "ledger/payments/corrections.html", {"shown": shown})


@staff_action("payment.correct")
@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    """Propose to take a payment out of the ledger."""
    form = PaymentCorrectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with use_case_connection() as connection:
                form.propose(connection, payment_id, acting_for(request))
        except KofuError as error:
            note(request, refused=error.code)
            form.add_error(None, fault_words(error.code, error.message))
        else:
            messages.success(request, "訂正を起案しました。別の人が決裁します。")
            return HttpResponseRedirect(reverse("payments:corrections"))
    with use_case_connection() as connection:
        payment = read_lists.payment_head(connection, profile().code, payment_id)
    if payment is None:
        messages.error(request, "その収納はありません。")
        return HttpResponseRedirect(reverse("payments:corrections"))
    return render(
        request,
        "ledger/payments/correction.html",
        {"payment": payment, "channel": wording.CHANNELS[payment.channel], "form": form, "payment_id": payment_id},
        status=422 if form.errors else 200,
    )


@staff_action("payment.approve")
@require_POST
def decide(request: HttpRequest, correction_id: UUID) -> HttpResponse:
    """Approve a correction, or turn it down."""
    approve = request.POST.get("decision") == "approve"
    try:
        with use_case_connection() as connection:
            suspense.decide_correction(
                connection, correction_id, approve=approve, rules=rules(connection), acting=acting_for(request)
            )
    except KofuError as error:
        refuse(request, error)
    else:
        messages.success(request, "訂正を決裁しました。" if approve else "訂正を却下しました。収納はそのまま残ります。")
    return HttpResponseRedirect(reverse("payments:corrections"))
