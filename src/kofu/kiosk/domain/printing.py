"""How a print job ends, and what of the fee stays. Pure.

A copy counts when all its pages are out. A page that stopped halfway is no certificate, and its copy is paid back.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PrintFailure(StrEnum):
    """Why a job did not end well."""

    NONE = ""
    JAM = "jam"
    OUT_OF_PAPER = "out_of_paper"
    POWER_CUT = "power_cut"
    PRINTER_FAILED = "printer_failed"


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be printed: pages of each copy, and the fee of one copy (yen)."""

    pages_per_copy: tuple[int, ...]
    fee_per_copy: int

    @property
    def pages(self) -> int:
        """All pages of all copies."""
        return sum(self.pages_per_copy)

    @property
    def sheets(self) -> int:
        """Sheets of paper: both sides are printed."""
        return sum((pages + 1) // 2 for pages in self.pages_per_copy)

    def copies_within(self, pages: int) -> int:
        """Count the copies that are whole once `pages` pages are out."""
        copies = 0
        for needed in self.pages_per_copy:
            pages -= needed
            if pages < 0:
                break
            copies += 1
        return copies


@dataclass(frozen=True, slots=True)
class Ended:
    """How a job ended: whole copies that came out, and the problem."""

    copies: int
    problem: PrintFailure = PrintFailure.NONE

    @property
    def known(self) -> bool:
        """Whether anybody can say what came out: after a power cut nobody can."""
        return self.problem is not PrintFailure.POWER_CUT


def fee_kept(job: Job, ended: Ended) -> int:
    """Yen that stay with the machine: for whole copies. After an unknown end all of it, until somebody has looked."""
    return (ended.copies if ended.known else len(job.pages_per_copy)) * job.fee_per_copy
