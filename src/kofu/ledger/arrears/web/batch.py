"""督促状 of a run as a batch: one file in the order of the post; single ones taken out with a reason."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from kofu.core.errors import KofuError
from kofu.ledger.arrears import dunning_runs
from kofu.ledger.arrears.letters import dunning_envelopes
from kofu.ledger.arrears.web.views import FAULTS
from kofu.ledger.letters.letter_batches import BatchKind, print_batch
from kofu.ledger.letters.web.letters import FAULTS as LETTER_FAULTS
from kofu.ledger.letters.web.letters import LetterPrintForm, file_of, work_of
from kofu.ledger.screens.acting import acting_for, rules
from kofu.staff.actions import staff_action
from kofu.staff.work import note, use_case_connection, visit_of


@staff_action("dunning.print")
@require_POST
def letters(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Hand out all letters of an approved run as one file."""
    form = LetterPrintForm(request.POST)
    if not form.is_valid():
        return HttpResponseRedirect(reverse("arrears:run", args=[run_id]))
    try:
        with use_case_connection() as connection, use_case_connection() as watch:
            work = work_of(request, connection, watch, form)
            envelopes = dunning_envelopes(connection, run_id, work=work, interest=rules(connection))
            batch = print_batch(
                connection,
                form.cleaned_data["batch_id"],
                BatchKind.DUNNING,
                envelopes,
                subject=str(run_id),
                work=work,
            )
    except KofuError as error:
        visit_of(request).result = "refused"
        note(request, code=error.code)
        messages.error(request, LETTER_FAULTS.get(error.code, error.message))
        return HttpResponseRedirect(reverse("arrears:run", args=[run_id]))
    return file_of(request, batch, "dunning-letters")


@staff_action("dunning.make")
@require_POST
def take_out(request: HttpRequest, run_id: UUID, claim_id: int) -> HttpResponse:
    """Take one out of the list, or its letter out of the post."""
    try:
        with use_case_connection() as connection:
            dunning_runs.take_out(
                connection, run_id, claim_id, reason=request.POST.get("reason", ""), acting=acting_for(request)
            )
    except KofuError as error:
        messages.error(request, FAULTS.get(error.code, error.message))
    else:
        messages.success(request, "外しました。理由とともに、この一覧に残ります。")
    return HttpResponseRedirect(reverse("arrears:run", args=[run_id]))


@staff_action("dunning.make")
@require_POST
def take_out_several(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Take what was ticked out of the list, for one reason: all of it or none."""
    ticked = [int(one) for one in request.POST.getlist("claim") if one.isascii() and one.isdigit()]
    try:
        with use_case_connection() as connection:
            taken = dunning_runs.take_out_several(
                connection, run_id, ticked, reason=request.POST.get("reason", ""), acting=acting_for(request)
            )
    except KofuError as error:
        messages.error(request, FAULTS.get(error.code, error.message))
    else:
        messages.success(request, f"{taken:,} 件を外しました。理由とともに、この一覧に残ります。")
    return HttpResponseRedirect(reverse("arrears:run", args=[run_id]))
