"""`kofu erasure`: old fiscal years leave the database, its files and the feeds (年度更新時の消去)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kofu.cli.shared.databases import IssuingOwner, Rights, opened, owner_url
from kofu.cli.shared.declared import command_action, operator
from kofu.cli.shared.faults import word_faults

app = typer.Typer(no_args_is_help=True, help="Erase old fiscal years, on two people's word at the console.")


@app.command()
@command_action("year.purge", "issuing")
def tonight(
    feeds: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Folder feeds come into; default KOFU_VAR/feeds."),
    ] = None,
    database: IssuingOwner = None,
) -> None:
    """Do the erasing work of a night: propose what is due, carry out what two people signed, erase feeds taken in."""
    import functools
    from datetime import UTC, datetime

    import psycopg

    from kofu.contracts.feed import FeedKind
    from kofu.core.calendar import day_in_japan
    from kofu.issuing.acting.who_acts import system_acting
    from kofu.issuing.feeds.erase_tonight import ErasurePlaces, erase_tonight
    from kofu.issuing.feeds.erasure_register import register_in
    from kofu.issuing.feeds.purge_years import LANE
    from kofu.platform.feeds import public_key
    from kofu.platform.message_keys import message_key
    from kofu.platform.profiles import load_profile
    from kofu.platform.settings import profile_path, var_dir

    with word_faults("issuing"):
        done = erase_tonight(
            functools.partial(psycopg.connect, owner_url("issuing", database)),
            system_acting(lane=LANE, actor=operator().actor),
            profile=load_profile(profile_path()),
            day=day_in_japan(datetime.now(UTC)),
            places=ErasurePlaces(
                feeds=feeds or var_dir() / "feeds",
                register=register_in(var_dir()),
                key=message_key(var_dir() / "keys" / "erasures.pem"),
                senders={kind: public_key(var_dir() / "keys", kind) for kind in FeedKind},
            ),
        )
    for year in done.again:
        typer.echo(f"fiscal years before {year} came back with a backup and were erased again")
    if done.erased is not None:
        typer.echo(f"fiscal years before {done.erased} erased")
    if done.on_disk is not None:
        typer.echo(f"written anew: tables, indexes, {done.on_disk.segments} segments of the log")
        if done.on_disk.archived:
            typer.echo("the log is copied elsewhere (archive, standby): erase it there too")
    typer.echo(
        f"{done.feed_files} row files of feeds taken in erased, {done.registered} erasures written to the register"
    )
    if done.proposed is not None:
        order = done.proposed
        typer.echo(
            f"proposed: fiscal years before {order.before_year}: {order.assessments:,} assessments and"
            f" {order.collections:,} notices go, {order.kept_unpaid:,} unpaid notices stay; two people sign it at the"
            " console (保管と消去)"
        )


@app.command(name="list")
@command_action("erasure.view", "issuing")
def list_(database: IssuingOwner = None) -> None:
    """Show what waits for signatures, and the erasures on record."""
    from kofu.issuing.feeds.erasure_orders import done_erasures, waiting_order
    from kofu.platform.profiles import load_profile
    from kofu.platform.settings import profile_path

    with opened("issuing", Rights.OWNER, database) as connection:
        code = load_profile(profile_path()).code
        order, erasures = waiting_order(connection, code), done_erasures(connection, code)
    if order is not None:
        signed = ", ".join(order.signed_by) or "nobody"
        typer.echo(f"waits: fiscal years before {order.before_year}, signed by {signed}")
    for one in erasures:
        reached = f"{one.on_disk_at:%Y-%m-%d %H:%MZ}" if one.on_disk_at else "NOT YET"
        typer.echo(
            f"before {one.before_year}: {one.assessments:,} assessments, {one.collections:,} notices erased,"
            f" {one.kept_unpaid:,} unpaid kept, {one.erased_at:%Y-%m-%d %H:%MZ}; in the files {reached}"
        )
    if order is None and not erasures:
        typer.echo("nothing was erased and nothing waits")
