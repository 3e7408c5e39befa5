"""A worker in a process of its own that stands still where it is told to, killed or frozen there as a test likes.

`python -m tests.incidents.steered LANE CLOCK` reads one JSON line per request: what is asked, at which database, where
it stands still (`at`), and which guards are off (`off`). It prints `{"at": …}` when it stands there and goes on at the
next line. The clock is a file, so that time passes for a process that is frozen too.
"""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from unittest.mock import patch

import msgspec
import psycopg
from tests.issuing.world import ROOT, World

from kofu.certificates.facts import CertificateOrder
from kofu.certificates.released import ReleasedCertificate
from kofu.certificates.render import CertificatePress
from kofu.contracts.issuing import CertificateRequest, Issued
from kofu.core.errors import KofuError
from kofu.issuing.acting.who_acts import Acting, random_identity
from kofu.issuing.requests import issue, release
from kofu.issuing.requests import issuer as issuer_module
from kofu.issuing.requests.domain import release_rules
from kofu.issuing.requests.issue import issue_certificate
from kofu.issuing.requests.issuer import Issuer
from kofu.issuing.serving.runtime import build_issuer
from kofu.platform.fonts import ensure_font, read_font
from kofu.platform.profiles import load_profile
from kofu.platform.pseudonym import Pseudonyms

MADE, RELEASED = "made", "released"
"""Where a worker stands still: with the paper made, before its release or repeat; or just after the commit."""


@dataclass(frozen=True, slots=True)
class Time:
    """A clock and a counter kept in a file, for every process that looks."""

    file: Path

    def set(self, now: datetime, ticks: float) -> None:
        """Let it be `now`; whole or not at all."""
        partial = self.file.with_suffix(".new")
        partial.write_text(json.dumps([now.isoformat(), ticks]))
        partial.replace(self.file)

    def clock(self) -> datetime:
        return datetime.fromisoformat(json.loads(self.file.read_text())[0])

    def ticks(self) -> float:
        return float(json.loads(self.file.read_text())[1])


@dataclass(frozen=True, slots=True)
class Answer:
    """What a worker handed out: `outcome` as the contract names it, or "Error"; the digest of the paper or the code."""

    outcome: str
    code: str
    sha256: str


class Steered:
    """The test's end of such a worker."""

    def __init__(self, world: World, lane: str, time: Time) -> None:
        self.url = world.database.app_url
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.incidents.steered", lane, str(time.file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=ROOT,
        )

    def ask(self, request: CertificateRequest, *, at: str = "", off: tuple[str, ...] = (), url: str = "") -> None:
        """Let it work on a request. With `at` this returns when the worker stands there. `url`: at another database."""
        asked = json.loads(msgspec.json.encode(request))
        self._write(json.dumps({"request": asked, "url": url or self.url, "at": at, "off": off}))
        if at:
            self.arrived(at)

    def arrived(self, at: str) -> None:
        assert self._read() == {"at": at}

    def go_on(self) -> None:
        """Let it go on from where it stands; a frozen one does so when it is thawed."""
        self._write("")

    def answer(self) -> Answer:
        return Answer(**self._read())

    def freeze(self) -> None:
        """SIGSTOP; returns when the kernel has stopped it."""
        os.kill(self._process.pid, signal.SIGSTOP)
        _, status = os.waitpid(self._process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)

    def thaw(self) -> None:
        os.kill(self._process.pid, signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL; returns when it is gone."""
        self._process.kill()
        self._process.communicate(timeout=10)

    def _write(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _read(self) -> dict[str, str]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the worker ended"
        return dict(json.loads(line))


def _by_date(clock: Callable[[], datetime]) -> object:
    """Read facts as if a hold counted by the day it names (B7)."""
    read = issue.read_facts

    def read_by_date(*words, **more):
        facts = read(*words, **more)
        today = clock().date()
        return dataclasses.replace(facts, holds=tuple(hold for hold in facts.holds if hold.effective_from <= today))

    return patch.object(issue, "read_facts", read_by_date)


def _of_today(_clock: Callable[[], datetime]) -> object:
    """Make a paper again from the facts of today, not from those of its journal."""
    read = issue.read_facts

    def read_today(*words, generation=None, **more):
        return read(*words, **more)

    return patch.object(issue, "read_facts", read_today)


#: The guards a test can switch off in a worker, by name.
GUARDS: dict[str, Callable[[Callable[[], datetime]], object]] = {
    "deadline": lambda _: patch.object(issuer_module, "is_over", lambda _limit, _now, _ticks: False),
    "tie": lambda _: patch.object(release_rules, "is_late", lambda now, deadline: now > deadline),
    "put back": lambda _: patch.object(
        issue,
        "time_limit",
        lambda deadline, _received, now, ticks: release_rules.TimeLimit(
            deadline=deadline, ticks_end=ticks + (deadline - now).total_seconds()
        ),
    ),
    "holds from arrival": _by_date,
    "generation of the journal": _of_today,
}


@contextmanager
def guards_off(names: list[str], clock: Callable[[], datetime]) -> Iterator[None]:
    if not names:
        yield
        return
    with GUARDS[names[0]](clock), guards_off(names[1:], clock):  # type: ignore[attr-defined]
        yield


def main(lane: str, clock_file: str) -> None:
    time = Time(Path(clock_file))
    acting = Acting(clock=time.clock, new_id=random_identity, lane=lane, actor="issuing", ticks=time.ticks)
    press = CertificatePress(read_font(ensure_font()))
    issuer = build_issuer(load_profile(ROOT / "profiles" / "mihon.toml"), press, acting, Pseudonyms(b"k" * 32))
    write = release._write

    def stand(at: str) -> None:
        sys.stdout.write(json.dumps({"at": at}) + "\n")
        sys.stdout.flush()
        sys.stdin.readline()

    for line in sys.stdin:
        told = json.loads(line)
        request = msgspec.convert(told["request"], CertificateRequest)

        def make(order: CertificateOrder, at: str = told["at"]) -> ReleasedCertificate:
            made = issuer.make(order)
            if at == MADE:
                stand(MADE)
            return made

        def written(*words: object, at: str = told["at"]) -> object:
            verdict = write(*words)  # type: ignore[arg-type]  # passed on as they came
            if at == RELEASED:
                stand(RELEASED)
            return verdict

        steered: Issuer = dataclasses.replace(issuer, make=make)
        with guards_off(told["off"], time.clock), patch.object(release, "_write", written):
            answer = _answer(told["url"], steered, request)
        sys.stdout.write(json.dumps(dataclasses.asdict(answer)) + "\n")
        sys.stdout.flush()


def _answer(url: str, issuer: Issuer, request: CertificateRequest) -> Answer:
    """Answer as the gateway does: whatever breaks is an error, never a paper."""
    connection = psycopg.connect(url, autocommit=True)
    try:
        outcome = issue_certificate(connection, issuer, request)
    except KofuError as error:
        return Answer("Error", error.code, "")
    except psycopg.Error:
        return Answer("Error", "database_unavailable", "")
    finally:
        connection.close()
    if isinstance(outcome, Issued):
        return Answer("Issued", "", outcome.documents[0].sha256)
    return Answer(type(outcome).__name__, outcome.code, "")


if __name__ == "__main__":
    main(*sys.argv[1:])
