"""差戻し, 却下, and another account before the transfer."""

from __future__ import annotations

from uuid import UUID

import psycopg
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from kofu.core.errors import KofuError
from kofu.ledger.banks.banks import BankProblem
from kofu.ledger.banks.web.doubtful import warn
from kofu.ledger.overpayments import answers
from kofu.ledger.overpayments.web.forms import AccountCorrectionForm
from kofu.ledger.overpayments.web.views import case_or_404, page_of, run
from kofu.ledger.overpayments.web.words import FIELD_OF, fault_words
from kofu.ledger.screens.acting import acting_for
from kofu.ledger.screens.forms import ReasonForm
from kofu.staff.actions import staff_action
from kofu.staff.work import use_case_connection

ANSWERS = {
    "send_back": (answers.send_back, "差し戻しました。起案者が直して起案し直すか、取り下げます。"),
    "decline": (answers.decline, "却下しました。過誤納金はそのまま残り、過誤納の一覧に戻ります。"),
}


@staff_action("overpayment.approve")
@require_POST
def answer(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Send a proposal back, or turn it down."""
    found = case_or_404(request, case_id)
    form = ReasonForm(request.POST)
    action, said = ANSWERS.get(request.POST.get("answer", ""), ANSWERS["send_back"])
    if not form.is_valid():
        return page_of(request, case_id, answer_form=form)

    def give(connection: psycopg.Connection) -> str:
        by = acting_for(request, found.addressee_number)
        action(connection, case_id, reason=form.cleaned_data["reason"], acting=by)
        return said

    return run(request, case_id, give)


@staff_action("claim.register")
@require_POST
def correct_account(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Let a refund that was claimed be paid to another account."""
    found = case_or_404(request, case_id)
    form = AccountCorrectionForm(request.POST, auto_id="id_correct_%s")
    if form.is_valid():
        try:
            account = form.account()
        except BankProblem as error:
            form.add_error(error.field, error.message)
    if not form.is_valid():
        return page_of(request, case_id, correct_form=form)

    def correct(connection: psycopg.Connection) -> str:
        answers.correct_account(
            connection,
            case_id,
            account,
            reason=form.cleaned_data["reason"],
            holder_confirmed=form.cleaned_data["holder_confirmed"],
            acting=acting_for(request, found.addressee_number),
        )
        return "振込先を訂正しました。"

    try:
        with use_case_connection() as connection:
            said = correct(connection)
    except KofuError as error:
        if error.code not in FIELD_OF:
            messages.error(request, fault_words(error))
            return HttpResponseRedirect(reverse("refund:one", args=[case_id]))
        form.add_error(FIELD_OF[error.code], fault_words(error))
        return page_of(request, case_id, correct_form=form)
    messages.success(request, said)
    warn(request, account)
    return HttpResponseRedirect(reverse("refund:one", args=[case_id]))
