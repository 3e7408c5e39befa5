"""The page of the topology, drawn from its numbers alone: docs/proof-topology.json, docs/proof-topology.md."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
NUMBERS, PAGE = ROOT / "docs" / "proof-topology.json", ROOT / "docs" / "proof-topology.md"

HEADS = {
    "kills": "Processes killed at random",
    "database": "The database: restart, kill, fail-over by hand",
    "automatic": "The database: fail-over by Patroni and etcd",
    "lines": "Lines cut",
    "upgrade": "A rolling upgrade",
}
HOW = """Played by `python -m bench.topology` (`make proof-topology`) on one machine: network namespaces on one bridge
stand for machines, a line is cut by letting both ends send into nothing. The centre asks by its own code over mutual
TLS, at a steady rate whatever became of the requests before, and keeps every answer; all of it is judged by
`kofu prove check` ([what it decides](how-to/check-a-history.md)). Beside papers, holds come and go all the time. What
ended is started again by what stands for the service manager; nobody else helps, but where a row says *by hand*.

Whether a record was durable at the very moment a paper left is not looked at here but by what stands afterwards: after
every kill and fail-over each paper that reached the centre must be in the journal and on record. Where a part says so,
feeds that change half of all people are taken in meanwhile, and issuance is stopped and goes on again by two people.
Clocks are [the simulation's](proof.md) part."""


def write(report: Mapping[str, Any]) -> None:
    """Keep the numbers beside those of parts that were not played now, and draw the page."""
    kept = json.loads(NUMBERS.read_text(encoding="utf-8")) if NUMBERS.exists() else {}
    head = {name: value for name, value in report.items() if name != "parts"}
    parts = dict(kept.get("parts", {}))
    for name, part in report["parts"].items():
        parts[name] = {**part, "played": head}
    numbers = {"format": "kofu-topology/1", "parts": {name: parts[name] for name in HEADS if name in parts}}
    NUMBERS.write_text(json.dumps(numbers, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(numbers), encoding="utf-8")


def page(numbers: Mapping[str, Any]) -> str:
    """Word the page."""
    parts = numbers["parts"]
    papers = sum(part["papers"] for part in parts.values())
    wrong = sum(len(part["violations"]) for part in parts.values())
    harms = sum(row["times"] for part in parts.values() for row in part["harms"].values())
    found = f"**{wrong} rules were broken; they stand below.**" if wrong else "**Nothing was wrong.**"
    minutes = sum(part["seconds"] for part in parts.values()) // 60
    beginning = (
        f"{found} {papers:,} papers came in {minutes} minutes, while {harms:,} times something was killed, cut off,"
        " failed over or replaced."
    )
    lost = "Of what was acknowledged nothing was lost, and no paper said anything else than its facts."
    lines = ["# The proof on real processes and networks", "", beginning, *([] if wrong else [lost]), "", HOW, ""]
    for name, part in parts.items():
        lines += _part(HEADS[name], part)
    return "\n".join(lines).rstrip() + "\n"


def _part(head: str, part: Mapping[str, Any]) -> list[str]:
    played = part["played"]
    machine, latency = played["machine"], part["latency_ms"]
    said = {name: count for name, count in part["said"].items() if not name.startswith("paper: issued")}
    refused = sum(count for name, count in said.items() if "refused" in name or "answered_before" in name)
    other = {name: count for name, count in said.items() if "refused" not in name and "answered_before" not in name}
    who = f"{played['machines']} machines of issuing with {played['workers']} processes each"
    judged = f"{part['audit_entries']:,} entries of the record and {part['events']:,} events judged"
    took = f"An answer with a paper took {latency['p50']} ms (p50), {latency['p99']} ms (p99)."
    return [
        f"## {head}",
        "",
        f"{played['day']}, seed {played['seed']}: {who},",
        f"{played['rate']:g} people a second for {part['seconds']} seconds.",
        f"{part['papers']:,} papers of {part['requests']:,} requests for {played.get('kinds', 3)} kinds, {judged}.",
        *_meanwhile(part.get("meanwhile", {})),
        f"Longest time without any paper: {part['longest_without_paper']:g} s. {took}",
        f"{machine['cores']} cores, load {machine['load_before']} before it began.",
        "",
        "| what was done | times | seconds until the next paper, at most | took, at most |",
        "|---|---|---|---|",
        *(
            f"| {kind} | {row['times']} | {_seconds(row['seconds_until_paper'])} | {_seconds(row['took'])} |"
            for kind, row in part["harms"].items()
        ),
        "",
        f"Refusals by the rules: {refused:,}. Besides the centre was told or saw, and asked again:",
        ", ".join(f"{name.replace('paper: ', '')} {count:,}" for name, count in other.items()) + ".",
        "",
        *(f"- {line}" for line in part["violations"]),
        *([""] if part["violations"] else []),
    ]


def _meanwhile(counted: Mapping[str, int]) -> list[str]:
    feeds, stops = counted.get("activated", 0), counted.get("stop_acknowledged", 0)
    return [f"Meanwhile {feeds} feeds were taken in and issuance was stopped {stops} times."] if feeds + stops else []


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
