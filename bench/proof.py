"""The long proof: simulations by fresh seeds on every core until a number of certificates or of minutes is reached.

`python -m bench.proof --minutes 15` adds a run to `docs/proof.json` and draws `docs/proof.md`: what was played, by
which build, what was found, how long a million certificates take. It never states more than was played.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bench.kept_runs import ROOT, kept, summed
from bench.playing import Played, SeedOutcome, add_options, outcome_of, play_seeds, refuse_twice, runs_before
from bench.proof_page import KIOSKS, keep

MUTANTS = ROOT / "bench" / "results" / "mutants.json"
PLAYED_MUTANTS = ROOT / "bench" / "results" / "played_mutants.json"
SUMMED = ("requests", "papers", "audit_entries", "events", "steps")


@contextmanager
def kiosks(visits: int, people: int) -> Iterator[Callable[[int], SeedOutcome]]:
    """Open a ward of kiosks; the history of a seed that went wrong is kept under `var/histories`."""
    from kofu.platform.memory_folder import memory_folder
    from kofu.simulation.house import open_house
    from kofu.simulation.plan import draw_plan
    from kofu.simulation.run import run

    with open_house() as house:

        def play(seed: int) -> SeedOutcome:
            with tempfile.TemporaryDirectory(
                prefix="kofu-proof-", dir=memory_folder(), ignore_cleanup_errors=True
            ) as work:
                ran = run(draw_plan(seed, visits, people), house, Path(work))
                if not ran.checked.sound:
                    history = ROOT / "var" / "histories" / f"seed-{seed}"
                    shutil.rmtree(history, ignore_errors=True)
                    shutil.copytree(work, history)
            return outcome_of(ran, requests=ran.checked.requests, papers=ran.checked.papers, events=ran.checked.events)

        yield play


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument(
        "--certificates", type=int, default=1_000_000, help="end when so many papers were checked in all runs"
    )
    words.add_argument("--minutes", type=float, default=15.0, help="or when so many minutes are over")
    words.add_argument("--people", type=int, default=60, help="people of the ward of each seed")
    words.add_argument("--visits", type=int, default=1_500, help="visits of each seed")
    add_options(words)
    asked = words.parse_args()
    runs, size = runs_before(KIOSKS, asked), {"people": asked.people, "visits": asked.visits}
    refuse_twice(runs, asked.first, size)

    def keep_runs(played: Played) -> None:
        report = {"format": "kofu-proof/2", "runs": [*runs, played.run(size)]}
        keep(KIOSKS, report | {"mutants": kept(MUTANTS), "played_mutants": kept(PLAYED_MUTANTS)})

    before = summed(runs).total.get("papers", 0)
    played = play_seeds(
        partial(kiosks, asked.visits, asked.people),
        asked,
        enough=("papers", asked.certificates - before),
        summed=SUMMED,
        words="{papers:,} papers of {requests:,} requests",
        keep=keep_runs,
    )
    papers = played.total["papers"]
    print(f"{before + papers:,} papers in {len(runs) + 1} runs; see docs/proof.md")
    return 1 if played.wrong or not papers else 0


if __name__ == "__main__":
    raise SystemExit(main())
