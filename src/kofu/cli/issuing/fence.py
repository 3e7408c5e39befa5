"""`kofu fence`: what stands between a restored database and numbers given twice."""

from __future__ import annotations

import typer

from kofu.cli.shared.declared import command_action, operator
from kofu.cli.shared.faults import ExitCode
from kofu.cli.shared.issuing_tools import acting_here, database

app = typer.Typer(no_args_is_help=True, help="Look at, or pass, the fence before a database that went back in time.")


@app.command()
@command_action("deployment.view", "issuing")
def show() -> None:
    """Say whether the database knows everything that is known outside it; exit code 1 where it does not."""
    from kofu.issuing.checks.fence import fence_in, highest_number, went_back
    from kofu.platform.settings import var_dir

    fence = fence_in(var_dir())
    with database() as connection:
        typer.echo(f"highest number given {highest_number(connection)}, seen {fence.read().number}")
        point = went_back(connection, fence)
    if point is not None:
        typer.echo(f"this database is older than what was issued from it: {point}", err=True)
        raise typer.Exit(ExitCode.REFUSED)
    typer.echo("the database knows everything that is known outside it")


@app.command(name="pass")
@command_action("fence.pass", "issuing")
def pass_() -> None:
    """Let a restored database serve, with numbers beyond all that may have been given. Owner's rights."""
    from kofu.issuing.checks.fence import fence_in, pass_fence
    from kofu.platform.settings import var_dir

    with database(owner=True) as connection:
        first = pass_fence(connection, acting_here(), fence_in(var_dir()), by=operator().actor)
    typer.echo(f"passed: certificate numbers go on from {first}; what was lost is to be explained to the residents")
