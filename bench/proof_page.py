"""The page of the proof, drawn from its numbers alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.kept_runs import ROOT, Run, Sums, kept, summed

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


def keep(path: Path, report: Mapping[str, Any]) -> None:
    """Keep one of the two reports, and draw the page from both."""
    path.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    kiosks = json.loads(KIOSKS.read_text(encoding="utf-8"))
    (ROOT / "docs" / "proof.md").write_text(page(kiosks, kept(LEDGER)), encoding="utf-8")


PAPER_RULES = ("paper.", "numbers.", "hold.left", "stop.left", "outcome.", "service.case")
"""How the judge's rules begin that are about what is handed out."""


def page(report: Mapping[str, Any], ledger: Mapping[str, Any] | None = None) -> str:
    """Word the page from what was played of kiosks and, where it was, of the ledger. It says no more than that."""
    runs = report["runs"]
    sums = summed(runs)
    total, wrong, mended = sums.total, sums.wrong, sums.mended
    papers = total.get("papers", 0)
    lines = [
        "# The proof: what was played, and what was found",
        "",
        "Written by `make proof`; the numbers are those of `docs/proof.json` and `docs/proof-ledger.json`.",
        "What is played and what is not:",
        "[simulate](how-to/simulate.md). The rules of the judge: [check a history](how-to/check-a-history.md).",
        "",
        f"{_of_papers(papers, sums)}{_found(papers, sums, 'Nothing was wrong.')} {papers:,} papers left in answer to",
        f"{total.get('requests', 0):,} requests, {_days(runs)}. Each was read by PDFium and compared with the feeds;",
        f"{total.get('audit_entries', 0):,} entries of the record and {total.get('events', 0):,} events were judged.",
        "",
        _million("certificates", papers, sums.minutes, "make proof CERTIFICATES=1000000 MINUTES=100000"),
        "",
        *_runs(runs, "papers", "visits", "visits"),
        *_again(runs, "kofu simulate --seed {first} --certificates {visits} --people {people}"),
        *HOW_KIOSKS_ARE_PLAYED,
        "",
        *_faults(sums.faults),
        "Besides, messages doubled, delayed, overtaken and lost, holds, stops, feeds and a slow press, as the seeds",
        f"drew them. Simulations began: {_begins(sums)}.",
        "",
    ]
    lines += _wrong("##", wrong) + _mended("##", mended)
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


def _of_papers(played: int, sums: Sums) -> str:
    """Say that no paper was wrong, where seeds went wrong in something else."""
    what = [str(one["what"]) for one in (*sums.wrong, *sums.mended)]
    if not played or not what or any(rule in one for rule in PAPER_RULES for one in what):
        return ""
    return "**No paper was wrong.** "


def _found(played: int, sums: Sums, sound: str) -> str:
    """Say first what was found."""
    if sums.wrong:
        return f"**{len(sums.wrong)} seeds went wrong; they stand below.**"
    if not played:
        return "**Nothing was played.**"
    if sums.mended:
        return f"**{len(sums.mended)} of the seeds went wrong; what was wrong is mended, and stands below.**"
    return f"**{sound}**"


def _million(what: str, played: int, minutes: float, command: str) -> str:
    """Say whether a million was played; if not, how long it takes."""
    if played >= MILLION:
        return f"A million {what} were played (`{command}` adds to them)."
    takes = f"{MILLION / (played / minutes) / 60:,.1f} hours" if played and minutes else "as yet unknown"
    return f"A million {what} were **not** played: at the pace of these runs they take {takes} (`{command}`)."


def _days(runs: Sequence[Run]) -> str:
    days = sorted({run["day"] for run in runs})
    return "on no day" if not days else f"on {days[0]}" if len(days) == 1 else f"from {days[0]} to {days[-1]}"


def _begins(sums: Sums) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sums.starts.items())


def _runs(runs: Sequence[Run], counted: str, size: str, sized: str) -> list[str]:
    """Tell of each run by which build and on which machine it was."""
    rows = (
        f"| {run['day']} | {run['build'] or 'not kept'} | {run['total'].get(counted, 0):,} |"
        f" {run['seeds']['count']} from {run['seeds']['first']} | {run[size]:,} | {run['minutes']:,} |"
        f" {_machine(run['machine'])} |"
        for run in runs
    )
    head = f"| day | build | {counted} | seeds | of {sized} each | minutes | machine; load before and after |"
    return [
        head,
        "|---|---|---|---|---|---|---|",
        *rows,
        "",
        "A load above the number of cores: other work ran beside it.",
        "",
    ]


def _machine(machine: Mapping[str, Any]) -> str:
    load = f"{machine['load_before']} and {machine.get('load_after', 'not kept')}"
    return f"{machine['cores']} cores, {machine['system']}, Python {machine['python']}; {load}"


def _again(runs: Sequence[Run], command: str) -> list[str]:
    """Show how any seed is played again, by the last run's first."""
    if not runs:
        return []
    words = command.format(first=runs[-1]["seeds"]["first"], **{k: v for k, v in runs[-1].items() if k != "seeds"})
    return ["Any seed again, by its number and its size:", f"`{words}`.", ""]


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
    runs = ledger["runs"]
    sums = summed(runs)
    total, payments = sums.total, sums.total.get("payments", 0)
    sound = "Not one yen lay elsewhere than where the model has it."
    return [
        "## The ledger",
        "",
        f"{_found(payments, sums, sound)} {payments:,} payments of {total.get('yen', 0):,} yen",
        f"for {total.get('notices', 0):,} notices, in {total.get('files', 0):,} files and in tills, were taken in,",
        f"decided and posted under {sum(sums.faults.values()):,} faults, {_days(runs)}.",
        f"{total.get('told', 0):,} things the ledger acknowledged and {total.get('audit_entries', 0):,} entries of the",
        "record were judged by a model that knows nothing of its code.",
        "",
        _million("payments", payments, sums.minutes, "make proof-ledger PAYMENTS=1000000"),
        "",
        *_runs(runs, "payments", "each", "payments"),
        *_again(runs, "kofu simulate --ledger --seed {first} --payments {each} --rows {rows}"),
        *_faults(sums.faults),
        f"Simulations began: {_begins(sums)}.",
        "",
        *_wrong("###", sums.wrong),
        *_mended("###", sums.mended),
    ]


def _faults(times: Mapping[str, int]) -> list[str]:
    rows = (f"| {WORDS.get(name, name)} | {count:,} |" for name, count in times.items())
    return ["| fault | times |", "|---|---|", *rows, ""]


def _wrong(heading: str, seeds: Sequence[Mapping[str, Any]]) -> list[str]:
    """Name the seeds that went wrong; without one there is no such part."""
    if not seeds:
        return []
    return [f"{heading} Went wrong", "", *(f"- seed {one['seed']}: `{one['what']}`" for one in seeds), ""]


def _mended(heading: str, seeds: Sequence[Mapping[str, Any]]) -> list[str]:
    """Name the seeds that went wrong once, and what mended what was wrong."""
    if not seeds:
        return []
    told = (f"- seed {one['seed']}: `{one['what']}`. {one['mended']}" for one in seeds)
    return [f"{heading} Went wrong, and is mended", "", *told, ""]
