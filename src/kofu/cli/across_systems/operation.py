"""`kofu operation SYSTEM`: how a system runs, its record counted: nobody who acted, and nobody concerned."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from kofu.cli.across_systems.staff import System
from kofu.cli.shared.databases import Rights, opened
from kofu.cli.shared.declared import command_action
from kofu.cli.shared.faults import ExitCode
from kofu.core.errors import OperatorFault


@command_action("operation.view")
def operation(
    system: System,
    day: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day in Japan; today without.")] = None,
) -> None:
    """Show how a system is set and how often which operation ended how on a day. No person is in it."""
    from kofu.core.calendar import day_in_japan
    from kofu.platform.profiles import load_profile
    from kofu.platform.settings import operator_minutes, profile_path
    from kofu.staff.operation import operations_of

    with opened(system, Rights.ROLE, leaves=ExitCode.REFUSED) as connection:
        today = day_in_japan(datetime.now(UTC))
        shown = today if day is None else day.date()
        if shown > today:
            raise OperatorFault("day_to_come", f"{shown} is still to come: nothing is on record of it yet")
        profile, counted = load_profile(profile_path()), operations_of(connection, shown)
    typer.echo(f"{profile.code} {profile.name}; operator sessions last {operator_minutes()} minutes")
    typer.echo(f"{shown}: {sum(one.times for one in counted)} operations")
    for one in counted:
        typer.echo(f"{one.action}  {one.result}  {one.times}  last {one.last_at:%H:%M:%S}")
