"""The months of the record outside the database: where each is, and which two people are to delete (七年)."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kofu.core.calendar import JST, day_in_japan
from kofu.staff.actions import staff_action
from kofu.staff.read_audit import archived_months
from kofu.staff.work import use_case_connection


@staff_action("audit.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show where each month is, and what is due."""
    with use_case_connection() as connection:
        months = archived_months(connection, day_in_japan(datetime.now(JST)))
    return render(request, "staff/audit_months.html", {"months": months, "system": settings.KOFU_SYSTEM})
