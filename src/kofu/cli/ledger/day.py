"""`kofu day`: reconcile and close a day of the ledger."""

from __future__ import annotations

from typing import Annotated

import typer

from kofu.cli.ledger.work import Day, open_day, work_on
from kofu.cli.shared.databases import LedgerOwner
from kofu.cli.shared.declared import command_action
from kofu.core.errors import OperatorFault

app = typer.Typer(no_args_is_help=True, help="A day of the ledger: reconciled and closed (日次締め).")


@app.command()
@command_action("closing.view", "ledger")
def show(day: Day = None, database: LedgerOwner = None) -> None:
    """Show a day's totals by channel: ledger, batches, statements."""
    from kofu.ledger.payments.close_day import read_day

    with work_on(database) as work:
        standing = read_day(work.connection, work.profile.code, open_day(work, day))
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


@app.command()
@command_action("closing.reconcile", "ledger")
def state(
    channel: Annotated[str, typer.Argument(help="Channel, as `kofu day show` names it.")],
    rows: Annotated[int, typer.Argument(help="Payments the bank or the cash says.")],
    total: Annotated[int, typer.Argument(help="Yen the bank or the cash says.")],
    day: Day = None,
    database: LedgerOwner = None,
) -> None:
    """Record what bank or cash says of a channel on a day."""
    from kofu.ledger.books.domain.claims import Channel
    from kofu.ledger.payments.close_day import state_channel

    with work_on(database) as work:
        if channel not in set(Channel):
            raise OperatorFault("channel_unknown", f"no channel {channel}; known: {', '.join(Channel)}")
        when = open_day(work, day)
        state_channel(
            work.connection, work.profile.code, when, Channel(channel), rows=rows, total=total, acting=work.acting
        )
        typer.echo(f"{when}: {channel} stated, {rows:,} payments, {total:,} yen")


@app.command()
@command_action("closing.close", "ledger")
def close(day: Day = None, database: LedgerOwner = None) -> None:
    """Close a day: only where ledger, batches and statements agree and nothing waits."""
    from kofu.ledger.payments.close_day import close_day
    from kofu.ledger.profile.ledger_profile import ledger_profile

    with work_on(database) as work:
        channels = ledger_profile(work.profile.code).channel_rules
        closed = close_day(
            work.connection, work.profile.code, open_day(work, day), channels=channels, acting=work.acting
        )
        typer.echo(f"{closed.day} is closed")


@app.command()
@command_action("closing.view", "ledger")
def unclosed(database: LedgerOwner = None) -> None:
    """List the days that are not closed, the oldest first, and what is missing on each."""
    from kofu.ledger.payments.close_day import open_days
    from kofu.ledger.payments.coverage import missing_on
    from kofu.ledger.profile.ledger_profile import ledger_profile

    with work_on(database) as work:
        channels = ledger_profile(work.profile.code).channel_rules
        for standing in open_days(work.connection, work.profile.code, work.today):
            waiting = f"{', '.join(standing.waiting)} waits; " if standing.waiting else ""
            differing = f"differs in {', '.join(standing.differing)}" if standing.differing else ""
            files = missing_on(work.connection, work.profile.code, channels, standing.day, standing.day)
            named = ", ".join(f"{one.file.channel} to {one.file.reach}" for one in files if one.holds_the_day)
            missing = f"; not there: {named}" if named else ""
            typer.echo(f"{standing.day} {waiting}{differing}{missing}".rstrip("; "))
