"""`kofu staff`: accounts of the staff screens, from the operator's side."""

from __future__ import annotations

from typing import Annotated

import typer

from kofu.cli.shared.accounts import set_up
from kofu.cli.shared.databases import Rights
from kofu.cli.shared.declared import command_action, open_command, operator
from kofu.cli.shared.faults import ExitCode, word_faults
from kofu.core.errors import OperatorFault
from kofu.platform.settings import DATABASE_SYSTEMS, STAFF_SCREENS

app = typer.Typer(
    no_args_is_help=True, help="Accounts of the staff screens: the first administrator, the demonstration."
)

System = Annotated[str, typer.Argument(help=f"One of: {', '.join(DATABASE_SYSTEMS)}.")]


@app.command()
@command_action("account.office", first=True)
def office(
    system: System,
    code: Annotated[str, typer.Argument(help="Short stable code, such as shunou or b01.")],
    name: Annotated[str, typer.Argument(help="Name as it stands on screens and papers.")],
    *,
    branch: Annotated[bool, typer.Option("--branch", help="A branch office (特別出張所).")] = False,
) -> None:
    """Make an office, or give it another name. Needs the owner's URL (KOFU_<SYSTEM>_OWNER_DATABASE_URL)."""
    with word_faults(system, head="kofu staff office", leaves=ExitCode.REFUSED):
        set_up(system, rights=Rights.OWNER_OR_ROLE)
        from kofu.staff.models import Office

        Office.objects.update_or_create(code=code, defaults={"name": name, "is_branch": branch})
    typer.echo(f"{code} {name}")


@app.command()
@command_action("account.create", first=True)
def create(
    system: System,
    login: Annotated[str, typer.Option(help="Login: small letters and digits.")],
    name: Annotated[str, typer.Option(help="The person's name.")],
    office: Annotated[str, typer.Option(help="Code of the office.")],
    role: Annotated[str, typer.Option(help="Role, as permissions.toml names it.")] = "administrator",
) -> None:
    """Make an account and print its initial password: the first administrator's, or another as one who is logged in.

    On a system with screens an administrator makes accounts there.
    """
    from datetime import UTC, datetime

    with word_faults(system, head="kofu staff create", leaves=ExitCode.REFUSED):
        set_up(system, rights=Rights.OWNER_OR_ROLE)
        from kofu.core.calendar import JST
        from kofu.staff import accounts
        from kofu.staff.models import Office
        from kofu.staff.permissions import PERMISSIONS
        from kofu.staff.work import StaffActor

        by = operator()
        if by.begins and role != "administrator":
            raise OperatorFault("first_is_administrator", "the first account is an administrator's")
        if not Office.objects.filter(code=office).exists():
            raise OperatorFault("no_such_office", f"there is no office {office}; make it by `kofu staff office`")
        if role not in {known.code for known in PERMISSIONS.roles}:
            raise OperatorFault("no_such_role", f"{role} is none of {', '.join(k.code for k in PERMISSIONS.roles)}")
        details = accounts.AccountDetails(
            display_name=name,
            office=office,
            role=role,
            active_from=datetime.now(UTC).astimezone(JST).date(),
            active_to=None,
        )
        _, password = accounts.create(StaffActor(login=by.actor, office=by.office, role=by.role), login, details)
    typer.echo(password)


@app.command()
@open_command("shows the table of addresses, which is part of the program")
def screens(system: System) -> None:
    """List every screen of a system with the action it declares, as the gate sees them."""
    if system not in STAFF_SCREENS.values():
        raise typer.BadParameter(f"{system!r} is none of {', '.join(STAFF_SCREENS.values())}", param_hint="SYSTEM")
    set_up(system)
    from kofu.staff.registry import declared_screens

    for screen in declared_screens():
        typer.echo(f"{screen.route}\t{screen.name}\t{screen.declared}")


@app.command()
@command_action("session.clean")
def clean(system: System) -> None:
    """Remove expired sessions, and wrong passwords older than the lock they led to. For a nightly timer."""
    set_up(system)
    from datetime import UTC, datetime, timedelta

    from axes.models import AccessAttempt
    from django.conf import settings
    from django.contrib.sessions.models import Session

    now = datetime.now(UTC)
    sessions, _ = Session.objects.filter(expire_date__lt=now).delete()
    lock = timedelta(hours=settings.AXES_COOLOFF_TIME)
    attempts, _ = AccessAttempt.objects.filter(attempt_time__lt=now - lock).delete()
    typer.echo(f"{sessions} sessions, {attempts} attempts")


@app.command(name="end-demo")
@command_action("account.change", first=True)
def end_demo(system: System) -> None:
    """End the accounts made for the demonstration: nothing real is served beside their published passwords."""
    with word_faults(system, head="kofu staff end-demo", leaves=ExitCode.REFUSED):
        set_up(system, rights=Rights.OWNER_OR_ROLE)
        from datetime import UTC, datetime

        from kofu.core.calendar import day_in_japan
        from kofu.staff.accounts import end_demonstration
        from kofu.staff.work import StaffActor

        by = operator()
        who = StaffActor(login=by.actor, office=by.office, role=by.role)
        ended = end_demonstration(who, day_in_japan(datetime.now(UTC)))
    typer.echo(f"{len(ended)} accounts ended")


@app.command()
@open_command("published passwords: only where papers say 見本, and nothing real is served beside them")
def demo(system: System) -> None:
    """Make the demonstration's accounts (`kofu up` does it); only where papers say 見本."""
    from kofu.platform.settings import var_dir

    with word_faults(system, head="kofu staff demo", leaves=ExitCode.REFUSED):
        set_up(system, rights=Rights.OWNER_OR_ROLE)
        from kofu.staff.demo import make_demo_accounts

        made = make_demo_accounts(system, var_dir())
    typer.echo(f"{len(made)} accounts")
