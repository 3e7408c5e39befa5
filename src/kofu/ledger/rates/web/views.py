"""率の登録: which rates hold, which wait, and how a year is put in from its 告示."""

from __future__ import annotations

from decimal import Decimal

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from kofu.core.calendar import day_in_japan
from kofu.core.errors import KofuError
from kofu.ledger.books.domain.rates import FORMULA_SINCE
from kofu.ledger.profile.rates_on_record import RateRow, list_rates, rates_in_use
from kofu.ledger.rates.rates import decide_rates, propose_rates
from kofu.ledger.screens.acting import acting_for
from kofu.staff.actions import staff_action
from kofu.staff.fault_words import LAPSED
from kofu.staff.fields import RateField, YearField
from kofu.staff.work import actor, note, profile, use_case_connection

FAULTS = {
    "rate_year": "令和3年より前の年と、来年より先の年は登録できません。",
    "rate_average": "平均貸付割合を確かめてください。",
    "reason_needed": "根拠（告示）を入れてください。",
    "proposed_already": "この年の率は決裁を待っています。先に決裁または却下してください。",
    "second_person_needed": "起案した人は決裁できません。別の決裁者が行ってください。",
    "proposal_lapsed": LAPSED,
    "decision_state": "すでに決裁または却下されています。",
    "no_such_rates": "該当する率はありません。",
}


class RateForm(forms.Form):
    """What was announced."""

    year = YearField(label="暦年（西暦）", min_value=FORMULA_SINCE, max_value=2200)
    average = RateField(
        label="平均貸付割合（%）",
        min_value=Decimal(0),
        max_value=Decimal(20),
        decimal_places=1,
        max_digits=4,
        help_text="財務大臣が前年11月30日までに告示する割合。率はここから計算します（法附則3条の2）。",
    )
    source = forms.CharField(
        label="根拠（告示）", max_length=200, help_text="例：令和8年11月30日財務省告示（告示番号まで）"
    )


@staff_action("rate.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show the rates that hold, those that wait, and what was refused or replaced."""
    return _page(request, RateForm(initial={"year": day_in_japan(timezone.now()).year + 1}))


@staff_action("rate.propose")
@require_POST
def propose(request: HttpRequest) -> HttpResponse:
    """Put the rates of a year in; they hold when another person has approved them."""
    form = RateForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            with use_case_connection() as connection:
                propose_rates(
                    connection,
                    profile().code,
                    year=given["year"],
                    average=int(given["average"] * 10),
                    source=given["source"],
                    acting=acting_for(request),
                )
        except KofuError as error:
            form.add_error(None, FAULTS.get(error.code, error.message))
            note(request, refused=error.code)
        else:
            messages.success(request, "起案しました。別の決裁者の決裁を待ちます。")
            return HttpResponseRedirect(reverse("rates:list"))
    return _page(request, form)


@staff_action("rate.approve")
@require_POST
def decide(request: HttpRequest, rate_id: int) -> HttpResponse:
    """Approve or refuse what waits."""
    approve = request.POST.get("answer") == "approve"
    try:
        with use_case_connection() as connection:
            decide_rates(connection, profile().code, rate_id, approve=approve, acting=acting_for(request))
    except KofuError as error:
        messages.error(request, FAULTS.get(error.code, error.message))
    else:
        messages.success(request, "決裁しました。以後の計算に使います。" if approve else "却下しました。")
    return HttpResponseRedirect(reverse("rates:list"))


def _page(request: HttpRequest, form: RateForm) -> HttpResponse:
    with use_case_connection() as connection:
        rows = list_rates(connection, profile().code)
        used = rates_in_use(connection, profile().code)
    in_use: dict[int, RateRow] = {}
    for row in reversed(rows):
        if row.approved:
            in_use[row.year] = row
    own = actor(request).login
    this_year = day_in_japan(timezone.now()).year
    return render(
        request,
        "ledger/rates/list.html",
        {
            "form": form,
            "waiting": [(row, _percents(row), row.proposed_by == own) for row in rows if row.approved is None],
            "years": [
                (year, {kind.value: f"{rate / 10:.1f}" for kind, rate in table.items()}, in_use.get(year))
                for year, table in sorted(used.years.items(), reverse=True)
            ],
            "shipped": not in_use,
            "missing": [year for year in (this_year, this_year + 1) if year not in used.years],
            "over": [row for row in rows if row.approved is False or (row.approved and in_use[row.year].id != row.id)],
        },
        status=422 if form.errors else 200,
    )


def _percents(row: RateRow) -> dict[str, str]:
    return {kind.value: f"{rate / 10:.1f}" for kind, rate in row.table().items()}
