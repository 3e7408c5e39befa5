"""Run every measurement, print the ratios, write bench/results/*.json.

PYTHONPATH=src python -m bench.run [--quick]
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench" / "results"
#: name → (words after the interpreter, the same for a quick look)
MEASUREMENTS: dict[str, tuple[list[str], list[str]]] = {
    "engines": (["-m", "bench.engines", "40"], ["-m", "bench.engines", "8"]),
    "issue": (["-m", "bench.issue", "1500", "8"], ["-m", "bench.issue", "200", "4"]),
    "import_feed": (["bench/import_feed.py", "350000"], ["bench/import_feed.py", "5000"]),
    "feed_out": (["bench/feed_out.py", "1400000"], ["bench/feed_out.py", "14000"]),
    "ledger": (["bench/ledger.py", "350000"], ["bench/ledger.py", "2000"]),
    "ledger_payments": (
        ["bench/ledger_payments.py", "10000", "100000", "1000000"],
        ["bench/ledger_payments.py", "10000", "20000"],
    ),
}


def measure(name: str, words: list[str]) -> dict[str, object]:
    """Run one measurement in a process of its own, so that none warms or slows another."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    done = subprocess.run([sys.executable, *words], cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{name} could not be measured; what it said stands above")
    return json.loads(done.stdout)


def line(name: str, result: dict[str, object]) -> str:
    """One line for a person: the figure, its target, whether it is met."""
    if name == "issue":
        figure, target = float(str(result["per_core_second"])), float(str(result["per_core_second_target"]))
        verdict = "met" if figure >= target else "NOT met"
        return (
            f"issue        {figure:.0f} released certificates/s/core (target {target:.0f}: {verdict}),"
            f" p50 {result['latency_ms_p50']} ms, p99 {result['latency_ms_p99']} ms, {result['clients']} clients"
        )
    if name == "import_feed":
        ratio, target = float(str(result["ratio"])), float(str(result["ratio_target"]))
        verdict = "met" if ratio <= target else "NOT met"
        return (
            f"import       {result['import_rows_per_second']} rows/s, {ratio} × the bare COPY"
            f" (target {target}: {verdict}), {result['peak_megabytes']} MB at most"
        )
    if name == "feed_out":
        nights = result["nights"]
        night = nights[0] if isinstance(nights, list) else {}
        seconds, target = float(str(night["seconds"])), float(str(result["seconds_target"]))
        peak, most = int(str(night["peak_megabytes"])), int(str(result["peak_megabytes_target"]))
        verdict = "met" if seconds <= target and peak <= most else "NOT met"
        return (
            f"feed out     {result['records']} records out of the ledger in {seconds:.0f} s, {peak} MB at most"
            f" (target {target:.0f} s, {most} MB: {verdict})"
        )
    if name == "ledger":
        page = result["person_page"]
        slowest = float(str(page["milliseconds_p99"])) if isinstance(page, dict) else float("inf")
        night, target = float(str(result["night_seconds"])), float(str(result["night_seconds_target"]))
        limit = float(str(result["person_page_milliseconds_target"]))
        verdict = "met" if night <= target and slowest <= limit else "NOT met"
        return (
            f"ledger       {result['people']} people × {result['years']} years: a night of 100,000 in {night:.0f} s,"
            f" a person's page in {slowest:.0f} ms (p99; targets {target:.0f} s, {limit:.0f} ms: {verdict})"
        )
    if name == "ledger_payments":
        night, target = float(str(result["night_seconds"])), float(str(result["night_seconds_target"]))
        peak, most = int(str(result["peak_megabytes"])), int(str(result["peak_megabytes_target"]))
        verdict = "met" if night <= target and peak <= most else "NOT met"
        return (
            f"payments     {night:.0f} s for 100,000 matched and posted, {peak} MB at most (target {target:.0f} s,"
            f" {most} MB: {verdict}), dearest size {result['dearest_to_cheapest']} × the cheapest in processor time"
        )
    return f"engines      ms each {result['milliseconds_each']}, times slower {result['times_slower']}"


def main() -> None:
    quick = "--quick" in sys.argv[1:]
    RESULTS.mkdir(parents=True, exist_ok=True)
    machine = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "processors": os.cpu_count(),
        "load_before": os.getloadavg()[0],
        "machine": platform.machine(),
        "python": platform.python_version(),
        "quick": quick,
    }
    for name, (full, short) in MEASUREMENTS.items():
        result = measure(name, short if quick else full)
        (RESULTS / f"{name}.json").write_text(json.dumps(machine | result, indent=2, ensure_ascii=False) + "\n")
        print(line(name, result), flush=True)


if __name__ == "__main__":
    main()
