"""The gate before every staff screen.

In this order, the first that fails answers: a declared action → an account that is active, in the one session it has →
a second factor shown in this session → a password of one's own → what others changed of the account was read → the
action allowed to the role → a purpose, where the table asks for one. Then the screen, then its entry in the audit log,
and only then the answer leaves. Where the entry cannot be written, nothing is shown (P3, P10).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import psycopg
from django.conf import settings
from django.contrib.auth import logout
from django.db import Error as DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.module_loading import import_string

from kofu.core.errors import KofuError, OperatorFault, OurFault
from kofu.platform.settings import one_session_each
from kofu.staff.account_changes import own_changes
from kofu.staff.actions import ActionDeclaration, declared_of
from kofu.staff.emergency import live_access
from kofu.staff.models import StaffAccount
from kofu.staff.permissions import EMERGENCY, PERMISSIONS
from kofu.staff.records import record_visit
from kofu.staff.signals import SECOND_FACTOR_KEY, SESSION_MARK_KEY
from kofu.staff.work import StaffVisit, actor_of, profile, pseudonym_of

log = logging.getLogger("kofu.staff")

BEGAN_KEY = "staff_session_began"
PURPOSES_KEY = "staff_purposes"
#: Reached with a password alone: only what is needed to get a second factor, or to leave.
BEFORE_SECOND_FACTOR = frozenset(
    {
        "account_logout",
        "account_reauthenticate",
        "mfa_activate_totp",
    }
)
PENDING_KEY = "staff_purpose_pending"
#: Reached with an initial password still: its change, and the recovery codes that were made a moment ago.
BEFORE_OWN_PASSWORD = frozenset({"account_change_password", "mfa_view_recovery_codes"})
#: Where the owner of an account reads what others changed of it; nothing else opens before.
OWN_CHANGES = "staff:own_changes"
CHANGES_READ_KEY = "staff_changes_read"
#: The one action an emergency access opens: looking, never changing or printing.
OPENED_IN_EMERGENCY = "person.view"
NOBODY = "*"
SECONDS_PER_HOUR = 3600

RESULTS = {
    HTTPStatus.FORBIDDEN: "refused",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.CONFLICT: "conflict",
}


class StaffGate:
    """Middleware: see the module."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Stand before the views."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, once the visit is in the audit log."""
        response = self.get_response(request)
        visit: StaffVisit | None = getattr(request, "visit", None)
        if visit is None:
            return response
        try:
            record_visit(visit, _result_of(response))
        except (psycopg.Error, DatabaseError, KofuError, OSError):
            log.exception("the audit log could not be written; %s was not shown", visit.screen)
            return unavailable()
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Let the view run (None), or answer in its place."""
        declared = declared_of(view)
        if declared is None:
            raise OurFault("undeclared_screen", f"{view} declares no action: see kofu.staff.actions")
        if declared.action is None:
            return None
        account = request.user
        if not isinstance(account, StaffAccount):
            return _to_login(request)
        name = request.resolver_match.view_name if request.resolver_match else ""
        published = account.demonstration and not profile().specimen
        if _session_too_old(request) or _opened_elsewhere(request, account) or published:
            logout(request)
            return _to_login(request)
        if name not in BEFORE_SECOND_FACTOR:
            unready = _unready(request, account, name)
            if unready is not None:
                return unready
        visit = StaffVisit(action=declared.action, actor=actor_of(account), screen=name, method=request.method or "")
        request.visit = visit  # type: ignore[attr-defined]  # Django's requests take what middleware adds
        if not PERMISSIONS.allows(account.role, declared.action.code, settings.KOFU_SYSTEM):
            return _under_emergency(request, declared, visit, kwargs)
        return _ask_purpose(request, declared, visit, kwargs)

    def process_exception(self, request: HttpRequest, fault: Exception) -> HttpResponse | None:
        """Say what is not set up here, where a screen fails for that alone; any other fault is ours (None)."""
        if not isinstance(fault, OperatorFault) or fault.code not in settings.KOFU_NOT_SET_UP:
            return None
        log.error("a screen wants what is not set up: %s", fault)
        words = {"wanted": settings.KOFU_NOT_SET_UP[fault.code], "municipality": profile().name}
        return HttpResponse(
            render_to_string("staff/not_set_up.html", words, request=request), status=HTTPStatus.SERVICE_UNAVAILABLE
        )


def _result_of(response: HttpResponse) -> str:
    status = response.status_code
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return "shown"
    if status < HTTPStatus.BAD_REQUEST:
        return "done"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "failed"
    return RESULTS.get(HTTPStatus(status), "invalid")


def _to_login(request: HttpRequest) -> HttpResponse:
    where = request.get_full_path() if request.method == "GET" else "/"
    return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': where})}")


def _session_too_old(request: HttpRequest) -> bool:
    """Whether the session is older than a working day, used or not."""
    began = request.session.setdefault(BEGAN_KEY, int(time.time()))
    return time.time() - began > settings.KOFU_SESSION_HOURS_MAX * SECONDS_PER_HOUR


def _opened_elsewhere(request: HttpRequest, account: StaffAccount) -> bool:
    """Whether the account opened another session since, where it may have one only."""
    return one_session_each(profile()) and request.session.get(SESSION_MARK_KEY, "") != account.session_mark


def _unready(request: HttpRequest, account: StaffAccount, name: str) -> HttpResponse | None:
    """Send an account to what it has to do first, or None."""
    if not request.session.get(SECOND_FACTOR_KEY):
        return HttpResponseRedirect(reverse("mfa_activate_totp"))
    if account.password_is_initial and name not in BEFORE_OWN_PASSWORD:
        return HttpResponseRedirect(reverse("account_change_password"))
    if not account.password_is_initial and name != OWN_CHANGES and not request.session.get(CHANGES_READ_KEY):
        if own_changes(account).exists():
            return HttpResponseRedirect(reverse(OWN_CHANGES))
        request.session[CHANGES_READ_KEY] = True  # a change that is confirmed ends the session
    return None


def _ask_purpose(
    request: HttpRequest, declared: ActionDeclaration, visit: StaffVisit, kwargs: Mapping[str, Any]
) -> HttpResponse | None:
    """Note the person and the purpose; ask for the purpose where the table wants one and none was given."""
    pseudonym = pseudonym_of(_addressee(str(kwargs[declared.person]))) if declared.person is not None else None
    if pseudonym is not None:
        visit.persons[pseudonym] = None
    if declared.action is None or not declared.action.purpose:
        return None
    given = request.session.get(PURPOSES_KEY, {})
    key = pseudonym or NOBODY
    if key in given:
        visit.purpose = given[key]
        return None
    visit.result = "purpose_asked"
    request.session[PENDING_KEY] = {"key": key, "next": request.get_full_path()}
    return HttpResponseRedirect(reverse("staff:purpose"))


def _under_emergency(
    request: HttpRequest, declared: ActionDeclaration, visit: StaffVisit, kwargs: Mapping[str, Any]
) -> HttpResponse | None:
    """Refuse, but where an emergency access (緊急閲覧) is granted for this person now: it is the visit's purpose."""
    label = declared.action.label if declared.action is not None else ""
    if declared.person is not None and declared.action is not None and declared.action.code == OPENED_IN_EMERGENCY:
        try:
            pseudonym = pseudonym_of(_addressee(str(kwargs[declared.person])))
        except Http404:  # who may see nobody does not learn who is there
            pseudonym = None
        access = live_access(visit.actor.login, pseudonym, datetime.now(UTC))
        if access is not None and pseudonym is not None:
            visit.persons[pseudonym] = None
            visit.purpose, visit.detail["emergency"] = EMERGENCY, access
            return None
    visit.result = "refused"
    return refused(request, label)


def _addressee(given: str) -> str:
    """Give the 宛名番号 of the person an address names: addresses may be seen, so they carry another number."""
    resolver = getattr(settings, "KOFU_PERSON_OF", "")
    return str(import_string(resolver)(given)) if resolver else given


def refused(request: HttpRequest, label: str) -> HttpResponse:
    """Answer that the role may not do this."""
    return HttpResponse(
        render_to_string("staff/refused.html", {"label": label}, request=request), status=HTTPStatus.FORBIDDEN
    )


def unavailable() -> HttpResponse:
    """Answer without anything of the screen: the audit log could not be written."""
    return HttpResponse(render_to_string("staff/unavailable.html", {}), status=HTTPStatus.SERVICE_UNAVAILABLE)
