"""Rows to look at: who gets no paper until a row is corrected or accepted, and whose characters cannot be drawn.

A look at these lists is a look at persons: each person shown is on record.
"""

from __future__ import annotations

import psycopg
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from kofu.certificates.domain.findings import Signature
from kofu.core.errors import OperatorFault
from kofu.issuing.feeds import row_findings
from kofu.issuing.glyphs import glyph_sets
from kofu.issuing.web.acting import acting_for
from kofu.issuing.web.feeds.judged import HeldFeedForm
from kofu.issuing.web.feeds.wording import (
    DELIVERIES,
    REGISTERED,
    TABLE_NAMES,
    column_text,
    table_text,
    undrawable_text,
    undrawn_characters,
)
from kofu.issuing.web.wording import fault_text, finding_fault
from kofu.judgement.words import rule_text
from kofu.staff.actions import staff_action
from kofu.staff.work import actor, concerns, note, profile, use_case_connection


def said_of(found: row_findings.RowFinding, registered: frozenset[str] = frozenset()) -> str:
    """Say what was found: the rule, or which characters cannot be drawn and why.

    `registered`: characters drawn by registered glyphs (外字) meanwhile, by their code points.
    """
    if found.held:
        return rule_text(found.rule)
    undrawn = undrawn_characters(found.detail)
    if undrawn and undrawn <= registered:
        return f"{undrawable_text(found.detail)}　{REGISTERED}"
    return undrawable_text(found.detail)


def count_held(connection: psycopg.Connection) -> int:
    """Count the held rows, for the home page."""
    return row_findings.count_held(connection, profile().code)


def count_undelivered(connection: psycopg.Connection) -> int:
    """Count the glyph sets (外字の組) the ledger has and this side has not: one or none, for the home page."""
    last = glyph_sets.last_delivery(connection, profile().code)
    return int(last is not None and not last.outcome.is_current)


@staff_action("row.view")
@require_safe
def held(request: HttpRequest) -> HttpResponse:
    """List the held rows."""
    return _list(request, held=True)


@staff_action("row.view")
@require_safe
def undrawable(request: HttpRequest) -> HttpResponse:
    """List the texts the font does not draw exactly, with their code points."""
    return _list(request, held=False)


def _list(request: HttpRequest, *, held: bool) -> HttpResponse:
    after = request.GET.get("after", "0")
    with use_case_connection() as connection:
        found = row_findings.list_findings(
            connection, profile().code, held=held, after=int(after) if after.isdecimal() else 0
        )
        count = (row_findings.count_held if held else row_findings.count_listed)(connection, profile().code)
        taken = None if held else glyph_sets.kept_set(connection, profile().code)
        delivery = None if held else glyph_sets.last_delivery(connection, profile().code)
    for row in found:
        concerns(request, row.addressee_number)
    note(request, rows=len(found))
    registered = frozenset(taken.manifest.characters) if taken is not None else frozenset()
    return render(
        request,
        "issuing/feeds/rows.html",
        {
            "held": held,
            "undelivered": delivery if delivery is not None and not delivery.outcome.is_current else None,
            "undelivered_text": DELIVERIES.get(delivery.outcome, "") if delivery is not None else "",
            "set": taken.manifest if taken is not None else None,
            "count": count,
            "rows": [
                (
                    row,
                    TABLE_NAMES[row.table_name],
                    said_of(row, registered) + table_text(row.detail, profile().transposition),
                    column_text(row.column_name),
                )
                for row in found
            ],
            "next": found[-1].id if len(found) == row_findings.SHOWN else None,
        },
    )


@staff_action("row.view")
@require_safe
def row(request: HttpRequest, number: int) -> HttpResponse:
    """Show one held row with who accepts it."""
    return _page(request, number, HeldFeedForm())


def _page(request: HttpRequest, number: int, form: HeldFeedForm) -> HttpResponse:
    with use_case_connection() as connection:
        found = row_findings.read_finding(connection, profile().code, number)
        if found is None:
            raise Http404
        signatures = row_findings.signatures_of(connection, number)
    concerns(request, found.addressee_number)
    return render(
        request,
        "issuing/feeds/row.html",
        {
            "row": found,
            "table": TABLE_NAMES[found.table_name],
            "rule": said_of(found),
            "column": column_text(found.column_name),
            "signatures": signatures,
            "signed_by_me": any(signature.by == actor(request).login for signature in signatures),
            "form": form,
        },
        status=422 if form.errors else 200,
    )


@staff_action("row.accept")
def accept(request: HttpRequest, number: int) -> HttpResponse:
    """Find a held row right as it is; the second person's word ends it."""
    form = HeldFeedForm(request.POST or None)
    if not form.is_valid():
        return _page(request, number, form)
    new = Signature(by=actor(request).login, finding=form.cleaned_data["finding"])
    with use_case_connection() as connection:
        problem = finding_fault(row_findings.signatures_of(connection, number), new)
        if problem is None:
            try:
                accepted = row_findings.accept(connection, acting_for(request), profile().code, number, new)
            except OperatorFault as error:
                problem = fault_text(error)
    if problem is not None:
        form.add_error("finding", problem)
        return _page(request, number, form)
    if accepted:
        messages.success(request, "この行の保留を解きました。本人への交付ができます。")
        return HttpResponseRedirect(reverse("feeds:rows"))
    messages.success(request, "署名しました。別の職員の署名で保留が解けます。")
    return HttpResponseRedirect(reverse("feeds:row", args=[number]))
