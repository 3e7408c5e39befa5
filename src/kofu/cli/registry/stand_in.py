"""`kofu registry`: fill the registry's stand-in with serials of card certificates and numbers of people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kofu.cli.shared.databases import RegistryOwner, Rights, opened
from kofu.cli.shared.declared import command_action
from kofu.cli.shared.faults import ExitCode

app = typer.Typer(no_args_is_help=True, help="The registry's stand-in: load serials of card certificates.")


@app.callback()
def registry() -> None:
    """Look after the registry's stand-in."""


@app.command()
@command_action("register.load", "registry")
def load(
    file: Annotated[Path, typer.Argument(help="CSV: serial,valid_from,valid_to,status.", exists=True)],
    database: RegistryOwner = None,
) -> None:
    """Replace all serials by those of a file; yesterday's stay where it is broken."""
    from kofu.registry.serials import load_serials

    with opened("registry", Rights.OWNER, database, leaves=ExitCode.REFUSED) as connection:
        typer.echo(f"{load_serials(connection, file):,} serials")


@app.command()
@command_action("register.load", "registry")
def people(
    file: Annotated[Path, typer.Argument(help="residents.csv of a resident feed.", exists=True)],
    database: RegistryOwner = None,
) -> None:
    """Add the numbers of a resident feed to those a hold can be put on."""
    from kofu.platform.profiles import load_profile
    from kofu.platform.settings import profile_path
    from kofu.registry.known_subjects import load_people

    with opened("registry", Rights.OWNER, database, leaves=ExitCode.REFUSED) as connection:
        typer.echo(f"{load_people(connection, load_profile(profile_path()).code, file):,} people")
