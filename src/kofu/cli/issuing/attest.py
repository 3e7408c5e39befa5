"""`kofu attest`: say what this program is made of, and register what may serve."""

from __future__ import annotations

from dataclasses import fields
from typing import Annotated

import typer

from kofu.cli.shared.declared import command_action, operator
from kofu.cli.shared.issuing_tools import acting_here, database

app = typer.Typer(no_args_is_help=True, help="Say what a process is made of; register what may serve.")


@app.command()
@command_action("deployment.view", "issuing")
def show() -> None:
    """Show what this process is made of, and what differs from what is registered."""
    from kofu.issuing.checks.attest import differences, registered
    from kofu.issuing.serving.runtime import read_environment, state_here

    with database() as connection:
        statement = state_here(connection, read_environment(connection))
        known = registered(connection)
    for field in fields(statement):
        typer.echo(f"{field.name:10}  {getattr(statement, field.name)}")
    if known is None:
        typer.echo("nothing is registered: run `kofu attest register`")
        return
    found = differences(statement, known[0])
    typer.echo(f"registered {known[1]:%Y-%m-%d %H:%MZ}: {'the same' if not found else 'differs'}")
    for difference in found:
        typer.echo(f"  {difference.what}: registered {difference.registered}")


@app.command()
@command_action("deployment.register", "issuing")
def register(
    upgrade_minutes: Annotated[
        int,
        typer.Option(min=0, max=60, help="How long processes of the build before may go on while they are replaced."),
    ] = 0,
) -> None:
    """Register what this process is made of: from now on, processes must be exactly this. Owner's rights."""
    from datetime import timedelta

    from kofu.issuing.checks.attest import register as write
    from kofu.issuing.serving.runtime import read_environment, state_here

    with database(owner=True) as connection:
        environment = read_environment(connection)
        write(
            connection,
            acting_here(),
            state_here(connection, environment),
            by=operator().actor,
            demonstration=environment.profile.specimen,
            upgrade=timedelta(minutes=upgrade_minutes),
        )
    typer.echo("registered")
