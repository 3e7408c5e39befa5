"""Whether memory and handles of the serving processes stay flat over many certificates.

    PYTHONPATH=src python -m bench.soak [CERTIFICATES] [CLIENTS]

Real processes, TLS, durable commits, as in `bench.issue`. Memory and handles are read twenty times; what one
certificate adds is the slope of a straight line through the later half of the readings, when pools and caches are full.
Prints its report and writes `bench/results/soak.json`; ends with 1 where they grow.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from statistics import linear_regression

from bench.goals import RESULTS
from bench.issue import ask_many, served_ward
from bench.processes import family_of

READINGS = 20
WARM = 0.2
BYTES_EACH_MAX = 100.0
"""What a certificate may leave behind in all serving processes together. 200,000 of them are 20 MB then."""
HANDLES_MORE_MAX = 8
"""How many more file handles may be open at the end: connections come and go."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the serving processes held after so many certificates."""

    certificates: int
    memory_mb: float
    handles: int
    threads: int
    processes: int


def read_processes(root: int, certificates: int) -> Reading:
    """Look at a process and all it started: resident memory, file handles, threads."""
    kilobytes = handles = threads = 0
    family = family_of(root)
    for process in family:
        status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
        kilobytes += int(status.get("VmRSS", "0 kB").split()[0])
        threads += int(status["Threads"])
        handles += sum(1 for _ in (process / "fd").iterdir())
    return Reading(certificates, round(kilobytes / 1024, 1), handles, threads, len(family))


def soak(certificates: int, clients: int) -> dict[str, object]:
    """Serve that many certificates and read the processes meanwhile."""
    answers: Counter[str] = Counter()
    readings: list[Reading] = []
    with served_ward(people=1500, workers=2) as served:
        began = time.perf_counter()
        warm = max(1, round(certificates * WARM))
        each = max(1, (certificates - warm) // (READINGS - 1))
        for part in (warm, *[each] * (READINGS - 1)):
            answers.update(asyncio.run(ask_many(served, part, clients))[1])
            readings.append(read_processes(served.process.pid, answers["issued"]))
            print("{certificates:>9,} certificates {memory_mb:>8} MB {handles:>5} handles {threads:>4} threads"
                  .format_map(asdict(readings[-1])), flush=True)  # fmt: skip
        minutes = (time.perf_counter() - began) / 60
    return report_on(readings) | {"answers": answers, "minutes": round(minutes, 1)}


def report_on(readings: list[Reading]) -> dict[str, object]:
    """Judge the later half of the readings."""
    later = readings[len(readings) // 2 :]
    slope, _ = linear_regression([one.certificates for one in later], [one.memory_mb for one in later])
    more = later[-1].handles - later[0].handles
    bytes_each = round(slope * 1024 * 1024, 1)
    return {
        "benchmark": "soak",
        "certificates": readings[-1].certificates,
        "bytes_a_certificate": bytes_each,
        "handles_more": more,
        "flat": bytes_each <= BYTES_EACH_MAX and more <= HANDLES_MORE_MAX,
        "readings": [asdict(one) for one in readings],
    }


def main() -> int:
    certificates, clients = (*map(int, sys.argv[1:]), *(200_000, 8)[len(sys.argv) - 1 :])
    report = soak(certificates, clients)
    (RESULTS / "soak.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    word = "flat" if report["flat"] else "NOT flat"
    print(
        f"soak: {report['certificates']:,} certificates in {report['minutes']} minutes, {word}:"
        f" {report['bytes_a_certificate']} bytes a certificate, {report['handles_more']} handles more"
    )
    return 0 if report["flat"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
