"""Open a session at the command line: the accounts, hashing, lock and one-time rule of the screens, no other.

Django must be set up for the system. A first login ends as on the screens: a second factor is registered and the
initial password is changed before anything else is reached.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, validate_totp_code
from axes.handlers.proxy import AxesProxyHandler
from axes.utils import reset as unlock
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import connection as django_connection
from django.db import transaction
from django.http import HttpRequest

from kofu.core.errors import OperatorFault, ensure
from kofu.platform.settings import operator_minutes
from kofu.staff.forms import CodeForm
from kofu.staff.models import StaffAccount
from kofu.staff.operators import sessions, tokens
from kofu.staff.operators.os_user import os_user
from kofu.staff.permissions import PERMISSIONS
from kofu.staff.records import own_connection, record_alone, record_with_change
from kofu.staff.work import StaffActor, actor_of, profile

HERE = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionToken:
    """A session that was opened: its number, its token (shown to nobody), and until when it lasts."""

    session_id: int
    token: str
    expires_at: datetime


def check_password(login: str, password: str) -> StaffAccount:
    """Give the account a password opens. Wrong ones count toward the lock, as on the screens.

    Raises `OperatorFault` `login_locked` or `login_refused`: the same words for a login nobody has.
    """
    request = _request()
    account = authenticate(request, username=login, password=password)
    if AxesProxyHandler.is_locked(request, {"username": login}):
        raise OperatorFault("login_locked", "too many wrong passwords: this login is locked for half an hour")
    if not isinstance(account, StaffAccount):
        raise OperatorFault("login_refused", "login or password is wrong, or the account is not in use today")
    if account.demonstration and not profile().specimen:
        raise OperatorFault(
            "account_of_the_demonstration", "an account of the demonstration opens nothing where papers are real"
        )
    unlock(username=account.login)
    return account


def has_factor(account: StaffAccount) -> bool:
    """Whether a second factor is registered."""
    return Authenticator.objects.filter(user=account, type=Authenticator.Type.TOTP).exists()


def check_code(account: StaffAccount, code: str) -> None:
    """Take a one-time code, each once; five wrong ones are enough. Raises `OperatorFault` `code_refused`."""
    with _as_a_request():
        form = CodeForm(data={"code": code}, user=account)
        if not form.is_valid():
            raise OperatorFault(
                "code_refused", "the one-time code is wrong, was used, or too many were wrong: wait for the next one"
            )
        form.authenticator.record_usage()


def new_factor_secret() -> str:
    """Make the base-32 secret of a new second factor, shown once."""
    return str(generate_totp_secret())


def register_factor(account: StaffAccount, secret: str, code: str) -> None:
    """Register a second factor by its first code. Raises `OperatorFault` `code_refused` or `factor_known`."""
    if has_factor(account):
        raise OperatorFault("factor_known", "a second factor is registered; an administrator resets a lost one")
    if not validate_totp_code(secret, code):
        raise OperatorFault("code_refused", "the one-time code is wrong: look at the clock of the device")
    with transaction.atomic():
        TOTP.activate(account, secret)
        record_with_change(actor_of(account), "own.second_factor", "added", {"type": "totp"})


def choose_password(account: StaffAccount, password: str) -> None:
    """Take a password of one's own. Raises `OperatorFault` `password_weak` with what is wrong with it."""
    try:
        validate_password(password, account)
    except ValidationError as error:
        raise OperatorFault("password_weak", " ".join(error.messages)) from None
    if account.check_password(password):
        raise OperatorFault("password_weak", "another one than the initial password")
    with transaction.atomic():
        account.set_password(password)
        account.password_is_initial = False
        account.save(update_fields=["password", "password_is_initial"])
        record_with_change(actor_of(account), "own.password", "changed")


def open_session(account: StaffAccount) -> SessionToken:
    """Open the session of an account whose password and code were right, bound to the OS user; on record.

    Raises `OperatorFault` `password_is_initial` for one who has none of their own yet.
    """
    if account.password_is_initial:
        raise OperatorFault("password_is_initial", "first a password of your own")
    now, who = datetime.now(UTC), os_user()
    token = secrets.token_hex(tokens.TOKEN_BYTES)
    expires_at = now + timedelta(minutes=operator_minutes())
    with transaction.atomic():
        session_id = sessions.open_session(
            _raw(), account_id=account.pk, token=token, os_user=who, now=now, expires_at=expires_at
        )
        record_with_change(
            actor_of(account),
            "operator.login",
            "opened",
            {"os_user": who.name, "os_uid": who.uid, "session": session_id},
        )
    return SessionToken(session_id=session_id, token=token, expires_at=expires_at)


def sign_beside(account: StaffAccount, action: str, *, first: str, command: str) -> None:
    """Put on record that a second person stands by what the first one does. Raises `OperatorFault` `not_allowed`."""
    ready = not account.password_is_initial and PERMISSIONS.allows(account.role, action, settings.KOFU_SYSTEM)
    record_alone(
        actor_of(account), action, "signed_beside" if ready else "refused", {"first": first, "command": command}
    )
    if not ready:
        raise OperatorFault("not_allowed", f"{account.login} ({account.role_label}) may not do this")


def close_session(token: str) -> bool:
    """End the session of a token; whether it stood. On record."""
    with transaction.atomic():
        found = sessions.find_session(_raw(), token)
        if found is None or not sessions.end_session(_raw(), found.session_id, now=datetime.now(UTC), why="logout"):
            return False
        who = StaffActor(login=found.login, office=found.office, role=found.role)
        record_with_change(who, "operator.logout", "done", {"session": found.session_id})
    return True


def _raw() -> psycopg.Connection:
    """Give the running Django transaction's own connection: what is stored and its record are one."""
    ensure(django_connection.in_atomic_block, "a session and its record share one transaction")
    return own_connection()


def _request() -> HttpRequest:
    """Give what locks and limits count by: an attempt made on this machine."""
    request = HttpRequest()
    request.method = "POST"
    request.META.update(REMOTE_ADDR=HERE, SERVER_NAME="command", SERVER_PORT="0")
    request.path = "/kofu-login"
    return request


@contextmanager
def _as_a_request() -> Iterator[None]:
    with context.request_context(_request()):
        yield
