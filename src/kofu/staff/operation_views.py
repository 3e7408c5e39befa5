"""The screen of how a system runs: health, configuration, and the record of a day without any person."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kofu.core.calendar import JST
from kofu.platform.settings import operator_minutes
from kofu.staff.actions import staff_action
from kofu.staff.operation import operations_of
from kofu.staff.permissions import PERMISSIONS
from kofu.staff.work import profile, reading_connection


@staff_action("operation.view")
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Show that the system serves, what it is set to, and how often which operation ended how today."""
    today = datetime.now(JST).date()
    labels = {action.code: action.label for action in PERMISSIONS.actions}
    with reading_connection() as connection:
        counted = operations_of(connection, today)
    return render(
        request,
        "staff/operation.html",
        {
            "today": today,
            "rows": [(labels.get(one.action, "その他の処理"), one) for one in counted],
            "failed": sum(one.times for one in counted if one.result == "failed"),
            "municipality": profile(),
            "minutes": settings.SESSION_COOKIE_AGE // 60,
            "hours": settings.KOFU_SESSION_HOURS_MAX,
            "operator_minutes": operator_minutes(),
        },
    )
