"""`kofu staff`: accounts of the staff screens, from the operator's side."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from kofu.core.errors import KofuError
from kofu.platform.settings import STAFF_SCREENS

app = typer.Typer(
    no_args_is_help=True, help="Accounts of the staff screens: the first administrator, the demonstration."
)

System = Annotated[str, typer.Argument(help=f"One of: {', '.join(STAFF_SCREENS.values())}.")]


def set_up(system: str) -> None:
    """Set Django up for `system`, once per process."""
    if system not in STAFF_SCREENS.values():
        raise typer.BadParameter(f"{system!r} is none of {', '.join(STAFF_SCREENS.values())}", param_hint="SYSTEM")
    os.environ["DJANGO_SETTINGS_MODULE"] = f"kofu.{system}.settings"
    import django

    django.setup()


@app.command()
def screens(system: System) -> None:
    """List every screen of a system with the action it declares, as the gate sees them."""
    set_up(system)
    from kofu.platform.staff.registry import declared_screens

    for screen in declared_screens():
        typer.echo(f"{screen.route}\t{screen.name}\t{screen.declared}")


@app.command()
def demo(system: System) -> None:
    """Make the demonstration's accounts (`kofu up` does it); only where papers say 見本."""
    from kofu.platform.settings import var_dir

    try:
        set_up(system)
        from kofu.platform.staff.demo import make_demo_accounts

        made = make_demo_accounts(system, var_dir())
    except KofuError as error:
        typer.echo(f"kofu staff demo: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{len(made)} accounts")
