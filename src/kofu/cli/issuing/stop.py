"""`kofu stop`: the kill switch. One person stops, two people start again."""

from __future__ import annotations

from typing import Annotated

import typer

from kofu.cli.shared.declared import command_action, operator
from kofu.cli.shared.issuing_tools import acting_here, database, municipality_code

app = typer.Typer(no_args_is_help=True, help="Stop issuance at once; two people lift a stop.")


@app.command(name="set")
@command_action("stop.set", "issuing")
def set_(reason: Annotated[str, typer.Option(help="Why issuance stops.")]) -> None:
    """Stop issuance on every process and machine, and wait until the papers under way have left."""
    from kofu.issuing.cases.stop import set_stop, wait_for_papers

    with database() as connection:
        at, code = acting_here(), municipality_code()
        stop_id = set_stop(connection, at, municipality_code=code, reason=reason, by=operator().actor)
        typer.echo(f"stopped: {stop_id}")  # in force; what follows is about papers released before it
        left = wait_for_papers(connection, at, code)
    if left is not None:
        typer.echo(
            f"{left.papers} released before the stop may still come out until {left.until:%H:%M:%S}Z:"
            " their process died or stands still (end it to be sure)"
        )


@app.command(name="list")
@command_action("stop.view", "issuing")
def list_() -> None:
    """List the stops in force."""
    from kofu.issuing.cases.case_store import standing_stops, stop_signatures

    with database() as connection:
        stops = standing_stops(connection, municipality_code())
        for stop in stops:
            agreed = ", ".join(signature.by for signature in stop_signatures(connection, stop.stop_id)) or "nobody"
            typer.echo(
                f"{stop.stop_id}  {stop.set_at:%Y-%m-%d %H:%MZ}  by {stop.set_by}: {stop.reason}"
                f"  case {stop.case_id or '-'}  to lift: {agreed}"
            )
    if not stops:
        typer.echo("nothing is stopped")


@app.command()
@command_action("stop.lift", "issuing")
def lift(
    stop_id: Annotated[str, typer.Argument(metavar="STOP", help="Id of the stop.")],
    finding: Annotated[str, typer.Option(help="Why issuance may go on.")],
) -> None:
    """Agree to lifting a stop; the second person's word lifts it, once its case is closed."""
    from kofu.certificates.domain.findings import Signature
    from kofu.issuing.cases.stop import agree_to_lift

    with database() as connection:
        lifted = agree_to_lift(connection, acting_here(), stop_id, Signature(by=operator().actor, finding=finding))
    typer.echo("lifted: issuance goes on" if lifted else "signed: another person's word lifts it")
