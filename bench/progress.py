"""What a measurement says on the way, on standard error: which step runs, how far it is, how long it took.

Standard output is the figures alone. No step may be silent for longer than it takes to wonder whether it still runs.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Protocol

SECONDS_BETWEEN_LINES = 10


def say(text: str) -> None:
    """Say a line at once."""
    print(f"  {text}", file=sys.stderr, flush=True)


def timed(said: str, work: Callable[[], object]) -> float:
    """Seconds of a step; says its name before and its seconds after."""
    say(f"{said} …")
    began = time.perf_counter()
    work()
    seconds = time.perf_counter() - began
    say(f"{said}: {seconds:.1f} s")
    return round(seconds, 1)


class Done(Protocol):
    """Hears how many are done, and of how many where that was not known before."""

    def __call__(self, number: int, total: int | None = None, /) -> None: ...


def counted(what: str, total: int = 0) -> Done:
    """What to tell how many of `total` are done; it says so every ten seconds, with the seconds that remain."""
    expected = total
    began = last = time.perf_counter()

    def done(number: int, total: int | None = None, /) -> None:
        nonlocal last
        total = expected if total is None else total
        now = time.perf_counter()
        if now - last < SECONDS_BETWEEN_LINES:
            return
        last = now
        if number < total:
            remaining = (now - began) * (total - number) / max(number, 1)
            say(f"{what}: {number:,} of {total:,}, about {remaining:.0f} s to go")
        else:  # where the length is unknown it is said to be 0
            say(f"{what}: {number:,}")

    return done


def measured_apart(script: str, *words: str) -> dict[str, object]:
    """Run a script in a process of its own, so that its peak memory is its alone; give the figures it prints."""
    done = subprocess.run([sys.executable, script, *words], check=True, stdout=subprocess.PIPE, text=True)
    figures: dict[str, object] = json.loads(done.stdout)
    return figures
