"""Work on accounts: make, change, end, reset. Each change and its audit entry are one transaction.

An account is never deleted, only ended: the record of years ago still names it. Whoever loses a password or a device
gets a new initial password and no second factor; the next login asks for both anew, and every open session ends.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime

import psycopg
from allauth.mfa.models import Authenticator
from axes.utils import reset as unlock
from django.contrib.sessions.models import Session
from django.db import connection as django_connection
from django.db import transaction

from kofu.core.errors import OperatorFault, ensure
from kofu.staff.models import StaffAccount
from kofu.staff.operators.sessions import end_sessions_of
from kofu.staff.records import record_with_change
from kofu.staff.work import StaffActor

#: Letters and digits that are not mistaken for each other on paper.
ALPHABET = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
INITIAL_PASSWORD_LENGTH = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDetails:
    """What an administrator decides about an account. `active_to` None: no end."""

    display_name: str
    office: str
    role: str
    active_from: date
    active_to: date | None


def initial_password() -> str:
    """Make a password for the first login, handed over on paper and changed there."""
    return "".join(secrets.choice(ALPHABET) for _ in range(INITIAL_PASSWORD_LENGTH))


def create(by: StaffActor, login: str, details: AccountDetails) -> tuple[StaffAccount, str]:
    """Make an account; give it and its initial password, which is stored nowhere in the clear.

    Raises `OperatorFault` where the login is taken.
    """
    password = initial_password()
    with transaction.atomic():
        if StaffAccount.objects.filter(login=login).exists():
            raise OperatorFault("login_taken", f"the login {login} is taken")
        account = StaffAccount(login=login, created_by=by.login, password_is_initial=True)
        _apply(account, details)
        account.set_password(password)
        account.save()
        record_with_change(
            by,
            "account.create",
            "created",
            {"account": login, "role_given": details.role, "office_given": details.office},
        )
    return account, password


def change(by: StaffActor, account: StaffAccount, details: AccountDetails) -> tuple[str, ...]:
    """Change an account; give the names of the fields that changed. Its sessions end where it may do other things now.

    Raises `OperatorFault` where somebody changes their own role or days.
    """
    before = _details_of(account)
    changed = tuple(name for name in AccountDetails.__slots__ if getattr(before, name) != getattr(details, name))
    if not changed:
        return ()
    if account.login == by.login and {"role", "active_from", "active_to"} & set(changed):
        raise OperatorFault("own_account", "nobody changes their own role or days")
    with transaction.atomic():
        _apply(account, details)
        account.save()
        if {"role", "office", "active_from", "active_to"} & set(changed):
            end_sessions(account)
        record_with_change(
            by,
            "account.change",
            "changed",
            {"account": account.login, "fields": " ".join(changed), "role_given": details.role},
        )
    return changed


def reset(by: StaffActor, account: StaffAccount) -> str:
    """Take password and second factor away and lift a lock; give the new initial password. Sessions end.

    Raises `OperatorFault` for one's own account: another administrator does that.
    """
    if account.login == by.login:
        raise OperatorFault("own_account", "nobody resets their own account")
    password = initial_password()
    with transaction.atomic():
        Authenticator.objects.filter(user=account).delete()
        account.set_password(password)
        account.password_is_initial = True
        account.save()
        end_sessions(account)
        unlock(username=account.login)
        record_with_change(by, "account.reset", "reset", {"account": account.login})
    return password


def end_demonstration(by: StaffActor, today: date) -> tuple[str, ...]:
    """End the accounts made for the demonstration: their published passwords open nothing more. Give their logins."""
    ended = []
    with transaction.atomic():
        for account in StaffAccount.objects.filter(demonstration=True):
            if not account.has_usable_password():
                continue
            Authenticator.objects.filter(user=account).delete()
            account.set_unusable_password()
            account.active_to = max(account.active_from, today)
            account.save()
            end_sessions(account)
            record_with_change(by, "account.change", "demonstration_ended", {"account": account.login})
            ended.append(account.login)
    return tuple(ended)


def end_sessions(account: StaffAccount) -> int:
    """End every session of an account, at screens and at the command line; give how many there were."""
    raw = django_connection.connection
    ensure(isinstance(raw, psycopg.Connection), "the database is PostgreSQL by psycopg")
    ended = end_sessions_of(raw, account.pk, now=datetime.now(UTC), why="account_changed")
    for session in Session.objects.iterator():
        if session.get_decoded().get("_auth_user_id") == str(account.pk):
            session.delete()
            ended += 1
    return ended


def _details_of(account: StaffAccount) -> AccountDetails:
    return AccountDetails(
        display_name=account.display_name,
        office=account.office_id,
        role=account.role,
        active_from=account.active_from,
        active_to=account.active_to,
    )


def _apply(account: StaffAccount, details: AccountDetails) -> None:
    account.display_name = details.display_name
    account.office_id = details.office
    account.role = details.role
    account.active_from = details.active_from
    account.active_to = details.active_to
