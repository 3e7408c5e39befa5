"""口座振替の登録 of one person: the accounts registered, a new one from a 依頼書, the end of one."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from kofu.core.errors import KofuError
from kofu.ledger.banks.banks import BankProblem, bank_words
from kofu.ledger.banks.domain.bank_accounts import DEPOSITS
from kofu.ledger.banks.web.account_form import AccountForm
from kofu.ledger.banks.web.doubtful import warn
from kofu.ledger.debit.domain.direct_debit import EndReason
from kofu.ledger.debit.mandates import end_mandate, mandates_of, register_mandate
from kofu.ledger.people.find import FoundPerson
from kofu.ledger.screens.acting import acting_for
from kofu.ledger.screens.found import found_or_404
from kofu.staff.actions import staff_action
from kofu.staff.fields import DayField
from kofu.staff.work import profile, use_case_connection

REASONS = {
    EndReason.PAYER: "本人の申出",
    EndReason.BANK: "金融機関からの通知",
    EndReason.CHANGED: "口座の変更",
    EndReason.DEAD: "死亡",
}
FAULTS = {
    "deposit_not_debited": "貯蓄預金からは振り替えられません。普通・当座・納税準備預金を指定してください。",
    "mandate_order": "開始日は依頼書の受付日以後で、登録済みの口座の開始日より後にしてください。",
    "mandate_ends_later": "前の口座の振替終了日が先の日付です。その終了日以後を「振替の開始」にしてください。",
    "payer_dead": "この方は死亡しています。口座振替は登録できません。相続人に納付書を送ってください。",
    "mandate_ended": "この登録は、すでに終了しています。",
}


class MandateForm(AccountForm):
    """口座振替依頼書: when it came, from which 納期限, which account."""

    applied_on = DayField(label="依頼書の受付日")
    starts_on = DayField(label="振替の開始", help_text="この日以後の納期限から振り替えます。")
    account_type = forms.ChoiceField(
        label="預金種目", choices=tuple(DEPOSITS.items()), required=False, widget=forms.RadioSelect
    )


class MandateEndForm(forms.Form):
    """From when and why an account is not debited any more."""

    ends_on = DayField(label="振替の終了", help_text="この日以後の納期限は振り替えません。")
    reason = forms.ChoiceField(
        label="事由",
        choices=[(reason.value, words) for reason, words in REASONS.items() if reason is not EndReason.CHANGED],
        widget=forms.RadioSelect,
    )


@staff_action("person.note", person="person_id")
def page(request: HttpRequest, person_id: str) -> HttpResponse:
    """Show the accounts of a person; register one."""
    found = found_or_404(person_id)
    form = MandateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with use_case_connection() as connection:
                register_mandate(
                    connection,
                    profile().code,
                    found.addressee_number,
                    form.account(),
                    applied_on=form.cleaned_data["applied_on"],
                    starts_on=form.cleaned_data["starts_on"],
                    acting=acting_for(request, found.addressee_number),
                )
        except BankProblem as problem:
            form.add_error(problem.field, problem.message)
        except KofuError as error:
            form.add_error(None, FAULTS.get(error.code, error.message))
        else:
            messages.success(request, "口座を登録しました。")
            warn(request, form.account())
            return HttpResponseRedirect(reverse("debit:person", args=[person_id]))
    return _page(request, found, form, MandateEndForm())


@staff_action("person.note", person="person_id")
@require_POST
def end(request: HttpRequest, person_id: str, mandate_id: UUID) -> HttpResponse:
    """End a registration."""
    found = found_or_404(person_id)
    form = MandateEndForm(request.POST)
    if not form.is_valid():
        return _page(request, found, MandateForm(), form)
    try:
        with use_case_connection() as connection:
            end_mandate(
                connection,
                profile().code,
                found.addressee_number,
                mandate_id,
                ends_on=form.cleaned_data["ends_on"],
                reason=EndReason(form.cleaned_data["reason"]),
                acting=acting_for(request, found.addressee_number),
            )
    except KofuError as error:
        messages.error(request, FAULTS.get(error.code, error.message))
    else:
        messages.success(request, "口座振替を終了しました。")
    return HttpResponseRedirect(reverse("debit:person", args=[person_id]))


def _page(request: HttpRequest, found: FoundPerson, form: MandateForm, end_form: MandateEndForm) -> HttpResponse:
    with use_case_connection() as connection:
        known = mandates_of(connection, profile().code, found.addressee_number)
    shown = [
        {
            "mandate": mandate,
            "bank": bank_words(mandate.bank_code, mandate.branch_code),
            "deposit": DEPOSITS[mandate.account_type],
            "reason": REASONS[EndReason(mandate.end_reason)] if mandate.end_reason else "",
        }
        for mandate in known
    ]
    return render(
        request,
        "ledger/debit/person.html",
        {"person": found, "mandates": shown, "form": form, "end_form": end_form},
        status=422 if form.errors or end_form.errors else 200,
    )
