"""`kofu audit person`: everything a system's record has about one person, for systems without screens, too."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from kofu.cli.shared.declared import command_action
from kofu.cli.shared.faults import ExitCode, word_faults

System = Annotated[str, typer.Argument(help="issuing, registry, center or ledger.")]
KNOWN_BY = ("number", "serial", "resident_code")
DAYS_BACK = 365


@command_action("audit.person")
def person(
    system: System,
    known_by: Annotated[
        str, typer.Option(help="What standard input holds: number (宛名番号), serial, resident_code.")
    ] = "number",
    days: Annotated[int, typer.Option(min=1, help="How many days back.")] = DAYS_BACK,
) -> None:
    """Print who looked at a person and what was done; the person is read from standard input, and is on record."""
    import psycopg

    from kofu.cli.shared.people_on_record import concerned
    from kofu.core.calendar import day_in_japan
    from kofu.platform.profiles import load_profile
    from kofu.platform.pseudonym import pseudonyms_of
    from kofu.platform.settings import database_url, profile_path
    from kofu.staff.person_record import entries_about

    if known_by not in KNOWN_BY:
        raise typer.BadParameter(f"{known_by!r} is none of {', '.join(KNOWN_BY)}", param_hint="--known-by")
    number = typer.get_text_stream("stdin").readline().strip()
    now = datetime.now(UTC)
    today = day_in_japan(now)
    with word_faults(system, head="kofu audit person", leaves=ExitCode.REFUSED):
        scope = load_profile(profile_path()).code if known_by == "number" else known_by
        asked = pseudonyms_of(system).of_all([(scope, number)])
        with psycopg.connect(database_url(system), autocommit=True) as connection:
            concerned(connection, "audit.person", scope, [number], now)
            read = entries_about(connection, asked, today - timedelta(days=days), today)
    for one in read.entries:
        body = json.loads(one.body)
        others = f"  and {len(body['subjects']) - 1} others" if body.get("subjects") else ""
        typer.echo(f"{body['occurred_at']}  {body['actor']}  {body['action']}  {body['result']}{others}")
    for month in read.elsewhere:
        what = (
            "was deleted after seven years" if month.expired else f"`kofu audit restore {system} {month.month} --apply`"
        )
        typer.echo(f"{month.month} is not in the database: {what}", err=True)
    if read.cut:
        typer.echo("there are more: ask for fewer days", err=True)
    typer.echo(f"{len(read.entries)} entries")
