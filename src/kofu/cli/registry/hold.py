"""`kofu hold`: what the registry's people put, release and send by hand."""

from __future__ import annotations

import secrets
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import httpx
import msgspec
import psycopg
import typer

from kofu.cli.shared.databases import Rights, opened
from kofu.cli.shared.declared import command_action, operator
from kofu.cli.shared.faults import ExitCode
from kofu.contracts.issuing import Hold, HoldKind
from kofu.core.calendar import JST
from kofu.core.errors import OperatorFault
from kofu.platform.answer_record import KnownBy

app = typer.Typer(no_args_is_help=True, help="Put, release and send holds: negative facts that reach issuing at once.")


@app.command()
@command_action("register_hold.put", "registry")
def put(
    kind: Annotated[HoldKind, typer.Option(help="What stands against issuing.")],
    addressee: Annotated[str | None, typer.Option(help="宛名番号; - reads it from standard input.")] = None,
    serial: Annotated[
        str | None, typer.Option(help="Serial, for serial_revoked; - reads it from standard input.")
    ] = None,
) -> None:
    """Put a hold and send it at once. Prints the identifier that releases it. On a number nobody has it is refused."""
    from kofu.platform.hold_outbox import new_hold
    from kofu.platform.profiles import load_profile
    from kofu.platform.settings import profile_path
    from kofu.registry.known_subjects import check_known
    from kofu.registry.send_hold import queue

    with _registry() as connection:
        now = datetime.now(UTC)
        hold = new_hold(
            hold_id=secrets.token_hex(16),
            municipality_code=load_profile(profile_path()).code,
            kind=kind,
            addressee_number=_read(addressee),
            serial=_read(serial),
            effective_from=now.astimezone(JST).date(),
            sent_at=now,
        )
        check_known(connection, [hold])
        with connection.transaction():
            queue(connection, [hold], now)
            _record_people(connection, "register_hold.put", [hold], now)
        typer.echo(hold.hold_id)
        _send(connection)


@app.command("propose-release")
@command_action("register_hold.propose_release", "registry")
def propose_release(
    hold_id: Annotated[str, typer.Argument(help="Identifier that `kofu hold put` printed.")],
    reason: Annotated[str, typer.Option(help="Why the protection ends, and by which paper.")],
) -> None:
    """Propose to end a protection hold; another person, 係長, decides by `kofu hold release`."""
    from kofu.registry.release_holds import propose_release as propose

    with _registry() as connection, connection.transaction():
        now = datetime.now(UTC)
        ended = propose(connection, hold_id, reason=reason, actor=operator().actor, now=now)
        _record_people(connection, "register_hold.propose_release", [ended], now)
        typer.echo("proposed; another person runs `kofu hold release`")


@app.command()
@command_action("register_hold.release", "registry")
def release(
    hold_id: Annotated[str, typer.Argument(help="Identifier that `kofu hold put` printed.")],
    *,
    keep: Annotated[bool, typer.Option("--keep", help="Of a proposed release: the protection goes on.")] = False,
) -> None:
    """End a hold and say so to issuing at once; of a protection hold another person has proposed it before."""
    from kofu.platform.hold_outbox import next_release
    from kofu.registry.domain.releases import ReleaseEvent
    from kofu.registry.release_holds import decide_release, needs_two
    from kofu.registry.send_hold import queue

    with _registry() as connection:
        now = datetime.now(UTC)
        with connection.transaction():
            ended = next_release(connection, hold_id, now)
            if keep or needs_two(ended):
                event = ReleaseEvent.KEEP if keep else ReleaseEvent.RELEASE
                ended = decide_release(connection, hold_id, event, actor=operator().actor, now=now)
            else:
                queue(connection, [ended], now)
            _record_people(connection, "register_hold.release", [ended], now)
        if keep:
            typer.echo("kept")
        else:
            _send(connection)


@app.command()
@command_action("register_hold.send", "registry")
def send(
    file: Annotated[
        Path | None, typer.Option(help="Queue the holds of this file first (one JSON message per line).")
    ] = None,
) -> None:
    """Send every hold that waits in the outbox; run it again (or every minute) until nothing waits.

    With a file it puts holds, and ends them where the file says so: only who may by `kofu hold put`, and by `release`,
    and with an entry for everybody concerned. No file ends a protection hold.
    """
    from kofu.registry.known_subjects import check_known
    from kofu.registry.release_holds import require_by_two
    from kofu.registry.send_hold import queue

    with _registry() as connection:
        if file is not None:
            _require_may("register_hold.put")
            try:
                holds = [msgspec.json.decode(line, type=Hold) for line in file.read_bytes().splitlines()]
            except (OSError, msgspec.MsgspecError) as error:
                raise OperatorFault("holds_file", f"{file.name} cannot be read: {type(error).__name__}") from error
            if any(hold.released for hold in holds):
                _require_may("register_hold.release")
            require_by_two(holds)
            check_known(connection, holds)
            now = datetime.now(UTC)
            with connection.transaction():
                new = queue(connection, holds, now)
                for action, ended in (("register_hold.put", False), ("register_hold.release", True)):
                    _record_people(connection, action, [hold for hold in holds if hold.released is ended], now)
            typer.echo(f"{new} new")
        _send(connection)


@app.command(name="list")
@command_action("register_hold.view", "registry")
def list_() -> None:
    """List the holds issuing answered and did not take, and the releases that wait for a decision."""
    from kofu.cli.shared.people_on_record import concerned
    from kofu.platform.hold_discards import undelivered
    from kofu.platform.hold_outbox import subject_of
    from kofu.platform.profiles import load_profile
    from kofu.platform.settings import profile_path
    from kofu.registry.release_holds import proposed_releases

    with _registry() as connection:
        found, releases = undelivered(connection), proposed_releases(connection)
        code = load_profile(profile_path()).code
        waiting = (subject_of(connection, one.hold_id) for one in releases)
        concerned(connection, "register_hold.view", code, (*(one.number or "" for one in found), *waiting))
        typer.echo(f"{len(found)} refused")
        for one in found:
            proposed = f"  discard proposed by {one.proposed_by}: {one.reason}" if one.proposed_by else ""
            typer.echo(f"{one.hold_id}  {one.kind}  {one.queued_at:%Y-%m-%d %H:%M}  {one.failure}{proposed}")
        for release in releases:
            at = f"{release.proposed_at:%Y-%m-%d %H:%M}"
            typer.echo(f"{release.hold_id}  release proposed by {release.proposed_by} {at}: {release.reason}")


@app.command()
@command_action("register_hold.discard", "registry")
def discard(
    hold_id: Annotated[str, typer.Argument(help="Identifier, as `kofu hold list` shows it.")],
    reason: Annotated[str, typer.Option(help="Why it is discarded; the first person gives it.")] = "",
    *,
    approve: Annotated[bool, typer.Option("--approve", help="Second person: discard it.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Second person: keep it.")] = False,
) -> None:
    """Discard a hold that cannot be sent: one person proposes with a reason, another approves."""
    from kofu.platform.hold_discards import decide_discard, propose_discard, refused_message

    with _registry() as connection, connection.transaction():
        now, actor = datetime.now(UTC), operator().actor
        _record_people(connection, "register_hold.discard", [refused_message(connection, hold_id)], now)
        if approve or keep:
            decide_discard(connection, hold_id, approve=approve and not keep, actor=actor, now=now)
            typer.echo("kept" if keep else "discarded")
        else:
            propose_discard(connection, hold_id, actor=actor, reason=reason, now=now)
            typer.echo("proposed; another person runs `kofu hold discard --approve`")


def _registry() -> AbstractContextManager[psycopg.Connection]:
    """Open the registry's database with the least rights."""
    return opened("registry", Rights.ROLE, leaves=ExitCode.REFUSED)


def _require_may(action: str) -> None:
    """Let only who may do it to a single hold do it by a file. Raises `OperatorFault` `not_allowed`."""
    from kofu.staff.permissions import PERMISSIONS

    who = operator()
    if not PERMISSIONS.allows(who.role, action, "registry"):
        raise OperatorFault("not_allowed", f"{who.actor} may send what waits, but not put or end such holds by a file")


def _record_people(connection: psycopg.Connection, action: str, holds: list[Hold], now: datetime) -> None:
    """Put on record whom holds concern, as one entry, a revoked card by its serial; of no hold nothing."""
    from kofu.platform.pseudonym import pseudonyms_of
    from kofu.staff.operators.entering import record_people

    if holds:
        people = (
            (KnownBy.SERIAL, hold.serial) if hold.serial else (hold.municipality_code, hold.addressee_number or "")
            for hold in holds
        )
        record_people(connection, operator(), action, pseudonyms_of("registry").of_all(people), now)


def _read(value: str | None) -> str | None:
    """Read a value from standard input where - stands for it: it then shows in no list of processes."""
    return typer.get_text_stream("stdin").readline().strip() if value == "-" else value


def _send(connection: psycopg.Connection) -> None:
    from kofu.platform.hold_outbox import send_waiting
    from kofu.platform.settings import url_of
    from kofu.platform.tls import client_context, tls_files

    with httpx.Client(base_url=url_of("issuing"), verify=client_context(tls_files("registry"))) as client:
        report = send_waiting(connection, client, datetime.now(UTC))
    typer.echo(f"{report.delivered} delivered, {report.waiting} waiting")
    if report.waiting:
        causes = ", ".join(sorted(set(report.failures)))
        refused = f"; {report.refused} were refused, see `kofu hold list`" if report.refused else ""
        raise OperatorFault(
            "holds_waiting", f"{report.waiting} holds wait ({causes}): run `kofu hold send` again{refused}"
        )
