"""The printer behind the kiosk: a seam, and the demonstration's machine with its tray and its faults."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from kofu.contracts.center import CenterDocument
from kofu.contracts.issuing import PrintOutcome
from kofu.kiosk.cups import CupsPrinter
from kofu.kiosk.domain.printing import Ended, Job, PrintFailure
from kofu.kiosk.machine import Machine

#: Called with the number of the page that is being printed, from 1 over all copies.
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class PrinterFault:
    """What the demonstration's printer does wrong, and at which page (from 1 over all copies)."""

    problem: PrintFailure = PrintFailure.NONE
    page: int = 1


def outcome_of(ended: Ended) -> PrintOutcome:
    """Give what is reported to the centre."""
    if not ended.known:
        return PrintOutcome.UNKNOWN
    return PrintOutcome.PRINTED if ended.problem is PrintFailure.NONE else PrintOutcome.FAILED


class Printer(Protocol):
    """A printer: takes the documents in memory and says how it ended. It keeps nothing of them."""

    @property
    def shows_paper(self) -> bool:
        """Whether what came out lies in a tray that the screen shows: the demonstration's does."""
        ...

    def print(self, documents: tuple[CenterDocument, ...], job: Job, fault: PrinterFault, progress: Progress) -> Ended:
        """Print every copy on both sides. A printer that fails says so by `Ended`, it does not raise."""
        ...


@dataclass(frozen=True, slots=True)
class SimulatedPrinter:
    """A printer with a paper tray that can jam, run out and lose its power at any page."""

    machine: Machine
    page_seconds: float = 0.6
    sleep: Callable[[float], None] = time.sleep
    shows_paper: bool = True

    def print(self, documents: tuple[CenterDocument, ...], job: Job, fault: PrinterFault, progress: Progress) -> Ended:
        """Print page after page; the fault strikes before its page is out."""
        done = 0
        for document in documents:
            for page in range(document.pages):
                if page % 2 == 0 and not self.machine.take_sheet():
                    return Ended(job.copies_within(done), PrintFailure.OUT_OF_PAPER)
                progress(done + 1)
                self.sleep(self.page_seconds)
                if fault.problem is not PrintFailure.NONE and fault.page == done + 1:
                    return Ended(job.copies_within(done), fault.problem)
                done += 1
        return Ended(len(documents))


def printer_of(machine: Machine, queue: str) -> Printer:
    """Give the printer of a CUPS queue, or the demonstration's where none is named."""
    return CupsPrinter(queue) if queue else SimulatedPrinter(machine)
