"""`kofu up` as a newcomer meets it: from nothing to a certificate, and nothing left behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from kofu.staff.demo import read_demo_accounts
from kofu.staff.one_time import one_time_code

pytestmark = [pytest.mark.slow, pytest.mark.storage, pytest.mark.font]
ROOT = Path(__file__).parents[3]
SYSTEMS = ("registry", "issuing", "center", "verification", "kiosk", "ledger", "console", "start")
READY_SECONDS_MAX = 150


@pytest.fixture(scope="module")
def var(tmp_path_factory) -> Path:
    """One folder for the module: the second start finds what the first one made."""
    return tmp_path_factory.mktemp("up") / "var"


@pytest.fixture(scope="module")
def environment(var, unused_port_factory) -> dict[str, str]:
    ports = {f"KOFU_{system.upper()}_PORT": str(unused_port_factory()) for system in SYSTEMS}
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("KOFU_") or "FONT" in name},
        **ports,
        "KOFU_VAR": str(var),
        "KOFU_PROFILE": str(ROOT / "profiles" / "mihon.toml"),
        "PYTHONPATH": str(ROOT / "src"),
    }


def start(environment, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "kofu", "up", "--people", "50", *words],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def read_until_ready(process: subprocess.Popen[str]) -> str:
    """Read what `kofu up` says until it gives the start page's address."""
    said = ""
    assert process.stdout is not None
    deadline = time.monotonic() + READY_SECONDS_MAX
    while time.monotonic() < deadline:
        line = process.stdout.readline()
        said += line
        if "in a browser" in line:
            return said
        if not line:
            break
    process.kill()
    raise AssertionError(f"kofu up did not get ready:\n{said}")


def left_over(var: Path) -> list[str]:
    """Command lines of processes that still work on `var`, the database's among them."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            place = (folder / "environ").read_bytes().decode(errors="replace")
        except (OSError, ValueError):
            continue
        if words and (str(var) in words or f"KOFU_VAR={var}" in place):
            found.append(words)
    return found


def end(process: subprocess.Popen[str], number: signal.Signals) -> str:
    process.send_signal(number)
    said, _ = process.communicate(timeout=60)
    return said


def test_from_nothing_to_a_certificate_and_nothing_runs_afterwards(environment, var):
    process = start(environment)
    said = read_until_ready(process)
    assert re.search(r"feed +held-feed: held as number \d", said), "yesterday's data serve beside a feed that is held"
    assert re.search(r"self-check .+sha256 [0-9a-f]{16}", said)
    page = httpx.get(f"http://127.0.0.1:{environment['KOFU_START_PORT']}/")
    assert page.status_code == 200
    assert "暗証番号" in page.text
    assert (var / "operator.sh").stat().st_mode & 0o777 == 0o600
    end(process, signal.SIGINT)
    assert process.returncode == 0
    assert left_over(var) == []


@dataclass(frozen=True)
class Second:
    """The second start on what the first one made, ready, and what it said; the tests up to its end share it."""

    process: subprocess.Popen[str]
    said: str


@pytest.fixture(scope="module")
def second(environment) -> Iterator[Second]:
    process = start(environment)
    yield Second(process, read_until_ready(process))
    if process.poll() is None:
        end(process, signal.SIGINT)


def test_the_second_start_finds_what_the_first_one_made(second):
    assert "already_active" in second.said


def test_the_operators_file_opens_the_database_of_the_demonstration_to_who_logs_in(environment, second, var, tmp_path):
    assert second.process.poll() is None
    kanri = next(one for one in read_demo_accounts(var, "issuing") if one.login == "kanri1")
    commands = ("login issuing", "feed status", "audit verify issuing")
    done = subprocess.run(
        ["bash", "-c", f". {var}/operator.sh && " + " && ".join(f'"$0" -m kofu {one}' for one in commands),
         sys.executable],
        input=f"{kanri.login}\n{kanri.password}\n{one_time_code(kanri.secret, time.time())}\n",
        env={**environment, "PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": str(tmp_path)},
        cwd=ROOT, capture_output=True, text=True, check=False, start_new_session=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "data generation" in done.stdout
    assert "sound" in done.stdout


def test_sigterm_ends_it_as_well(second, var):
    end(second.process, signal.SIGTERM)
    assert second.process.returncode == 0
    assert left_over(var) == []


def test_a_system_that_dies_is_named_and_the_rest_is_ended(environment, var):
    process = start(environment)
    read_until_ready(process)
    children = subprocess.run(
        ["pgrep", "-P", str(process.pid), "-f", "kofu serve registry"], capture_output=True, text=True, check=True
    )
    os.kill(int(children.stdout.split()[0]), signal.SIGKILL)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "registry ended with -9" in said
    assert left_over(var) == []
