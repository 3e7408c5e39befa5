"""`kofu login`, `logout`, `whoami`: the session of a person at the command line. `kofu service`: keys of jobs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from kofu.cli.shared.accounts import set_up
from kofu.cli.shared.databases import Rights, url_under
from kofu.cli.shared.declared import command_action, open_command, operator
from kofu.cli.shared.faults import word_faults
from kofu.core.calendar import in_japan
from kofu.core.errors import OperatorFault
from kofu.platform.settings import DATABASE_SYSTEMS

if TYPE_CHECKING:  # it draws in Django: `kofu --help` does without
    from kofu.staff.models import StaffAccount

System = Annotated[str, typer.Argument(help=f"One of: {', '.join(DATABASE_SYSTEMS)}.")]

service_app = typer.Typer(no_args_is_help=True, help="Unattended jobs: who they are, and the keys they prove it with.")


@open_command("this is where one says who one is")
def login(
    system: System, login: Annotated[str, typer.Option(prompt="Login", help="Your own login (職員番号).")]
) -> None:
    """Open a session of half an hour for commands: password and one-time code, asked for; on record."""
    with word_faults(system):
        set_up(system, rights=Rights.SCREENS)
        from kofu.staff.operators import login as entrance
        from kofu.staff.operators.tokens import write_token

        account = entrance.check_password(login, typer.prompt("Password", hide_input=True))
        if entrance.has_factor(account):
            entrance.check_code(account, typer.prompt("One-time code"))
        else:
            _register_factor(account)
        if account.password_is_initial:
            new = typer.prompt("New password of your own", hide_input=True, confirmation_prompt=True)
            entrance.choose_password(account, new)
        _acknowledge(account)
        opened = entrance.open_session(account)
        write_token(system, opened.token)
    typer.echo(f"{account.login} ({account.role_label}) is logged in to {system} until {_clock(opened.expires_at)}")


def _register_factor(account: StaffAccount) -> None:
    """Show the secret of a new second factor once, and take its first code."""
    from kofu.staff.operators import login as entrance

    secret = entrance.new_factor_secret()
    typer.echo(f"No second factor is registered yet. Enter this key in your authenticator app:\n{secret}")
    entrance.register_factor(account, secret, typer.prompt("One-time code it shows"))


def _acknowledge(account: StaffAccount) -> None:
    """Tell the owner what others changed of the account, and ask that it was read. Raises `OperatorFault`."""
    from kofu.staff import account_changes
    from kofu.staff.work import actor_of

    unread = list(account_changes.own_changes(account))
    for change in unread:
        done = f"{change.decided_at:%Y-%m-%d %H:%M} UTC: {change.kind} ({change.reason})"
        typer.echo(f"{done}, proposed by {change.proposed_by}, confirmed by {change.decided_by}")
    if not unread:
        return
    if not typer.confirm("This was done to your account. You knew, or have told your auditor"):
        raise OperatorFault("changes_not_read", "nothing opens before you have read what was done to your account")
    account_changes.acknowledge(actor_of(account), account)


@open_command("ends one's own session")
def logout(system: System) -> None:
    """End the session of this user with a system."""
    from kofu.staff.operators.tokens import forget_token, read_token

    with word_faults(system):
        token = read_token(system)
        if token is None:
            raise OperatorFault("no_session", f"nobody is logged in to {system} here")
        set_up(system, rights=Rights.SCREENS)
        from kofu.staff.operators.login import close_session

        stood = close_session(token)
        forget_token(system)
    typer.echo("logged out" if stood else "the session was over already")


@open_command("says one's own session")
def whoami() -> None:
    """Say who is logged in here, to which systems, and until when."""
    import psycopg

    from kofu.staff.operators.sessions import find_session
    from kofu.staff.operators.tokens import read_token

    now, said = datetime.now(UTC), False
    for system in DATABASE_SYSTEMS:
        with word_faults(system):
            token = read_token(system)
            if token is None:
                continue
            with psycopg.connect(url_under(system, Rights.SCREENS)) as connection:
                session = find_session(connection, token)
        said = True
        if session is None or session.ended_at is not None or now >= session.expires_at:
            typer.echo(f"{system}: the session is over")
        else:
            typer.echo(f"{system}: {session.login} ({session.role}) until {_clock(session.expires_at)}")
    if not said:
        typer.echo("nobody is logged in")


@service_app.command(name="list")
@open_command("shows the table of unattended jobs, which is part of the program")
def list_() -> None:
    """List the unattended jobs and what each may do."""
    from kofu.staff.operators.services import SERVICES

    for service in SERVICES:
        typer.echo(f"{service.code:16} {service.system:9} {service.label}: {', '.join(service.actions)}")


@service_app.command(name="key")
@command_action("service.key", first=True)
def key(
    system: System,
    service: Annotated[str, typer.Argument(help="Name of the job, as `kofu service list` shows it.")],
) -> None:
    """Make the key of an unattended job, in VAR/keys or where KOFU_SERVICE_KEY says; the one before ends."""
    import psycopg

    from kofu.staff.operators.services import key_file, make_service_key, service_named

    with word_faults(system):
        found = service_named(service)
        if found.system != system:
            raise OperatorFault("no_such_service", f"{service} works in {found.system}, not in {system}")
        path = key_file(found)
        with psycopg.connect(url_under(system, Rights.OWNER_OR_ROLE)) as connection:
            make_service_key(connection, found, path, made_by=operator().actor, now=datetime.now(UTC))
    typer.echo(f"the key of {service} lies in {path}; only the user who owns it can run the job")


def _clock(at: datetime) -> str:
    return f"{in_japan(at):%H:%M}"
