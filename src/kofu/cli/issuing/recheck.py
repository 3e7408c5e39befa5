"""`kofu recheck`: derive again, independently, what was issued on a day, and compare."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from kofu.cli.shared.declared import command_action
from kofu.cli.shared.faults import ExitCode
from kofu.cli.shared.issuing_tools import acting_here, database, derivations
from kofu.core.calendar import begin_of, day_in_japan


@command_action("recheck.run", "issuing")
def recheck(
    day: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day in Japan; default yesterday.")] = None,
    *,
    sweep: Annotated[
        bool, typer.Option("--sweep", help="Also close what nobody decided, and ask about unreported papers.")
    ] = False,
    result_within_minutes: Annotated[int, typer.Option(min=1, help="How long a print result may take.")] = 60,
) -> None:
    """Re-derive every certificate of a day from its generation and compare digests; a mismatch stops issuance.

    Each is also read by a second reader that shares nothing with the last look.
    """
    from kofu.issuing.checks.recheck import recheck as look
    from kofu.issuing.requests.sweep import sweep as close_open_ends
    from kofu.issuing.serving.runtime import read_environment

    which = day.date() if day else day_in_japan(datetime.now(UTC)) - timedelta(days=1)
    with database() as connection:
        environment = read_environment(connection)
        derive, *earlier = derivations(connection, environment)
        here = acting_here()
        if sweep:
            swept = close_open_ends(connection, here, result_within=timedelta(minutes=result_within_minutes))
            typer.echo(f"swept: {swept.aborted} never decided, {swept.unknown} without print result")
        start, end = begin_of(which), begin_of(which + timedelta(days=1))
        report = look(connection, here, environment.profile, derive, start=start, end=end, earlier=earlier)
    typer.echo(f"{which}: {report.copies} copies derived again, {len(report.case_ids)} mismatches")
    for case_id in report.case_ids:
        typer.echo(f"  case {case_id}")
    if report.case_ids:
        raise typer.Exit(ExitCode.REFUSED)
