"""What the centre knows of a request, as one table of (outcome, event) → outcome.

A kiosk that did not hear the answer asks again under the same id, and so do several lines at once. What was handed to
the kiosk once is never told otherwise afterwards, and what was refused once is never handed over (P11): an event
without an arrow changes nothing, and its answer does not leave.

That the ward did nothing with one asking says nothing about another: a line before it may have been cut after the ward
had issued. So the askings whose fate is unknown are counted, and a request has *failed* only where none is left.
"""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """How a request stands at the centre."""

    ASKED = "asked"  # the ward was asked; whether it issued is not known
    FAILED = "failed"  # the ward said of every asking that it did nothing: the same request may be asked again
    REFUSED = "refused"  # by the ward, or by a stop of the centre before the ward was asked
    ISSUED = "issued"  # the paper was handed to the kiosk's line
    DROPPED = "dropped"  # the ward issued, nothing left the centre, and the ward was told so


class Event(StrEnum):
    """What happens to a request."""

    ASK = "ask"  # the ward is asked, for the first time or again
    ISSUE = "issue"
    REFUSE = "refuse"
    FAIL = "fail"
    DROP = "drop"


TRANSITIONS: dict[tuple[Outcome, Event], Outcome] = {
    (Outcome.ASKED, Event.ASK): Outcome.ASKED,
    (Outcome.ASKED, Event.ISSUE): Outcome.ISSUED,
    (Outcome.ASKED, Event.REFUSE): Outcome.REFUSED,
    (Outcome.ASKED, Event.FAIL): Outcome.FAILED,  # of the last asking whose fate was unknown
    (Outcome.ASKED, Event.DROP): Outcome.DROPPED,
    (Outcome.FAILED, Event.ASK): Outcome.ASKED,  # and so it is not known any more that nothing was done
    # the same again
    (Outcome.ISSUED, Event.ASK): Outcome.ISSUED,
    (Outcome.ISSUED, Event.ISSUE): Outcome.ISSUED,
    (Outcome.REFUSED, Event.ASK): Outcome.REFUSED,
    (Outcome.REFUSED, Event.REFUSE): Outcome.REFUSED,
    (Outcome.DROPPED, Event.ASK): Outcome.DROPPED,
    (Outcome.DROPPED, Event.DROP): Outcome.DROPPED,
}

#: Codes of the ward's errors that say: nothing was stored, nothing was done. After any other error nobody knows.
NOTHING_DONE = frozenset(
    {"busy", "peer_not_allowed", "municipality_not_served", "malformed", "body_too_large", "deadline_without_zone"}
)


def after(outcome: Outcome, event: Event) -> Outcome | None:
    """Give the outcome after the event, or None where the table has no arrow."""
    return TRANSITIONS.get((outcome, event))


def after_failure(outcome: Outcome, unanswered: int) -> Outcome | None:
    """Give the outcome after the ward did nothing with one of `unanswered` askings whose fate was unknown."""
    return after(outcome, Event.FAIL) if unanswered <= 1 else outcome
