"""The page of the proof, drawn from its numbers alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
KIOSKS, LEDGER = ROOT / "docs" / "proof.json", ROOT / "docs" / "proof-ledger.json"

WORDS = {
    "kill_before": "processes killed before a statement was sent",
    "kill_after": "processes killed after the database did it, before they knew",
    "cut_before": "connections cut before a statement was sent",
    "cut_after": "connections cut after the database did it",
    "refuse": "statements the database refused",
    "freeze": "processes frozen, with whatever they held",
    "kill process": "whole processes killed at a moment of their own",
    "clock back": "clock of the ward set back",
    "clock on": "clock of the ward set on",
    "clock stands": "clock of the ward standing still",
}

MILLION = 1_000_000

HOW_KIOSKS_ARE_PLAYED = (
    "All numbers of kiosks on this page come from one mode, which repeats by its seed: kiosks, centre, staff and both",
    "processes of the ward are actors of one scheduler in one process of the machine, on the real use cases and a real",
    "PostgreSQL. A crash there is a worker that ends and a connection that is lost, at a round trip or a named point.",
    "Real processes that are killed, frozen and thawed are in the tests (`tests/incidents/test_two_processes.py`,",
    "`tests/platform/test_supervise.py`), and nothing of them is counted here.",
)


def kept(path: Path) -> Any:
    """Read a report that was kept; None where there is none."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def keep(path: Path, report: Mapping[str, Any]) -> None:
    """Keep one of the two reports, and draw the page from both."""
    path.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    kiosks = json.loads(KIOSKS.read_text(encoding="utf-8"))
    (ROOT / "docs" / "proof.md").write_text(page(kiosks, kept(LEDGER)), encoding="utf-8")


def page(report: Mapping[str, Any], ledger: Mapping[str, Any] | None = None) -> str:
    """Word the page from what was played of kiosks and, where it was, of the ledger. It says no more than that."""
    total, seeds, machine = report["total"], report["seeds"], report["machine"]
    wrong = report["wrong"]
    found = "**Nothing was wrong.**" if total.get("papers") else "**Nothing was played.**"
    if wrong:
        found = f"**{len(wrong)} seeds went wrong; they stand below.**"
    mended = report.get("mended", [])
    if mended and not wrong and total.get("papers"):
        found = f"**{len(mended)} of the seeds went wrong; what was wrong is mended, and stands below.**"
    papers, requests = total.get("papers", 0), total.get("requests", 0)
    million = "played" if papers >= MILLION else "**not** played"
    begins = ", ".join(f"{name} {count}" for name, count in report["starts"].items())
    lines = [
        "# The proof: what was played, and what was found",
        "",
        "Written by `make proof`; the numbers are those of `docs/proof.json` and `docs/proof-ledger.json`.",
        "What is played and what is not:",
        "[simulate](how-to/simulate.md). The rules of the judge: [check a history](how-to/check-a-history.md).",
        "",
        f"{found} {report['day']}: {papers:,} papers left in answer to {requests:,} requests.",
        "Each was read by PDFium and compared with the feeds;",
        f"{total.get('audit_entries', 0):,} entries of the record and {total.get('events', 0):,} events were judged.",
        f"{seeds['count']:,} seeds from {seeds['first']} to {seeds['last']},",
        f"{report['visits']} visits and {report['people']} people each, {report['minutes']} minutes.",
        "Any of them again:",
        f"`kofu simulate --seed {seeds['first']} --certificates {report['visits']} --people {report['people']}`.",
        "",
        f"A million certificates were {million}: at {report['papers_a_minute']:,} papers a minute on this machine they",
        f"take {report['hours_for_a_million']} hours (`make proof CERTIFICATES=1000000 MINUTES=100000`).",
        "",
        f"Machine: {machine['cores']} cores, {machine['system']}, Python {machine['python']},",
        f"load {machine['load_before']} before it began" + _load_after(machine),
        "(above the number of cores, other work ran beside it).",
        "",
        *HOW_KIOSKS_ARE_PLAYED,
        "",
        *_faults(report["faults"]),
        "Besides, messages doubled, delayed, overtaken and lost, holds, stops, feeds and a slow press, as the seeds",
        f"drew them. Simulations began: {begins}.",
        "",
    ]
    lines += _wrong("##", wrong)
    if mended:
        lines += ["## Went wrong, and is mended", ""]
        lines += [f"- seed {one['seed']}: `{one['what']}`. {one['mended']}" for one in mended]
        lines.append("")
    if ledger is not None:
        lines += ledger_lines(ledger)
    lines += _played_mutants(report)
    mutants = report["mutants"]
    if mutants is not None:
        rows = mutants["mutants"]
        caught = sum(row["verdict"] == "caught" for row in rows)
        left = mutants["in_the_tree"] - len(rows)
        lines += [
            "## Planted bugs",
            "",
            f"{caught} of {len(rows)} bugs planted one at a time (`make mutants`) failed the test named for them."
            + (f" {left} more are in the tree and were not run for this page." if left else ""),
            "",
            "| bug | | what is wrong | |",
            "|---|---|---|---|",
            *(
                f"| {row['name'].split('-', 1)[1]} | {row['invariant']} | {row['what']} | {row['verdict']} |"
                for row in rows
            ),
            "",
        ]
    lines += [
        "Incidents of other municipalities, each with its guard and its test: [incidents](incidents.md).",
        "",
    ]
    return "\n".join(lines)


def _load_after(machine: Mapping[str, Any]) -> str:
    if "load_after" not in machine:
        return ""
    return f", {machine['load_after']} when it ended, {machine['processes']} processes played"


def _played_mutants(report: Mapping[str, Any]) -> list[str]:
    """Name the bugs that the simulation itself was to find."""
    found = report.get("played_mutants")
    if not found:
        return []
    rows = found["mutants"]
    caught = sum(row["verdict"] == "caught" for row in rows)
    return [
        "## Planted bugs, played",
        "",
        f"{caught} of {len(rows)} bugs planted one at a time broke the rule named for them in {found['seeds']} seeds",
        f"of {found['visits']} visits by {found['people']} people (`make mutants-played`): the mode that makes",
        "the numbers above sees them.",
        "",
        "| bug | | what is wrong | rule of the judge | |",
        "|---|---|---|---|---|",
        *(
            f"| {row['name'].split('-', 1)[1]} | {row['invariant']} | {row['what']} |"
            f" `{row['rule']}` | {row['verdict']} |"
            for row in rows
        ),
        "",
    ]


def ledger_lines(ledger: Mapping[str, Any]) -> list[str]:
    """Word what was played of the ledger."""
    total, seeds, machine, wrong = ledger["total"], ledger["seeds"], ledger["machine"], ledger["wrong"]
    payments = total.get("payments", 0)
    found = "**Not one yen lay elsewhere than where the model has it.**" if payments else "**Nothing was played.**"
    if wrong:
        found = f"**{len(wrong)} seeds went wrong; they stand below.**"
    million = "A million payments were played."
    if payments < MILLION:
        million = "A million payments were **not** played: at this rate they take"
        million += f" {ledger['minutes_for_a_million']:,} minutes."
    begins = ", ".join(f"{name} {count}" for name, count in ledger["starts"].items())
    return [
        "## The ledger",
        "",
        f"{found} {ledger['day']}: {payments:,} payments of {total.get('yen', 0):,} yen",
        f"for {total.get('notices', 0):,} notices, in {total.get('files', 0):,} files of about {ledger['rows']:,} rows",
        "and in tills, were taken in, decided and posted under",
        f"{sum(ledger['faults'].values()):,} faults. {total.get('told', 0):,} things the ledger",
        f"acknowledged and {total.get('audit_entries', 0):,} entries of the record were judged by a model that knows",
        f"nothing of its code. {seeds['count']:,} seeds from {seeds['first']} to {seeds['last']},",
        f"{ledger['each']:,} payments each, {ledger['minutes']} minutes.",
        "",
        f"{million} (`make proof-ledger PAYMENTS=1000000`)",
        "",
        f"Machine: {machine['cores']} cores, {machine['system']}, Python {machine['python']},",
        f"load {machine['load_before']} before it began.",
        "",
        *_faults(ledger["faults"]),
        f"Simulations began: {begins}.",
        "",
        *_wrong("###", wrong),
    ]


def _faults(times: Mapping[str, int]) -> list[str]:
    rows = (f"| {WORDS.get(name, name)} | {count:,} |" for name, count in times.items())
    return ["| fault | times |", "|---|---|", *rows, ""]


def _wrong(heading: str, seeds: Sequence[Mapping[str, Any]]) -> list[str]:
    """Name the seeds that went wrong; without one there is no such part."""
    if not seeds:
        return []
    return [f"{heading} Went wrong", "", *(f"- seed {one['seed']}: `{one['what']}`" for one in seeds), ""]
