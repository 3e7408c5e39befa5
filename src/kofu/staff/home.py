"""The first page after login, of every system: the work lists with how much waits in each."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kofu.staff.actions import staff_action
from kofu.staff.registry import WorkList, work_lists_for
from kofu.staff.work import actor, use_case_connection


@dataclass(frozen=True, slots=True)
class WorkListCount:
    """A work list and how much waits in it."""

    work_list: WorkList
    count: int


@staff_action("home.view")
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Show what waits for this role."""
    lists = work_lists_for(actor(request).role)
    waiting: tuple[WorkListCount, ...] = ()
    if lists:
        with use_case_connection() as connection:
            waiting = tuple(WorkListCount(work_list, work_list.count(connection)) for work_list in lists)
    return render(request, "staff/home.html", {"waiting": waiting})
