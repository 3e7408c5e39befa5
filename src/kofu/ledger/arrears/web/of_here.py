"""Before every screen of arrears: what the address names is this municipality's, or there is no such page."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from kofu.ledger.arrears.ownership import is_of, names_owned
from kofu.staff.work import profile, use_case_connection


def of_here(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer 404 for an id of another municipality, whether the view asks or not."""

    @wraps(view)
    def guarded(request: HttpRequest, **named: Any) -> HttpResponse:
        if owned := names_owned() & named.keys():
            with use_case_connection() as connection:
                if not all(is_of(connection, profile().code, name, named[name]) for name in owned):
                    raise Http404("there is nothing of this name here")
        return view(request, **named)

    return guarded
