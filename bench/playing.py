"""What both long proofs share: seeds played on every core until enough was judged or the time is over, and counted."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.kept_runs import Run, build_played, kept_runs, last_seed

if TYPE_CHECKING:
    from kofu.simulation.ledger.run import SimulatedLedger
    from kofu.simulation.run import Simulated

SeedOutcome = dict[str, Any]
#: Opens what simulations need; gives what plays one seed and tells `start`, `faults`, `violations` and what is summed.
Opening = Callable[[], AbstractContextManager[Callable[[int], SeedOutcome]]]


def outcome_of(ran: Simulated | SimulatedLedger, **counted: int) -> SeedOutcome:
    """Tell what came of a seed: what both proofs count of each, and what one of them counts besides."""
    return {
        **counted,
        "audit_entries": ran.checked.audit_entries,
        "steps": ran.steps,
        "faults": ran.struck,
        "start": ran.plan.start,
        "violations": [violation.line() for violation in ran.checked.violations],
    }


@dataclass(slots=True)
class Played:
    """What was played so far. `first`: the first seed."""

    first: int
    machine: dict[str, object]
    build: str = field(default_factory=build_played)
    day: str = field(default_factory=lambda: datetime.now(UTC).date().isoformat())
    began: float = field(default_factory=time.time)
    total: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    starts: Counter[str] = field(default_factory=Counter)
    wrong: list[dict[str, object]] = field(default_factory=list)
    seeds: list[int] = field(default_factory=list)

    @property
    def minutes(self) -> float:
        """How long it has taken."""
        return (time.time() - self.began) / 60

    def add(self, one: SeedOutcome, summed: Sequence[str]) -> None:
        """Count what came of a seed."""
        self.seeds.append(one["seed"])
        if one.get("broke") or one["violations"]:
            self.wrong.append({"seed": one["seed"], "what": one.get("broke") or one["violations"][:5]})
            print(f"seed {one['seed']}: {self.wrong[-1]['what']}", flush=True)
        if not one.get("broke"):
            self.total.update({name: one[name] for name in summed})
            self.faults.update(one["faults"])
            self.starts[one["start"]] += 1
            print(f"seed {one['seed']}: {one['seconds']} s, {sum(one['faults'].values())} faults", flush=True)

    def run(self, size: Mapping[str, int]) -> dict[str, object]:
        """Give what is kept of it. `size`: how large each simulation was, by name."""
        return {
            "day": self.day,
            "build": self.build,
            **size,
            "minutes": round(self.minutes, 1),
            "seeds": {
                "first": min(self.seeds, default=self.first),
                "last": max(self.seeds, default=self.first),
                "count": len(self.seeds),
            },
            "total": dict(self.total),
            "faults": dict(sorted(self.faults.items())),
            "starts": dict(sorted(self.starts.items())),
            "wrong": self.wrong,
            "machine": self.machine | {"load_after": round(os.getloadavg()[0], 1)},
        }


def machine() -> dict[str, object]:
    """Say on what is played, and how busy it was before."""
    return {
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def add_options(words: argparse.ArgumentParser) -> None:
    """Add what both proofs are asked."""
    words.add_argument("--first", type=int, default=int(time.time()), help="first seed; drawn from the clock without")
    words.add_argument("--anew", action="store_true", help="forget the runs that are kept; without, this is one more")
    words.add_argument("--processes", type=int, default=os.cpu_count() or 1)


def runs_before(path: Path, asked: argparse.Namespace) -> list[Run]:
    """Give the runs this one is added to."""
    return [] if asked.anew else kept_runs(path)


def refuse_twice(runs: Sequence[Run], first: int, size: Mapping[str, int]) -> None:
    """End at once where seeds from the first on were played before."""
    last = last_seed(runs, size)
    if first <= last:
        raise SystemExit(f"seeds up to {last} were played by runs that are kept; begin after it, or keep none: --anew")


def play_seeds(
    opening: Opening,
    asked: argparse.Namespace,
    *,
    enough: tuple[str, int],
    summed: Sequence[str],
    words: str,
    keep: Callable[[Played], None],
) -> Played:
    """Play seeds from the first on, in as many processes as asked, until it is enough or the minutes are over.

    `enough`: of what, and how many of it; `words`: how what was judged so far is said, a format of names in `summed`.
    `keep` is called after every seed: what was played stays known if this is ended in between.
    """
    name, most = enough
    played = Played(asked.first, machine() | {"processes": asked.processes})
    until = played.began + asked.minutes * 60
    told: multiprocessing.Queue[SeedOutcome | None] = multiprocessing.Queue()
    ending = multiprocessing.Event()
    workers = [
        multiprocessing.Process(
            target=_play_on_one_core,
            args=(number, opening, count(played.first + number, asked.processes), until, ending, told),
            daemon=True,
        )
        for number in range(asked.processes)
    ]
    for worker in workers:
        worker.start()
    ended = 0
    while ended < len(workers):
        one = told.get()
        if one is None:
            ended += 1
            continue
        played.add(one, summed)
        keep(played)
        rate = played.total[name] / max(played.minutes, 1 / 60)
        print(f"{words.format_map(played.total)}, {rate:,.0f} a minute", flush=True)
        if played.total[name] >= most:
            ending.set()
    return played


def _play_on_one_core(number: int, *play: Any) -> None:
    """Keep to one core, with the database that is started here: a seed takes a quarter less of the processor.

    Only one actor acts at a time; whoever is handed to wakes on the same core, without another being asked.
    """
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[number % len(cores)]})
    _play(*play)


def _play(
    opening: Opening, seeds: Iterator[int], until: float, ending: Event, told: multiprocessing.Queue[SeedOutcome | None]
) -> None:
    """Play seeds until the time is over or it is enough; tell what came of each.

    A seed that is begun is played to its end, and the database that was started for it ended: nobody is killed.
    """
    with opening() as play:
        for seed in seeds:
            if ending.is_set() or time.time() >= until:
                break
            began = time.time()
            try:
                came = play(seed)
                told.put({"seed": seed, "seconds": round(time.time() - began, 1), **came})
            except Exception as fault:  # noqa: BLE001 - a simulation that breaks is a finding, not the end of the proof
                told.put({"seed": seed, "broke": f"{type(fault).__name__}: {fault}"})
    told.put(None)
