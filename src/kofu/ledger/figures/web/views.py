"""収納率 by tax, 課税年度 and month: a chart and the numbers it is drawn from."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from kofu.core.calendar import day_in_japan
from kofu.ledger.books.domain.claims import Tax
from kofu.ledger.figures.collection_report import CollectionReport, count_collections, latest_report
from kofu.ledger.figures.domain.collection_figures import YearLine, year_lines
from kofu.ledger.figures.web.chart import chart_of
from kofu.ledger.screens import wording
from kofu.ledger.screens.acting import acting_for
from kofu.staff.actions import staff_action
from kofu.staff.work import note, profile, use_case_connection

YEARS_SHOWN = 6


@staff_action("report.view")
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show the latest count."""
    with use_case_connection() as connection:
        report = latest_report(connection, profile().code)
    return render(
        request,
        "ledger/report/page.html",
        {"report": report, "taxes": _taxes(report) if report is not None else []},
    )


@staff_action("report.view")
@require_POST
def count(request: HttpRequest) -> HttpResponse:
    """Count now."""
    with use_case_connection() as connection:
        figures = count_collections(connection, profile().code, acting=acting_for(request))
    note(request, years=len(figures.standings))
    messages.success(request, "集計しました。")
    return HttpResponseRedirect(reverse("report:page"))


def _taxes(report: CollectionReport) -> list[dict[str, object]]:
    lines = year_lines(report.figures.standings, report.figures.collected, day_in_japan(report.made_at))
    taxes = []
    for tax in Tax:
        shown = [line for line in lines if line.standing.tax is tax][:YEARS_SHOWN]
        if shown:
            named = [(profile().year_label(line.standing.fiscal_year), line) for line in shown]
            taxes.append(
                {
                    "name": wording.taxes()[tax],
                    "lines": named,
                    "months": _months(shown),
                    "chart": chart_of(named),
                }
            )
    return taxes


def _months(lines: list[YearLine]) -> list[tuple[str, list[object]]]:
    """Rows of the table beside the chart: a month of each year, empty where it is still to come."""
    longest = max(lines, key=lambda line: len(line.months)).months
    return [
        (
            f"{month.month.month}月" + ("（翌年度）" if place >= 12 else ""),  # noqa: PLR2004 - months of a year
            [line.months[place] if place < len(line.months) else None for line in lines],
        )
        for place, month in enumerate(longest)
    ]
