"""What may be written down of a measure outside software: nothing of the future, nothing put off past its interval."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from kofu.evidence.domain.promises import KeptByHand
from kofu.evidence.domain.standing import KeptEntry

#: A month may have 31 days, and a paper may be a little late.
DAYS_PER_MONTH, GRACE = 31, timedelta(days=7)


@dataclass(frozen=True, slots=True)
class EntryFault:
    """What is wrong with an entry: which field, and why (`not_yet`, `not_later`, `too_late`)."""

    field: str
    reason: str


def fault_of(entry: KeptEntry, asked: KeptByHand, today: date) -> EntryFault | None:
    """Say what is wrong with an entry, or None."""
    if entry.kept_on > today:
        return EntryFault("kept_on", "not_yet")
    if entry.next_due <= entry.kept_on:
        return EntryFault("next_due", "not_later")
    if entry.next_due > entry.kept_on + timedelta(days=asked.months * DAYS_PER_MONTH) + GRACE:
        return EntryFault("next_due", "too_late")
    return None
