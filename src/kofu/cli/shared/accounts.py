"""The accounts of a system for a command: Django set up for it, and a second person beside who is logged in."""

from __future__ import annotations

import os

import typer

from kofu.cli.shared.databases import Rights, url_under
from kofu.cli.shared.declared import operator
from kofu.core.four_eyes import require_second_person
from kofu.platform.settings import DATABASE_SYSTEMS


def set_up(system: str, *, rights: Rights = Rights.ROLE) -> None:
    """Set Django up for `system`, once per process, under `rights`."""
    if system not in DATABASE_SYSTEMS:
        raise typer.BadParameter(f"{system!r} is none of {', '.join(DATABASE_SYSTEMS)}", param_hint="SYSTEM")
    os.environ[f"KOFU_{system.upper()}_DATABASE_URL"] = url_under(system, rights)
    os.environ["DJANGO_SETTINGS_MODULE"] = f"kofu.{system}.settings"
    import django

    django.setup()


def second_person(action: str) -> str:
    """Ask another person, at this terminal, for login, password and one-time code; give their login. On record.

    Raises `OperatorFault` `second_person_needed` for the same person, `not_allowed` where their role may not.
    """
    first = operator()
    typer.echo("A second person logs in here, for this once.")
    own = os.environ.get(f"KOFU_{first.system.upper()}_DATABASE_URL")
    set_up(first.system, rights=Rights.SCREENS)
    from kofu.staff.operators import login as entrance

    login = typer.prompt("Second person's login")
    account = entrance.check_password(login, typer.prompt("Password", hide_input=True))
    entrance.check_code(account, typer.prompt("One-time code"))
    require_second_person(str(account.login), first.actor, what=action)
    entrance.sign_beside(account, action, first=first.actor, command=first.command)
    if own is not None:  # the command's own work goes on under the rights it had
        os.environ[f"KOFU_{first.system.upper()}_DATABASE_URL"] = own
    return str(account.login)
