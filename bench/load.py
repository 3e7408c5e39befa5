"""June's peak of the whole country against one node, open loop, hours in compressed time.

    PYTHONPATH=src python -m bench.load [--from 11 --to 13 --times 12 --workers 2 --people 1500 --seed 1]

Who comes does not wait for who came before: each arrival has its moment, drawn from the curve of the day, and its
latency counts from that moment on. `--times` is how many hours go into one: at 12 the node is asked for 12 times what
the country asks for at that hour. Writes `bench/results/load.json` and `docs/load.md`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
import psycopg

from bench.goals import RESULTS, ROOT
from bench.issue import AS_THE_CENTRE, Served, served_ward
from bench.playing import machine
from bench.soak import Reading, read_processes
from kofu.contracts.papers_beside import PAPERS_BESIDE

NUMBERS, PAGE = RESULTS / "load.json", ROOT / "docs" / "load.md"

#: What is known: certificates of all kinds in fiscal 2023 in the whole country, days of service, hours of service.
A_YEAR, DAYS, OPENS, CLOSES = 31_890_000, 359, 6.5, 23.0
#: What is assumed: nobody publishes shares by month, weekday and hour.
JUNE = 1.5
"""How many times an average month June is: the new year's certificates of income and tax come out then."""
MONDAY = 1.3
"""How many times an average day a Monday is."""
HOURS: Mapping[int, float] = {
    6: 0.008, 7: 0.022, 8: 0.045, 9: 0.075, 10: 0.090, 11: 0.095, 12: 0.105, 13: 0.090, 14: 0.080, 15: 0.075,
    16: 0.070, 17: 0.065, 18: 0.055, 19: 0.045, 20: 0.035, 21: 0.028, 22: 0.017,
}  # fmt: skip
"""Which part of a day's certificates each hour has; noon the most."""
BUCKET_HOURS = 0.5
LEAD_SECONDS = 2.0
"""How long after the clients are there the first arrival may be."""


def of_the_day() -> float:
    """Give the certificates of the country on a Monday in June."""
    return A_YEAR / DAYS * JUNE * MONDAY


def a_second(hour: float) -> float:
    """Give how many certificates the country asks for in a second of that hour of a Monday in June."""
    return of_the_day() * HOURS.get(int(hour), 0.0) / 3600


def arrivals(first: float, last: float, times: float, seed: int) -> list[tuple[float, float]]:
    """Draw who comes: second of the measurement, and hour of the day. Poisson, at the rate of the hour."""
    chance, at, found = random.Random(seed), 0.0, list[tuple[float, float]]()  # noqa: S311 - by its seed
    most = max(a_second(hour) for hour in HOURS) * times
    seconds = (last - first) * 3600 / times
    while True:
        at += chance.expovariate(most)
        if at >= seconds:
            return found
        hour = first + at * times / 3600
        if chance.random() < a_second(hour) * times / most:
            found.append((at, hour))


@dataclass(slots=True)
class Bucket:
    """What happened to those who came in one half hour."""

    hour: float
    said: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, Any]:
        """Give it in numbers; milliseconds."""
        return {"hour": self.hour, "said": dict(self.said), **percentiles(self.seconds)}


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """Give the percentiles of some latencies, in milliseconds; nothing where there are none."""
    ordered = sorted(seconds)
    if not ordered:
        return {}
    at = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}
    found = {name: round(ordered[int((len(ordered) - 1) * part)] * 1000, 1) for name, part in at.items()}
    return found | {"max": round(ordered[-1] * 1000, 1)}


async def ask(
    served: Served, coming: Sequence[tuple[float, float]], first: float
) -> tuple[list[Bucket], list[Reading]]:
    """Ask as they come; give the buckets, and what the processes held meanwhile."""
    buckets: dict[int, Bucket] = {}
    readings: list[Reading] = []
    under_way: set[asyncio.Task[None]] = set()
    tls_client = served.client()
    begins = time.perf_counter() + LEAD_SECONDS

    async def one(number: int, at: float, hour: float) -> None:
        place = int((hour - first) / BUCKET_HOURS)
        bucket = buckets.setdefault(place, Bucket(first + place * BUCKET_HOURS))
        body = msgspec.json.encode(served.request(number))
        try:
            answer = await tls_client.post("/v1/certificate-requests", content=body, headers=AS_THE_CENTRE)
        except httpx.TransportError as error:
            bucket.said[type(error).__name__] += 1
            return
        if answer.headers["content-type"] == PAPERS_BESIDE:
            bucket.seconds.append(time.perf_counter() - begins - at)
            bucket.said["issued"] += 1
        else:
            bucket.said[str(answer.json()["code"])] += 1

    async with tls_client:
        every = max(1, len(coming) // 20)
        for number, (at, hour) in enumerate(coming):
            wait = begins + at - time.perf_counter()
            if wait > 0:
                await asyncio.sleep(wait)
            task = asyncio.create_task(one(number, at, hour))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
            if number % every == 0:
                readings.append(read_processes(served.process.pid, number))
        await asyncio.gather(*under_way)
    readings.append(read_processes(served.process.pid, len(coming)))
    return [buckets[place] for place in sorted(buckets)], readings


def database_mb(served: Served) -> float:
    """Give the size of the database."""
    with psycopg.connect(served.database.owner_url) as owner:
        row = owner.execute("SELECT pg_database_size(current_database())").fetchone()
    return round(int(row[0]) / 1024 / 1024, 1) if row else 0.0


def measure(first: float, last: float, times: float, *, workers: int, people: int, seed: int) -> dict[str, Any]:
    """Serve a ward, ask it as the country would, give the figures."""
    coming = arrivals(first, last, times, seed)
    before = machine()
    with served_ward(people, workers) as served:
        began, size = time.perf_counter(), database_mb(served)
        buckets, readings = asyncio.run(ask(served, coming, first))
        seconds, grown = time.perf_counter() - began, database_mb(served)
    said: Counter[str] = Counter()
    for bucket in buckets:
        said.update(bucket.said)
    return {
        "format": "kofu-load/1",
        "day": f"{datetime.now(UTC):%Y-%m-%d}",
        "from": first,
        "to": last,
        "times": times,
        "seed": seed,
        "workers": workers,
        "machine": before | {"load_after": round(os.getloadavg()[0], 1)},
        "asked": len(coming),
        "seconds": round(seconds),
        "peak_a_second": round(max(a_second(hour) for hour in range(int(first), int(last + 0.99))) * times, 1),
        "said": dict(said),
        "latency_ms": percentiles([one for bucket in buckets for one in bucket.seconds]),
        "buckets": [bucket.figures() for bucket in buckets],
        "memory_mb": [readings[0].memory_mb, max(one.memory_mb for one in readings), readings[-1].memory_mb],
        "handles": [readings[0].handles, max(one.handles for one in readings), readings[-1].handles],
        "database_mb": [size, grown],
    }


def page(numbers: Mapping[str, Any]) -> str:
    """Word the report."""
    issued = numbers["said"].get("issued", 0)
    others = {code: count for code, count in numbers["said"].items() if code != "issued"}
    latency, box = numbers["latency_ms"], numbers["machine"]
    each = (numbers["database_mb"][1] - numbers["database_mb"][0]) * 1024 / max(issued, 1)
    hours = f"{_clock(numbers['from'])} to {_clock(numbers['to'])}"
    spread = ", ".join(f"{latency[name]:g} ms" for name in ("p50", "p90", "p95", "p99", "max"))
    said = ", ".join(f"{code} {count:,}" for code, count in others.items()) or "none"
    sizes = numbers["database_mb"]
    beside = ", beside other work" if box["load_before"] > box["cores"] else ""
    model = f"""# Load: a Monday in June of the whole country, against one node

Written by `python -m bench.load` from the numbers of `bench/results/load.json`.

## The model

| | value | |
|---|---|---|
| certificates of all kinds in a year, whole country | {A_YEAR:,} | known: fiscal 2023, as told to the press |
| days and hours of service | {DAYS} days, {_clock(OPENS)} to {_clock(CLOSES)} | known |
| June beside an average month | × {JUNE} | assumed |
| a Monday beside an average day | × {MONDAY} | assumed |
| the hour from noon, of the day | {HOURS[12]:.1%} | assumed; all hours stand in `bench/load.py` |
| so: a second of that hour, whole country | {a_second(12):.1f} certificates | derived |

All of them are asked of one node, as tax certificates, though the country's are spread over 1,300 municipalities and
tax certificates are about a tenth of them. Arrivals are drawn one by one (Poisson); nobody waits for who came before,
and a latency counts from the moment of arrival. Hours are compressed: {numbers["times"]:g} go into one, so the node is
asked for {numbers["times"]:g} times the country's rate.

## What was measured

{numbers["day"]}: {hours} in {numbers["seconds"]} seconds, {numbers["asked"]:,} arrivals, at most
{numbers["peak_a_second"]:g} a second; {numbers["workers"]} serving processes, TLS, last look, journal, record and
durable commits. {box["cores"]} cores, load {box["load_before"]} before it began{beside}; who asks runs on the same.

| | |
|---|---|
| certificates issued | {issued:,} |
| refused or failed | {said} |
| latency p50, p90, p95, p99, longest | {spread} |
| memory of all serving processes: at first, at most, at last | {_three(numbers["memory_mb"])} MB |
| file handles: at first, at most, at last | {_three(numbers["handles"])} |
| database before, after | {sizes[0]:g} MB, {sizes[1]:g} MB: {each:.1f} kB a certificate |

| half hour from | arrivals | issued | p50 | p95 | p99 | longest |
|---|---|---|---|---|---|---|
"""
    rows = [
        f"| {_clock(one['hour'])} | {sum(one['said'].values()):,} | {one['said'].get('issued', 0):,} |"
        + "".join(f" {one[name]:g} ms |" if name in one else " |" for name in ("p50", "p95", "p99", "max"))
        for one in numbers["buckets"]
    ]
    return model + "\n".join(rows) + "\n"


def _clock(hour: float) -> str:
    return f"{int(hour):02}:{round(hour % 1 * 60):02}"


def _three(values: Sequence[float]) -> str:
    return ", ".join(f"{value:g}" for value in values)


def write(numbers: Mapping[str, Any], kept: Path = NUMBERS, drawn: Path = PAGE) -> None:
    """Keep the numbers and draw the page."""
    kept.write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf-8")
    drawn.write_text(page(numbers), encoding="utf-8")


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--from", dest="first", type=float, default=11.0, help="hour of the day")
    words.add_argument("--to", dest="last", type=float, default=13.0, help="hour of the day")
    words.add_argument("--times", type=float, default=12.0, help="how many hours go into one")
    words.add_argument("--workers", type=int, default=2)
    words.add_argument("--people", type=int, default=1500)
    words.add_argument("--seed", type=int, default=1)
    asked = words.parse_args()
    numbers = measure(asked.first, asked.last, asked.times, workers=asked.workers, people=asked.people, seed=asked.seed)
    write(numbers)
    print(json.dumps({name: value for name, value in numbers.items() if name != "buckets"}, indent=1))
    return 0 if numbers["said"].get("issued") else 1


if __name__ == "__main__":
    raise SystemExit(main())
