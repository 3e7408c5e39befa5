"""The ward's service as the simulation runs it: two processes of a few slots each, through the real use cases.

What stands between a line and a use case in service (`kofu.issuing.serving.gateway`) is told again here in the same
steps, because there threads and an event loop decide who comes next, and here the seed does.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any

import psycopg

from kofu.certificates.render import CertificatePress
from kofu.contracts.issuing import AnsweredBefore, CertificateRequest, Issued, PrintResult, Refused
from kofu.core.errors import KofuError
from kofu.core.profile import Profile
from kofu.issuing.acting.who_acts import Acting
from kofu.issuing.requests import release
from kofu.issuing.requests.domain.release_rules import ReportStanding
from kofu.issuing.requests.issue import issue_certificate
from kofu.issuing.requests.issuer import Issuer
from kofu.issuing.requests.report_print import take_print_result
from kofu.issuing.serving.runtime import LOCK_SECONDS_MAX, build_issuer
from kofu.issuing.serving.workers import CONNECTION_SECONDS_MAX
from kofu.platform.commit import certain
from kofu.platform.pseudonym import Pseudonyms
from kofu.simulation.clocks import SimulationClocks
from kofu.simulation.lines import StagedLine
from kofu.simulation.seen import SeenFromOutside
from kofu.simulation.stage import StagedActor, from_outside

SLOTS_PER_PROCESS = 6
PROCESSES = ("A", "B")


@dataclass(frozen=True, slots=True)
class WardError:
    """What the ward answers where it can neither give nor refuse."""

    code: str


Answer = Issued | Refused | AnsweredBefore | WardError


@dataclass(slots=True)
class StagedSlot:
    """One worker: its issuer with an audit lane of its own, and its connection while that is good."""

    process: str
    issuer: Issuer
    line: StagedLine | None = None


def is_good(line: StagedLine) -> bool:
    """Whether a connection is as it was, so that a pool keeps it; it is ended where not."""
    if not line.closed and line.info.transaction_status is psycopg.pq.TransactionStatus.IDLE:
        return True
    with from_outside():
        line.pgconn.finish()
    return False


@dataclass(slots=True)
class StagedService:
    """Slots and what they are made of. `free`: the numbers of those nobody works in, the lowest first."""

    url: str
    profile: Profile
    clocks: SimulationClocks
    seen: SeenFromOutside
    chance: random.Random
    slots: list[StagedSlot] = field(default_factory=list)
    free: list[int] = field(default_factory=list)
    spare: list[StagedLine] = field(default_factory=list)

    def open(self, press: CertificatePress) -> None:
        """Make the slots of both processes."""
        for process in PROCESSES:
            for number in range(SLOTS_PER_PROCESS):
                acting = self.acting(f"{process}-{number}")
                issuer = build_issuer(self.profile, press, acting, Pseudonyms(b"simulated pseudonyms of a ward " * 2))
                self.free.append(len(self.slots))
                self.slots.append(StagedSlot(process, issuer))

    def acting(self, lane: str) -> Acting:
        """Act on the simulation's clocks and identities."""
        return Acting(clock=self.clocks.ward, new_id=self.identity, lane=lane, actor="issuing", ticks=self.clocks.ticks)

    def identity(self) -> str:
        """Draw an identity."""
        return f"{self.chance.getrandbits(128):032x}"

    def connect(self) -> StagedLine:
        """Connect as the running system does, with plans of statements as it has them once it is warm.

        A line lives for a few certificates here: planned anew until the database settles, each would cost more than it
        takes to run.
        """
        with from_outside():
            line = StagedLine.connect(self.url, autocommit=True)
            line.prepare_threshold = 0
            line.execute("SET plan_cache_mode = force_generic_plan")
            line.execute(f"SET lock_timeout = '{LOCK_SECONDS_MAX}s'")
        return line

    def at_work(self, actor: StagedActor, work: Callable[[StagedLine, StagedSlot], Any]) -> Any:
        """Do work in a free slot, as a process does that may be killed; give what comes of it, or an `WardError`."""
        actor.wait(lambda: bool(self.free), seconds=CONNECTION_SECONDS_MAX)
        if not self.free:
            return WardError("busy")
        number = heappop(self.free)
        slot = self.slots[number]
        actor.process = slot.process
        try:
            if slot.line is None:
                slot.line = self.connect()
            with certain(slot.line):
                return work(slot.line, slot)
        except KofuError as error:
            actor.stage.note(f"{actor.name}: {error.code}")
            return WardError(error.code)
        except psycopg.Error:
            return WardError("database_unavailable")
        finally:
            if slot.line is not None and not is_good(slot.line):
                slot.line = None
            heappush(self.free, number)
            actor.process = ""

    @contextmanager
    def borrowed(self) -> Iterator[StagedLine]:
        """Lend a connection to whoever works beside the kiosks; it is kept while it is good."""
        line = self.spare.pop() if self.spare else self.connect()
        try:
            yield line
        finally:
            if is_good(line):
                self.spare.append(line)

    def ask(self, actor: StagedActor, request: CertificateRequest, message: str) -> Answer:
        """Answer a request as the gateway does: the answer goes on the line, then that is noted."""

        def work(line: StagedLine, slot: StagedSlot) -> Answer:
            arrived = slot.issuer.acting.moment()
            outcome = issue_certificate(line, slot.issuer, request, arrived)
            actor.stand("the answer is ready")
            if not isinstance(outcome, Issued):
                told = "refused" if isinstance(outcome, Refused) else "answered_before"
                self.seen.note("left", request=request.request_id, message=message, outcome=told, code=outcome.code)
                return outcome
            self.seen.paper_left(outcome, message)
            left.append(outcome)
            actor.stand("the answer is on the line")
            release.record_sent(line, slot.issuer, request.request_id)
            return outcome

        left: list[Issued] = []
        answer: Answer = self.at_work(actor, work)
        if left:
            return left[0]  # whatever became of the note, the answer is on its way
        if isinstance(answer, WardError):
            self.seen.note("left", request=request.request_id, message=message, outcome="error", code=answer.code)
        return answer

    def close(self) -> None:
        """End every connection."""
        for line in (*self.spare, *(slot.line for slot in self.slots if slot.line is not None)):
            line.close()

    def report(self, actor: StagedActor, result: PrintResult) -> bool:
        """Take a print result as the gateway does; whether it is acknowledged or made a case of."""

        def work(line: StagedLine, slot: StagedSlot) -> bool:
            taken = take_print_result(line, slot.issuer.acting, result, municipality_code=self.profile.code)
            actor.stand("the print result is taken")
            if taken.standing is not ReportStanding.CONTRADICTION:
                self.seen.note(
                    "report_taken",
                    request=result.request_id,
                    outcome=result.outcome.value,
                    copies=result.copies_printed,
                    yen=result.fee_paid,
                )
            return True

        taken = self.at_work(actor, work)
        return taken is True or (isinstance(taken, WardError) and taken.code == "request_unknown")
