"""`kofu refunds`: deliveries of the data-entry contractor and files of the bank about refunds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kofu.cli.shared.databases import LedgerOwner, LedgerRole, Rights, opened
from kofu.cli.shared.declared import command_action, operator
from kofu.cli.shared.faults import ExitCode, word_faults

if TYPE_CHECKING:  # it draws in psycopg: `kofu --help` does without
    import psycopg

    from kofu.core.profile import Profile
    from kofu.ledger.acting.who_acts import Acting
    from kofu.ledger.overpayments.files import Registered

app = typer.Typer(no_args_is_help=True, help="Refunds (還付): claims the contractor keyed, transfers that came back.")
FAULTS_SHOWN = 100


@app.command()
@command_action("entry.import", "ledger")
def claims(
    first: Annotated[Path, typer.Argument(help="Claims as they were keyed first.")],
    second: Annotated[Path, typer.Argument(help="The second keying.")],
    slips: Annotated[Path, typer.Argument(help="The slips (バッチ票) that went out with the papers.")],
    database: LedgerOwner = None,
) -> None:
    """Register 還付請求書 the contractor keyed; where a row is wrong, the file waits for a decision on its screen."""
    from kofu.ledger.overpayments.files import KeyedClaims, register_claims

    def work(connection: psycopg.Connection) -> Registered:
        from kofu.ledger.profile.layouts import layouts_of
        from kofu.ledger.profile.rules_in_use import rules_of

        delivery = KeyedClaims(first.name, first.read_bytes(), second.read_bytes(), slips.read_bytes())
        profile = _profile()
        return register_claims(
            connection,
            profile.code,
            delivery,
            layouts_of(profile),
            rules=rules_of(profile.code, connection),
            acting=_acting(),
        )

    _print_outcome(work, database, "claims registered")


@app.command()
@command_action("transfer.result", "ledger")
def returned(
    file: Annotated[Path, typer.Argument(help="File of the bank: transfers that came back.")],
    database: LedgerOwner = None,
) -> None:
    """Take in transfers that came back: each refund is owed again and waits for another account."""
    from kofu.ledger.overpayments.files import register_returned

    def work(connection: psycopg.Connection) -> Registered:
        from kofu.ledger.profile.layouts import layouts_of

        profile = _profile()
        return register_returned(
            connection, profile.code, file.name, file.read_bytes(), layouts_of(profile), acting=_acting()
        )

    _print_outcome(work, database, "refunds owed again")


@app.command()
@command_action("refund.lapse", "ledger")
def lapse(
    database: LedgerRole = None,
) -> None:
    """End the refunds nobody claimed within five years of the decision (地方税法18条の3). Every night does it too."""
    from kofu.ledger.nights.tonight import lapse_tonight

    with word_faults("ledger", head="refused", leaves=ExitCode.REFUSED):
        ended = lapse_tonight(actor=operator().actor, database=database or "")
    typer.echo(f"{ended:,} refunds ended")


def _print_outcome(work: Callable[[psycopg.Connection], Registered], database: str | None, what: str) -> None:
    from kofu.core.calendar import day_in_japan
    from kofu.ledger.acting.reached_day import stand_within_reach

    with opened("ledger", Rights.OWNER, database, head="refused", leaves=ExitCode.REFUSED) as connection:
        stand_within_reach(connection, day_in_japan(datetime.now(UTC)))
        done = work(connection)
    if done.state == "held":
        advice = "another person takes the rows that are right, or sends it back, at /refund/files/"
        typer.echo(f"held, nothing was registered; {advice}:", err=True)
    else:
        typer.echo(f"{done.count:,} {what}, {done.total:,} yen; {done.known:,} were registered before")
    for fault in done.faults[:FAULTS_SHOWN]:
        typer.echo(f"  line {fault.line}  {fault.place}  {fault.field}  {fault.message}  [{fault.whose}]", err=True)
    if done.state == "held":
        raise typer.Exit(ExitCode.REFUSED)


def _profile() -> Profile:
    from kofu.platform.profiles import load_profile
    from kofu.platform.settings import profile_path

    return load_profile(profile_path())


def _acting() -> Acting:
    from kofu.ledger.acting.who_acts import Acting

    return Acting(operator().actor, "ledger-cli", datetime.now(UTC))
