"""`kofu ledger`: take over what the system before knew, check the ledger, write the nightly feed."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from kofu.cli.shared.counting import counting
from kofu.cli.shared.databases import LedgerOwner, LedgerRole, Rights, opened
from kofu.cli.shared.days import DAYS_MAX, require_day_come
from kofu.cli.shared.declared import command_action, operator
from kofu.cli.shared.faults import ExitCode, word_faults, words_of
from kofu.cli.shared.written_files import write_for_owner
from kofu.core.errors import KofuError

app = typer.Typer(no_args_is_help=True, help="The collection ledger (収納管理).")

BusinessDate = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Day whose close the feed shows; default: today in Japan."),
]


@app.command(name="take-over")
@command_action("ledger.take_over", "ledger")
def take_over_(
    tax_feed: Annotated[Path, typer.Argument(help="Folder of a full tax feed.")],
    resident_feed: Annotated[Path, typer.Argument(help="Folder of a full resident feed.")],
    keys: Annotated[Path | None, typer.Option(help="Folder of the senders' public keys; default VAR/keys.")] = None,
    database: LedgerOwner = None,
) -> None:
    """Build the ledger from full feeds of taxes and residents. A run that was broken off goes on where it stopped."""
    from kofu.contracts.feed import FeedKind
    from kofu.core.names import code_points_of
    from kofu.ledger.taking_over.take_over import take_over
    from kofu.platform.feeds import public_key
    from kofu.platform.profiles import load_profile
    from kofu.platform.settings import profile_path, var_dir

    folder = keys or var_dir() / "keys"
    with (
        opened("ledger", Rights.OWNER, database, head="not taken over", leaves=ExitCode.REFUSED) as connection,
        counting("notices") as progress,
    ):
        taken = take_over(
            connection,
            tax_feed=tax_feed,
            resident_feed=resident_feed,
            keys={kind: public_key(folder, kind) for kind in FeedKind},
            actor=operator().actor,
            progress=progress,
            transposition=load_profile(profile_path()).transposition,
        )
    typer.echo(
        f"taken over: {taken.taxpayers:,} people, {taken.notices:,} notices, {taken.claims:,} claims, "
        f"{taken.payments:,} payments; assessed {taken.assessed:,} yen, paid {taken.paid:,} yen"
    )
    for code, times in sorted(taken.transposed.items()):
        typer.echo(f"  {code_points_of(code)} put as the profile's table says, {times:,} times")


@app.command()
@command_action("ledger.verify", "ledger")
def verify(
    database: LedgerOwner = None,
    *,
    every_step: Annotated[
        bool, typer.Option("--every-step", help="Also look for a balance below zero after any transfer (slower).")
    ] = False,
) -> None:
    """Check every balance of the ledger against its transfers, by code of its own."""
    import psycopg

    from kofu.ledger.books.verify import verify_ledger

    with opened("ledger", Rights.OWNER, database, head="not checked", leaves=ExitCode.REFUSED) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with connection.transaction():
            report = verify_ledger(connection, every_step=every_step)
    broken = {difference.check for difference in report.differences}
    for name, count in report.checks:
        typer.echo(f"{'DIFFERS' if name in broken else 'holds  '}  {name} ({count:,})")
    for difference in report.differences:
        typer.echo(f"  {difference.where}: expected {difference.expected}, found {difference.found}")
    if not report.holds:
        raise typer.Exit(ExitCode.REFUSED)


@app.command(name="verify-counter")
@command_action("ledger.verify", "ledger")
def verify_counter_(
    days: Annotated[
        int | None, typer.Option(min=1, max=DAYS_MAX, help="Check applications of as many days; default all.")
    ] = None,
    database: LedgerOwner = None,
) -> None:
    """Check everything the counters issued: numbers, stories, fees, and the audit log, by code of its own."""
    from datetime import UTC, timedelta

    from kofu.ledger.counter.verify import verify_counter
    from kofu.platform.profiles import load_profile
    from kofu.platform.settings import profile_path

    since = datetime.now(UTC) - timedelta(days=days) if days is not None else None
    with opened("ledger", Rights.OWNER, database, head="not checked", leaves=ExitCode.REFUSED) as connection:
        report = verify_counter(connection, load_profile(profile_path()).code, since=since)
    typer.echo(
        f"{report.applications:,} applications, {report.papers:,} papers: {'holds' if report.holds else 'DIFFERS'}"
    )
    for difference in report.differences:
        typer.echo(
            f"  {difference.where}: {difference.check}: expected {difference.expected}, found {difference.found}"
        )
    if not report.holds:
        raise typer.Exit(ExitCode.REFUSED)


@app.command()
@command_action("feed.write", "ledger")
def night(
    out: Annotated[
        Path | None, typer.Option(help="Folder the feed's folder is written into; default VAR/feeds.")
    ] = None,
    business_date: BusinessDate = None,
    database: LedgerRole = None,
    *,
    full: Annotated[
        bool, typer.Option("--full", help="State everything, not what changed since the last feed.")
    ] = False,
) -> None:
    """End the refunds nobody claimed in time, then write tonight's tax feed, whole or not at all.

    Started again after a crash, it goes on. Where no refund could be ended the feed is written all the same, and the
    command says so and ends with 1. It ends with 3 where figures are beyond their bounds: nothing left, two people look
    at them on the screen 夜間連携.
    """
    import psycopg

    from kofu.ledger.feed.held_nights import NightHeldError
    from kofu.ledger.nights.tonight import erase_tonight, lapse_tonight, write_tonight

    lapsed = True
    try:
        if erased := erase_tonight(actor=operator().actor, database=database or ""):
            typer.echo(f"{erased:,} files that came in or went out are erased: their time is over")
        if ended := lapse_tonight(actor=operator().actor, database=database or ""):
            typer.echo(f"{ended:,} refunds nobody claimed in time ended")
    except (KofuError, psycopg.Error) as error:
        lapsed = False
        typer.echo(f"refunds that are due to end did not: {words_of(error, 'ledger')}", err=True)
    with word_faults("ledger", head="no feed was written", leaves=ExitCode.REFUSED), counting("rows") as progress:
        try:
            report = write_tonight(
                actor=operator().actor,
                full=full,
                day=_come(business_date),
                out=out,
                database=database or "",
                progress=progress,
            )
        except NightHeldError as held:
            typer.echo(f"no feed was written: {held}", err=True)
            raise typer.Exit(ExitCode.HELD) from held
    resumed = ", sealed by a run that broke off" if report.resumed else ""
    typer.echo(f"{report.folder}: generation {report.generation}, {report.mode}, {report.rows:,} rows{resumed}")
    if not lapsed:
        raise typer.Exit(ExitCode.REFUSED)


@app.command()
@command_action("feed.announce", "ledger")
def announce(
    out: Annotated[
        Path | None, typer.Option(help="Folder the feed's folder will be written into; default VAR/feeds.")
    ] = None,
    business_date: BusinessDate = None,
    database: LedgerRole = None,
    *,
    full: Annotated[bool, typer.Option("--full", help="The feed will state everything.")] = False,
) -> None:
    """Say, signed, beside where tonight's feed will lie what it holds: rows and totals, counted in the ledger."""
    from kofu.ledger.nights.tonight import announce_tonight

    with word_faults("ledger", head="nothing was announced", leaves=ExitCode.REFUSED):
        announced = announce_tonight(
            actor=operator().actor,
            full=full,
            day=_come(business_date),
            out=out,
            database=database or "",
        )
    if announced is None:
        typer.echo("a feed is sealed already and waits for its name: run `kofu ledger night`")
        return
    rows = sum(file.rows for file in announced.files)
    typer.echo(f"announced: generation {announced.generation}, {announced.business_date}, {rows:,} rows")


def _come(business_date: datetime | None) -> date | None:
    """Give the day a feed is written of: none to come. Raises `OperatorFault` `day_to_come`."""
    from datetime import UTC

    from kofu.core.calendar import day_in_japan

    return require_day_come(business_date.date(), day_in_japan(datetime.now(UTC))) if business_date else None


@app.command(name="compare-interest")
@command_action("interest.compare", "ledger")
def compare_interest_(
    file: Annotated[Path, typer.Argument(help="CSV of the system before: notice_number,installment,interest.")],
    on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day its figures are of.")],
    report: Annotated[Path, typer.Option(help="Where to write the claims that differ, as CSV.")],
    database: LedgerOwner = None,
) -> None:
    """Name every claim whose 延滞金 differs from what the system before would ask on a day."""
    import csv
    import io
    from datetime import UTC

    from kofu.cli.shared.people_on_record import concerned
    from kofu.core.calendar import day_in_japan
    from kofu.ledger.acting.reached_day import stand_within_reach
    from kofu.ledger.profile.rules_in_use import rules_of
    from kofu.ledger.taking_over.compare_interest import compare_interest, people_in_differences
    from kofu.platform.profiles import load_profile
    from kofu.platform.settings import profile_path

    with opened("ledger", Rights.OWNER, database, head="not compared", leaves=ExitCode.REFUSED) as connection:
        stand_within_reach(connection, day_in_japan(datetime.now(UTC)))
        code = load_profile(profile_path()).code
        found = compare_interest(connection, code, file, on=on.date(), rules=rules_of(code, connection))
        concerned(connection, "interest.compare", code, people_in_differences(connection, code, found.differing))
        lines = io.StringIO(newline="")
        writer = csv.writer(lines)
        writer.writerow(["notice_number", "installment", "before", "here", "why"])
        writer.writerows([*one.key, one.old, one.ours, one.why.value] for one in found.differing)
        write_for_owner(report, lines.getvalue().encode())
    typer.echo(
        f"compared: {found.named:,} claims named, {found.here:,} open here; "
        f"{len(found.differing):,} differ, see {report}"
    )
