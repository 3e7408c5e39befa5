"""`kofu staff`: accounts of the staff screens, from the operator's side."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from kofu.cli.shared.accounts import set_up
from kofu.cli.shared.databases import Rights
from kofu.cli.shared.declared import command_action, open_command, operator
from kofu.cli.shared.faults import ExitCode, word_faults
from kofu.core.errors import OperatorFault
from kofu.platform.settings import DATABASE_SYSTEMS, STAFF_SCREENS

if TYPE_CHECKING:  # they draw in Django: `kofu --help` does without
    from kofu.staff.models import StaffAccount
    from kofu.staff.work import StaffActor

app = typer.Typer(
    no_args_is_help=True,
    help="Accounts of the staff: made and changed by two administrators, the first ones, the demonstration.",
)

System = Annotated[str, typer.Argument(help=f"One of: {', '.join(DATABASE_SYSTEMS)}.")]
Login = Annotated[str, typer.Argument(help="Login of the account.")]
Number = Annotated[int, typer.Argument(help="Number of the change, as `kofu staff changes` lists it.")]


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
    with acting_on(system, "kofu staff office") as by:
        from kofu.staff.accounts import make_office

        make_office(by, code, name, branch=branch)
    typer.echo(f"{code} {name}")


@app.command()
@command_action("account.create", first=True)
def create(
    system: System,
    *,
    login: Annotated[str, typer.Option(help="Login: small letters and digits.")],
    name: Annotated[str, typer.Option(help="The person's name.")],
    office: Annotated[str, typer.Option(help="Code of the office.")],
    role: Annotated[str, typer.Option(help="Role, as permissions.toml names it.")] = "administrator",
    reason: Annotated[str, typer.Option(help="Why; the person will read it.")] = "",
) -> None:
    """Propose an account and print half of its initial password; another administrator confirms.

    The owner of a system with fewer than two administrators makes them by it, with the whole password.
    """
    with acting_on(system) as by:
        from kofu.core.calendar import day_in_japan
        from kofu.staff import account_changes
        from kofu.staff.accounts import AccountDetails

        details = AccountDetails(
            display_name=name, office=office, role=role, active_from=day_in_japan(datetime.now(UTC)), active_to=None
        )
        if operator().begins:
            typer.echo(account_changes.make_first_administrator(by, login, details))
            return
        change, half = account_changes.propose_new(by, login, details, reason)
        _say_proposed(change.pk, half)


@app.command()
@command_action("account.change")
def change(
    system: System,
    login: Login,
    *,
    reason: Annotated[str, typer.Option(help="Why; the person will read it.")],
    name: Annotated[str | None, typer.Option(help="Another name.")] = None,
    office: Annotated[str | None, typer.Option(help="Another office.")] = None,
    role: Annotated[str | None, typer.Option(help="Another role.")] = None,
    last_day: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Another last day.")] = None,
    no_last_day: Annotated[bool, typer.Option("--no-last-day", help="Take the last day away.")] = False,
) -> None:
    """Propose another name, office, role or last day (also one that is over); another administrator confirms."""
    with acting_on(system) as by:
        from kofu.staff import account_changes
        from kofu.staff.accounts import details_of

        account = _account(login)
        before = details_of(account)
        details = replace(
            before,
            display_name=name or before.display_name,
            office=office or before.office,
            role=role or before.role,
            active_to=None if no_last_day else last_day.date() if last_day is not None else before.active_to,
        )
        _say_proposed(account_changes.propose_change(by, account, details, reason).pk, "")


@app.command()
@command_action("account.reset")
def reset(
    system: System, login: Login, reason: Annotated[str, typer.Option(help="Why; the person will read it.")]
) -> None:
    """Propose to take password and second factor away; prints half of the new initial password."""
    with acting_on(system) as by:
        from kofu.staff import account_changes

        proposed, half = account_changes.propose_reset(by, _account(login), reason)
        _say_proposed(proposed.pk, half)


@app.command()
@command_action("account.change")
def end(
    system: System, login: Login, last_day: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Last day.")]
) -> None:
    """Bring the last day of an account forward, at once: one administrator is enough to take rights away."""
    with acting_on(system) as by:
        from kofu.staff import account_changes

        account_changes.end_use(by, _account(login), last_day.date())
        typer.echo(f"{login} ends on {last_day:%Y-%m-%d}")


@app.command()
@command_action("account.view")
def changes(system: System) -> None:
    """List the changes of accounts that wait for a second administrator."""
    with acting_on(system):
        from kofu.staff.models import AccountChange

        for one in AccountChange.objects.filter(state="proposed").order_by("pk"):
            given = f" as {one.role} in {one.office_id}" if one.role else ""
            typer.echo(f"{one.pk}: {one.kind} {one.login}{given}, proposed by {one.proposed_by}: {one.reason}")


@app.command()
@command_action("account_change.confirm", first=True)
def confirm(system: System, number: Number) -> None:
    """Confirm a change another administrator proposed, and do it; prints the other half of an initial password.

    The owner may only where no other administrator is left, to make one or to reset one who is locked out.
    """
    with acting_on(system) as by:
        from kofu.staff import account_changes

        half = account_changes.confirm(by, number)
        typer.echo(f"done; second half of the initial password: {half}" if half else "done")


@app.command(name="send-back")
@command_action("account_change.confirm")
def send_back(system: System, number: Number, reason: Annotated[str, typer.Option(help="Why.")]) -> None:
    """Send a proposed change back."""
    with acting_on(system) as by:
        from kofu.staff import account_changes

        account_changes.send_back(by, number, reason)
        typer.echo(f"change {number} was sent back")


@app.command()
@command_action("account_change.confirm")
def withdraw(system: System, number: Number) -> None:
    """Take one's own proposal back."""
    with acting_on(system) as by:
        from kofu.staff import account_changes

        account_changes.withdraw(by, number)
        typer.echo(f"change {number} was withdrawn")


@contextmanager
def acting_on(system: str, head: str = "kofu staff") -> Iterator[StaffActor]:
    """Set Django up for the system and give who acts; what is refused ends the command in words, `head` before them."""
    with word_faults(system, head=head, leaves=ExitCode.REFUSED):
        set_up(system, rights=Rights.OWNER_OR_ROLE)
        from kofu.staff.work import StaffActor

        by = operator()
        yield StaffActor(login=by.actor, office=by.office, role=by.role)


def _account(login: str) -> StaffAccount:
    from kofu.staff.models import StaffAccount

    found = StaffAccount.objects.filter(login=login).first()
    if found is None:
        raise OperatorFault("no_such_account", f"there is no account {login}")
    return found


def _say_proposed(number: int, half: str) -> None:
    typer.echo(f"change {number} waits: another administrator runs `kofu staff confirm`, or confirms on the screen")
    if half:
        typer.echo(f"first half of the initial password: {half}")


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
    set_up(system, rights=Rights.SCREENS)
    from datetime import timedelta

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
