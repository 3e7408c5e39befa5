"""A real printer through CUPS: the certificate goes to `lp` by its standard input, never through a file of ours.

What CUPS itself does with a job is set in its configuration (docs/how-to/use-a-real-printer.md): its spool must lie in
memory and `PreserveJobFiles` must be off.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from kofu.contracts.center import CenterDocument
from kofu.kiosk.domain.printing import Ended, Job, PrintFailure

log = structlog.get_logger()

_REQUEST = re.compile(r"request id is (\S+-\d+)")
#: Words of CUPS (`printer-state-reasons`, RFC 8011 5.4.12) → what is wrong.
REASONS: dict[str, PrintFailure] = {
    "media-empty": PrintFailure.OUT_OF_PAPER,
    "media-needed": PrintFailure.OUT_OF_PAPER,
    "media-jam": PrintFailure.JAM,
    "disabled since": PrintFailure.PRINTER_FAILED,
}
#: Job state reasons of a job that came out whole. CUPS 2.4 leaves the second one standing where a printer was quick;
#: the queue's error policy `stop-printer` keeps a job that failed from standing there too.
DONE_WELL = ("job-completed-successfully", "processing-to-stop-point")
ANSWER_SECONDS_MAX = 20.0


@dataclass(frozen=True, slots=True)
class CupsPrinter:
    """One print queue. Every copy is a job of its own, printed on both sides of A4."""

    queue: str
    job_seconds_max: float = 300.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    shows_paper: bool = False

    def print(
        self, documents: tuple[CenterDocument, ...], job: Job, fault: object, progress: Callable[[int], None]
    ) -> Ended:
        """Print copy after copy. A job that does not end in time is cancelled, and its end is unknown."""
        del fault  # a real printer has faults of its own
        before = 0
        for copies, document in enumerate(documents):
            progress(before + 1)
            problem = self._one(document)
            if problem is not PrintFailure.NONE:
                return Ended(copies, problem)
            before += job.pages_per_copy[copies]
        return Ended(len(documents))

    def _one(self, document: CenterDocument) -> PrintFailure:
        options = ["-o", "media=A4", "-o", "sides=two-sided-long-edge", "-o", "job-sheets=none", "-t", "certificate"]
        answer = self._run(["lp", "-d", self.queue, *options], document.pdf)
        named = _REQUEST.search(answer.stdout.decode(errors="replace")) if answer is not None else None
        if answer is None or answer.returncode != 0 or named is None:
            log.warning("kiosk.lp_refused", status=answer.returncode if answer is not None else -1)
            return PrintFailure.PRINTER_FAILED
        return self._wait_for(named[1])

    def _wait_for(self, name: str) -> PrintFailure:
        end = self.clock() + self.job_seconds_max
        while self.clock() < end:
            problem = self._standing(name)
            if problem is not None:
                if problem is not PrintFailure.NONE:
                    self._run(["cancel", name])  # or it would come out when somebody has opened the printer
                return problem
            self.sleep(0.5)
        self._run(["cancel", name])
        return PrintFailure.POWER_CUT

    def _standing(self, name: str) -> PrintFailure | None:
        """Say how the job stands: None while it is printed."""
        waiting = self._output_of(["lpstat", "-W", "not-completed", "-o", self.queue])
        if waiting is None or re.search(rf"^{re.escape(name)}\s", waiting, re.MULTILINE):
            return self._trouble()
        done = self._output_of(["lpstat", "-l", "-W", "completed", "-o", self.queue])
        if done is None:
            return None
        block = re.search(rf"^{re.escape(name)}\s.*(?:\n[ \t].*)*", done, re.MULTILINE)
        if block is None:
            return PrintFailure.POWER_CUT  # CUPS kept no record of it: nobody can say
        complaint = re.search(r"^\s+Status: *\S", block[0], re.MULTILINE)
        well = complaint is None and any(reason in block[0] for reason in DONE_WELL)
        return PrintFailure.NONE if well else PrintFailure.PRINTER_FAILED

    def _trouble(self) -> PrintFailure | None:
        state = self._output_of(["lpstat", "-l", "-p", self.queue]) or ""
        return next((problem for word, problem in REASONS.items() if word in state), None)

    def _output_of(self, command: list[str]) -> str | None:
        answer = self._run(command)
        return answer.stdout.decode(errors="replace") if answer is not None and answer.returncode == 0 else None

    def _run(self, command: list[str], data: bytes = b"") -> subprocess.CompletedProcess[bytes] | None:
        """Run a command of CUPS. None: it is not there, or it does not answer."""
        environment = os.environ | {"LC_ALL": "C"}
        try:
            return subprocess.run(
                command, input=data, capture_output=True, env=environment, timeout=ANSWER_SECONDS_MAX, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            log.warning("kiosk.cups", command=command[0], error=type(error).__name__)
            return None
