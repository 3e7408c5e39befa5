"""Keep worker processes alive, and let none outlive the process that started it.

uvicorn's own supervisor gives up as soon as a worker it restarts fails to start: while the database is away for a
minute one killed worker would end the whole service for good. And where the supervisor itself is killed, its workers
would go on serving, owned by nobody, on a port that no new supervisor can bind. Here a worker that served before is
started again, later and later up to a limit; one that cannot start at all ends the service at once, because a wrong
build or profile is no better the second time. Each worker holds the end of a pipe to its parent, and ends with it.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import threading
import time
from ctypes import c_int
from multiprocessing import get_context
from socket import socket

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import Multiprocess, Process

from kofu.platform.even_lines import HERE, NOT_LISTENING, ShareOfLines

RESTART_SECONDS_FIRST = 0.5
RESTART_SECONDS_MAX = 10.0
ENDS_WITH_PARENT = "KOFU_ENDS_WITH_PARENT"
"""Set by a parent that holds our standard input open: when it closes, the parent is gone."""

_LOG = logging.getLogger("kofu.platform.supervise")


class Worker(Process):
    """One worker process. It ends when the pipe to its supervisor closes, however the supervisor ended."""

    def __init__(self, config: uvicorn.Config, sockets: list[socket], share: ShareOfLines) -> None:
        """Name its share of the lines; `start` starts it."""
        self.share = share
        super().__init__(config, sockets)

    def target(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]  # uvicorn names no socket type
        """Run in the worker: let go of the parent's end of the pipe, or it would never close."""
        self.parent_conn.close()
        HERE.share = self.share
        super().target(sockets)  # type: ignore[arg-type]  # as above

    def always_pong(self) -> None:
        """Answer the supervisor's health checks until the supervisor is gone, then end this process."""
        try:
            super().always_pong()
        except (EOFError, OSError):
            os.kill(os.getpid(), signal.SIGTERM)


class Supervisor(Multiprocess):
    """uvicorn's supervisor with patience: what served before is started again until it serves."""

    def __init__(self, config: uvicorn.Config, sockets: list[object]) -> None:
        """Start with no worker; `run` starts them."""
        super().__init__(config, sockets)  # type: ignore[arg-type]  # as above
        # the raw memory of all workers, whatever way they are started
        self._lines = get_context("spawn").RawArray(c_int, [NOT_LISTENING] * config.workers)
        self._served: set[int] = set()
        self._waits: dict[
            int, tuple[float, float]
        ] = {}  # place → (not before this monotonic second, how long we waited)

    @property
    def served(self) -> bool:
        """Whether any worker of this service has ever served."""
        return bool(self._served)

    def init_processes(self) -> None:
        """Start the first workers."""
        for place in range(self.processes_num):
            self.processes.append(self._start(place))

    def keep_subprocess_alive(self) -> None:
        """Look at each worker; start again what died. A service that never served ends instead."""
        lost = []
        for place, process in enumerate(self.processes):
            if self.should_exit.is_set():
                return
            if place in self._waits:
                self._restart_when_due(place)
            elif process.is_alive(timeout=self.config.timeout_worker_healthcheck):
                if process.is_ready():
                    self._served.add(place)
            else:
                self._end(place, process)
                lost.append(place)
        for place in lost:  # only when all were looked at: one may have served, and another failed since the last look
            self._start_later(place)

    def _end(self, place: int, process: Process) -> None:
        if process.exitcode is None:
            seconds = self.config.timeout_worker_healthcheck
            _LOG.error(
                "a worker did not answer for %s s and is killed: it stands still, or the machine is busy", seconds
            )
        with contextlib.suppress(OSError):
            process.kill()
        process.join()
        self._lines[place] = NOT_LISTENING
        if process.exitcode != STARTUP_FAILURE:
            self._served.add(place)  # it had begun to serve, or was on its way there: its start was not what failed

    def _start_later(self, place: int) -> None:
        if not self.served:
            _LOG.error("a worker failed to start; the service ends")
            self.should_exit.set()
            return
        _LOG.error("a worker ended with %s; it is started again", self.processes[place].exitcode)
        self._waits[place] = (time.monotonic() + RESTART_SECONDS_FIRST, RESTART_SECONDS_FIRST)

    def _restart_when_due(self, place: int) -> None:
        due, waited = self._waits[place]
        process = self.processes[place]
        if time.monotonic() < due:
            return
        if process.exitcode is not None:
            self.processes[place] = self._start(place)
            self._waits[place] = (time.monotonic() + min(waited * 2, RESTART_SECONDS_MAX), waited * 2)
        elif process.is_ready():
            del self._waits[place]
            self._served.add(place)

    def _start(self, place: int) -> Process:
        self._lines[place] = NOT_LISTENING
        worker = Worker(self.config, self.sockets, ShareOfLines(self._lines, place))
        worker.start()
        return worker


def run(config: uvicorn.Config) -> None:
    """Serve until told to stop: in this process, or in `config.workers` processes under a supervisor."""
    end_with_parent()
    if config.workers == 1:
        server = uvicorn.Server(config)
        with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C: it has ended in order already
            server.run()
        if not server.started:
            sys.exit(STARTUP_FAILURE)
        return
    supervisor = Supervisor(config, [config.bind_socket()])
    supervisor.run()
    if not supervisor.served:
        sys.exit(STARTUP_FAILURE)


def end_with_parent() -> None:
    """End this process when the one that started it is gone, where that one promised to hold our input open."""
    if os.environ.pop(ENDS_WITH_PARENT, ""):
        threading.Thread(target=_wait_for_the_end_of_input, name="parent", daemon=True).start()


def _wait_for_the_end_of_input() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
