"""The long proof of the ledger: simulations by fresh seeds on every core until so many payments were judged.

`python -m bench.ledger_proof --payments 1000000` adds a run to `docs/proof-ledger.json` and draws `docs/proof.md`.
Files of thousands of rows are posted in groups, with processes killed, lines cut and statements refused in between;
every yen is then looked for where the model has it. It states no more than it played.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from bench.kept_runs import summed
from bench.playing import SeedOutcome, add_options, outcome_of, play_seeds, refuse_twice, runs_before
from bench.proof_page import LEDGER, keep

SUMMED = ("payments", "yen", "told", "files", "notices", "audit_entries", "steps")


@contextmanager
def ledgers(payments: int, rows: int) -> Iterator[Callable[[int], SeedOutcome]]:
    """Open where ledgers are played."""
    from kofu.simulation.house import open_databases
    from kofu.simulation.ledger.plan import draw_ledger_plan
    from kofu.simulation.ledger.run import run_ledger

    with open_databases("ledger") as databases:

        def play(seed: int) -> SeedOutcome:
            plan = draw_ledger_plan(seed, payments, rows)
            ran = run_ledger(plan, databases)
            return outcome_of(
                ran,
                payments=ran.checked.payments,
                yen=ran.yen,
                told=ran.checked.told,
                files=len(plan.files),
                notices=len(plan.notices),
            )

        yield play


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument(
        "--payments", type=int, default=1_000_000, help="end when so many payments were judged in all runs"
    )
    words.add_argument("--minutes", type=float, default=60.0, help="or begin no further seed after so many minutes")
    words.add_argument("--each", type=int, default=25_000, help="payments of each seed")
    words.add_argument("--rows", type=int, default=2_500, help="rows of a file, about")
    add_options(words)
    asked = words.parse_args()
    runs, size = runs_before(LEDGER, asked), {"each": asked.each, "rows": asked.rows}
    refuse_twice(runs, asked.first, size)
    before = summed(runs).total.get("payments", 0)
    played = play_seeds(
        partial(ledgers, asked.each, asked.rows),
        asked,
        enough=("payments", asked.payments - before),
        summed=SUMMED,
        words="{payments:,} payments",
        keep=lambda so_far: keep(LEDGER, {"format": "kofu-ledger-proof/2", "runs": [*runs, so_far.run(size)]}),
    )
    payments = played.total["payments"]
    print(f"{before + payments:,} payments in {len(runs) + 1} runs; see docs/proof.md")
    return 1 if played.wrong or not payments else 0


if __name__ == "__main__":
    raise SystemExit(main())
