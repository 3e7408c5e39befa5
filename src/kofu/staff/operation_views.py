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
from kofu.staff.operation import OperationCount, operations_of
from kofu.staff.permissions import PERMISSIONS
from kofu.staff.work import profile, reading_connection

ENDED = {"failed": "障害", "refused": "拒否", "invalid": "不成立", "conflict": "不成立", "not_found": "不成立"}


def _rows(counted: list[OperationCount]) -> list[tuple[str, str, int, datetime]]:
    """Add up what reads the same: operation, how it ended, how often, when last; failures first."""
    labels = {action.code: action.label for action in PERMISSIONS.actions}
    added: dict[tuple[str, str], tuple[int, datetime]] = {}
    for one in counted:
        key = (labels.get(one.action, "その他の処理"), ENDED.get(one.result, "完了"))
        times, last_at = added.get(key, (0, one.last_at))
        added[key] = (times + one.times, max(last_at, one.last_at))
    rows = [(label, ended, times, last_at) for (label, ended), (times, last_at) in added.items()]
    return sorted(rows, key=lambda row: (row[1] != "障害", -row[2], row[0]))


@staff_action("operation.view")
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Show that the system serves, what it is set to, and how often which operation ended how today."""
    today = datetime.now(JST).date()
    with reading_connection() as connection:
        counted = operations_of(connection, today)
    return render(
        request,
        "staff/operation.html",
        {
            "today": today,
            "rows": _rows(counted),
            "failed": sum(one.times for one in counted if one.result == "failed"),
            "municipality": profile(),
            "minutes": settings.SESSION_COOKIE_AGE // 60,
            "hours": settings.KOFU_SESSION_HOURS_MAX,
            "operator_minutes": operator_minutes(),
        },
    )
