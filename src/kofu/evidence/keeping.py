"""Writing down what no software keeps: seen to by a named person, on a day, due again within its interval."""

from __future__ import annotations

from datetime import date, datetime

import psycopg

from kofu.evidence.domain.kept_rules import EntryFault, fault_of
from kofu.evidence.domain.promises import KeptByHand
from kofu.evidence.domain.standing import KeptEntry


class KeptWrongError(ValueError):
    """An entry that cannot be: `field` is wrong for `reason`."""

    def __init__(self, fault: EntryFault) -> None:
        """Name field and reason."""
        super().__init__(fault.reason)
        self.field, self.reason = fault.field, fault.reason


def check_entry(entry: KeptEntry, asked: KeptByHand, today: date) -> None:
    """Raise `KeptWrongError` for an entry of the future, or one that puts the next look off too far."""
    fault = fault_of(entry, asked, today)
    if fault is not None:
        raise KeptWrongError(fault)


def write_down(connection: psycopg.Connection, entry: KeptEntry, now: datetime) -> None:
    """Add an entry, in the caller's transaction. Entries are never changed; the last one counts."""
    connection.execute(
        "INSERT INTO evidence_kept (promise, kept_on, next_due, person, place, entered_by, entered_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [entry.promise, entry.kept_on, entry.next_due, entry.person, entry.place, entry.entered_by, now],
    )
