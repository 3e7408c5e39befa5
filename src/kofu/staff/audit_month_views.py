"""The months of the record outside the database: where each is, and which two people are to delete (七年)."""

from __future__ import annotations

from datetime import date, datetime

import psycopg
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kofu.core.calendar import JST, day_in_japan
from kofu.platform.audit_archive import expired_months
from kofu.staff.actions import staff_action
from kofu.staff.read_audit import archived_months
from kofu.staff.work import use_case_connection


def count_due(connection: psycopg.Connection) -> int:
    """Count the months whose seven years are over and that are not deleted, for the home page."""
    return len(expired_months(connection, today=_today()))


def _today() -> date:
    return day_in_japan(datetime.now(JST))


@staff_action("audit.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show where each month is, and what is due."""
    with use_case_connection() as connection:
        months = archived_months(connection, _today())
    return render(request, "staff/audit_months.html", {"months": months, "system": settings.KOFU_SYSTEM})
