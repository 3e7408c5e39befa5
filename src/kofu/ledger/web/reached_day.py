"""Every request begins on the day it is: what is out of reach from this day on is hidden before a page asks for it."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from kofu.ledger.acting.reached_day import reach_day
from kofu.staff.work import use_case_connection


class ReachedDay:
    """Middleware that tells the database the day in Japan."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Take the rest of the chain."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Reach the day, then answer."""
        with use_case_connection() as connection:
            reach_day(connection, timezone.localdate())
        return self._get_response(request)
