"""Two administrators for each account: one proposes, another confirms, and only then it is done (四眼).

::

    change, half = propose_new(by, "t.sato", details, reason="採用")      # half of the initial password, for the owner
    other_half = confirm(other, change.pk)                               # made now; the other half

Neither of the two has the whole password, so neither can be first to log in as somebody else. Whoever is changed or
reset learns of it at the next login (`own_changes`), by whom and when, before anything else opens.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from allauth.mfa.utils import decrypt, encrypt
from cryptography.fernet import InvalidToken
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault
from kofu.core.four_eyes import person_key, require_proposer, require_reason, require_second_person, same_person
from kofu.staff import accounts
from kofu.staff.accounts import AccountDetails
from kofu.staff.domain.account_changes import (
    ACCOUNT_CHANGE_LIFE,
    ADMINISTRATOR,
    AccountChangeEvent,
    AccountChangeKind,
    AccountChangeState,
    ends_standing,
    owner_may_confirm,
)
from kofu.staff.models import AccountChange, Office, StaffAccount
from kofu.staff.operators.entering import OWNER
from kofu.staff.permissions import PERMISSIONS
from kofu.staff.records import record_with_change
from kofu.staff.work import StaffActor

WHAT = "a change of an account"
ACTION_OF = {
    AccountChangeKind.CREATE: "account.create",
    AccountChangeKind.CHANGE: "account.change",
    AccountChangeKind.RESET: "account.reset",
}


def make_first_administrator(by: StaffActor, login: str, details: AccountDetails) -> str:
    """Make an administrator on a system that has fewer than two; give the whole initial password.

    The owner of the database does, on record as such: there is nobody yet who could confirm it. Raises `OperatorFault`
    `first_is_administrator` for another role.
    """
    if details.role != ADMINISTRATOR:
        raise OperatorFault("first_is_administrator", "the first accounts are administrators'; they make the others")
    password = accounts.initial_half() + accounts.initial_half()
    accounts.make_account(by, login, _known(details), password)
    return password


def propose_new(by: StaffActor, login: str, details: AccountDetails, reason: str) -> tuple[AccountChange, str]:
    """Propose an account; give the change and half of its initial password.

    Raises `OperatorFault`: `login_form`, `login_taken`, `change_waits`, `reason_needed`.
    """
    accounts.require_login(login)
    accounts.require_free(login)
    return _propose(by, AccountChangeKind.CREATE, login, _known(details), reason)


def propose_change(by: StaffActor, account: StaffAccount, details: AccountDetails, reason: str) -> AccountChange:
    """Propose other details. Raises `OperatorFault`: `own_account`, `nothing_changed`, and as `propose_new`."""
    _require_other(by, account)
    if accounts.details_of(account) == details:
        raise OperatorFault("nothing_changed", "nothing is changed by this")
    change, _ = _propose(by, AccountChangeKind.CHANGE, account.login, _known(details), reason)
    return change


def propose_reset(by: StaffActor, account: StaffAccount, reason: str) -> tuple[AccountChange, str]:
    """Propose to take password and second factor away; give the change and half of the new initial password."""
    _require_other(by, account)
    return _propose(by, AccountChangeKind.RESET, account.login, None, reason)


def _propose(
    by: StaffActor, kind: AccountChangeKind, login: str, details: AccountDetails | None, reason: str
) -> tuple[AccountChange, str]:
    words = require_reason(reason)
    half = "" if kind is AccountChangeKind.CHANGE else accounts.initial_half()
    with transaction.atomic():
        change = AccountChange(
            kind=kind, login=login, reason=words, state=AccountChangeState.PROPOSED,
            proposed_by=by.login, proposed_at=datetime.now(UTC), first_half=encrypt(half) if half else "",
        )  # fmt: skip
        if details is not None:
            change.display_name, change.office_id, change.role = details.display_name, details.office, details.role
            change.active_from, change.active_to = details.active_from, details.active_to
        try:
            change.save()
        except IntegrityError:  # two proposed at once: the database lets one wait
            raise OperatorFault("change_waits", f"a change of {login} waits already: decide it first") from None
        _record(by, change, "proposed")
    return change, half


def confirm(by: StaffActor, number: int) -> str:
    """Confirm a change and do it, in one transaction; give the other half of an initial password, "" where none is.

    Raises `OperatorFault`: `second_person_needed` for who proposed it or whose account it is, `proposer_left`,
    `account_change_state`, `only_where_none_is_left` for the owner of the database where another administrator could.
    """
    with transaction.atomic():
        _one_at_a_time()
        change = _locked(number, AccountChangeEvent.CONFIRM)
        require_second_person(by.login, change.proposed_by, change.login, what=WHAT)
        _require_standing(change)
        if by.login.startswith(OWNER):
            _require_nobody_left(change)
        half = accounts.initial_half() if change.first_half else ""
        password = _first_half(change) + half
        kind = AccountChangeKind(change.kind)
        if kind is AccountChangeKind.CREATE:
            accounts.make_account(by, change.login, _details_in(change), password)
        else:
            account = StaffAccount.objects.select_for_update().get(login=change.login)
            _lapse(by, proposed_by=account.login)  # it was reset or changed, and is asked anew
            change.ends_standing = _ends_standing(kind, account, change)
            if kind is AccountChangeKind.RESET:
                accounts.apply_reset(by, account, password)
            else:
                accounts.apply_change(by, account, _details_in(change))
        _decide(by, change, AccountChangeEvent.CONFIRM, "")
    return half


def send_back(by: StaffActor, number: int, reason: str) -> None:
    """Send a change back with a reason: another administrator does, who proposed it withdraws it."""
    words = require_reason(reason)
    with transaction.atomic():
        _one_at_a_time()
        change = _locked(number, AccountChangeEvent.SEND_BACK)
        require_second_person(by.login, change.proposed_by, what=WHAT)
        _decide(by, change, AccountChangeEvent.SEND_BACK, words)


def withdraw(by: StaffActor, number: int) -> None:
    """Withdraw a change: who proposed it does. Raises `OperatorFault` `not_the_proposer`."""
    with transaction.atomic():
        _one_at_a_time()
        change = _locked(number, AccountChangeEvent.WITHDRAW)
        require_proposer(by.login, change.proposed_by, what=WHAT)
        _decide(by, change, AccountChangeEvent.WITHDRAW, "")


def end_use(by: StaffActor, account: StaffAccount, last_day: date) -> None:
    """End an account at a day, at once; what waits about it lapses. Raises as `accounts.end_use`."""
    with transaction.atomic():
        _one_at_a_time()
        accounts.end_use(by, account, last_day)
        _lapse(by, login=account.login)


def own_changes(account: StaffAccount) -> QuerySet[AccountChange]:
    """Give the changes of an account its owner has not read of, the oldest first."""
    return AccountChange.objects.filter(login=account.login, state=AccountChangeState.IN_FORCE).order_by("pk")


def acknowledge(by: StaffActor, account: StaffAccount) -> int:
    """Put on record that the owner has read of the changes; give how many there were."""
    with transaction.atomic():
        unread = list(own_changes(account).select_for_update())
        for change in unread:
            change.state = ACCOUNT_CHANGE_LIFE.after(AccountChangeState.IN_FORCE, AccountChangeEvent.ACKNOWLEDGE)
            change.known_at = datetime.now(UTC)
            change.save(update_fields=["state", "known_at"])
            record_with_change(by, "own.account", "acknowledged", {"change": change.pk})
    return len(unread)


def namesakes(change: AccountChange) -> list[StaffAccount]:
    """Give the accounts in use under the name a change gives, however it is spaced: one person has one account."""
    today = day_in_japan(datetime.now(UTC))
    others = StaffAccount.objects.exclude(login=change.login)
    return [
        account
        for account in others
        if person_key(change.display_name)
        and same_person(account.display_name, change.display_name)
        and account.active_on(today)
    ]


def administrators(today: date) -> frozenset[str]:
    """Give the logins of who is an administrator on a day."""
    found = StaffAccount.objects.filter(role=ADMINISTRATOR)
    return frozenset(str(account.login) for account in found if account.active_on(today))


def _one_at_a_time() -> None:
    """Wait until nobody else decides a change: one decision takes several rows, and two would wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('staff account changes', 0))")


def _locked(number: int, event: AccountChangeEvent) -> AccountChange:
    change = AccountChange.objects.select_for_update().filter(pk=number).first()
    if change is None:
        raise OperatorFault("no_such_change", f"there is no change {number}")
    ACCOUNT_CHANGE_LIFE.after(AccountChangeState(change.state), event)
    return change


def _decide(by: StaffActor, change: AccountChange, event: AccountChangeEvent, reason: str) -> None:
    change.state = ACCOUNT_CHANGE_LIFE.after(AccountChangeState(change.state), event)
    change.decided_by, change.decided_at, change.decided_reason = by.login, datetime.now(UTC), reason
    change.first_half = ""
    change.save(update_fields=["state", "decided_by", "decided_at", "decided_reason", "first_half", "ends_standing"])
    _record(by, change, event.value)


def _lapse(by: StaffActor, **whose: str) -> None:
    """Let what waits about an account (`login`), or what it proposed (`proposed_by`), lapse."""
    for change in AccountChange.objects.select_for_update().filter(state=AccountChangeState.PROPOSED, **whose):
        _decide(by, change, AccountChangeEvent.LAPSE, "")


def _ends_standing(kind: AccountChangeKind, account: StaffAccount, change: AccountChange) -> bool:
    """Say whether what the account has waiting in any system lapses by this change (`staff_lapsed_at`)."""
    if kind is AccountChangeKind.RESET:
        return True
    today, after = day_in_japan(datetime.now(UTC)), _details_in(change)
    in_use_after = after.active_from <= today and (after.active_to is None or today <= after.active_to)
    return ends_standing(
        kind,
        same_role=account.role == after.role,
        in_use_before=account.active_on(today),
        in_use_after=in_use_after,
    )


def _record(by: StaffActor, change: AccountChange, result: str) -> None:
    """Put it on record: who, which change, of which account; never the half of a password."""
    words: dict[str, str | int] = {"account": change.login, "change": change.pk, "proposed_by": change.proposed_by}
    if change.role:
        words["role_given"] = change.role
    record_with_change(by, ACTION_OF[AccountChangeKind(change.kind)], result, words)


def _require_other(by: StaffActor, account: StaffAccount) -> None:
    if same_person(account.login, by.login):
        raise OperatorFault("own_account", "nobody proposes changes of their own account: another administrator does")


def _require_standing(change: AccountChange) -> None:
    """Let a proposal count only while who made it is an administrator still."""
    if change.proposed_by not in administrators(day_in_japan(datetime.now(UTC))):
        raise OperatorFault("proposer_left", f"{change.proposed_by} is no administrator any more: propose it anew")


def _require_nobody_left(change: AccountChange) -> None:
    account = StaffAccount.objects.filter(login=change.login).first()
    role = account.role if account is not None else change.role
    found = administrators(day_in_japan(datetime.now(UTC)))
    if not owner_may_confirm(AccountChangeKind(change.kind), role, found, apart={change.proposed_by, change.login}):
        raise OperatorFault("only_where_none_is_left", "another administrator confirms it: `kofu login` first")


def _first_half(change: AccountChange) -> str:
    if not change.first_half:
        return ""
    try:
        return str(decrypt(change.first_half))
    except InvalidToken:
        raise OperatorFault(
            "half_unreadable", "the first half was made under another key (KOFU_VAR): withdraw and propose anew"
        ) from None


def _details_in(change: AccountChange) -> AccountDetails:
    if change.office_id is None or change.active_from is None:
        raise OperatorFault("no_details", "the change names no office or no day")
    return AccountDetails(
        display_name=change.display_name,
        office=change.office_id,
        role=change.role,
        active_from=change.active_from,
        active_to=change.active_to,
    )


def _known(details: AccountDetails) -> AccountDetails:
    """Let only a name, an office and a role there are, and days in order, be proposed. Raises `OperatorFault`."""
    accounts.require_name(details.display_name)
    if not Office.objects.filter(code=details.office).exists():
        raise OperatorFault("no_such_office", f"there is no office {details.office}; make it by `kofu staff office`")
    if details.role not in {role.code for role in PERMISSIONS.roles}:
        raise OperatorFault("no_such_role", f"{details.role} is none of {', '.join(r.code for r in PERMISSIONS.roles)}")
    if details.active_to is not None and details.active_to < details.active_from:
        raise OperatorFault("days_in_order", "the last day is not before the first")
    return replace(details, display_name=details.display_name.strip())
