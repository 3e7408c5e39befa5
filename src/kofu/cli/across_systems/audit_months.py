"""`kofu audit archive|restore|expire`: closed months of the audit log outside the database, for seven years."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from kofu.cli.shared.databases import owner_url
from kofu.cli.shared.declared import command_action, operator
from kofu.cli.shared.faults import ExitCode, word_faults

if TYPE_CHECKING:  # these draw in psycopg: `kofu --help` does without
    import psycopg

    from kofu.platform.audit_archive import Archive

System = Annotated[str, typer.Argument(help="issuing, registry, center or ledger.")]
Month = Annotated[str, typer.Argument(help="Month in Japan, such as 2026-10.")]
Apply = Annotated[bool, typer.Option("--apply", help="Do it; without this it is only told what would be done.")]


@contextmanager
def _months(system: str, verb: str) -> Iterator[tuple[psycopg.Connection, Archive]]:
    """Open the owner's connection, alone: no anchor is made meanwhile, and no second command works on months."""
    import psycopg

    from kofu.platform.anchoring import place_of
    from kofu.platform.audit_archive import Archive
    from kofu.platform.settings import archive_dir, with_patience

    with (
        word_faults(system, head=f"kofu audit {verb}", leaves=ExitCode.REFUSED),
        psycopg.connect(with_patience(owner_url(system)), autocommit=True) as connection,
    ):
        connection.execute("SELECT pg_advisory_lock(hashtextextended('audit anchor round', 0))")
        yield connection, Archive(system, archive_dir(system), place_of(system).key, operator().actor)


@command_action("audit.archive")
def archive(
    system: System,
    until: Annotated[str, typer.Option(help="Last month to leave, such as 2026-10.")],
    *,
    apply: Apply = False,
) -> None:
    """Take closed months out of the database into signed files; each leaves only after its files were verified."""
    from kofu.platform.audit_archive import archive_month, closed_months

    with _months(system, "archive") as (connection, months):
        found = closed_months(connection, until=until)
        for closed in found:
            if apply:
                left = archive_month(connection, months, closed)
                typer.echo(f"{closed.month}: {left:,} entries left the database; {months.files(closed.month).data}")
            else:
                typer.echo(f"{closed.month}: {closed.entries:,} entries would leave; --apply does it")
    if not found:
        typer.echo(f"no closed month up to {until} is left in the database")


@command_action("audit.archive")
def restore(system: System, month: Month, *, apply: Apply = False) -> None:
    """Put a month back into the database, after its files were verified; `archive` takes it out again."""
    from kofu.platform.audit_archive import restore_month
    from kofu.platform.audit_segment import rows_in

    with _months(system, "restore") as (connection, months):
        if apply:
            typer.echo(f"{month}: {restore_month(connection, months, month):,} entries are back in the database")
        else:
            entries = sum(1 for _ in rows_in(months.files(month)))
            typer.echo(f"{month}: {entries:,} entries would come back; --apply does it")


@command_action("audit.expire")
def expire(
    system: System,
    *,
    month: Annotated[str, typer.Option(help="Month to delete, such as 2026-10; without it those due are listed.")] = "",
    today: Annotated[str, typer.Option(help="Day it is (YYYY-MM-DD) for the dry run; default today in Japan.")] = "",
    apply: Apply = False,
) -> None:
    """Delete a month's entries when their seven years are over: two people, each with this command, one by one.

    The manifest and a tombstone stay, so that the chains can still be followed.
    """
    from kofu.core.calendar import day_in_japan
    from kofu.platform.audit_archive import expire_month, expired_months

    now = day_in_japan(datetime.now(UTC))
    try:
        day = date.fromisoformat(today) if today else now
    except ValueError as error:
        raise typer.BadParameter(f"{today!r} is not a day like 2033-11-01", param_hint="--today") from error
    if apply and (today or not month):
        raise typer.BadParameter("what is deleted is one month, today: --apply goes with --month and without --today")
    with _months(system, "expire") as (connection, months):
        if not apply:
            due = [one for one in expired_months(connection, today=day) if month in {"", one}]
            for one in due:
                typer.echo(f"{one}: its seven years are over on {day}; --month {one} --apply by two people deletes it")
            if not due:
                typer.echo(f"nothing is due on {day}")
        elif expire_month(connection, months, month, today=day):
            typer.echo(f"{month}: deleted; its tombstone is {months.files(month).tombstone}")
        else:
            typer.echo(f"{month}: your word is on record; nothing is deleted until a second person gives theirs")
            raise typer.Exit(ExitCode.HELD)
