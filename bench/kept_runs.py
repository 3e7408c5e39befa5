"""What both long proofs keep: run after run, each with the build it played; and what all of them come to.

A run that is ended early counts with the seeds it ended. No history is counted twice: a run begins after the last
seed of the earlier ones of its size, or is refused.
"""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
Run = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sums:
    """All runs together. `wrong`: seeds that went wrong; `mended`: those of which it is said what mended them."""

    total: Mapping[str, int]
    faults: Mapping[str, int]
    starts: Mapping[str, int]
    wrong: Sequence[Mapping[str, Any]]
    mended: Sequence[Mapping[str, Any]]
    minutes: float


def kept(path: Path) -> Any:
    """Read a report that was kept; None where there is none."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def kept_runs(path: Path) -> list[Run]:
    """Read the runs of a report; none where there is none yet."""
    report = kept(path)
    return list(report["runs"]) if report else []


def summed(runs: Sequence[Run]) -> Sums:
    """Give what all runs come to."""
    return Sums(
        total=_counted(runs, "total"),
        faults=dict(sorted(_counted(runs, "faults").items())),
        starts=_counted(runs, "starts"),
        wrong=[one for run in runs for one in run["wrong"]],
        mended=[one for run in runs for one in run.get("mended", ())],
        minutes=round(sum(run["minutes"] for run in runs), 1),
    )


def last_seed(runs: Sequence[Run], size: Mapping[str, int]) -> int:
    """Give the highest seed that runs of this size played: from there on histories are fresh; 0 where none was."""
    same = [run for run in runs if all(run[name] == value for name, value in size.items())]
    return max((run["seeds"]["last"] for run in same), default=0)


def build_played() -> str:
    """Name the build: the commit, and a `+` where the source differs from it."""
    commit = _git("rev-parse", "--short=8", "HEAD")
    return commit + "+" * bool(_git("status", "--porcelain", "--", "src"))


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def _counted(runs: Sequence[Run], name: str) -> dict[str, int]:
    counted: Counter[str] = Counter()
    for run in runs:
        counted.update(run[name])
    return dict(counted)
