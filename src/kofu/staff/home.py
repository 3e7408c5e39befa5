"""The first page after login, of every system: the work lists with how much waits in each."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kofu.staff.actions import staff_action
from kofu.staff.registry import FigureValue, HomeFigure, WorkList, figures_for, work_lists_for
from kofu.staff.work import actor, use_case_connection


@dataclass(frozen=True, slots=True)
class WorkListCount:
    """A work list and how much waits in it."""

    work_list: WorkList
    count: int


@dataclass(frozen=True, slots=True)
class ShownFigure:
    """A figure and what it is now."""

    figure: HomeFigure
    value: FigureValue


@staff_action("home.view")
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Show how the house stands and what waits for this role; lists with nothing in them step back."""
    role = actor(request).role
    lists, figures = work_lists_for(role), figures_for(role)
    waiting: tuple[WorkListCount, ...] = ()
    shown: tuple[ShownFigure, ...] = ()
    if lists or figures:
        with use_case_connection() as connection:
            waiting = tuple(WorkListCount(work_list, work_list.count(connection)) for work_list in lists)
            shown = tuple(ShownFigure(figure, figure.read(connection)) for figure in figures)
    return render(
        request,
        "staff/home.html",
        {
            "figures": shown,
            "waiting": [item for item in waiting if item.count],
            "empty": [item for item in waiting if not item.count],
        },
    )
