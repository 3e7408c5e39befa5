"""`kofu simulate`: play days of kiosks under faults, by seed, and judge what came of them."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kofu.cli.shared.declared import open_command
from kofu.cli.shared.faults import ExitCode, word_faults

if TYPE_CHECKING:
    from kofu.simulation.run import Simulated, SimulationHouse

RUNS_TO_SHORTEN = 24
SHOWN = 20


@open_command("invented kiosks, centre and ward, on databases of its own")
def simulate(
    seed: Annotated[int, typer.Option(help="The same seed is the same history.")] = 1,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds, from that one on.")] = 1,
    certificates: Annotated[int, typer.Option(min=1, max=5_000, help="Visits to a kiosk, for each seed.")] = 100,
    keep: Annotated[
        Path | None, typer.Option(help="Folder for the histories; without it only broken ones stay.")
    ] = None,
    database: Annotated[
        str, typer.Option(help="URL of a PostgreSQL to use as administrator; else one of its own.")
    ] = "",
    *,
    shorten: Annotated[bool, typer.Option(help="Look for a shorter history where a rule is broken.")] = True,
) -> None:
    """Play kiosks, centre, feeds and staff under faults on a real PostgreSQL; ends with 1 where a rule breaks."""
    from kofu.simulation.house import open_house
    from kofu.simulation.plan import draw_plan
    from kofu.simulation.run import run

    with word_faults(head="not simulated"), open_house(database) as house:
        broken = False
        for number in range(seed, seed + seeds):
            with tempfile.TemporaryDirectory(prefix="kofu-simulation-") as work:
                folder = Path(work) / "history"
                folder.mkdir()
                ran = run(draw_plan(number, certificates), house, folder)
                typer.echo(_line(number, ran))
                if keep is not None or not ran.checked.sound:
                    kept = (keep or Path("var/histories")) / f"seed-{number}"
                    shutil.rmtree(kept, ignore_errors=True)
                    shutil.copytree(folder, kept)
                if not ran.checked.sound:
                    broken = True
                    _report_broken(number, ran, house, Path(work), shortly=shorten)
    if broken:
        raise typer.Exit(ExitCode.REFUSED)


def _line(seed: int, ran: Simulated) -> str:
    return (
        f"seed {seed}: {ran.checked.requests} requests, {ran.checked.papers} papers, {ran.steps} steps,"
        f" {sum(ran.struck.values())} faults, history {ran.digest[:16]}:"
        f" {'sound' if ran.checked.sound else f'{len(ran.checked.violations)} violations'}"
    )


def _report_broken(seed: int, ran: Simulated, house: SimulationHouse, work: Path, *, shortly: bool) -> None:
    """Say what is broken, and the shortest history found in which it is."""
    from kofu.simulation.plan import SimulationPlan
    from kofu.simulation.run import run
    from kofu.simulation.shorten import plan_lines, shorten

    for violation in ran.checked.violations[:SHOWN]:
        typer.echo(f"  {violation.line()}", err=True)
    if not shortly:
        return
    last = ran

    def still_breaks(plan: SimulationPlan) -> bool:
        nonlocal last
        folder = Path(tempfile.mkdtemp(dir=work))
        again = run(plan, house, folder)
        if again.rules & ran.rules:
            last = again
            return True
        return False

    shortest = shorten(ran.plan, still_breaks, runs_max=RUNS_TO_SHORTEN)
    typer.echo(f"  the shortest history of seed {seed} found, {shortest.size()} of {ran.plan.size()} parts:", err=True)
    for line in (*plan_lines(shortest), *last.log, *(violation.line() for violation in last.checked.violations)):
        typer.echo(f"    {line}", err=True)
