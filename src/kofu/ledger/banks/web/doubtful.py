"""口座の確認: accounts that can hardly exist, confirmed by another person than the one who entered them."""

from __future__ import annotations

import psycopg
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from kofu.core.errors import KofuError
from kofu.ledger.banks.banks import bank_words
from kofu.ledger.banks.domain.bank_accounts import DEPOSITS, BankAccount, can_hardly_exist
from kofu.ledger.banks.doubtful_accounts import confirm_account, doubtful_accounts
from kofu.ledger.screens.acting import acting_for
from kofu.staff.actions import staff_action
from kofu.staff.fault_words import LAPSED
from kofu.staff.work import actor, concerns, note, profile, use_case_connection

FAULTS = {
    "reason_needed": "何で確かめたかを入力してください。",
    "account_unknown": "その口座は確認を待っていません。",
    "second_person_needed": "登録した人は確認できません。別の人が確認してください。",
    "proposal_lapsed": LAPSED,
}
WARNING = "口座番号がすべて0です。通常は存在しません。別の人が「口座の確認」で確かめるまで、振込・振替に使いません。"


class ConfirmForm(forms.Form):
    """An account, and by what it was confirmed."""

    bank_code = forms.CharField(max_length=4, widget=forms.HiddenInput)
    branch_code = forms.CharField(max_length=3, widget=forms.HiddenInput)
    account_type = forms.CharField(max_length=1, widget=forms.HiddenInput)
    account_number = forms.CharField(max_length=7, widget=forms.HiddenInput)
    reason = forms.CharField(label="何で確かめたか", max_length=200)


def warn(request: HttpRequest, account: BankAccount) -> None:
    """Warn who has just entered an account that can hardly exist."""
    if can_hardly_exist(account):
        messages.warning(request, WARNING)


def count_waiting(connection: psycopg.Connection) -> int:
    """Count the accounts that wait for a second look."""
    return len(doubtful_accounts(connection, profile().code))


@staff_action("account.confirm")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List the accounts that wait for a second look."""
    with use_case_connection() as connection:
        found = doubtful_accounts(connection, profile().code)
    note(request, rows=len(found))
    for one in found:
        concerns(request, one.addressee_number)
    mine = actor(request).login
    rows = [
        (
            one,
            bank_words(one.bank_code, one.branch_code),
            (DEPOSITS | {"4": "貯蓄"}).get(one.account_type, one.account_type),
            one.entered_by == mine,
            ConfirmForm(
                initial={
                    "bank_code": one.bank_code,
                    "branch_code": one.branch_code,
                    "account_type": one.account_type,
                    "account_number": one.account_number,
                },
                auto_id=f"id_%s_{place}",
            ),
        )
        for place, one in enumerate(found)
    ]
    return render(request, "ledger/debit/doubtful.html", {"rows": rows})


@staff_action("account.confirm")
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Confirm one of them."""
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        messages.error(request, FAULTS["reason_needed"])
        return HttpResponseRedirect(reverse("debit:doubtful"))
    given = form.cleaned_data
    account = BankAccount(
        bank_code=given["bank_code"],
        branch_code=given["branch_code"],
        account_type=given["account_type"],
        account_number=given["account_number"],
        holder="",
    )
    try:
        with use_case_connection() as connection:
            confirm_account(connection, profile().code, account, reason=given["reason"], acting=acting_for(request))
    except KofuError as error:
        messages.error(request, FAULTS.get(error.code, error.message))
        note(request, refused=error.code)
    else:
        messages.success(request, "口座を確認しました。次の振込・振替から使います。")
    return HttpResponseRedirect(reverse("debit:doubtful"))
