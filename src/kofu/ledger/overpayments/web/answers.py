"""差戻し, 却下, and another account before the transfer."""

from __future__ import annotations

from uuid import UUID

import psycopg
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from kofu.ledger.banks.domain.bank_accounts import BankAccount
from kofu.ledger.overpayments import answers
from kofu.ledger.overpayments.web.forms import AccountCorrectionForm
from kofu.ledger.overpayments.web.views import case_or_404, page_of, run, run_with_account
from kofu.ledger.screens.acting import acting_for
from kofu.ledger.screens.forms import ReasonForm
from kofu.staff.actions import staff_action

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

    def correct(connection: psycopg.Connection, account: BankAccount) -> str:
        answers.correct_account(
            connection,
            case_id,
            account,
            reason=form.cleaned_data["reason"],
            holder_confirmed=form.cleaned_data["holder_confirmed"],
            acting=acting_for(request, found.addressee_number),
        )
        return "振込先を訂正しました。"

    return run_with_account(request, case_id, form, correct, again=lambda: page_of(request, case_id, correct_form=form))
