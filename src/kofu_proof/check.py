"""Check a history by every rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kofu_proof.history import History
from kofu_proof.index import Index, index_of
from kofu_proof.kept import check_kept, check_money
from kofu_proof.ledger_rules import check_books, check_told
from kofu_proof.outcomes import (
    check_ends,
    check_holds_and_stops,
    check_numbers,
    check_outcomes,
    undecided_leavings,
)
from kofu_proof.papers import check_papers
from kofu_proof.record import check_record
from kofu_proof.violations import Violation


@dataclass(frozen=True, slots=True)
class Checked:
    """What was looked at, what could not be decided for want of a file, and what is wrong."""

    requests: int
    papers: int
    audit_entries: int
    events: int
    payments: int
    told: int
    undecided: tuple[str, ...]
    violations: tuple[Violation, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.violations


#: The rules, by the names their violations begin with, the files each needs, and the check that decides them.
RULES: tuple[tuple[str, tuple[str, ...], Callable[[History, Index], Iterator[Violation]]], ...] = (
    ("paper", ("journal", "copies", "events", "generations", "feeds", "papers"), check_papers),
    ("outcome", ("journal", "events"), check_outcomes),
    ("outcome.ended", ("journal", "events"), check_ends),
    ("hold, stop", ("journal", "events", "holds"), check_holds_and_stops),
    ("numbers", ("journal", "copies", "events"), check_numbers),
    ("record", ("audit", "journal", "copies"), check_record),
    ("kept.report, kept.hold", ("reports", "holds", "events"), check_kept),
    ("money", ("money",), check_money),
    ("books", ("books", "audit"), check_books),
    ("books.told", ("books", "told"), check_told),
)


def check(history: History) -> Checked:
    """Decide over a history. Raises `UnreadableHistoryError` where a feed it needs is not there."""
    index = index_of(history)
    violations: list[Violation] = []
    undecided: list[str] = []
    for name, needs, rule in RULES:
        missing = [file for file in needs if file not in history.has]
        if missing:
            undecided.append(f"{name}: not wholly decided without {', '.join(missing)}")
        violations += rule(history, index)
    if late := undecided_leavings(history, index):
        undecided.append(
            f"hold.left, stop.left: {late} not decided, the paper was seen late by a client that had no time"
        )
    return Checked(
        requests=len(history.requests),
        papers=len(index.left),
        audit_entries=len(history.audit),
        events=len(history.events),
        payments=len(history.books.payments),
        told=len(history.told),
        undecided=tuple(undecided),
        violations=tuple(sorted(violations)),
    )
