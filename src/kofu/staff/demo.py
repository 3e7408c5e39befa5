"""Accounts of the demonstration: known passwords, and one-time codes the start page can show.

Made only where the profile's papers say 見本. Runs in a process of its own (`kofu staff demo SYSTEM`).
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import msgspec

from kofu.core.errors import OperatorFault
from kofu.core.fiscal_year import first_day, fiscal_year_of, last_day
from kofu.staff.domain.contractors import CONTRACTOR, EntrustedWork

TABLE = Path(__file__).with_name("demo.toml")
PASSWORD = "mihon-no-kofu-2026"  # noqa: S105 - the demonstration's, printed on the start page


class DemoOffice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An office of the demonstration."""

    code: str
    name: str
    is_branch: bool


class DemoPerson(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An account of the demonstration and the systems it exists in."""

    login: str
    name: str
    office: str
    role: str
    systems: tuple[str, ...]


class DemoContract(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The contract of the demonstration's contractor, and who put its worker on the roster."""

    contractor: str
    title: str
    responsible: str
    recorded_by: str
    confirmed_by: str


class DemoTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole of `demo.toml`."""

    format: str
    offices: tuple[DemoOffice, ...]
    contract: DemoContract
    accounts: tuple[DemoPerson, ...]


class DemoAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account as the start page lists it; `secret` is the base-32 secret of its one-time codes."""

    system: str
    login: str
    name: str
    office: str
    role: str
    password: str
    secret: str


def demo_file(var: Path, system: str) -> Path:
    """File under `var` in which the start page finds the accounts of a system."""
    return var / "demo" / f"staff-{system}.json"


def read_demo_accounts(var: Path, system: str) -> tuple[DemoAccount, ...]:
    """Read the accounts made for the demonstration; empty where there are none."""
    path = demo_file(var, system)
    return msgspec.json.decode(path.read_bytes(), type=tuple[DemoAccount, ...]) if path.exists() else ()


def make_demo_accounts(system: str, var: Path) -> tuple[DemoAccount, ...]:
    """Make offices and accounts that are missing and set the known passwords; write what the start page lists.

    Django must be set up for `system`, connected as its owner. Raises `OperatorFault` outside a demonstration.
    """
    from allauth.mfa.totp.internal.auth import generate_totp_secret
    from django.db import transaction

    from kofu.core.calendar import JST
    from kofu.staff.models import Office
    from kofu.staff.permissions import PERMISSIONS
    from kofu.staff.records import record_with_change
    from kofu.staff.work import StaffActor, profile

    if not profile().specimen:
        raise OperatorFault("not_a_demonstration", "demo accounts exist only under a profile with `specimen = true`")
    table = msgspec.toml.decode(TABLE.read_bytes(), type=DemoTable)
    known = {account.login: account for account in read_demo_accounts(var, system)}
    offices = {office.code: office for office in table.offices}
    today = datetime.now(JST).date()
    made: list[DemoAccount] = []
    with transaction.atomic():
        for office in table.offices:
            Office.objects.update_or_create(
                code=office.code, defaults={"name": office.name, "is_branch": office.is_branch}
            )
        for person in table.accounts:
            if system not in person.systems:
                continue
            if person.role == CONTRACTOR:
                _put_on_roster(person, table.contract, today)
            before = known.get(person.login)
            secret = before.secret if before is not None else generate_totp_secret()
            if _ensure(person, secret, today):
                record_with_change(
                    StaffActor(login="kofu up", office="", role=""),
                    "account.create",
                    "created",
                    {"account": person.login, "role_given": person.role},
                )
            made.append(
                DemoAccount(
                    system=system,
                    login=person.login,
                    name=person.name,
                    office=offices[person.office].name,
                    role=PERMISSIONS.role(person.role).label,
                    password=PASSWORD,
                    secret=secret,
                )
            )
    path = demo_file(var, system)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(msgspec.json.encode(made))
    partial.replace(path)
    return tuple(made)


def _ensure(person: DemoPerson, secret: str, today: object) -> bool:
    """Make an account with its second factor where it is missing; whether it was made now."""
    from allauth.mfa.models import Authenticator
    from allauth.mfa.totp.internal.auth import TOTP

    from kofu.staff.models import StaffAccount

    account = StaffAccount.objects.filter(login=person.login).first()
    new = account is None
    if account is None:
        account = StaffAccount(login=person.login, created_by="kofu up", active_from=today, demonstration=True)
    account.display_name, account.office_id, account.role = person.name, person.office, person.role
    account.password_is_initial = False
    if new or not account.check_password(PASSWORD):
        account.password = _hashed()
    account.save()
    factor = Authenticator.objects.filter(user=account, type=Authenticator.Type.TOTP).first()
    if factor is None or _secret_of(factor) != secret:
        Authenticator.objects.filter(user=account).delete()
        TOTP.activate(account, secret)
    return new


@cache
def _hashed() -> str:
    """Hash the known password, once for all accounts: who reads one hash of it learns nothing the start page hides."""
    from django.contrib.auth.hashers import make_password

    return make_password(PASSWORD)


def _put_on_roster(person: DemoPerson, terms: DemoContract, today: date) -> None:
    """Put a contractor's worker on the roster of a contract of this fiscal year and the next, where none holds."""
    from kofu.staff.models import Contractor, RosterWorker, ServiceContract

    lines = RosterWorker.objects.filter(login=person.login).select_related("contract")
    if any(line.line.holds_on(today) for line in lines):
        return
    now, year = datetime.now(UTC), fiscal_year_of(today)
    company, _ = Contractor.objects.get_or_create(name=terms.contractor)
    contract = ServiceContract.objects.create(
        contractor=company, title=terms.title, work=EntrustedWork.MAINTENANCE, starts_on=first_day(year),
        ends_on=last_day(year + 1), responsible=terms.responsible, recorded_by=terms.recorded_by, recorded_at=now,
    )  # fmt: skip
    RosterWorker.objects.create(
        contract=contract, name=person.name, login=person.login, starts_on=first_day(year), trained_on=first_day(year),
        pledged_on=first_day(year), recorded_by=terms.recorded_by, recorded_at=now, confirmed_by=terms.confirmed_by,
        confirmed_at=now,
    )  # fmt: skip


def _secret_of(factor: object) -> str:
    """Decrypt a factor's secret; "" where its key is gone (another `var` folder made it)."""
    from allauth.mfa.utils import decrypt
    from cryptography.fernet import InvalidToken

    try:
        return str(decrypt(factor.data["secret"]))  # type: ignore[attr-defined]  # allauth's model is untyped here
    except InvalidToken:
        return ""
