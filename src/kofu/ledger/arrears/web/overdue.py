"""滞納者の一覧: by age or amount, filtered, by pages, and as a file of everybody on it."""

from __future__ import annotations

import csv
import io

import psycopg
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kofu.core.calendar import day_in_japan
from kofu.ledger.arrears.overdue import (
    OverdueFilter,
    OverdueOrder,
    OverduePerson,
    list_overdue,
    narrowed,
    overdue_total,
    soon_to_dun,
    total_of,
)
from kofu.staff.actions import staff_action
from kofu.staff.fields import NumberField
from kofu.staff.paging import cut
from kofu.staff.registry import FigureValue
from kofu.staff.work import concerns_all, note, profile, use_case_connection

YEN_MAX = 999_999_999
DAYS_MAX = 36_500


class OverdueForm(forms.Form):
    """What the list is ordered and narrowed by, from the address."""

    order = forms.ChoiceField(
        label="並び",
        required=False,
        choices=[(OverdueOrder.AGE.value, "納期限の古い順"), (OverdueOrder.AMOUNT.value, "金額の多い順")],
    )
    yen = NumberField(label="未納額（円以上）", required=False, min_value=0, max_value=YEN_MAX)
    days = NumberField(label="納期限から（日以上）", required=False, min_value=0, max_value=DAYS_MAX)


def people_in_arrears(connection: psycopg.Connection) -> FigureValue:
    """Count people and yen for the home page."""
    total = overdue_total(connection, profile().code, day_in_japan(timezone.now()))
    return FigureValue(count=total.people, unit="人", yen=total.amount)


def dunning_due(connection: psycopg.Connection) -> FigureValue:
    """Count what 督促状 must be sent for in these days, for the home page."""
    return FigureValue(count=soon_to_dun(connection, profile().code, day_in_japan(timezone.now())), unit="期別")


@staff_action("dunning.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List who is in arrears; with `file=1` give everybody on the list as CSV. Who is shown is on record."""
    today = day_in_japan(timezone.now())
    form = OverdueForm(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    order = OverdueOrder(chosen.get("order") or OverdueOrder.AGE)
    only = OverdueFilter(yen=chosen.get("yen") or 0, days=chosen.get("days") or 0)
    with use_case_connection() as connection:
        everybody = list_overdue(connection, profile().code, today)
    rows = narrowed(everybody, today, order, only) if form.is_valid() else []
    given_out = request.GET.get("file") == "1"
    page, shown = cut(request, rows)
    note(request, rows=len(rows), given_out="yes" if given_out else "no")
    if given_out:
        concerns_all(request, (row.addressee_number for row in rows))
        return _file(rows, today.strftime("%Y%m%d"))
    return render(
        request,
        "ledger/arrears/overdue.html",
        {
            "rows": [(row, (today - row.oldest).days) for row in shown],
            "total": total_of(everybody),
            "form": form,
            "page": page,
            "sum": total_of(rows).amount,
        },
    )


def _file(rows: list[OverduePerson], day: str) -> HttpResponse:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(["宛名番号", "氏名", "期別数", "最も古い納期限", "未納額（本税）"])
    for row in rows:
        table.writerow([row.addressee_number, row.name, row.claims, row.oldest.isoformat(), row.due])
    answer = HttpResponse(text.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="overdue-{day}.csv"'
    return answer
