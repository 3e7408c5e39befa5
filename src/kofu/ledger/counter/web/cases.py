"""調査票 of the counters: what stopped them, what two people found; and stopping them by hand."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from kofu.certificates.domain.findings import SIGNERS, standing
from kofu.core.errors import KofuError
from kofu.ledger.counter import cases as counter_cases
from kofu.ledger.counter.cases import stops_standing
from kofu.ledger.counter.read import case_of, cases
from kofu.ledger.counter.web.forms import CounterCaseFindingForm
from kofu.ledger.counter.web.words import CASE_KINDS, fault_words
from kofu.ledger.screens.acting import acting_for
from kofu.ledger.screens.forms import ReasonForm
from kofu.staff.actions import staff_action
from kofu.staff.work import actor, profile, use_case_connection


@staff_action("certificate_case.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List the cases, and whether the counters are stopped."""
    with use_case_connection() as connection:
        found = cases(connection, profile().code)
        stops = stops_standing(connection, profile().code)
    return render(
        request,
        "ledger/certificates/cases.html",
        {"cases": [(case, CASE_KINDS[case.kind]) for case in found], "stops": stops, "form": ReasonForm()},
    )


@staff_action("certificate_case.view")
@require_safe
def one(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Show a case with its evidence and findings."""
    return _page(request, case_id, CounterCaseFindingForm())


@staff_action("certificate_case.sign")
@require_POST
def sign(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Add one's own finding; the second person's closes the case and lets the counters go on."""
    form = CounterCaseFindingForm(request.POST)
    if not form.is_valid():
        return _page(request, case_id, form)
    try:
        with use_case_connection() as connection:
            closed = counter_cases.sign_case(
                connection, case_id, form.cleaned_data["finding"], acting=acting_for(request)
            )
    except KofuError as error:
        form.add_error("finding", fault_words(error))
        return _page(request, case_id, form)
    said = "調査票を完結しました。" if closed else "署名しました。もう一人の署名で完結します。"
    messages.success(request, said)
    return HttpResponseRedirect(reverse("certificates:case", args=[case_id]))


@staff_action("certificate.stop")
@require_POST
def stop(request: HttpRequest) -> HttpResponse:
    """Stop the counters at once; only two people's findings start them again."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, "止める理由を入力してください。")
        return HttpResponseRedirect(reverse("certificates:cases"))
    with use_case_connection() as connection:
        case_id = counter_cases.stop_by_hand(
            connection, profile().code, reason=form.cleaned_data["reason"], acting=acting_for(request)
        )
    messages.success(request, "窓口交付を止めました。再開するには、調査票に二人の署名が必要です。")
    return HttpResponseRedirect(reverse("certificates:case", args=[case_id]))


def _page(request: HttpRequest, case_id: UUID, form: CounterCaseFindingForm) -> HttpResponse:
    with use_case_connection() as connection:
        found = case_of(connection, profile().code, case_id)
    if found is None:
        raise Http404("no such case")
    case, signatures = found
    return render(
        request,
        "ledger/certificates/case.html",
        {
            "case": case,
            "kind": CASE_KINDS[case.kind],
            "signatures": signatures,
            "missing": SIGNERS - len(standing(signatures)),
            "signed_by_me": any(signature.by == actor(request).login for signature in signatures),
            "form": form,
        },
        status=422 if form.errors else 200,
    )
