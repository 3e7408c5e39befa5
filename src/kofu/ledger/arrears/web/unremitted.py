"""特別徴収の未納入: the list of what employers and pension payers have not remitted."""

from __future__ import annotations

import psycopg
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kofu.core.calendar import day_in_japan
from kofu.ledger.arrears.unremitted import list_unremitted, unremitted_totals
from kofu.ledger.arrears.web import columns
from kofu.ledger.screens import wording
from kofu.staff.actions import staff_action
from kofu.staff.lists import given_out, shown_list
from kofu.staff.work import note, profile, use_case_connection


def count_unremitted(connection: psycopg.Connection) -> int:
    """Count the months that are overdue."""
    return sum(one.count for one in unremitted_totals(connection, profile().code, day_in_japan(timezone.now())))


@staff_action("dunning.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List them, the oldest first, with the sums of all."""
    today = day_in_japan(timezone.now())
    with use_case_connection() as connection:
        rows = list_unremitted(connection, profile().code, today)
        totals = unremitted_totals(connection, profile().code, today)
    shown = shown_list(request, columns.UNREMITTED, rows)
    if given := given_out(request, shown):
        return given
    note(request, rows=len(shown.rows))
    return render(
        request,
        "ledger/arrears/unremitted.html",
        {
            "shown": shown,
            "rows": [(row, wording.METHODS[row.collection_method]) for row in shown.rows],
            "totals": [(one, wording.METHODS[one.collection_method]) for one in totals],
        },
    )
