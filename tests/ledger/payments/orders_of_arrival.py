"""The orders in which reports of one payment can come."""

from __future__ import annotations

from datetime import date

from tests.ledger.arrivals import Assessed, Event, Paid


def in_order(events: list[Event]) -> list[Event]:
    """As everything would come on its day; of one day as the rule says."""

    def rank(event: Event) -> tuple[date, int]:
        return event.on, 1 if isinstance(event, Paid) else 0 if event.amount > 0 else 2

    return sorted(events, key=rank)


def as_they_can_come(shuffled: list[Event]) -> list[Event]:
    """Changes in the order of their days, and before every payment of a later day; payments as they are shuffled."""
    changes = [event for event in in_order(shuffled) if isinstance(event, Assessed)]
    found: list[Event] = []
    for event in shuffled:
        if isinstance(event, Paid):
            due = [change for change in changes if (change.on, change.amount < 0) < (event.on, True)]
            found += [*due, event]
            changes = changes[len(due) :]
        elif event in changes:
            upto = changes.index(event) + 1
            found += changes[:upto]
            changes = changes[upto:]
    return found
