"""`kofu restore`: a database that comes back from a backup, and what it proves before anything is served from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kofu.cli.shared.databases import Rights, opened, owner_url
from kofu.cli.shared.declared import command_action, open_command, operator
from kofu.cli.shared.faults import ExitCode, word_faults
from kofu.core.errors import OperatorFault

if TYPE_CHECKING:  # this draws in psycopg: `kofu --help` does without
    import psycopg

app = typer.Typer(no_args_is_help=True, help="Bring a database back from a backup, and let it prove itself.")


@app.command()
@open_command("writes settings of a server that is down: no database can be asked who may")
def prepare(
    data: Annotated[Path, typer.Argument(help="Data folder: a copy of the base backup.")],
    log: Annotated[Path, typer.Option(help="Folder of the log (WAL) that pg_receivewal kept.")],
    *,
    name: Annotated[str, typer.Option(help="Come back to this restore point; default the end of the log.")] = "",
    time: Annotated[str, typer.Option(help="Come back to this instant, such as '2026-11-23 12:00:00+09'.")] = "",
) -> None:
    """Let a copied base backup recover when its server starts, and be known as restored until it has proven itself."""
    from datetime import UTC, datetime

    from kofu.platform.restored import mark_as_restored

    with word_faults(head="not prepared", leaves=ExitCode.REFUSED):
        targets = {"name": name, "time": time}
        if name and time:
            raise OperatorFault("two_targets", "name one moment to come back to: a restore point, or an instant")
        if any(sign in value for value in (name, time, str(log)) for sign in "'\"\\\n"):
            raise OperatorFault("bad_target", "a restore point, an instant and a folder are written without quotes")
        target = "".join(f"recovery_target_{key} = '{value}'\n" for key, value in targets.items() if value)
        mark = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%SZ}"
        mark_as_restored(
            data, mark, log=log.resolve(), target=f"{target}recovery_target_action = 'promote'\n" if target else ""
        )
    typer.echo(f"restored {mark}: start the server; then each system: kofu restore prove SYSTEM")


@dataclass(frozen=True, slots=True)
class Looked:
    """One thing a restored database proves: what, whether it holds, and what to do where it does not."""

    what: str
    holds: bool
    to_do: str = ""


@app.command()
@command_action("restore.prove")
def prove(
    system: Annotated[str, typer.Argument(help="issuing, ledger, registry or center.")],
    *,
    went_back: Annotated[
        bool, typer.Option("--went-back", help="It is known, and decided, that what was done later is lost.")
    ] = False,
    key_lost: Annotated[
        bool, typer.Option("--key-lost", help="The key of pseudonyms is lost: older entries name nobody any more.")
    ] = False,
) -> None:
    """Look whether a restored database is whole; it serves again from then on. Exit code 1 where it is not."""
    from datetime import UTC, datetime

    from kofu.platform.pseudonym import pseudonyms_of
    from kofu.platform.restored import note_key, note_proven, unproven, witnesses_of
    from kofu.platform.settings import with_patience
    from kofu.staff.operators.entering import record_done

    with opened(system, Rights.OWNER, head="not proven", leaves=ExitCode.REFUSED) as connection:
        mark, failed, by = unproven(connection), [], operator().actor
        for one in looks(system, connection, by=by, went_back=went_back, key_lost=key_lost):
            typer.echo(f"{'holds' if one.holds else 'NOT'}: {one.what}" + ("" if one.holds else f"; {one.to_do}"))
            failed += [] if one.holds else [one]
        if failed:
            typer.echo(f"{system} does not serve: {len(failed)} of what is above does not hold", err=True)
            raise typer.Exit(ExitCode.REFUSED)
        record_done(with_patience(owner_url(system)), operator(), "restore.prove", datetime.now(UTC))
        if went_back:
            witnesses_of(system).let_pass(connection)
        note_key(connection, pseudonyms_of(system), beside_others=key_lost)
        if mark:
            note_proven(connection, mark, by)
    typer.echo(f"{system} is proven" + (f" (restored {mark})" if mark else "; it was not marked as restored"))


def looks(
    system: str, connection: psycopg.Connection, *, by: str, went_back: bool = False, key_lost: bool = False
) -> Iterator[Looked]:
    """Look at everything a database of `system` can be held to; the connection has the owner's rights."""
    from dataclasses import replace
    from datetime import UTC, datetime

    from kofu.platform.anchoring import rules_of
    from kofu.platform.audit_verify import verify, verify_chain
    from kofu.platform.pseudonym import pseudonyms_of
    from kofu.platform.restored import other_key, witnesses_of
    from kofu.platform.settings import anchors_dir

    if went_back:  # the anchors made later will go on accusing it: `kofu audit verify` names what was lost
        report = verify_chain(connection)
    else:
        rules = replace(rules_of(system, now=datetime.now(UTC)), age_max=None)
        report = verify(connection, anchors_dir(system), rules)
    flaw = f" (lane {report.flaws[0].lane}, entry {report.flaws[0].sequence})" if report.flaws else ""
    yield Looked(
        f"the record: {report.entries:,} entries, {report.anchors} anchors{flaw}",
        report.sound,
        "`kofu audit verify` names each flaw; restore another backup, or the anchors from their copy",
    )
    point = None if went_back else witnesses_of(system).went_back(connection)
    yield Looked(
        point or ("what was done later is lost, by decision" if went_back else "everything known outside is in it"),
        point is None,
        "restore a newer backup; where there is none, decide to go on: --went-back",
    )
    yield Looked(
        "the key of pseudonyms is " + ("new, by decision" if key_lost else "the one the record was written under"),
        key_lost or not other_key(connection, pseudonyms_of(system)),
        "restore the keys from their copy; where it is lost: --key-lost",
    )
    if system == "issuing":
        yield from _issuing(connection, by)
    if system == "ledger":
        yield from _ledger(connection)


def _issuing(connection: psycopg.Connection, by: str) -> Iterator[Looked]:
    """Look at what issuing is held to: numbers, erasures, generations, the papers of its last day."""
    from datetime import timedelta

    from kofu.cli.shared.issuing_tools import derivations
    from kofu.core.calendar import begin_of, day_in_japan
    from kofu.issuing.acting.who_acts import system_acting
    from kofu.issuing.checks.fence import fence_in, highest_number, numbers_behind
    from kofu.issuing.checks.recheck import recheck
    from kofu.issuing.feeds.erasure_register import register_in, years_to_erase_again
    from kofu.issuing.feeds.whole_generations import count_generations
    from kofu.issuing.serving.runtime import read_environment
    from kofu.platform.settings import var_dir

    environment = read_environment(connection)
    point = numbers_behind(connection, fence_in(var_dir()))
    yield Looked(
        point or f"no number is given twice: {highest_number(connection)} is the highest",
        point is None,
        "restore a newer backup; where there is none, decide to go on: kofu fence pass",
    )
    again = years_to_erase_again(connection, register_in(var_dir()), environment.profile.code)
    yield Looked(
        f"fiscal years before {again[-1]} are here again" if again else "what was erased is not here again",
        not again,
        "kofu erasure tonight",
    )
    counted = count_generations(connection, environment.profile.code)
    first = f", {counted.differ[0]} differs" if counted.differ else ""
    yield Looked(f"{counted.generations} generations{first}", counted.whole, "restore another backup")
    newest = connection.execute(
        "SELECT max(received_at) FROM issuing_request JOIN issuing_copy USING (request_id)"
    ).fetchone()
    copies, mismatches = 0, 0
    if newest is not None and newest[0] is not None:
        derive, *earlier = derivations(connection, environment)
        start = begin_of(day_in_japan(newest[0]))
        report = recheck(
            connection,
            system_acting(lane="issuing-command", actor=by),
            environment.profile,
            derive,
            start=start,
            end=start + timedelta(days=1),
            earlier=earlier,
        )
        copies, mismatches = report.copies, len(report.case_ids)
    yield Looked(
        f"{copies} papers of its last day come out the same, digest by digest",
        not mismatches,
        f"{mismatches} do not, and are cases: kofu case list",
    )


def _ledger(connection: psycopg.Connection) -> Iterator[Looked]:
    """Look at what the ledger is held to: every balance is what was moved."""
    from kofu.ledger.books.verify import verify_ledger

    report = verify_ledger(connection)
    rows = sum(count for _, count in report.checks)
    yield Looked(f"the books balance: {rows:,} rows looked at", report.holds, "`kofu ledger verify` names the rows")
