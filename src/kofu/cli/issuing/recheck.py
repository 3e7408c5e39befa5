"""`kofu recheck`: derive again, independently, what was issued on a day, and compare."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from kofu.cli.shared.days import require_day_come
from kofu.cli.shared.declared import command_action
from kofu.cli.shared.faults import ExitCode
from kofu.cli.shared.issuing_tools import acting_here, database, derivations
from kofu.core.calendar import begin_of, day_in_japan

MINUTES_MAX = 10_080
"""A week: a print result that takes longer never comes."""


@command_action("recheck.run", "issuing")
def recheck(
    day: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day in Japan; default yesterday.")] = None,
    *,
    sweep: Annotated[
        bool, typer.Option("--sweep", help="Also close what nobody decided, and ask about unreported papers.")
    ] = False,
    result_within_minutes: Annotated[
        int, typer.Option(min=1, max=MINUTES_MAX, help="How long a print result may take.")
    ] = 60,
) -> None:
    """Re-derive every certificate of a day from its generation and compare digests; a mismatch stops issuance.

    Each is also read by a second reader that shares nothing with the last look.
    """
    from kofu.issuing.checks.recheck import recheck as look
    from kofu.issuing.requests.sweep import sweep as close_open_ends
    from kofu.issuing.serving.runtime import read_environment

    today = day_in_japan(datetime.now(UTC))
    with database() as connection:
        which = require_day_come(day.date(), today) if day else today - timedelta(days=1)
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
