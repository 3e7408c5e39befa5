"""日計: papers and fees of a day by office and clerk, to be printed and handed in with the cash."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import timedelta
from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kofu.core.calendar import day_in_japan
from kofu.ledger.counter.read import FeeLine, fees_of_day, left_of_day
from kofu.ledger.counter.web import words
from kofu.ledger.counter.web.views import day_of, own_office_only
from kofu.staff.actions import staff_action
from kofu.staff.work import note, profile, use_case_connection


@dataclass(frozen=True, slots=True)
class Sums:
    """Papers handed over, free ones among them; yen taken, given back and kept."""

    copies: int
    free: int
    taken: int
    returned: int
    net: int


@staff_action("certificate_report.view")
@require_safe
def day(request: HttpRequest) -> HttpResponse:
    """Show the fees of a day; a branch sees its own."""
    shown, today = day_of(request), day_in_japan(timezone.now())
    with use_case_connection() as connection:
        lines = fees_of_day(connection, profile().code, shown, own_office_only(request))
        left = left_of_day(connection, profile().code, shown, own_office_only(request))
    note(request, rows=len(lines))
    names = words.office_names()
    offices = [
        (names.get(office, office), [(line, words.kind_label(line.kind)) for line in own], sums_of(own))
        for office, found in groupby(lines, key=lambda line: line.office)
        for own in [list(found)]
    ]
    return render(
        request,
        "ledger/certificates/report.html",
        {
            "day": shown,
            "before": shown - timedelta(days=1),
            "after": shown + timedelta(days=1) if shown < today else None,
            "offices": offices,
            "total": sums_of(lines),
            "left": [(line, names.get(line.office, line.office)) for line in left],
        },
    )


def sums_of(lines: list[FeeLine]) -> Sums:
    """Sum lines up."""
    return Sums(**{field.name: sum(getattr(line, field.name) for line in lines) for field in fields(Sums)})
