"""`kofu simulate`: play days of kiosks, or of the ledger, under faults, by seed, and judge what came of them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from kofu.cli.shared.declared import open_command
from kofu.cli.shared.faults import ExitCode, word_faults
from kofu.platform.memory_folder import memory_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from kofu.simulation.ledger.plan import LedgerPlan
    from kofu.simulation.ledger.run import SimulatedLedger
    from kofu.simulation.plan import SimulationPlan
    from kofu.simulation.run import Simulated
    from kofu.simulation.shorten import PlanOfParts

RUNS_TO_SHORTEN = 24
SHOWN = 20


@open_command("invented kiosks, centre and ward, on databases of its own")
def simulate(
    seed: Annotated[int, typer.Option(help="The same seed is the same history.")] = 1,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds, from that one on.")] = 1,
    *,
    certificates: Annotated[int, typer.Option(min=1, max=5_000, help="Visits to a kiosk, for each seed.")] = 100,
    people: Annotated[int, typer.Option(min=8, max=5_000, help="People of the ward of each seed.")] = 60,
    payments: Annotated[int, typer.Option(min=10, max=100_000, help="Of the ledger: payments, for each seed.")] = 100,
    rows: Annotated[int, typer.Option(min=5, max=20_000, help="Of the ledger: rows of a file, about.")] = 25,
    keep: Annotated[
        Path | None, typer.Option(help="Folder for the histories; without it only broken ones stay.")
    ] = None,
    database: Annotated[
        str, typer.Option(help="URL of a PostgreSQL to use as administrator; else one of its own.")
    ] = "",
    ledger: Annotated[bool, typer.Option("--ledger", help="The ledger instead of kiosks and issuing.")] = False,
    shorten: Annotated[bool, typer.Option(help="Look for a shorter history where a rule is broken.")] = True,
) -> None:
    """Play a ward under faults on a real PostgreSQL; ends with 1 where a rule breaks, and says the seed."""
    if ledger:
        broken = _play_ledger(range(seed, seed + seeds), payments, rows, keep, database, shortly=shorten)
    else:
        broken = _play_kiosks(range(seed, seed + seeds), certificates, people, keep, database, shortly=shorten)
    if broken:
        raise typer.Exit(ExitCode.REFUSED)


def _play_kiosks(
    seeds: range, certificates: int, people: int, keep: Path | None, database: str, *, shortly: bool
) -> bool:
    from kofu.simulation.house import open_house
    from kofu.simulation.plan import draw_plan
    from kofu.simulation.run import run
    from kofu.simulation.shorten import plan_lines

    broken = False
    with word_faults(head="not simulated"), open_house(database) as house:
        for number in seeds:
            with _history_folder() as (folder, work):
                ran = run(draw_plan(number, certificates, people), house, folder)
                typer.echo(_line(number, f"{ran.checked.requests} requests, {ran.checked.papers} papers", ran))
                if not ran.checked.sound:
                    broken = True

                    def again(plan: SimulationPlan, work: Path = work) -> Simulated:
                        return run(plan, house, Path(tempfile.mkdtemp(dir=work)))

                    _report_broken(number, ran.plan, ran, again, plan_lines, shortly=shortly)
                _keep(number, keep, folder, sound=ran.checked.sound)
    return broken


def _play_ledger(seeds: range, payments: int, rows: int, keep: Path | None, database: str, *, shortly: bool) -> bool:
    from kofu.simulation.house import open_databases
    from kofu.simulation.ledger.plan import LedgerPlan, draw_ledger_plan
    from kofu.simulation.ledger.run import run_ledger

    broken = False
    with word_faults(head="not simulated"), open_databases("ledger", database) as databases:
        for number in seeds:
            with _history_folder() as (folder, _work):
                ran = run_ledger(draw_ledger_plan(number, payments, rows), databases, folder)
                typer.echo(_line(number, f"{ran.checked.payments:,} payments, {ran.yen:,} yen", ran))
                if not ran.checked.sound:
                    broken = True

                    def again(plan: LedgerPlan) -> SimulatedLedger:
                        return run_ledger(plan, databases)

                    _report_broken(number, ran.plan, ran, again, LedgerPlan.lines, shortly=shortly)
                _keep(number, keep, folder, sound=ran.checked.sound)
    return broken


@contextmanager
def _history_folder() -> Iterator[tuple[Path, Path]]:
    with tempfile.TemporaryDirectory(prefix="kofu-simulation-", dir=memory_folder()) as work:
        folder = Path(work) / "history"
        folder.mkdir()
        yield folder, Path(work)


def _keep(seed: int, keep: Path | None, folder: Path, *, sound: bool) -> None:
    """Keep a history that is asked for, or broken."""
    if keep is not None or not sound:
        kept = (keep or Path("var/histories")) / f"seed-{seed}"
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(folder, kept)


def _line(seed: int, judged: str, ran: Simulated | SimulatedLedger) -> str:
    return (
        f"seed {seed}: {judged}, {ran.steps} steps,"
        f" {sum(ran.struck.values())} faults, history {ran.digest[:16]}:"
        f" {'sound' if ran.checked.sound else f'{len(ran.checked.violations)} violations'}"
    )


_P = TypeVar("_P", bound="PlanOfParts")


def _report_broken(
    seed: int,
    plan: _P,
    ran: Simulated | SimulatedLedger,
    play: Callable[[_P], Simulated | SimulatedLedger],
    words: Callable[[_P], tuple[str, ...]],
    *,
    shortly: bool,
) -> None:
    """Say what is broken, and the shortest history found in which it is."""
    from kofu.simulation.shorten import shorten

    for violation in ran.checked.violations[:SHOWN]:
        typer.echo(f"  {violation.line()}", err=True)
    if not shortly:
        return
    last: Simulated | SimulatedLedger = ran

    def still_breaks(shorter: _P) -> bool:
        nonlocal last
        again = play(shorter)
        if again.rules & ran.rules:
            last = again
            return True
        return False

    shortest = shorten(plan, still_breaks, runs_max=RUNS_TO_SHORTEN)
    typer.echo(f"  the shortest history of seed {seed} found, {shortest.size()} of {plan.size()} parts:", err=True)
    for line in (*words(shortest), *last.log, *(violation.line() for violation in last.checked.violations)):
        typer.echo(f"    {line}", err=True)
