"""What a clerk does with an application: issue, print, hand over, refuse, take back, approve, void, reissue."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from uuid import UUID

import psycopg
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from kofu.core.calendar import day_in_japan
from kofu.core.errors import KofuError
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.counter import issue as counter_certificates
from kofu.ledger.counter import preview, steps
from kofu.ledger.counter.print_together import print_rest
from kofu.ledger.counter.web.forms import HandOverForm, ReissueForm, ReprintForm, VoidForm
from kofu.ledger.counter.web.views import application_or_404, desk, page, rules
from kofu.ledger.counter.web.words import fault_words
from kofu.ledger.screens.acting import acting_for
from kofu.ledger.screens.forms import ReasonForm
from kofu.ledger.screens.papers import pdf_answer
from kofu.staff.actions import staff_action
from kofu.staff.work import actor, note, use_case_connection, visit_of

WRONG_FIELDS = "入力を確かめてください。"


@staff_action("certificate.issue", person="person_id")
@require_POST
def issue(request: HttpRequest, person_id: str, application_id: UUID) -> HttpResponse:
    """Issue what the clerk has seen."""
    found, _, _ = application_or_404(request, person_id, application_id)
    by, office = acting_for(request, found.addressee_number), actor(request).office

    def do(connection: psycopg.Connection) -> str:
        copies = counter_certificates.issue(
            connection, desk(connection), application_id, seen=request.POST.get("seen", ""), office=office, acting=by
        )
        return f"{len(copies)} 通を発行しました。印刷して内容を確かめ、手数料と引換えに交付してください。"

    return _run_step(request, person_id, application_id, do)


@staff_action("certificate.issue", person="person_id")
@require_POST
def print_one(request: HttpRequest, person_id: str, application_id: UUID, position: int) -> HttpResponse:
    """Give a copy as PDF from memory; nothing of it is kept here or by the browser."""
    found, _, _ = application_or_404(request, person_id, application_id)
    form = ReprintForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        with use_case_connection() as connection:
            paper = counter_certificates.print_copy(
                connection,
                desk(connection),
                application_id,
                position,
                office=actor(request).office,
                reason=reason,
                acting=acting_for(request, found.addressee_number),
            )
    except KofuError as error:
        return _not_printed(request, person_id, application_id, error)
    visit_of(request).result = "printed"
    note(request, paper=paper.certificate_number, sha256=paper.sha256)
    return pdf_answer(paper.pdf, paper.certificate_number)


@staff_action("certificate.issue", person="person_id")
@require_POST
def print_all(request: HttpRequest, person_id: str, application_id: UUID) -> HttpResponse:
    """Give every copy that was not printed yet as one PDF from memory, several years and copies together."""
    found, _, line = application_or_404(request, person_id, application_id)
    try:
        with use_case_connection() as connection:
            together = print_rest(
                connection,
                desk(connection),
                application_id,
                office=actor(request).office,
                acting=acting_for(request, found.addressee_number),
            )
    except KofuError as error:
        return _not_printed(request, person_id, application_id, error)
    visit_of(request).result = "printed"
    note(request, copies=len(together.papers), sha256=hashlib.sha256(together.pdf).hexdigest())
    return pdf_answer(together.pdf, str(line.number))


@staff_action("certificate.issue", person="person_id")
@require_POST
def hand_over(request: HttpRequest, person_id: str, application_id: UUID) -> HttpResponse:
    """Record that the applicant has the papers and the office the fee."""

    def do(connection: psycopg.Connection, form: forms.Form, office: str, by: Acting) -> str:
        fee = steps.hand_over(
            connection, application_id, fee_taken=form.cleaned_data["fee_taken"], office=office, acting=by
        )
        return f"交付しました。手数料 {fee:,} 円。"

    return _filled(request, person_id, application_id, HandOverForm(request.POST), do)


@staff_action("certificate.issue", person="person_id")
@require_POST
def refuse(request: HttpRequest, person_id: str, application_id: UUID) -> HttpResponse:
    """Record that nothing is issued, with the reasons the ledger gives now."""
    found, _, _ = application_or_404(request, person_id, application_id)
    by, office = acting_for(request, found.addressee_number), actor(request).office

    def do(connection: psycopg.Connection) -> str:
        shown = preview.preview(connection, desk(connection), application_id, today=day_in_japan(timezone.now()))
        reasons = " ".join(
            f"{year.year}:{'+'.join(failure.reason.value for failure in year.failures)}"
            for year in shown.years
            if year.failures
        )
        steps.refuse(connection, application_id, reason=reasons, office=office, acting=by)
        return "交付しないことを記録しました。"

    return _run_step(request, person_id, application_id, do)


@staff_action("certificate.issue", person="person_id")
@require_POST
def withdraw(request: HttpRequest, person_id: str, application_id: UUID) -> HttpResponse:
    """Record that the applicant goes without, or that the application is put right and taken again."""
    found, _, _ = application_or_404(request, person_id, application_id)
    by, office, again = acting_for(request, found.addressee_number), actor(request).office, "again" in request.POST
    reason = "内容を直して受け付け直し" if again else ""

    def do(connection: psycopg.Connection) -> str:
        steps.withdraw(connection, application_id, reason=reason, office=office, acting=by)
        return "はじめの申請を取り下げました。直して受け付けてください。" if again else "取り下げました。"

    shown = _run_step(request, person_id, application_id, do)
    if again and visit_of(request).detail.get("refused") is None:
        return HttpResponseRedirect(f"{reverse('certificates:apply', args=[person_id])}?again={application_id}")
    return shown


@staff_action("certificate.approve", person="person_id")
@require_POST
def approve(request: HttpRequest, person_id: str, application_id: UUID) -> HttpResponse:
    """Let an application about somebody under 支援措置 go on."""

    def do(connection: psycopg.Connection, form: forms.Form, office: str, by: Acting) -> str:
        steps.approve(
            connection, application_id, reason=form.cleaned_data["reason"], office=office, acting=by
        )  # fmt: skip
        return "決裁しました。受け付けた所属で発行できます。"

    return _filled(request, person_id, application_id, ReasonForm(request.POST), do)


@staff_action("certificate.approve", person="person_id")
@require_POST
def deny(request: HttpRequest, person_id: str, application_id: UUID) -> HttpResponse:
    """Refuse an application about somebody under 支援措置."""

    def do(connection: psycopg.Connection, form: forms.Form, office: str, by: Acting) -> str:
        steps.deny(connection, application_id, reason=form.cleaned_data["reason"], office=office, acting=by)
        return "交付しないことを決裁しました。"

    return _filled(request, person_id, application_id, ReasonForm(request.POST), do)


@staff_action("certificate.void", person="person_id")
@require_POST
def void(request: HttpRequest, person_id: str, application_id: UUID) -> HttpResponse:
    """Make papers count no more."""

    def do(connection: psycopg.Connection, form: forms.Form, office: str, by: Acting) -> str:
        steps.void(
            connection,
            application_id,
            reason=form.cleaned_data["reason"],
            fee_returned=form.cleaned_data["fee_returned"],
            office=office,
            acting=by,
        )
        return "無効にしました。番号は再び使われません。紙面を回収して廃棄してください。"

    return _filled(request, person_id, application_id, VoidForm(request.POST, prefix="void"), do)


@staff_action("certificate.void", person="person_id")
@require_POST
def reissue(request: HttpRequest, person_id: str, application_id: UUID) -> HttpResponse:
    """Void papers and take the same application again."""
    found, _, _ = application_or_404(request, person_id, application_id)
    form = ReissueForm(request.POST, prefix="reissue", rules=rules())
    if not form.is_valid():
        return page(request, person_id, application_id, wrong=_errors(form), status=422)
    try:
        with use_case_connection() as connection:
            new_id = steps.reissue(
                connection,
                desk(connection),
                application_id,
                reason=form.cleaned_data["reason"],
                free_reason=form.cleaned_data["free_reason"],
                fee_returned=form.cleaned_data["fee_returned"],
                office=actor(request).office,
                acting=acting_for(request, found.addressee_number),
            )
    except KofuError as error:
        note(request, refused=error.code)
        return page(request, person_id, application_id, wrong=fault_words(error), status=409)
    messages.success(request, "無効にし、同じ内容で受け付け直しました。内容を確かめて発行してください。")
    return HttpResponseRedirect(reverse("certificates:one", args=[person_id, new_id]))


def _not_printed(request: HttpRequest, person_id: str, application_id: UUID, error: KofuError) -> HttpResponse:
    """Show the application with why nothing of it was printed."""
    visit_of(request).result = "refused"
    note(request, refused=error.code)
    return page(request, person_id, application_id, wrong=fault_words(error), status=409)


def _filled(
    request: HttpRequest,
    person_id: str,
    application_id: UUID,
    form: forms.Form,
    do: Callable[[psycopg.Connection, forms.Form, str, Acting], str],
) -> HttpResponse:
    """Run a step with a filled form, or show what is wrong with it."""
    found, _, _ = application_or_404(request, person_id, application_id)
    if not form.is_valid():
        return page(request, person_id, application_id, wrong=_errors(form), status=422)
    by, office = acting_for(request, found.addressee_number), actor(request).office
    return _run_step(request, person_id, application_id, lambda connection: do(connection, form, office, by))


def _run_step(
    request: HttpRequest, person_id: str, application_id: UUID, do: Callable[[psycopg.Connection], str]
) -> HttpResponse:
    """Run a step, say what came of it, show the application."""
    try:
        with use_case_connection() as connection:
            said = do(connection)
    except KofuError as error:
        note(request, refused=error.code)
        messages.error(request, fault_words(error))
    else:
        messages.success(request, said)
    return HttpResponseRedirect(reverse("certificates:one", args=[person_id, application_id]))


def _errors(form: forms.Form) -> str:
    """Say what is wrong with a form, field by field."""
    said = "　".join(
        f"{form.fields[name].label}：{error}"
        for name, errors in form.errors.items()
        if name in form.fields
        for error in errors
    )
    return said or WRONG_FIELDS
