"""Processes that are started again when they end, as a service manager does, and are killed on purpose."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bench.processes import family_of

AGAIN_SECONDS = 0.2
STOP_SECONDS_MAX = 20.0


@dataclass(slots=True)
class Unit:
    """A process of the topology. `words` is asked at each start: an upgrade changes what it says."""

    name: str
    words: Callable[[], list[str]]
    environment: Callable[[], Mapping[str, str]]
    log: Path
    starts: int = 0
    _wanted: bool = False
    _process: subprocess.Popen[bytes] | None = None
    _thread: threading.Thread | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        """Start it, and again whenever it ends, until `stop`."""
        self._wanted = True
        self._thread = threading.Thread(target=self._keep, name=self.name, daemon=True)
        self._thread.start()

    def _keep(self) -> None:
        """Run it again and again; the thread that starts a process is the one whose end would end it."""
        while True:
            with self._lock:
                if not self._wanted:
                    return
                with self.log.open("ab") as log:
                    self._process = subprocess.Popen(
                        self.words(),
                        env={**os.environ, **self.environment()},
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=subprocess.STDOUT,
                        cwd="/",
                    )
                self.starts += 1
            self._process.wait()
            time.sleep(AGAIN_SECONDS)

    @property
    def pid(self) -> int:
        """Its process, or the last it was."""
        return self._process.pid if self._process is not None else 0

    def family(self) -> list[int]:
        """Give its processes that run now: itself first."""
        found = [int(process.name) for process in family_of(self.pid)] if self.pid else []
        return sorted(found, key=lambda pid: pid != self.pid)

    def kill(self, pid: int = 0) -> None:
        """Kill one of its processes (kill -9), itself where none is named."""
        with suppress(ProcessLookupError):
            os.kill(pid or self.pid, signal.SIGKILL)

    def halt(self) -> None:
        """Let it not come again once it has ended, however that comes."""
        with self._lock:
            self._wanted = False

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Let it end, and not come again. It is killed where it does not end."""
        self.halt()
        process = self._process
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.send_signal(how)
        try:
            process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if self._thread is not None:
            self._thread.join()


def dies_with_us(*words: str, account: str = "") -> list[str]:
    """Give the words of a command that ends with whoever started it, under another account where one is named."""
    as_whom = ["--reuid", account, "--regid", account, "--clear-groups"] if account else []
    return ["setpriv", "--pdeathsig", "KILL", *as_whom, "--", *words]


def until(so: Callable[[], object], what: str, seconds_max: float = 60.0) -> float:
    """Look until something is so; give how many seconds it took. Raises `TimeoutError` with what was waited for."""
    began = time.monotonic()
    while not so():
        if time.monotonic() - began > seconds_max:
            raise TimeoutError(f"not within {seconds_max:.0f} s: {what}")
        time.sleep(0.02)
    return time.monotonic() - began
