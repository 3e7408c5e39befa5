"""滞納者の一覧: by age or amount, filtered, by pages, and as a file of everybody on it."""

from __future__ import annotations

import psycopg
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kofu.core.calendar import day_in_japan
from kofu.ledger.arrears.overdue import (
    overdue_total,
    read_overdue,
    soon_to_dun,
)
from kofu.ledger.arrears.web import columns
from kofu.ledger.screens import wording
from kofu.staff.actions import staff_action
from kofu.staff.lists import given_out, shown_list
from kofu.staff.registry import FigureValue
from kofu.staff.work import note, profile, use_case_connection


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
    """List who is in arrears, the oldest first."""
    today = day_in_japan(timezone.now())
    with use_case_connection() as connection:
        overdue = read_overdue(connection, profile().code, today)
    shown = shown_list(request, columns.OVERDUE, [(one, (today - one.oldest).days) for one in overdue.people])
    if given := given_out(request, shown):
        return given
    note(request, rows=len(shown.rows))
    return render(
        request,
        "ledger/arrears/overdue.html",
        {"shown": shown, "overdue": overdue, "extinguished_words": wording.EXTINGUISHED},
    )
