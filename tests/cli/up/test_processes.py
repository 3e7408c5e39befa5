"""Children of `kofu up`: ended together, and one that dies is named with its last words."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from kofu.cli.up import processes
from kofu.cli.up.processes import ensure_alive, start_child, stop_children
from kofu.core.errors import OperatorFault


@pytest.fixture
def program(monkeypatch, tmp_path):
    """Stand a small program in for `python -m kofu`."""

    def stand_in(text: str) -> list[str]:
        (tmp_path / "stand_in.py").write_text(text, encoding="utf-8")
        real = processes.subprocess.Popen

        def start(words, **options):
            return real([sys.executable, str(tmp_path / "stand_in.py"), *words[3:]], **options)

        monkeypatch.setattr(processes.subprocess, "Popen", start)
        return ["word"]

    return stand_in


def alive(pid: int) -> bool:
    """Whether a process runs; one that ended but was not yet collected does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_for(path) -> str:
    for _ in range(100):
        if path.exists() and path.read_text(encoding="utf-8").endswith("\n"):
            return path.read_text(encoding="utf-8")
        time.sleep(0.05)
    raise AssertionError(f"{path.name} was not written")


def test_a_child_and_its_own_children_end_together(program, tmp_path):
    words = program(
        "import subprocess\nchild = subprocess.Popen(['sleep', '60'])\nprint(child.pid, flush=True)\nchild.wait()\n"
    )
    child = start_child("issuing", words, os.environ, tmp_path / "log")
    grandchild = int(wait_for(tmp_path / "log" / "issuing.log"))
    ensure_alive([child])
    stop_children([child])
    assert not alive(child.process.pid)
    assert not alive(grandchild)


def test_a_child_that_will_not_end_is_killed(program, tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "STOP_SECONDS_MAX", 0.5)
    words = program(
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('deaf', flush=True)\n"
        "time.sleep(60)\n"
    )
    child = start_child("center", words, os.environ, tmp_path / "log")
    wait_for(tmp_path / "log" / "center.log")
    stop_children([child])
    assert not alive(child.process.pid)


def test_a_child_that_died_is_named_with_its_last_words(program, tmp_path):
    words = program("print('the database does not answer')\nraise SystemExit(3)\n")
    child = start_child("registry", words, os.environ, tmp_path / "log")
    child.process.wait(10)
    with pytest.raises(OperatorFault, match=r"registry ended with 3.*\n    the database does not answer"):
        ensure_alive([child])
    stop_children([child])
