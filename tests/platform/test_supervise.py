"""Workers come back by themselves, and none outlives the process that started it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import uvicorn
from uvicorn.config import STARTUP_FAILURE

from kofu.platform import supervise

APP = """
import contextlib, os, sys
from pathlib import Path
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from kofu.platform import supervise

FOLDER = Path(os.environ["FOLDER"])

async def pid(request):
    return PlainTextResponse(str(os.getpid()))

@contextlib.asynccontextmanager
async def lifespan(app):
    if (FOLDER / "database-away").exists():
        raise RuntimeError("the database is away")
    yield

def create_app():
    return Starlette(routes=[Route("/pid", pid)], lifespan=lifespan)

if __name__ == "__main__":
    options = dict(factory=True, port=int(sys.argv[1]), workers=int(sys.argv[2]), log_level="critical")
    if sys.argv[3] == "guarded":
        supervise.run(uvicorn.Config("supervised_app:create_app", **options))
    else:
        uvicorn.run("supervised_app:create_app", **options)
"""

Start = Callable[..., tuple[subprocess.Popen[bytes], str]]
SECONDS_MAX = 40


@pytest.fixture
def start(tmp_path: Path, unused_port_factory: Callable[[], int]) -> Iterator[Start]:
    """Start the small service: its supervisor's process and the address it answers at."""
    (tmp_path / "supervised_app.py").write_text(APP, encoding="utf-8")
    started: list[subprocess.Popen[bytes]] = []

    def begin(*, workers: int = 1, guard: str = "guarded", held: bool = False) -> tuple[subprocess.Popen[bytes], str]:
        port = unused_port_factory()
        process = subprocess.Popen(
            [sys.executable, "supervised_app.py", str(port), str(workers), guard],
            cwd=tmp_path,
            stdin=subprocess.PIPE if held else subprocess.DEVNULL,
            env={
                "PYTHONPATH": f"{Path('src').resolve()}:{tmp_path}",
                "PATH": "/usr/bin:/bin",
                "FOLDER": str(tmp_path),
                **({"KOFU_ENDS_WITH_PARENT": "1"} if held else {}),
            },
            start_new_session=True,
        )
        started.append(process)
        return process, f"http://127.0.0.1:{port}/pid"

    yield begin
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
        if process.stdin is not None:
            process.stdin.close()


@dataclass(frozen=True)
class Ended:
    """A worker process that is gone."""

    exitcode: int | None

    def is_alive(self, **_: object) -> bool:
        return False

    def kill(self) -> None:
        raise ProcessLookupError

    def join(self) -> None:
        return None


def until(wanted: Callable[[], object], what: str, seconds: float = SECONDS_MAX) -> object:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := wanted():
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {what}")


def answered_by(url: str) -> int | None:
    try:
        return int(httpx.get(url, timeout=2).text)
    except httpx.TransportError:
        return None


def bindable(url: str) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", httpx.URL(url).port or 0))
        except OSError:
            return False
    return True


def test_a_worker_killed_while_the_database_is_away_serves_again_when_it_is_back(start: Start, tmp_path: Path) -> None:
    supervisor, url = start(workers=2)
    until(lambda: answered_by(url), "the service answers")
    (tmp_path / "database-away").touch()
    os.kill(int(str(answered_by(url))), signal.SIGKILL)
    time.sleep(2.5)  # long enough for a restart to fail
    assert supervisor.poll() is None
    (tmp_path / "database-away").unlink()
    until(lambda: answered_by(url), "the service is back by itself")


@pytest.mark.parametrize("order", [(STARTUP_FAILURE, -signal.SIGKILL), (-signal.SIGKILL, STARTUP_FAILURE)])
def test_a_failed_start_beside_a_worker_that_served_ends_nothing_whoever_is_looked_at_first(
    order: tuple[int, int],
) -> None:
    """Both fell between two looks: the one that had served was killed, the other was still starting and failed."""
    supervisor = supervise.Supervisor(uvicorn.Config("nowhere:app", workers=2), [])
    supervisor.processes = [Ended(code) for code in order]
    supervisor.keep_subprocess_alive()
    assert not supervisor.should_exit.is_set()


def test_a_worker_that_stands_still_is_killed_and_that_is_what_the_log_says(caplog) -> None:
    """Else it would say only that a worker ended with -9, as if somebody had killed it."""
    supervisor = supervise.Supervisor(uvicorn.Config("nowhere:app", workers=2, timeout_worker_healthcheck=20), [])
    supervisor.processes = [Ended(None), Ended(-signal.SIGKILL)]
    supervisor.keep_subprocess_alive()
    assert [line for line in caplog.messages if "did not answer for 20 s" in line] == [
        "a worker did not answer for 20 s and is killed: it stands still, or the machine is busy"
    ]


def test_workers_that_all_fail_to_start_end_the_service() -> None:
    supervisor = supervise.Supervisor(uvicorn.Config("nowhere:app", workers=2), [])
    supervisor.processes = [Ended(STARTUP_FAILURE), Ended(STARTUP_FAILURE)]
    supervisor.keep_subprocess_alive()
    assert supervisor.should_exit.is_set()


def test_without_patience_the_service_would_end_for_good(start: Start, tmp_path: Path) -> None:
    supervisor, url = start(workers=2, guard="unguarded")
    until(lambda: answered_by(url), "the service answers")
    (tmp_path / "database-away").touch()
    os.kill(int(str(answered_by(url))), signal.SIGKILL)
    until(lambda: supervisor.poll() is not None, "uvicorn's own supervisor gives up")


def test_a_service_that_cannot_start_at_all_ends_and_says_so(start: Start, tmp_path: Path) -> None:
    (tmp_path / "database-away").touch()
    for workers in (1, 2):
        supervisor, _ = start(workers=workers)
        assert supervisor.wait(SECONDS_MAX) == 3


def test_no_worker_outlives_a_killed_supervisor(start: Start) -> None:
    supervisor, url = start(workers=2)
    until(lambda: answered_by(url), "the service answers")
    supervisor.kill()
    supervisor.wait(10)
    until(lambda: answered_by(url) is None and bindable(url), "the port is free for a new supervisor")


def test_without_the_pipe_workers_would_go_on_serving_on_a_taken_port(start: Start) -> None:
    supervisor, url = start(workers=2, guard="unguarded")
    until(lambda: answered_by(url), "the service answers")
    supervisor.kill()
    supervisor.wait(10)
    time.sleep(1)
    assert answered_by(url) is not None
    assert not bindable(url)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_service_ends_when_the_input_its_parent_holds_open_closes(start: Start, workers: int) -> None:
    process, url = start(workers=workers, held=True)
    until(lambda: answered_by(url), "the service answers")
    assert process.stdin is not None
    process.stdin.close()  # what the system does for a parent that was killed
    until(lambda: process.poll() is not None, "the service ends")
    assert bindable(url)
