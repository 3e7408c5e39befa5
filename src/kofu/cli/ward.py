"""`kofu ward`: make synthetic wards."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from kofu.cli.shared.counting import counting
from kofu.cli.shared.declared import open_command
from kofu.cli.shared.faults import ExitCode, word_faults
from kofu.core.calendar import JST
from kofu.core.errors import OperatorFault
from kofu.ward.people import LARGEST_WARD, Municipality, WardPlan

#: Days whose fiscal years, ten back, the tables of the law reach.
FIRST_DAY, LAST_DAY = date(2015, 1, 1), date(2999, 12, 31)

app = typer.Typer(no_args_is_help=True, help="Make a ward of invented people, with feeds, holds and virtual cards.")


@app.callback()
def ward() -> None:
    """Make a ward of invented people, with feeds, holds and virtual cards."""


@app.command()
@open_command("invented people, in files")
def make(  # noqa: PLR0917 - each is an option of the command, given by name
    out: Annotated[Path, typer.Option(help="Folder the ward is written to; must hold no feed of this generation.")],
    profile: Annotated[Path, typer.Option(envvar="KOFU_PROFILE", help="Profile (TOML) of the municipality.")],
    people: Annotated[int, typer.Option(min=1, max=LARGEST_WARD, help="How many people.")] = 1000,
    seed: Annotated[int, typer.Option(help="Same seed, same people.")] = 1,
    day: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Business date; default today.")] = None,
    years: Annotated[int, typer.Option(min=0, max=10, help="Assessed fiscal years; 0: as many as offered.")] = 0,
    font: Annotated[Path | None, typer.Option(help="Font whose variants the names walk through.")] = None,
    keys: Annotated[Path | None, typer.Option(help="Folder of the signing keys; default OUT/keys.")] = None,
    next_day: Annotated[bool, typer.Option("--next-day", help="Also write the differences of the next day.")] = False,  # noqa: FBT002 - typer's way to declare a flag
) -> None:
    """Make both full feeds, the holds in force, the registry's serials and virtual cards."""
    from kofu.platform.fonts import find_font
    from kofu.platform.profiles import load_profile
    from kofu.ward.difference import make_difference
    from kofu.ward.make import make_ward

    with word_faults(head="kofu ward make", leaves=ExitCode.REFUSED):
        values = load_profile(profile)
        if day is not None and not FIRST_DAY <= day.date() <= LAST_DAY:
            raise OperatorFault("no_such_ward", f"a ward is made of days from {FIRST_DAY} to {LAST_DAY}")
        plan = WardPlan(
            municipality=Municipality(code=values.code, name=values.name),
            seed=seed,
            size=people,
            day=day.date() if day else datetime.now(JST).date(),
            years=years or max(4, *(kind.years for kind in values.kinds)),
            font=font or find_font(),
        )
        signing = keys or out / "keys"
        started = time.monotonic()
        with counting("people") as count:
            made = make_ward(
                out, plan, created_at=datetime.now(UTC), keys=signing, progress=lambda done: count(done, people)
            )
        seconds = time.monotonic() - started
        typer.echo(
            f"{made.people:,} people, {made.assessments:,} assessments, {made.collections:,} notices, "
            f"{made.certificates:,} card certificates, {made.holds:,} holds in {seconds:.1f} s"
        )
        for path in (made.at.tax_feed, made.at.resident_feed, made.at.cards, made.at.holds):
            typer.echo(f"  {path}")
        if next_day:
            with counting("people, next day") as count:
                at = make_difference(
                    out,
                    plan,
                    next_day=plan.day + timedelta(days=1),
                    created_at=datetime.now(UTC),
                    keys=signing,
                    progress=lambda done: count(done, people),
                )
            typer.echo(f"  {at.tax_feed}\n  {at.resident_feed}")


@app.command()
@open_command("invented people, in files")
def fault(
    name: Annotated[str, typer.Option("--fault", help="What is wrong with it; 'list' names every fault.")],
    feed: Annotated[
        Path | None, typer.Option(help="Folder of a sound full feed, as `kofu ward make` wrote it.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the bad feed; must not exist.")] = None,
    keys: Annotated[
        Path | None, typer.Option(help="Folder of the signing keys, as `kofu ward make` made them.")
    ] = None,
    *,
    announce: Annotated[bool, typer.Option("--announce", help="Announce beside it what the sound feed holds.")] = False,
) -> None:
    """Make a bad feed, signed, counted and summed by its sender without a flaw: the next generation of a sound one."""
    from kofu.ward.faults import FAULTS, make_fault

    if name == "list":
        for one in FAULTS.values():
            typer.echo(f"{one.name:<24} {one.kind:<9} {one.what}")
        return
    with word_faults(head="kofu ward fault", leaves=ExitCode.REFUSED):
        if feed is None or out is None or keys is None:
            raise OperatorFault("option_missing", "name --feed, --out and --keys")
        made = make_fault(feed, out, name, keys=keys, announce=announce)
    typer.echo(f"{made}: {FAULTS[name].what}")
