"""The long proof: simulations by fresh seeds on every core until a number of certificates or of minutes is reached.

`python -m bench.proof --minutes 15` writes `docs/proof.json` and `docs/proof.md`: what was played, what was found, how
long a million certificates take on this machine. It never states more than it played.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bench.playing import SeedOutcome, add_options, outcome_of, play_seeds
from bench.proof_page import KIOSKS, ROOT, keep, kept

MUTANTS = ROOT / "bench" / "results" / "mutants.json"
PLAYED_MUTANTS = ROOT / "bench" / "results" / "played_mutants.json"
SUMMED = ("requests", "papers", "audit_entries", "events", "steps")


@contextmanager
def kiosks(visits: int, people: int) -> Iterator[Callable[[int], SeedOutcome]]:
    """Open a ward of kiosks; the history of a seed that went wrong is kept under `var/histories`."""
    from kofu.simulation.house import open_house
    from kofu.simulation.plan import draw_plan
    from kofu.simulation.run import run

    with open_house() as house:

        def play(seed: int) -> SeedOutcome:
            with tempfile.TemporaryDirectory(prefix="kofu-proof-", ignore_cleanup_errors=True) as work:
                ran = run(draw_plan(seed, visits, people), house, Path(work))
                if not ran.checked.sound:
                    history = ROOT / "var" / "histories" / f"seed-{seed}"
                    shutil.rmtree(history, ignore_errors=True)
                    shutil.copytree(work, history)
            return outcome_of(ran, requests=ran.checked.requests, papers=ran.checked.papers, events=ran.checked.events)

        yield play


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--certificates", type=int, default=1_000_000, help="end when so many papers were checked")
    words.add_argument("--minutes", type=float, default=15.0, help="or when so many minutes are over")
    words.add_argument("--people", type=int, default=60, help="people of the ward of each seed")
    words.add_argument("--visits", type=int, default=1_500, help="visits of each seed")
    add_options(words)
    asked = words.parse_args()
    played = play_seeds(
        partial(kiosks, asked.visits, asked.people),
        asked,
        enough=("papers", asked.certificates),
        summed=SUMMED,
        words="{papers:,} papers of {requests:,} requests",
    )
    papers, minutes = played.total["papers"], played.minutes
    report = {
        "format": "kofu-proof/1",
        "asked_certificates": asked.certificates,
        "people": asked.people,
        "visits": asked.visits,
        **played.numbers(),
        "papers_a_minute": round(papers / minutes),
        "hours_for_a_million": round(1_000_000 / max(papers / minutes, 1) / 60, 1),
        "machine": played.machine | {"load_after": round(os.getloadavg()[0], 1), "processes": asked.processes},
        "mutants": kept(MUTANTS),
        "played_mutants": kept(PLAYED_MUTANTS),
    }
    keep(KIOSKS, report)
    print(f"a million certificates take {report['hours_for_a_million']} hours at this rate; see docs/proof.md")
    return 1 if played.wrong or not papers else 0


if __name__ == "__main__":
    raise SystemExit(main())
