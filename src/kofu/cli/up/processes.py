"""Child processes of `kofu up`: each system in a process of its own, ended together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kofu.core.errors import OperatorFault
from kofu.platform.supervise import ENDS_WITH_PARENT

STOP_SECONDS_MAX = 15
KILL_SECONDS_MAX = 5
LAST_LINES = 12


@dataclass(frozen=True, slots=True)
class Child:
    """A started system: its name, its process, the file its output goes to."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def last_lines(self) -> str:
        """Give what the process said last, for the operator."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:]
        return "\n".join(f"    {line}" for line in lines)


def start_child(name: str, words: list[str], environment: Mapping[str, str], log_dir: Path) -> Child:
    """Start `python -m kofu …` in a process group of its own, its output in `log_dir/<name>.log`.

    It ends with us: it watches its input, which we hold open.
    """
    log_dir.mkdir(parents=True, exist_ok=True)
    log = log_dir / f"{name}.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "kofu", *words],
            env={**environment, ENDS_WITH_PARENT: "1"},
            stdin=subprocess.PIPE,  # nothing is written: it closes when we are gone, however that came
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Child(name, process, log)


def run_verb(words: list[str], environment: Mapping[str, str]) -> str:
    """Run `python -m kofu …` to its end and give what it printed. Raises `OperatorFault` with its last words."""
    done = subprocess.run(
        [sys.executable, "-m", "kofu", *words],
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = "\n".join(f"    {line}" for line in done.stderr.strip().splitlines()[-LAST_LINES:])
        raise OperatorFault("verb_failed", f"kofu {' '.join(words)} ended with {done.returncode}:\n{said}")
    return done.stdout.strip()


def first_ended(children: list[Child]) -> Child | None:
    """Find a child that ended by itself."""
    return next((child for child in children if child.process.poll() is not None), None)


def ensure_alive(children: list[Child]) -> None:
    """Raise `OperatorFault` with the last words of a child that ended by itself."""
    ended = first_ended(children)
    if ended is not None:
        raise OperatorFault(
            "process_ended",
            f"{ended.name} ended with {ended.process.returncode}; its last words ({ended.log}):\n{ended.last_lines()}",
        )


def stop_children(children: list[Child]) -> None:
    """Ask every group to end, wait, and kill what is left. Nothing started by us survives us."""
    for child in children:
        _signal_group(child, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS_MAX
    for child in children:
        try:
            child.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            _signal_group(child, signal.SIGKILL)
            child.process.wait()
        _signal_group(child, signal.SIGKILL)  # workers that outlived their supervisor
        _wait_for_group(child)
        if child.process.stdin is not None:
            child.process.stdin.close()


def _wait_for_group(child: Child) -> None:
    """Wait until a killed group has no living member: a signal is sent at once, and taken a little later."""
    deadline = time.monotonic() + KILL_SECONDS_MAX
    while _group_lives(child.process.pid) and time.monotonic() < deadline:
        time.sleep(0.01)


def _group_lives(group: int) -> bool:
    """Tell whether a process of the group runs; one that ended and waits to be collected does not."""
    processes = Path("/proc")
    if not processes.is_dir():  # no Linux: a killed group is taken at its word
        return False
    return any(_runs_in(group, entry) for entry in processes.iterdir() if entry.name.isdigit())


def _runs_in(group: int, process: Path) -> bool:
    try:
        state, _parent, its_group = (process / "stat").read_text().rsplit(")", 1)[1].split()[:3]
    except (FileNotFoundError, ProcessLookupError):  # ended while it was looked at
        return False
    return int(its_group) == group and state != "Z"


def _signal_group(child: Child, number: signal.Signals) -> None:
    try:
        os.killpg(child.process.pid, number)
    except ProcessLookupError:
        return
