"""The long proof: simulations by fresh seeds on every core until a number of certificates or of minutes is reached.

`python -m bench.proof --minutes 15` writes `docs/proof.json` and `docs/proof.md`: what was played, what was found, how
long a million certificates take on this machine. It never states more than it played.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import shutil
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.proof_page import page

ROOT = Path(__file__).resolve().parents[1]
MUTANTS = ROOT / "bench" / "results" / "mutants.json"
LEDGER = ROOT / "docs" / "proof-ledger.json"


def play(
    seeds: tuple[int, int],
    visits: int,
    people: int,
    until: float,
    told: multiprocessing.Queue[dict[str, Any] | None],
) -> None:
    """Play every so many-th seed from the first on until the time is over; tell what came of each."""
    from kofu.simulation.house import open_house
    from kofu.simulation.plan import draw_plan
    from kofu.simulation.run import run

    with open_house() as house:
        seed, step = seeds
        while time.time() < until:
            work = Path(tempfile.mkdtemp(prefix="kofu-proof-"))
            try:
                ran = run(draw_plan(seed, visits, people), house, work)
                if not ran.checked.sound:
                    kept = ROOT / "var" / "histories" / f"seed-{seed}"
                    shutil.rmtree(kept, ignore_errors=True)
                    shutil.copytree(work, kept)
                told.put(
                    {
                        "seed": seed,
                        "requests": ran.checked.requests,
                        "papers": ran.checked.papers,
                        "audit_entries": ran.checked.audit_entries,
                        "events": ran.checked.events,
                        "steps": ran.steps,
                        "faults": ran.struck,
                        "start": ran.plan.start,
                        "digest": ran.digest,
                        "violations": [violation.line() for violation in ran.checked.violations],
                    }
                )
            except Exception as fault:  # noqa: BLE001 - a simulation that breaks is a finding, not the end of the proof
                told.put({"seed": seed, "broke": f"{type(fault).__name__}: {fault}"})
            finally:
                shutil.rmtree(work, ignore_errors=True)
            seed += step
    told.put(None)


def machine() -> dict[str, object]:
    return {
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--certificates", type=int, default=1_000_000, help="end when so many papers were checked")
    words.add_argument("--minutes", type=float, default=15.0, help="or when so many minutes are over")
    words.add_argument("--people", type=int, default=60, help="people of the ward of each seed")
    words.add_argument("--visits", type=int, default=150, help="visits of each seed")
    words.add_argument("--first", type=int, default=0, help="first seed; drawn from the clock without")
    words.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    asked = words.parse_args()
    first = asked.first or int(time.time())
    began, until = time.time(), time.time() + asked.minutes * 60
    here = machine()
    told: multiprocessing.Queue[dict[str, Any] | None] = multiprocessing.Queue()
    workers = [
        multiprocessing.Process(
            target=play, args=((first + number, asked.processes), asked.visits, asked.people, until, told), daemon=True
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
            total.update({name: one[name] for name in ("requests", "papers", "audit_entries", "events", "steps")})
            faults.update(one["faults"])
            starts[one["start"]] += 1
        rate = total["papers"] / max(time.time() - began, 1) * 60
        print(f"{total['papers']:,} papers of {total['requests']:,} requests, {rate:,.0f} a minute", flush=True)
        if total["papers"] >= asked.certificates:
            for worker in workers:
                worker.terminate()
            break
    minutes = (time.time() - began) / 60
    report = {
        "format": "kofu-proof/1",
        "day": datetime.now(UTC).date().isoformat(),
        "minutes": round(minutes, 1),
        "asked_certificates": asked.certificates,
        "people": asked.people,
        "visits": asked.visits,
        "seeds": {"first": min(seeds, default=first), "last": max(seeds, default=first), "count": len(seeds)},
        "total": dict(total),
        "faults": dict(sorted(faults.items())),
        "starts": dict(sorted(starts.items())),
        "wrong": wrong,
        "papers_a_minute": round(total["papers"] / minutes),
        "hours_for_a_million": round(1_000_000 / max(total["papers"] / minutes, 1) / 60, 1),
        "machine": here,
        "mutants": json.loads(MUTANTS.read_text(encoding="utf-8")) if MUTANTS.exists() else None,
    }
    (ROOT / "docs" / "proof.json").write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    ledger = json.loads(LEDGER.read_text(encoding="utf-8")) if LEDGER.exists() else None
    (ROOT / "docs" / "proof.md").write_text(page(report, ledger), encoding="utf-8")
    print(f"a million certificates take {report['hours_for_a_million']} hours at this rate; see docs/proof.md")
    return 1 if wrong or not total["papers"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
