"""What is done to accounts: made, changed, ended, reset. Each change and its audit entry are one transaction.

Who decides it is `account_changes`: two administrators. An account is never deleted, only ended: the record of years
ago still names it. Whoever loses a password or a device gets a new initial password and no second factor; the next
login asks for both anew, and every open session ends.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime

from allauth.mfa.models import Authenticator
from axes.utils import reset as unlock
from django.contrib.sessions.models import Session
from django.db import transaction

from kofu.core.errors import OperatorFault
from kofu.core.four_eyes import same_person
from kofu.staff.domain.account_changes import ADMINISTRATOR
from kofu.staff.models import NAME_LENGTH_MAX, Office, StaffAccount
from kofu.staff.operators.sessions import end_sessions_of
from kofu.staff.records import own_connection, record_with_change
from kofu.staff.work import StaffActor

#: Letters and digits that are not mistaken for each other on paper.
ALPHABET = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
#: Of each of the two halves of an initial password: neither who proposed nor who confirmed has enough to log in.
HALF_LENGTH = 10
OFFICE_FORM = r"[a-z0-9][a-z0-9._-]{0,15}"
LOGIN_FORM = r"[a-z0-9][a-z0-9._-]{2,31}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDetails:
    """What an administrator decides about an account. `active_to` None: no end."""

    display_name: str
    office: str
    role: str
    active_from: date
    active_to: date | None


def initial_half() -> str:
    """Make half of a password for the first login, handed over on paper and changed there."""
    return "".join(secrets.choice(ALPHABET) for _ in range(HALF_LENGTH))


def make_account(by: StaffActor, login: str, details: AccountDetails, password: str) -> StaffAccount:
    """Make an account with an initial password. A change that was confirmed does, and who begins an empty system.

    Raises `OperatorFault` `login_form` for a login that is none, `login_taken`.
    """
    require_login(login)
    with transaction.atomic():
        require_free(login)
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
    return account


def make_office(by: StaffActor, code: str, name: str, *, branch: bool) -> None:
    """Make an office, or give it another name: answers to residents name offices, so which one it was is on record.

    Raises `OperatorFault` `office_form` for a code that is none, `name_form`.
    """
    if not re.fullmatch(OFFICE_FORM, code):
        raise OperatorFault("office_form", "an office's code is 1 to 16 small letters, digits, dots or hyphens")
    require_name(name)
    with transaction.atomic():
        _, new = Office.objects.update_or_create(code=code, defaults={"name": name.strip(), "is_branch": branch})
        record_with_change(
            by, "account.office", "created" if new else "changed", {"office_given": code, "name": name.strip()}
        )


def require_login(login: str) -> None:
    """Let only what a login looks like be one: nobody is told apart by a capital, a space or a colon."""
    if not re.fullmatch(LOGIN_FORM, login):
        raise OperatorFault("login_form", "a login is 3 to 32 small letters, digits, dots, hyphens or underscores")


def require_name(name: str) -> None:
    """Let nobody, and no office, be without a name, by a command either. Raises `OperatorFault` `name_form`."""
    if not name.strip() or len(name) > NAME_LENGTH_MAX:
        raise OperatorFault("name_form", f"a name has 1 to {NAME_LENGTH_MAX} characters")


def require_free(login: str) -> None:
    """Raise `OperatorFault` `login_taken` where an account has this login."""
    if StaffAccount.objects.filter(login=login).exists():
        raise OperatorFault("login_taken", f"the login {login} is taken")


def apply_change(by: StaffActor, account: StaffAccount, details: AccountDetails) -> tuple[str, ...]:
    """Change an account as two administrators decided; give the names of the fields that changed. Its sessions end."""
    before = details_of(account)
    changed = tuple(name for name in AccountDetails.__slots__ if getattr(before, name) != getattr(details, name))
    with transaction.atomic():
        _apply(account, details)
        account.save()
        end_sessions(account)
        record_with_change(
            by,
            "account.change",
            "changed",
            {"account": account.login, "fields": " ".join(changed), "role_given": details.role},
        )
    return changed


def apply_reset(by: StaffActor, account: StaffAccount, password: str) -> None:
    """Take password and second factor away as two administrators decided, and lift a lock. Its sessions end."""
    with transaction.atomic():
        Authenticator.objects.filter(user=account).delete()
        account.set_password(password)
        account.password_is_initial = True
        account.save()
        end_sessions(account)
        unlock(username=account.login)
        record_with_change(by, "account.reset", "reset", {"account": account.login})


def end_use(by: StaffActor, account: StaffAccount, last_day: date) -> None:
    """Bring the last day of an account forward; its sessions end. Taking rights away needs nobody's second look.

    Raises `OperatorFault`: `own_account`; `later_than_now` where the day gives time instead of taking it;
    `administrator_by_two`, for one alone would become the only administrator.
    """
    if same_person(account.login, by.login):
        raise OperatorFault("own_account", "nobody ends their own account")
    if account.role == ADMINISTRATOR:
        raise OperatorFault("administrator_by_two", "an administrator's account is ended by a change that two confirm")
    day = max(account.active_from, last_day)
    if account.active_to is not None and day >= account.active_to:
        raise OperatorFault("later_than_now", "an end is only brought forward; more days are a change that two confirm")
    with transaction.atomic():
        account.active_to = day
        account.save(update_fields=["active_to"])
        end_sessions(account)
        record_with_change(by, "account.change", "ended", {"account": account.login, "last_day": day.isoformat()})


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
    ended = end_sessions_of(own_connection(), account.pk, now=datetime.now(UTC), why="account_changed")
    for session in Session.objects.iterator():
        if session.get_decoded().get("_auth_user_id") == str(account.pk):
            session.delete()
            ended += 1
    return ended


def details_of(account: StaffAccount) -> AccountDetails:
    """Give what stands of an account today."""
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
