"""Harm real processes on real networks while they serve, and judge what came of it.

    PYTHONPATH=src python -m bench.topology [--minutes 10] [--rate 15] [--seed 1] [--parts kills,database,automatic,…]

`--minutes` is how long processes are killed at random; the other parts take as long as they take. Each part is a house
of its own and a history of its own. Writes `docs/proof-topology.json` and `docs/proof-topology.md`; ends with 1 where
anything is wrong. `--keep FOLDER` keeps the histories and what the processes said.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.playing import machine
from bench.topology.harm import REST_SECONDS, Harming
from bench.topology.house import ROOT, House, open_house, until_quiet
from bench.topology.judging import summary
from bench.topology.machines import missing
from bench.topology.meanwhile import meanwhile
from bench.topology.page import write
from bench.topology.patroni import missing_programs
from kofu.core.kinds import CertificateKind

FAIL_OVERS = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for on the command line."""

    minutes: float
    rate: float
    seed: int
    every: float
    cut_seconds: float
    fail_overs: int
    machines: int
    workers: int
    old: str
    keep: Path | None


def kills(harming: Harming, asked: Asked) -> None:
    """Kill any process, again and again."""
    harming.kill_any(asked.minutes * 60, asked.every)
    harming.settle()


def database(harming: Harming, asked: Asked) -> None:
    """Restart and kill the postmaster; let the other database take over, again and again."""
    harming.restart_postmaster()
    for _ in range(asked.fail_overs):
        harming.fail_over_by_hand()


def automatic(harming: Harming, asked: Asked) -> None:
    """Let the primary's machine be gone, and nobody do anything about it, again and again."""
    for _ in range(asked.fail_overs):
        harming.fail_over_by_itself()


def lines(harming: Harming, asked: Asked) -> None:
    """Cut the lines between machines."""
    harming.cut_lines(asked.cut_seconds)


def upgrade(harming: Harming, _: Asked) -> None:
    """Replace the program."""
    harming.upgrade(ROOT)


PARTS: dict[str, Callable[[Harming, Asked], None]] = {
    "kills": kills,
    "database": database,
    "automatic": automatic,
    "lines": lines,
    "upgrade": upgrade,
}
#: In which parts feeds and stops come meanwhile; in the others each harm is timed by itself.
LIVELY = frozenset({"kills", "upgrade"})


@contextmanager
def build_of(commit: str) -> Iterator[Path]:
    """Give a folder with the program as it was at a commit."""
    with tempfile.TemporaryDirectory(prefix="kofu-build-") as name:
        packed = subprocess.run(["git", "archive", commit, "src"], cwd=ROOT, capture_output=True, check=False)
        if packed.returncode:
            raise SystemExit(f"no program of {commit}: {packed.stderr.decode().strip()}")
        archive = Path(name) / "src.tar"
        archive.write_bytes(packed.stdout)
        with tarfile.open(archive) as files:
            files.extractall(name, filter="data")
        Path(name).chmod(0o755)
        yield Path(name)


def play(part: str, asked: Asked) -> dict[str, Any]:
    """Play one part in a house of its own; give its numbers."""
    print(f"{part}: the house is put together", flush=True)
    keep = asked.keep / part if asked.keep else None
    with ExitStack() as ends:
        build = ends.enter_context(build_of(asked.old)) if part == "upgrade" else ROOT
        house = ends.enter_context(
            open_house(
                machines=asked.machines, workers=asked.workers, build=build, automatic=part == "automatic", keep=keep
            )
        )
        return _play_in(house, part, asked)


def _play_in(house: House, part: str, asked: Asked) -> dict[str, Any]:
    house.begin_to_ask(asked.rate, asked.seed)
    began = time.monotonic()
    time.sleep(REST_SECONDS)
    harming = Harming(house, random.Random(f"{asked.seed} {part}"))  # noqa: S311 - by its seed
    with meanwhile(house, random.Random(f"{asked.seed} meanwhile")) if part in LIVELY else nullcontext():  # noqa: S311 - by its seed
        PARTS[part](harming, asked)
    seconds = time.monotonic() - began
    all_taken = house.end_asking()
    until_quiet(house)
    found = summary(house, harming.done, all_taken=all_taken) | {"seconds": round(seconds)}
    print(
        f"{part}: {found['papers']:,} papers, {len(harming.done)} harms, {len(found['violations'])} violations",
        flush=True,
    )
    return found


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--minutes", type=float, default=10.0, help="how long processes are killed at random")
    words.add_argument("--every", type=float, default=1.0, help="seconds between two of those kills")
    words.add_argument("--rate", type=float, default=15.0, help="people who come to kiosks in a second")
    words.add_argument("--seed", type=int, default=int(time.time()))
    words.add_argument("--cut-seconds", type=float, default=15.0)
    words.add_argument("--fail-overs", type=int, default=FAIL_OVERS)
    words.add_argument("--machines", type=int, default=3, help="machines of issuing behind the balancer")
    words.add_argument("--workers", type=int, default=1, help="processes on each")
    words.add_argument("--old", default="HEAD~1", help="the build that is replaced by this one: a commit")
    words.add_argument("--parts", default=",".join(PARTS))
    words.add_argument("--keep", type=Path, help="keep histories and logs here")
    given = vars(words.parse_args())
    parts = str(given.pop("parts")).split(",")
    asked = Asked(**given)
    lacking = missing() or (missing_programs() if "automatic" in parts else "")
    if lacking:
        print(f"nothing was played: {lacking}")
        return 2
    before = machine()
    played = {part: play(part, asked) for part in parts}
    report = {
        "format": "kofu-topology/1",
        "day": f"{datetime.now(UTC):%Y-%m-%d}",
        "seed": asked.seed,
        "rate": asked.rate,
        "machines": asked.machines,
        "workers": asked.workers,
        "kill_every": asked.every,
        "kinds": len(CertificateKind),
        "machine": before | {"load_after": round(os.getloadavg()[0], 1)},
        "parts": played,
    }
    write(report)
    wrong = [line for one in played.values() for line in one["violations"]]
    print(json.dumps(wrong, indent=1) if wrong else "nothing was wrong; see docs/proof-topology.md")
    return 1 if wrong or not all(one["papers"] for one in played.values()) else 0


if __name__ == "__main__":
    raise SystemExit(main())
