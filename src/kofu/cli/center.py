"""`kofu center …`: keys of the back page, stops and the calendar, what waits for a ward, statements and refunds."""

from __future__ import annotations

from calendar import monthrange
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kofu.cli.shared.databases import Rights, opened
from kofu.cli.shared.declared import command_action, operator
from kofu.cli.shared.faults import word_faults

if TYPE_CHECKING:  # these draw in psycopg: `kofu --help` does without
    import psycopg

    from kofu.center.domain.stops import Stop

#: What a month or an instant can be: beyond, a slip of the keys.
YEARS = range(2000, 3000)

app = typer.Typer(no_args_is_help=True, help="The centre: keys, stops, calendar, statements.")
stop_app = typer.Typer(no_args_is_help=True, help="休止 of the centre, of a municipality or of a kind.")
app.add_typer(stop_app, name="stop")


def database() -> AbstractContextManager[psycopg.Connection]:
    """Connect to the centre's database as its owner; end the command with words where something cannot be done."""
    return opened("center", Rights.OWNER_OR_ROLE)


@app.command("new-key")
@command_action("center_key.make", "center")
def new_key(
    begins: Annotated[str, typer.Option(help="First day it seals (YYYY-MM-DD); today where nothing is said.")] = "",
) -> None:
    """Make a key of the back page. The centre and the verification page know it after their next start."""
    from kofu.center.back.keys import keys_dir, make_key
    from kofu.core.calendar import day_in_japan

    try:
        day = date.fromisoformat(begins) if begins else day_in_japan(datetime.now(UTC))
    except ValueError as error:
        raise typer.BadParameter(f"{begins!r} is not a day like 2026-12-01", param_hint="--begins") from error
    with word_faults():
        key = make_key(keys_dir(), day)
    typer.echo(f"key {key.key_id.hex()} seals from {key.begins} on; it lies in {keys_dir()}")


@stop_app.command("set")
@command_action("center_stop.set", "center")
def set_(  # noqa: PLR0917 - options are given by name
    reason_ja: Annotated[str, typer.Option(help="What residents read, in Japanese.")],
    reason_en: Annotated[str, typer.Option(help="What residents read, in English.")],
    begins: Annotated[str, typer.Option(help="From when, in Japan (2026-12-05T20:00); else now.")] = "",
    ends: Annotated[str, typer.Option(help="Until when, in Japan; until lifted where nothing is said.")] = "",
    municipality: Annotated[str, typer.Option(help="Code of six digits; all where nothing is said.")] = "",
    kind: Annotated[str, typer.Option(help="Kind of certificate; all where nothing is said.")] = "",
) -> None:
    """Stop the centre, a municipality or a kind. Sessions that are open end as they would; no new ones begin."""
    from kofu.center.domain.stops import Stop
    from kofu.center.stops import set_stop
    from kofu.core.kinds import CertificateKind

    if kind and kind not in set(CertificateKind):
        raise typer.BadParameter(f"{kind!r} is none of {', '.join(CertificateKind)}", param_hint="--kind")
    now = datetime.now(UTC)
    stop = Stop(
        stop_id="",
        municipality_code=_code(municipality),
        kind=CertificateKind(kind) if kind else None,
        begins_at=_instant(begins, "--begins") or now,
        ends_at=_instant(ends, "--ends"),
        reason_ja=reason_ja,
        reason_en=reason_en,
    )
    with database() as connection:
        stop_id = set_stop(connection, stop, by=operator().actor, now=now)
    typer.echo(f"{stop.level} stop: {stop_id}")


@stop_app.command("list")
@command_action("center.view", "center")
def list_() -> None:
    """List the stops in force and to come."""
    from kofu.center.stops import FAR_FUTURE, entered_stops

    now = datetime.now(UTC)
    with database() as connection:
        entered = [one for one in entered_stops(connection, now, FAR_FUTURE) if not one.lifted_by]
    for one in entered:
        typer.echo(f"{one.stop.stop_id}  {_stop_in_words(one.stop)}  by {one.set_by}")
    if not entered:
        typer.echo("nothing is stopped")


@stop_app.command()
@command_action("center_stop.set", "center")
def lift(stop_id: Annotated[str, typer.Argument(metavar="STOP", help="Id of the stop.")]) -> None:
    """Let a stop end now."""
    from kofu.center.stops import lift_stop

    with database() as connection:
        lift_stop(connection, stop_id, by=operator().actor, now=datetime.now(UTC))
    typer.echo("lifted")


@app.command()
@command_action("center.view", "center")
def calendar(month: Annotated[str, typer.Argument(help="Month to show, like 2026-12.")]) -> None:
    """Show a month: the hours of each day, and the stops that touch it."""
    from kofu.center.domain.hours import hours_on
    from kofu.center.stops import entered_stops
    from kofu.core.calendar import begin_of, in_japan

    first = month_of(month)
    days = [first + timedelta(days=number) for number in range(monthrange(first.year, first.month)[1])]
    begin = begin_of(first)
    end = begin_of(days[-1] + timedelta(days=1))
    with database() as connection:
        entered = [one.stop for one in entered_stops(connection, begin, end) if not one.lifted_by]
    for day in days:
        hours = hours_on(day)
        opens = f"{hours.opens:%H:%M}-{hours.closes:%H:%M}" if hours else "closed     "
        touching = [
            _stop_in_words(stop)
            for stop in entered
            if in_japan(stop.begins_at).date() <= day and (stop.ends_at is None or in_japan(stop.ends_at).date() >= day)
        ]
        typer.echo(f"{day} {'月火水木金土日'[day.weekday()]}  {opens}  {'; '.join(touching)}".rstrip())


@app.command()
@command_action("center.view", "center")
def waiting() -> None:
    """List the print results no ward has yet, and what each ward said last. They are brought every few seconds."""
    with database() as connection:
        rows = connection.execute(
            "SELECT municipality_code, request_id, outcome, attempts, last_failure FROM center_print_report"
            " WHERE delivered_at IS NULL ORDER BY id"
        ).fetchall()
    for code, request_id, outcome, attempts, failure in rows:
        typer.echo(f"{code}  {request_id}  {outcome:<9}  {attempts} tries  {failure or '-'}")
    typer.echo(f"{len(rows)} waiting")


def month_of(text: str) -> date:
    """Read a month like 2026-11 as its first day."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not a month like 2026-11", param_hint="MONTH") from error
    if first.year not in YEARS:
        raise typer.BadParameter(f"{text!r} is no month of these centuries", param_hint="MONTH")
    return first


def _code(text: str) -> str:
    if text and not (len(text) == 6 and text.isascii() and text.isdigit()):  # noqa: PLR2004 - digits of a code
        raise typer.BadParameter(f"{text!r} is not a code of six digits", param_hint="--municipality")
    return text


def _instant(text: str, option: str) -> datetime | None:
    from kofu.core.calendar import JST

    if not text:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not an instant like 2026-12-05T20:00", param_hint=option) from error
    if instant.year not in YEARS:
        raise typer.BadParameter(f"{text!r} is no instant of these centuries", param_hint=option)
    return instant if instant.tzinfo else instant.replace(tzinfo=JST)


def _stop_in_words(stop: Stop) -> str:
    from kofu.core.calendar import in_japan

    what = " ".join(part for part in (stop.municipality_code, stop.kind.value if stop.kind else "") if part)
    ends = f"{in_japan(stop.ends_at):%Y-%m-%d %H:%M}" if stop.ends_at else "until lifted"
    begins = f"{in_japan(stop.begins_at):%Y-%m-%d %H:%M}"
    return f"{f'{stop.level} {what}'.strip()} {begins} - {ends}: {stop.reason_ja}"


@app.command()
@command_action("center_statement.make", "center")
def statement(
    month: Annotated[str, typer.Argument(help="Month that is over, like 2026-11.")],
    municipality: Annotated[str, typer.Option(help="Code of six digits; else that of the profile.")] = "",
    out: Annotated[Path, typer.Option(help="Folder to write to.", file_okay=False)] = Path(),
) -> None:
    """Write the month's statement for a municipality: JSON (the contract), CSV, and a sheet to read."""
    import msgspec

    from kofu.center.statement import as_csv, as_text, statement_of
    from kofu.platform.profiles import load_profile
    from kofu.platform.settings import profile_path

    first = month_of(month)
    with database() as connection:
        code = _code(municipality) or load_profile(profile_path()).code
        drawn_up = statement_of(connection, code, first, datetime.now(UTC))
    name = f"statement-{code}-{drawn_up.month}"
    with word_faults():
        out.mkdir(parents=True, exist_ok=True)
        (out / f"{name}.json").write_bytes(msgspec.json.format(msgspec.json.encode(drawn_up), indent=1))
        (out / f"{name}.csv").write_text(as_csv(drawn_up), encoding="utf-8-sig", newline="")
        (out / f"{name}.txt").write_text(as_text(drawn_up), encoding="utf-8")
    typer.echo(as_text(drawn_up), nl=False)
    typer.echo(f"written to {out / name}.json, .csv and .txt")


@app.command()
@command_action("center_refund.enter", "center")
def refund(
    request_id: Annotated[str, typer.Argument(metavar="REQUEST", help="Id of the request that was paid for.")],
    yen: Annotated[int, typer.Option(min=1, help="How much was given back.")],
    reason: Annotated[str, typer.Option(help="Why.")],
) -> None:
    """Enter money that a store gave back after its print result: the month's statement shows it."""
    from kofu.center.statement import enter_refund

    with database() as connection:
        refund_id = enter_refund(connection, request_id, yen, reason=reason, by=operator().actor, now=datetime.now(UTC))
    typer.echo(f"refund {refund_id}")
