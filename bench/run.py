"""Run every measurement, print the figures and ratios, write bench/results/*.json.

    PYTHONPATH=src python -m bench.run [--quick | --whole] [NAME …]

Without an option, sizes that are done in a quarter of an hour on two processors with nothing else to do, and still as
large as what is measured: more than a million rows of a feed, a ledger in which a night of 100,000 payments finds that
many open installments. `--whole` takes a whole ward of 350,000 people and a million payments: about an hour. `--quick`
only tries whether all of it works, and keeps no figures. With names only those are measured.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

from bench import goals
from bench.goals import RESULTS, ROOT, WHOLE, judged
from bench.pace import pace_ms

WITHIN_SECONDS = 900


class Size(Enum):
    """How much is measured."""

    QUICK = "quick"
    USUAL = "usual"
    WHOLE = "whole"

    def file(self, name: str) -> Path:
        """Where the figures go."""
        return RESULTS / (f"{name}{WHOLE}.json" if self is Size.WHOLE else f"{name}.json")


@dataclass(frozen=True)
class Measurement:
    """The words after the interpreter, and those after them for each size."""

    program: tuple[str, ...]
    quick: tuple[int, ...]
    usual: tuple[int, ...]
    whole: tuple[int, ...]

    def words(self, size: Size) -> list[str]:
        numbers = {Size.QUICK: self.quick, Size.USUAL: self.usual, Size.WHOLE: self.whole}[size]
        return [*self.program, *map(str, numbers)]


MEASUREMENTS = {
    "engines": Measurement(("-m", "bench.engines"), (8,), (40,), (40,)),
    "issue": Measurement(("-m", "bench.issue"), (200, 4), (1500, 8), (1500, 8)),
    "latency": Measurement(("-m", "bench.latency"), (100, 20_000), (1_000, 200_000), (1_000, 10_000_000)),
    "import_feed": Measurement(("bench/import_feed.py",), (5_000,), (240_000,), (350_000,)),
    "feed_out": Measurement(("bench/feed_out.py",), (14_000,), (280_000,), (1_400_000,)),
    "ledger": Measurement(("bench/ledger.py",), (2_000,), (37_000,), (350_000,)),
    "ledger_payments": Measurement(
        ("bench/ledger_payments.py",), (1_000, 2_000), (10_000, 30_000, 100_000), (10_000, 100_000, 1_000_000)
    ),
}


def measure(name: str, words: list[str]) -> dict[str, object] | None:
    """Run one measurement in a process of its own, so that none warms or slows another; None where it failed."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    done = subprocess.run([sys.executable, *words], cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        print(f"{name} could NOT be measured; what it said stands above", flush=True)
        return None
    figures: dict[str, object] = json.loads(done.stdout)
    return figures


def before(name: str, size: Size) -> str:
    """How long the same took last time, where that is known."""
    try:
        last = json.loads(size.file(name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ""
    return f" (last time {last['measured_in_seconds']:.0f} s)" if last.get("size") == size.value else ""


def line(name: str, result: Mapping[str, Any]) -> str:
    """One line for a person: each figure that is aimed at, whether it is met, and what else is to be known."""
    goals_of = [
        f"{one.goal.what}: {one.figure:g} {one.goal.unit} ({one.goal.text()}: {one.verdict()})"
        for one in judged(name, result)
    ]
    return f"{name:<12} " + "; ".join([*goals_of, *BESIDE[name](result)])


def _of_engines(result: Mapping[str, Any]) -> list[str]:
    return [f"ms each {result['milliseconds_each']}", f"times slower than kofu {result['times_slower']}"]


def _of_issue(result: Mapping[str, Any]) -> list[str]:
    return [f"p50 {result['latency_ms_p50']} ms, p99 {result['latency_ms_p99']} ms, {result['clients']} clients"]


def _of_latency(result: Mapping[str, Any]) -> list[str]:
    return [f"{people['people']:,} people: p50 {people['ms_p50']} ms" for people in result["by_people"]]


def _of_import(result: Mapping[str, Any]) -> list[str]:
    return [f"{result['import_rows_per_second']} rows/s", f"{result['peak_megabytes']} MB at most"]


def _of_feed_out(result: Mapping[str, Any]) -> list[str]:
    first = result["nights"][0]
    return [f"{result['records']} records in {first['seconds']:.0f} s", f"{first['peak_megabytes']} MB at most"]


def _of_ledger(result: Mapping[str, Any]) -> list[str]:
    return [f"{result['people']} people × {result['years']} years"]


def _of_payments(result: Mapping[str, Any]) -> list[str]:
    return [
        f"{result['night_seconds']:.0f} s for 100,000 matched and posted",
        f"{result['peak_megabytes']} MB at most",
        f"dearest size {result['dearest_to_cheapest']} × the cheapest in processor time",
    ]


BESIDE: dict[str, Callable[[Mapping[str, Any]], list[str]]] = {
    "engines": _of_engines,
    "issue": _of_issue,
    "latency": _of_latency,
    "import_feed": _of_import,
    "feed_out": _of_feed_out,
    "ledger": _of_ledger,
    "ledger_payments": _of_payments,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--quick", dest="size", action="store_const", const=Size.QUICK, default=Size.USUAL)
    choice.add_argument("--whole", dest="size", action="store_const", const=Size.WHOLE)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(MEASUREMENTS)}; default all")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(MEASUREMENTS):
        parser.error(f"no such measurement: {', '.join(sorted(unknown))}; there are {', '.join(MEASUREMENTS)}")
    size: Size = asked.size
    names = asked.names or list(MEASUREMENTS)
    RESULTS.mkdir(parents=True, exist_ok=True)
    began, lines, failed = time.perf_counter(), [], []
    for number, name in enumerate(names, 1):
        last = before(name, size)
        elapsed = time.perf_counter() - began
        print(f"[{number}/{len(names)}] {name}{last}, {elapsed:.0f} s since the start", file=sys.stderr, flush=True)
        load, pace = os.getloadavg()[0], pace_ms()
        at, start = datetime.now(UTC), time.perf_counter()
        result = measure(name, MEASUREMENTS[name].words(size))
        if result is None:
            failed.append(name)
            continue
        around = {
            "measured_at": at.isoformat(timespec="seconds"),
            "measured_in_seconds": round(time.perf_counter() - start, 1),
            "size": size.value,
            "processors": os.cpu_count(),
            "load_before": round(load, 1),
            "machine": platform.machine(),
            "python": platform.python_version(),
            "pace_ms": pace,
        }
        if size is not Size.QUICK:
            size.file(name).write_text(json.dumps(around | result, indent=2, ensure_ascii=False) + "\n")
        lines.append(line(name, result) + busy(load))
        print(lines[-1], flush=True)
    seconds = time.perf_counter() - began
    if len(names) > 1:
        print("\n" + "\n".join(lines))
    print(f"measured in {seconds:.0f} s" + (within(seconds) if size is Size.USUAL and not asked.names else ""))
    if size is not Size.QUICK:
        goals.write(RESULTS)
    if failed:
        raise SystemExit(f"not measured: {', '.join(failed)}")


def busy(load: float) -> str:
    """Tell where the machine had other work before: then seconds say less than processor time."""
    processors = os.cpu_count() or 1
    return f"; beside other work: load {load:.1f} on {processors} processors" if load > processors else ""


def within(seconds: float) -> str:
    """Whether all of it was done in time."""
    return f" (target {WITHIN_SECONDS} s: {'met' if seconds <= WITHIN_SECONDS else 'NOT met'})"


if __name__ == "__main__":
    main()
