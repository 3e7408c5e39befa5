"""The long proof of the ledger: simulations by fresh seeds on every core until so many payments were judged.

`python -m bench.ledger_proof --payments 1000000` writes `docs/proof-ledger.json` and, from it and `docs/proof.json`,
the page `docs/proof.md`. Files of thousands of rows are posted in groups, with processes killed, lines cut and
statements refused in between; every yen is then looked for where the model has it. It states no more than it played.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from bench.proof import ROOT, machine
from bench.proof_page import page

KIOSKS, LEDGER = ROOT / "docs" / "proof.json", ROOT / "docs" / "proof-ledger.json"


def play(
    seeds: tuple[int, int],
    payments: int,
    rows: int,
    until: float,
    told: multiprocessing.Queue[dict[str, Any] | None],
) -> None:
    """Play every so many-th seed from the first on until the time is over; tell what came of each."""
    from kofu.simulation.house import open_databases
    from kofu.simulation.ledger.plan import draw_ledger_plan
    from kofu.simulation.ledger.run import run_ledger

    with open_databases("ledger") as databases:
        seed, step = seeds
        while time.time() < until:
            began = time.time()
            try:
                plan = draw_ledger_plan(seed, payments, rows)
                ran = run_ledger(plan, databases)
                told.put(
                    {
                        "seed": seed,
                        "payments": ran.checked.payments,
                        "yen": ran.yen,
                        "told": ran.checked.told,
                        "files": len(plan.files),
                        "notices": len(plan.notices),
                        "audit_entries": ran.checked.audit_entries,
                        "steps": ran.steps,
                        "faults": ran.struck,
                        "start": plan.start,
                        "seconds": round(time.time() - began, 1),
                        "violations": [violation.line() for violation in ran.checked.violations],
                    }
                )
            except Exception as fault:  # noqa: BLE001 - a simulation that breaks is a finding, not the end of the proof
                told.put({"seed": seed, "broke": f"{type(fault).__name__}: {fault}"})
            seed += step
    told.put(None)


SUMMED = ("payments", "yen", "told", "files", "notices", "audit_entries", "steps")


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--payments", type=int, default=1_000_000, help="end when so many payments were judged")
    words.add_argument("--minutes", type=float, default=60.0, help="or begin no further seed after so many minutes")
    words.add_argument("--each", type=int, default=25_000, help="payments of each seed")
    words.add_argument("--rows", type=int, default=2_500, help="rows of a file, about")
    words.add_argument("--first", type=int, default=0, help="first seed; drawn from the clock without")
    words.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    asked = words.parse_args()
    first = asked.first or int(time.time())
    began, until = time.time(), time.time() + asked.minutes * 60
    here = machine()
    told: multiprocessing.Queue[dict[str, Any] | None] = multiprocessing.Queue()
    workers = [
        multiprocessing.Process(
            target=play, args=((first + number, asked.processes), asked.each, asked.rows, until, told)
        )
        for number in range(asked.processes)
    ]
    for worker in workers:
        worker.start()
    total: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    starts: Counter[str] = Counter()
    wrong: list[dict[str, object]] = []
    seeds: list[int] = []
    ended = 0
    while ended < len(workers):
        one = told.get()
        if one is None:
            ended += 1
            continue
        seeds.append(one["seed"])
        if one.get("broke") or one["violations"]:
            wrong.append({"seed": one["seed"], "what": one.get("broke") or one["violations"][:5]})
            print(f"seed {one['seed']}: {wrong[-1]['what']}", flush=True)
        if not one.get("broke"):
            total.update({name: one[name] for name in SUMMED})
            faults.update(one["faults"])
            starts[one["start"]] += 1
            print(f"seed {one['seed']}: {one['seconds']} s, {sum(one['faults'].values())} faults", flush=True)
        rate = total["payments"] / max(time.time() - began, 1) * 60
        print(f"{total['payments']:,} payments, {rate:,.0f} a minute", flush=True)
        if total["payments"] >= asked.payments:
            for worker in workers:
                worker.terminate()
            break
    minutes = (time.time() - began) / 60
    report = {
        "format": "kofu-ledger-proof/1",
        "day": datetime.now(UTC).date().isoformat(),
        "minutes": round(minutes, 1),
        "asked_payments": asked.payments,
        "each": asked.each,
        "rows": asked.rows,
        "seeds": {"first": min(seeds, default=first), "last": max(seeds, default=first), "count": len(seeds)},
        "total": dict(total),
        "faults": dict(sorted(faults.items())),
        "starts": dict(sorted(starts.items())),
        "wrong": wrong,
        "payments_a_minute": round(total["payments"] / minutes),
        "minutes_for_a_million": round(1_000_000 / max(total["payments"] / minutes, 1)),
        "machine": here,
    }
    LEDGER.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    kiosks = json.loads(KIOSKS.read_text(encoding="utf-8"))
    (ROOT / "docs" / "proof.md").write_text(page(kiosks, report), encoding="utf-8")
    print(f"a million payments take {report['minutes_for_a_million']} minutes at this rate; see docs/proof.md")
    return 1 if wrong or not total["payments"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
