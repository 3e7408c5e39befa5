"""`kofu up`: everything on one machine, from nothing to a certificate."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kofu.cli.shared.declared import open_command
from kofu.cli.shared.faults import ExitCode, word_faults
from kofu.core.errors import OperatorFault

if TYPE_CHECKING:  # draws in the whole arrangement: `kofu --help` does without
    from kofu.cli.up.stack import Stack

WATCH_SECONDS = 1.0
PEOPLE = 400


@open_command("makes a demonstration, or a first start, as unattended jobs with the rights of databases it makes")
def up(
    people: Annotated[int, typer.Option(help="Size of the invented ward.", min=50, max=1_000_000)] = PEOPLE,
    hours: Annotated[
        str, typer.Option(help="'always' for demonstrations, or 'profile' as the ward has them.")
    ] = "always",
    *,
    empty: Annotated[
        bool, typer.Option("--empty", help="Leave the desks of a new ledger empty, instead of a day in progress.")
    ] = False,
    once: Annotated[bool, typer.Option("--once", help="Start, issue the self-check's certificate, and end.")] = False,
) -> None:
    """Prepare and start all systems over TLS, check them with one certificate, stay until Ctrl-C."""
    from kofu.cli.up.stack import Stack
    from kofu.platform.settings import profile_path, var_dir

    if hours not in {"always", "profile"}:
        raise typer.BadParameter("is 'always' or 'profile'", param_hint="--hours")
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    began = time.monotonic()
    with word_faults(head="kofu up", leaves=ExitCode.REFUSED):
        var = var_dir()
        os.environ["KOFU_VAR"] = str(var)
        with _only_one(var):
            stack = Stack(
                var=var,
                profile=profile_path(),
                people=people,
                say=_say_line,
                always_open=hours == "always",
                day_in_progress=not empty,
            )
            try:
                _bring_up(stack, stopped)
                if not stopped.is_set():
                    _say_line(f"ready      in {time.monotonic() - began:.1f} s")
                    sys.stdout.write(f"\n  Open {stack.address_of('start')} in a browser. Ctrl-C ends everything.\n\n")
                    sys.stdout.flush()
                while not (once or stopped.wait(WATCH_SECONDS)):
                    stack.watch()
            finally:
                _say_line("ending     every process that was started")
                stack.stop()


def _say_line(line: str) -> None:
    sys.stdout.write(f"  {line}\n")
    sys.stdout.flush()


@contextmanager
def _only_one(var: Path) -> Iterator[None]:
    """Hold the folder for this process: as long as the file is open, nobody else gets it."""
    with (var / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise OperatorFault("already_up", f"another `kofu up` is running on {var}; end it first") from error
        yield


def _bring_up(stack: Stack, stopped: threading.Event) -> None:
    """Prepare, start and check, unless told to end in between."""
    from kofu.cli.up.self_check import morning_visits, self_check

    stack.prepare()
    if stopped.is_set():
        return
    stack.start()
    _say_line(f"self-check {self_check(stack)}")
    came = morning_visits(stack)
    if came is not None:
        _say_line(f"visits     at the kiosk this morning: {came}")
