"""What came of a run: the history for `kofu prove check`, its verdict, and what the centre saw, in numbers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

from bench.topology.asking import Try
from bench.topology.harm import Harm
from bench.topology.house import ROOT, House
from kofu_proof.databases import read_databases
from kofu_proof.history import Event, write_history

#: What a centre may be told, or not told, where nothing is wrong with the answer itself.
CLEAN = frozenset({
    "issued", "ward_timeout", "ward_unreachable", "busy", "database_unavailable", "commit_in_doubt",
    "attestation_ended", "watch_failed", "status 503",
})  # fmt: skip
#: What is counted of what happened beside the harms.
MEANWHILE = ("activated", "stop_acknowledged")


def lay_history(house: House) -> None:
    """Lay what the database keeps beside what the centre saw and what was seen in the house, in order."""
    kept = read_databases(house.owner_url(), None)
    lines = (house.history / "events.jsonl").read_bytes().splitlines()
    seen = [*(msgspec.json.decode(line, type=Event) for line in lines), *house.events]
    in_order = enumerate(sorted(seen, key=lambda one: one.at), start=1)
    history = msgspec.structs.replace(
        kept,
        has=kept.has | {"events", "feeds", "papers"},
        events=tuple(msgspec.structs.replace(event, at=number) for number, event in in_order),
        feeds=house.history / "feeds",
        papers=house.history / "papers",
    )
    write_history(house.history, history)


def verdict(history: Path) -> dict[str, Any]:
    """Let the judge decide, as anybody may: `kofu prove check`."""
    done = subprocess.run(
        [sys.executable, "-m", "kofu", "prove", "check", str(history), "--json"],
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        found: dict[str, Any] = json.loads(done.stdout)
    except json.JSONDecodeError:
        raise SystemExit(f"nothing was decided: {done.stderr}") from None
    return found


def read_tries(history: Path) -> list[Try]:
    """Read each time the centre asked, in order."""
    lines = (history / "tries.jsonl").read_bytes().splitlines()
    return sorted((msgspec.json.decode(line, type=Try) for line in lines), key=lambda one: one.began)


def longest_without_paper(tries: Sequence[Try]) -> float:
    """Give the longest time in which no paper came, in seconds."""
    came = sorted(one.began + one.seconds for one in tries if one.said == "issued")
    return max((later - earlier for earlier, later in pairwise(came)), default=0.0)


def seconds_until_paper(tries: Sequence[Try], at: float) -> float | None:
    """Give how long after a moment the first paper came that was asked for after it; None where none came."""
    asked = [one.began for one in tries]
    came = [one.began + one.seconds for one in tries[bisect_left(asked, at) :] if one.said == "issued"]
    return min(came) - at if came else None


def summary(house: House, harms: Sequence[Harm], *, all_taken: bool) -> dict[str, Any]:
    """Count everything of a run: what was done, what was said, how long nothing came, what the judge found."""
    lay_history(house)
    checked, tries = verdict(house.history), read_tries(house.history)
    by_kind: dict[str, list[Harm]] = defaultdict(list)
    for harm in harms:
        by_kind[harm.kind].append(harm)
    said = Counter(f"{one.what}: {one.said}" for one in tries)
    unclean = sorted(
        {
            one.said
            for one in tries
            if one.said not in CLEAN and not one.said.startswith(("refused ", "answered_before "))
        }
    )
    violations = [
        f"{one['rule']}: {one['where']}: {one['what']} {one['evidence']}" for one in checked["violations"]
    ] + [f"service.unclean: {one}" for one in unclean]
    if not all_taken:
        violations.append("service.given_up: a message was never taken")
    latencies = sorted(one.seconds for one in tries if one.said == "issued")
    return {
        "requests": checked["requests"],
        "papers": checked["papers"],
        "audit_entries": checked["audit_entries"],
        "events": checked["events"],
        "undecided": checked["undecided"],
        "violations": violations,
        "said": dict(sorted(said.items())),
        "meanwhile": dict(Counter(event.event for event in house.events if event.event in MEANWHILE)),
        "harms": {
            kind: {
                "times": len(done),
                "seconds_until_paper": rounded_max(seconds_until_paper(tries, harm.at) for harm in done),
                "took": rounded_max(harm.took for harm in done),
            }
            for kind, done in sorted(by_kind.items())
        },
        "longest_without_paper": round(longest_without_paper(tries), 2),
        "latency_ms": {
            name: round(latencies[min(int(len(latencies) * part), len(latencies) - 1)] * 1000)
            for name, part in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99))
            if latencies
        },
        "starts": {unit.name: unit.starts for unit in (*house.issuing, *(node.unit for node in house.pair.nodes))},
    }


def rounded_max(seconds: Any) -> float | None:
    """Give the largest of some seconds, None where there is none."""
    known = [one for one in seconds if one is not None]
    return round(max(known), 2) if known else None
