"""`kofu payments`: receive files of payments and post them. `kofu day`: reconcile and close a day of the ledger."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kofu.cli.ledger_url import ledger_url
from kofu.core.errors import KofuError, OperatorFault

if TYPE_CHECKING:  # these draw in psycopg: `kofu --help` does without
    import psycopg

    from kofu.core.profile import Profile
    from kofu.ledger.acting.under import Under
    from kofu.ledger.books.domain.matching_rules import MatchingRules
    from kofu.ledger.payments.batches import Batch

app = typer.Typer(no_args_is_help=True, help="Files of payments (収納): received, checked, posted.")
day_app = typer.Typer(no_args_is_help=True, help="A day of the ledger: reconciled and closed (日次締め).")

REFUSED = 1  # exit code: what was asked is wrong, or a file is held; nothing was posted
DATE_FORMATS = ["%Y-%m-%d"]
Database = Annotated[
    str | None,
    typer.Option(
        envvar="KOFU_LEDGER_OWNER_DATABASE_URL", help="Database of the ledger, under the owner of its schema."
    ),
]
Day = Annotated[datetime | None, typer.Option(formats=DATE_FORMATS, help="会計日; default the oldest open day.")]


@dataclass(frozen=True, slots=True)
class _Work:
    connection: psycopg.Connection
    profile: Profile
    under: Under
    rules: MatchingRules
    today: date


@app.command()
def receive(
    file: Annotated[Path, typer.Argument(help="File as it came.")],
    kind: Annotated[str, typer.Option(help="debit_result, convenience, electronic or keyed.")],
    *,
    second: Annotated[Path | None, typer.Option(help="keyed: the second keying.")] = None,
    slips: Annotated[Path | None, typer.Option(help="keyed: the slips (バッチ票) that went out.")] = None,
    day: Day = None,
    database: Database = None,
) -> None:
    """Take in a file and check every row. Posts nothing; the same file again is the same batch."""
    from kofu.ledger.debit.request_debits import requested_in
    from kofu.ledger.payments.batches import receive as receive_file
    from kofu.ledger.payments.domain.batches import BatchState
    from kofu.ledger.payments.files import Keying, kind_of, parts_of, reader_for
    from kofu.ledger.profile.layouts import layouts_of
    from kofu.ledger.profile.ledger_profile import ledger_profile

    with _work(database) as work:
        found = kind_of(kind)
        on = _open_day(work, day)
        keying = Keying(second.read_bytes(), slips.read_bytes()) if second and slips else None
        forms = ledger_profile(work.profile.code).bank_forms
        held = False
        for part in parts_of(found, file.name, file.read_bytes(), forms=forms, processed_on=on):
            batch = receive_file(
                work.connection,
                municipality_code=work.profile.code,
                channel=found.channel,
                kind=found.code,
                name=part.name,
                content=part.content,
                booked_on=on,
                read=reader_for(
                    found,
                    layouts_of(work.profile),
                    name=part.name,
                    processed_on=on,
                    keying=keying,
                    requested=requested_in(work.connection, work.profile.code),
                    forms=forms,
                    whole=part.whole,
                ),
                under=work.under,
                keyed=keying.beside if keying else None,
            )
            typer.echo(_line(batch))
            if batch.stands is BatchState.HELD:
                held = True
                _say_problems(work, batch)
        if held:
            typer.echo(
                "  held: another person accepts it without these rows, or it is sent back, on the screens", err=True
            )
            raise typer.Exit(REFUSED)


def _say_problems(work: _Work, batch: Batch) -> None:
    from kofu.ledger.payments.batches import problems_of

    for known in problems_of(work.connection, work.profile.code, batch_id=batch.id, limit=20):
        problem = known.problem
        where = f"line {problem.line}" if problem.line else "file"
        typer.echo(f"  {batch.name}, {where}, {problem.field}: {problem.message} [{problem.code}]", err=True)


@app.command()
def post(database: Database = None) -> None:
    """Post every batch that is decided and waits. A run that was broken off goes on where it stopped."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from kofu.ledger.payments.post_batch import post_waiting

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with _work(database) as work, Progress(*columns) as bar:
        tasks: dict[object, object] = {}

        def said(batch: Batch, done: int) -> None:
            if batch.id not in tasks:
                tasks[batch.id] = bar.add_task(batch.name, total=batch.rows)
            bar.update(tasks[batch.id], completed=done)  # type: ignore[arg-type] # rich's TaskID is an int of its own

        done = post_waiting(work.connection, work.profile.code, rules=work.rules, under=work.under, progress=said)
        bar.stop()
        for batch, posted in done:
            outcomes = ", ".join(f"{outcome.value} {count:,}" for outcome, count in sorted(posted.counts.items()))
            typer.echo(
                f"{_line(batch)}: {posted.posted:,} payments, {posted.amount:,} yen ({outcomes or 'no money'});"
                f" {posted.known:,} known, {posted.advised:,} advices"
            )
        if not done:
            typer.echo("no batch waits for posting")


@app.command(name="debit-request")
def debit_request(
    day: Annotated[datetime, typer.Argument(formats=DATE_FORMATS, help="引落日: the 納期限 that is debited.")],
    out: Annotated[Path, typer.Option(help="Folder the file is written to.")],
    database: Database = None,
) -> None:
    """Make the request file of 口座振替 for a day. What was asked for already is not asked for again."""
    from kofu.ledger.debit.request_debits import request_debits
    from kofu.ledger.profile.layouts import layouts_of
    from kofu.ledger.profile.ledger_profile import ledger_profile
    from kofu.ledger.slips.codecs.convenience import barcode_profile

    with _work(database) as work:
        profile = ledger_profile(work.profile.code)
        made = request_debits(
            work.connection,
            work.profile.code,
            profile.debit,
            barcode_profile(layouts_of(work.profile)),
            debit_on=day.date(),
            answers=profile.answer_rules,
            under=work.under,
            forms=profile.bank_forms,
        )
        out.mkdir(parents=True, exist_ok=True)
        (out / made.name).write_bytes(made.content)
        typer.echo(f"{out / made.name}: {made.count:,} lines, {made.total:,} yen")
        for left in made.left_out:
            typer.echo(f"  left out: notice {left.notice_number}, {left.installment}: {left.why}", err=True)


@app.command(name="list")
def list_(database: Database = None) -> None:
    """List the batches on which something waits."""
    from kofu.ledger.payments.batches import list_batches

    with _work(database) as work:
        for batch in list_batches(work.connection, work.profile.code, waiting=True):
            typer.echo(_line(batch))


@day_app.command()
def show(day: Day = None, database: Database = None) -> None:
    """Show a day's totals by channel: ledger, batches, statements."""
    from kofu.ledger.payments.close_day import read_day

    with _work(database) as work:
        standing = read_day(work.connection, work.profile.code, _open_day(work, day))
        for channel in standing.channels:
            stated = "-" if channel.stated_total is None else f"{channel.stated_rows:,} / {channel.stated_total:,} yen"
            typer.echo(
                f"{'agrees ' if channel.agrees else 'DIFFERS'} {channel.channel:13}"
                f" ledger {channel.ledger_rows:,} / {channel.ledger_total:,} yen,"
                f" batches {channel.batch_rows:,} / {channel.batch_total:,} yen, stated {stated}"
            )
        for name in standing.waiting:
            typer.echo(f"waits   {name}")
        if standing.closed_by:
            typer.echo(f"closed by {standing.closed_by}")


@day_app.command()
def state(
    channel: Annotated[str, typer.Argument(help="Channel, as `kofu day show` names it.")],
    rows: Annotated[int, typer.Argument(help="Payments the bank or the cash says.")],
    total: Annotated[int, typer.Argument(help="Yen the bank or the cash says.")],
    day: Day = None,
    database: Database = None,
) -> None:
    """Record what bank or cash says of a channel on a day."""
    from kofu.ledger.books.domain.claims import Channel
    from kofu.ledger.payments.close_day import state_channel

    with _work(database) as work:
        if channel not in set(Channel):
            raise OperatorFault("channel_unknown", f"no channel {channel}; known: {', '.join(Channel)}")
        when = _open_day(work, day)
        state_channel(
            work.connection, work.profile.code, when, Channel(channel), rows=rows, total=total, under=work.under
        )
        typer.echo(f"{when}: {channel} stated, {rows:,} payments, {total:,} yen")


@day_app.command()
def close(day: Day = None, database: Database = None) -> None:
    """Close a day: only where ledger, batches and statements agree and nothing waits."""
    from kofu.ledger.payments.close_day import close_day
    from kofu.ledger.profile.ledger_profile import ledger_profile

    with _work(database) as work:
        channels = ledger_profile(work.profile.code).channel_rules
        closed = close_day(
            work.connection, work.profile.code, _open_day(work, day), channels=channels, under=work.under
        )
        typer.echo(f"{closed.day} is closed")


@day_app.command()
def unclosed(database: Database = None) -> None:
    """List the days that are not closed, the oldest first, and what is missing on each."""
    from kofu.ledger.payments.close_day import open_days
    from kofu.ledger.payments.coverage import missing_on
    from kofu.ledger.profile.ledger_profile import ledger_profile

    with _work(database) as work:
        channels = ledger_profile(work.profile.code).channel_rules
        for standing in open_days(work.connection, work.profile.code, work.today):
            waiting = f"{', '.join(standing.waiting)} waits; " if standing.waiting else ""
            differing = f"differs in {', '.join(standing.differing)}" if standing.differing else ""
            files = missing_on(work.connection, work.profile.code, channels, standing.day, standing.day)
            named = ", ".join(f"{one.file.channel} to {one.file.reach}" for one in files if one.holds_the_day)
            missing = f"; not there: {named}" if named else ""
            typer.echo(f"{standing.day} {waiting}{differing}{missing}".rstrip("; "))


def _open_day(work: _Work, day: datetime | None) -> date:
    """Give the day that was named, or the oldest open one."""
    from kofu.ledger.books.accounting import accounting_days

    if day is not None:
        return day.date()
    return accounting_days(work.connection, work.profile.code, work.today).open_days()[0]


def _line(batch: Batch) -> str:
    bad = f", {batch.bad_rows:,} bad" if batch.bad_rows else ""
    return f"{batch.state:9} {batch.booked_on} {batch.name}: {batch.rows:,} rows, {batch.total:,} yen{bad}"


@contextmanager
def _work(database: str | None) -> Iterator[_Work]:
    """Open what a verb needs; tell a refusal in one line and exit 1."""
    import psycopg

    from kofu.core.calendar import day_in_japan
    from kofu.ledger.acting.under import Under
    from kofu.ledger.profile.rules_in_use import rules_of
    from kofu.platform.profiles import load_profile
    from kofu.platform.settings import profile_path

    now = datetime.now(UTC)
    try:
        url = ledger_url(database)
        profile = load_profile(profile_path())
        with psycopg.connect(url, autocommit=True) as connection:
            yield _Work(
                connection,
                profile,
                Under(f"operator:{getpass.getuser()}", "ledger-operator", now),
                rules_of(profile.code, connection),
                day_in_japan(now),
            )
    except (KofuError, OSError, psycopg.OperationalError) as error:
        typer.echo(f"refused: {error}", err=True)
        raise typer.Exit(REFUSED) from error
