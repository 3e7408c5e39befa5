"""A person at a kiosk: the centre asks over a line that doubles, delays and loses, and reports what was printed.

Centre and kiosk are played after the published contract: the same id until an answer comes or the deadline has passed
by the centre's own clock; a paper taken only in time; one print; a print result told until it is acknowledged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import msgspec

from kofu.contracts.issuing import AnsweredBefore, CertificateRequest, Issued, PrintOutcome, PrintResult, Refused
from kofu.core.kinds import CertificateKind
from kofu.simulation.plan import DrawnVisit, LineMessage
from kofu.simulation.seen import SeenFromOutside
from kofu.simulation.service import Answer, StagedService, WardError
from kofu.simulation.stage import SimulationStage, StagedActor

ATTEMPT_SECONDS = 5.0
REPORT_TRIES_MAX = 40
FEE = 200
AFTER_SECONDS = (0.1, 1.5)
"""When the centre asks once more, and again, after all is over."""


@dataclass(slots=True)
class SimulatedVisit:
    """One visit under way: what came in over the lines."""

    stage: SimulationStage
    service: StagedService
    seen: SeenFromOutside
    visit: DrawnVisit
    serial: str
    plate: str | None = None
    inbox: list[tuple[str, Answer]] = field(default_factory=list)
    acknowledged: bool = False

    def play(self, actor: StagedActor) -> None:
        """Come, ask, print, report, go."""
        request = self._request()
        until = self.stage.now + self.visit.patience
        taken = self._ask_until_answered(actor, request, until)
        if isinstance(taken, Issued):
            self._print(actor, request)
        elif taken is None or isinstance(taken, AnsweredBefore):
            self._report(actor, request, PrintOutcome.FAILED, 0)
        if self.visit.after:
            copies = request.copies + (self.visit.after == "other")
            again = msgspec.structs.replace(request, copies=copies)
            for number, there in enumerate(AFTER_SECONDS):
                self._send(actor, again, f"after {number}", LineMessage(there=there, back=0.1), until)

    def _request(self) -> CertificateRequest:
        return CertificateRequest(
            request_id=self.service.identity(),
            municipality_code=self.service.profile.code,
            serial=self.serial,
            kind=CertificateKind(self.visit.kind),
            fiscal_year=self.visit.year,
            copies=self.visit.copies,
            plate_number=self.plate,
            kiosk_id=f"K-{self.visit.number % 7}",
            deadline=self.service.clocks.true() + timedelta(seconds=self.visit.patience),
        )

    def _ask_until_answered(self, actor: StagedActor, request: CertificateRequest, until: float) -> Answer | None:
        """Ask, and again where nothing comes; give the first definite answer that came in time."""
        for attempt, messages in enumerate(self.visit.asks):
            if self.stage.now >= until:
                return None
            for number, message in enumerate(messages):
                self._send(actor, request, f"{attempt} {number}", message, until)
            actor.wait(lambda: bool(self.inbox), seconds=min(ATTEMPT_SECONDS, until - self.stage.now))
            definite = [(name, answer) for name, answer in self.inbox if not isinstance(answer, WardError)]
            self.inbox.clear()
            if definite and self.stage.now < until:
                name, answer = definite[0]
                self._note_taken(request, name, answer)
                return answer
        return None

    def _note_taken(self, request: CertificateRequest, message: str, answer: Answer) -> None:
        documents: tuple[tuple[str, str], ...] = ()
        told = "refused" if isinstance(answer, Refused) else "answered_before"
        if isinstance(answer, Issued):
            told, documents = "issued", tuple((one.certificate_number, one.sha256) for one in answer.documents)
        self.seen.note("answer", request=request.request_id, message=message, outcome=told, documents=documents)

    def _send(
        self, actor: StagedActor, request: CertificateRequest, part: str, message: LineMessage, until: float
    ) -> None:
        """Put a message on the line: it becomes somebody who asks the ward when it arrives."""
        name = f"ask {self.visit.number} {part}"
        actor.stand("sends")

        def asks(asker: StagedActor) -> None:
            asker.slow = self.visit.slow
            asker.sleep(message.there)
            if message.lost:
                return
            self.seen.note("ask", request=request.request_id, message=name)
            answer = self.service.ask(asker, request, name)
            asker.sleep(message.back)
            if not message.answer_lost and self.stage.now < until:
                self.inbox.append((name, answer))

        self.stage.enter(name, asks)

    def _print(self, actor: StagedActor, request: CertificateRequest) -> None:
        actor.sleep(1.0)
        outcome = PrintOutcome(self.visit.outcome)
        copies = request.copies if outcome is PrintOutcome.PRINTED else 0
        if copies:
            self.seen.note("printed", request=request.request_id, copies=copies)
        self._report(actor, request, outcome, copies)

    def _report(self, actor: StagedActor, request: CertificateRequest, outcome: PrintOutcome, copies: int) -> None:
        """Tell the print result until it is acknowledged."""
        result = PrintResult(
            request_id=request.request_id,
            outcome=outcome,
            copies_printed=copies,
            fee_paid=copies * FEE,
            occurred_at=self.service.clocks.true(),
        )
        for attempt in range(REPORT_TRIES_MAX):
            messages = self.visit.reports[attempt] if attempt < len(self.visit.reports) else (LineMessage(0.1, 0.1),)
            for number, message in enumerate(messages):
                self.stage.enter(f"report {self.visit.number} {attempt} {number}", self._reporter(result, message))
            actor.wait(lambda: self.acknowledged, seconds=ATTEMPT_SECONDS)
            if self.acknowledged:
                return
        self.stage.given_up.append(f"report {self.visit.number}")

    def _reporter(self, result: PrintResult, message: LineMessage) -> Callable[[StagedActor], None]:
        def reports(reporter: StagedActor) -> None:
            reporter.sleep(message.there)
            if message.lost:
                return
            known = self.service.report(reporter, result)
            reporter.sleep(message.back)
            if known and not message.answer_lost:
                self.acknowledged = True

        return reports
