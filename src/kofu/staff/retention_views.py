"""保管と消去: the table of what is kept how long, with the last run of each job, for who answers for it."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kofu.core.system_names import SYSTEM_NAMES
from kofu.platform.retention import last_runs, retention_rules
from kofu.staff.actions import staff_action
from kofu.staff.work import use_case_connection


@staff_action("retention.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show every rule; this system's own first, with when its job last ran."""
    own = settings.KOFU_SYSTEM
    with use_case_connection() as connection:
        runs = last_runs(connection)
    rules = sorted(retention_rules(), key=lambda rule: rule.system != own)
    return render(
        request,
        "staff/retention.html",
        {"rows": [(rule, SYSTEM_NAMES[rule.system].short, rule.system == own, runs.get(rule.code)) for rule in rules]},
    )
