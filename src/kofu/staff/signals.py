"""Logins, logouts, lockouts and second factors, as they happen, into the audit log.

What somebody typed as a login is recorded only where such an account exists: people type passwords into that field.
"""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models.signals import post_save
from django.http import HttpRequest

from kofu.staff import account_names
from kofu.staff.models import StaffAccount
from kofu.staff.records import ANONYMOUS, record_alone
from kofu.staff.work import StaffActor, actor_of

#: Set in a session once a one-time code was right in it.
SECOND_FACTOR_KEY = "staff_second_factor"
#: In a session and on its account: whether it is the one that was opened last.
SESSION_MARK_KEY = "staff_session_mark"


def connect() -> None:
    """Connect the receivers. Called once, when the application is ready."""
    from allauth.account.signals import password_changed
    from allauth.mfa.signals import authentication_failed, authenticator_added, authenticator_used
    from axes.signals import user_locked_out

    user_logged_in.connect(_logged_in, dispatch_uid="staff")
    user_logged_out.connect(_logged_out, dispatch_uid="staff")
    user_login_failed.connect(_login_failed, dispatch_uid="staff")
    user_locked_out.connect(_locked, dispatch_uid="staff")
    password_changed.connect(_password_changed, dispatch_uid="staff")
    authenticator_added.connect(_factor_added, dispatch_uid="staff")
    authenticator_used.connect(_factor_used, dispatch_uid="staff")
    authentication_failed.connect(_factor_failed, dispatch_uid="staff")
    post_save.connect(_account_saved, sender=StaffAccount, dispatch_uid="staff")


def _known(login: object) -> StaffActor:
    account = StaffAccount.objects.filter(login=str(login or "")[:64]).first()
    return actor_of(account) if account is not None else ANONYMOUS


def _account_saved(*, created: bool, **_: Any) -> None:
    if created:
        account_names.read_again()


def _logged_in(user: StaffAccount, request: HttpRequest | None = None, **_: Any) -> None:
    if request is not None:  # the session opened last is the one that counts: `gate`
        user.session_mark = request.session[SESSION_MARK_KEY] = secrets.token_hex(16)
        user.save(update_fields=["session_mark"])
    record_alone(actor_of(user), "login", "accepted")


def _logged_out(user: StaffAccount | None, **_: Any) -> None:
    if user is not None:
        record_alone(actor_of(user), "logout", "done")


def _login_failed(credentials: dict[str, Any], **_: Any) -> None:
    record_alone(_known(credentials.get("username") or credentials.get("login")), "login", "wrong_password")


def _locked(username: str | None = None, **_: Any) -> None:
    record_alone(_known(username), "login", "locked")


def _password_changed(request: HttpRequest, user: StaffAccount, **_: Any) -> None:  # noqa: ARG001 - the signal's words
    if user.password_is_initial:
        user.password_is_initial = False
        user.save(update_fields=["password_is_initial"])
    record_alone(actor_of(user), "own.password", "changed")


def _factor_added(request: HttpRequest, user: StaffAccount, authenticator: Any, **_: Any) -> None:
    if authenticator.type == authenticator.Type.TOTP:
        request.session[SECOND_FACTOR_KEY] = True
    record_alone(actor_of(user), "own.second_factor", "added", {"type": str(authenticator.type)})


def _factor_used(request: HttpRequest, user: StaffAccount, authenticator: Any, **_: Any) -> None:
    request.session[SECOND_FACTOR_KEY] = True
    record_alone(actor_of(user), "login.second_factor", "accepted", {"type": str(authenticator.type)})


def _factor_failed(user: StaffAccount, **_: Any) -> None:
    record_alone(actor_of(user), "login.second_factor", "wrong_code")
