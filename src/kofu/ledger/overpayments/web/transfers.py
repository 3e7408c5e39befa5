"""還付の振込: what waits to be paid out, the file for the bank."""

from __future__ import annotations

import hashlib
from datetime import date

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from kofu.core.calendar import day_in_japan, is_business_day, next_business_day
from kofu.core.errors import KofuError
from kofu.ledger.overpayments.pay import pay_refunds
from kofu.ledger.overpayments.payable import payable, waits_for_a_look, waits_for_heirs
from kofu.ledger.overpayments.read import CASES, cases
from kofu.ledger.overpayments.web import columns
from kofu.ledger.profile.ledger_profile import ledger_profile
from kofu.ledger.screens import wording
from kofu.ledger.screens.acting import acting_for
from kofu.ledger.sent_files.named_people import people_in_file
from kofu.staff.actions import staff_action
from kofu.staff.fields import DayField
from kofu.staff.lists import given_out, shown_list
from kofu.staff.paging import cut
from kofu.staff.stored_lists import StoredList
from kofu.staff.work import concerns_all, note, profile, use_case_connection


class TransferForm(forms.Form):
    """The day the bank is to pay."""

    on = DayField(label="振込指定日")

    def clean_on(self) -> date:
        """Refuse days on which no bank pays."""
        day: date = self.cleaned_data["on"]
        if not is_business_day(day):
            raise forms.ValidationError("金融機関の休業日です。営業日を指定してください。")
        if day <= day_in_japan(timezone.now()):
            raise forms.ValidationError("明日以降の営業日を指定してください。")
        return day


@staff_action("claim.view")
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show what waits to be paid out, and what was paid."""
    return _page(request, TransferForm())


def _page(request: HttpRequest, form: TransferForm) -> HttpResponse:
    with use_case_connection() as connection:
        waiting = cases(connection, profile().code, ("claimed",))
        of_these = {"code": profile().code, "states": list(columns.AFTER)}
        paid = StoredList(request, columns.PAID, CASES, connection, of_these)
        total = sum(payout.amount for payout in payable(connection, profile().code))
        for_heirs = set(waits_for_heirs(connection, profile().code))
        doubtful = waits_for_a_look(connection, profile().code)
    today = day_in_japan(timezone.now())
    if not form.is_bound:
        form.initial["on"] = next_business_day(date.fromordinal(today.toordinal() + 5))
    ready = [case for case in waiting if case.id not in for_heirs | doubtful]
    shown = shown_list(request, columns.TO_PAY, ready)
    if given := given_out(request, shown, paid):
        return given
    doubtful_page, to_look_at = cut(request, [case for case in waiting if case.id in doubtful], name="doubtful")
    held_page, of_the_dead = cut(request, [case for case in waiting if case.id in for_heirs], name="held")
    return render(
        request,
        "ledger/refund/transfers.html",
        {
            "waiting": shown,
            "doubtful": to_look_at,
            "doubtful_page": doubtful_page,
            "held": of_the_dead,
            "held_page": held_page,
            "total": total,
            "paid": paid,
            "paid_rows": [(case, *wording.REFUND_STATES[case.state]) for case in paid.rows],
            "form": form,
        },
        status=422 if form.errors else 200,
    )


@staff_action("transfer.make")
@require_POST
def make(request: HttpRequest) -> HttpResponse:
    """Make the file, post the refunds, hand the file out once."""
    form = TransferForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    try:
        with use_case_connection() as connection:
            made = pay_refunds(
                connection,
                profile().code,
                ledger_profile(profile().code).transfer,
                on=form.cleaned_data["on"],
                answers=ledger_profile(profile().code).answer_rules,
                acting=acting_for(request),
                forms=ledger_profile(profile().code).bank_forms,
            )
            named = people_in_file(connection, profile().code, name=made.name)
    except KofuError as error:
        messages.error(request, "振込を待つ還付はありません。" if error.code == "nothing_to_pay" else error.message)
        return HttpResponseRedirect(reverse("refund:transfers"))
    concerns_all(request, named)
    note(request, rows=made.count, sha256=hashlib.sha256(made.content).hexdigest())
    response = HttpResponse(made.content, content_type="text/plain; charset=shift_jis")
    response["Content-Disposition"] = f'attachment; filename="{made.name}"'
    return response
