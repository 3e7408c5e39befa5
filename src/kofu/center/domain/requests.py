"""What the centre knows of a request, as one table of (outcome, event) → outcome.

A kiosk that did not hear the answer asks again under the same id, and so do several lines at once. What was handed to
the kiosk once is never told otherwise afterwards, and what was refused once is never handed over (P11): an event
without an arrow changes nothing, and its answer does not leave.

That the ward did nothing with one asking says nothing about another: a line before it may have been cut after the ward
had issued. So the askings whose fate is unknown are counted, and a request has *failed* only where none is left.
"""

from __future__ import annotations

from enum import StrEnum


class RequestOutcome(StrEnum):
    """How a request stands at the centre."""

    ASKED = "asked"  # the ward was asked; whether it issued is not known
    FAILED = "failed"  # the ward said of every asking that it did nothing: the same request may be asked again
    REFUSED = "refused"  # by the ward, or by a stop of the centre before the ward was asked
    ISSUED = "issued"  # the paper was handed to the kiosk's line
    DROPPED = "dropped"  # the ward issued, nothing left the centre, and the ward was told so


class OutcomeEvent(StrEnum):
    """What happens to a request."""

    ASK = "ask"  # the ward is asked, for the first time or again
    ISSUE = "issue"
    REFUSE = "refuse"
    FAIL = "fail"
    DROP = "drop"


TRANSITIONS: dict[tuple[RequestOutcome, OutcomeEvent], RequestOutcome] = {
    (RequestOutcome.ASKED, OutcomeEvent.ASK): RequestOutcome.ASKED,
    (RequestOutcome.ASKED, OutcomeEvent.ISSUE): RequestOutcome.ISSUED,
    (RequestOutcome.ASKED, OutcomeEvent.REFUSE): RequestOutcome.REFUSED,
    (RequestOutcome.ASKED, OutcomeEvent.FAIL): RequestOutcome.FAILED,  # of the last asking whose fate was unknown
    (RequestOutcome.ASKED, OutcomeEvent.DROP): RequestOutcome.DROPPED,
    (
        RequestOutcome.FAILED,
        OutcomeEvent.ASK,
    ): RequestOutcome.ASKED,  # and so it is not known any more that nothing was done
    # the same again
    (RequestOutcome.ISSUED, OutcomeEvent.ASK): RequestOutcome.ISSUED,
    (RequestOutcome.ISSUED, OutcomeEvent.ISSUE): RequestOutcome.ISSUED,
    (RequestOutcome.REFUSED, OutcomeEvent.ASK): RequestOutcome.REFUSED,
    (RequestOutcome.REFUSED, OutcomeEvent.REFUSE): RequestOutcome.REFUSED,
    (RequestOutcome.DROPPED, OutcomeEvent.ASK): RequestOutcome.DROPPED,
    (RequestOutcome.DROPPED, OutcomeEvent.DROP): RequestOutcome.DROPPED,
}

#: Codes of the ward's errors that say: nothing was stored, nothing was done. After any other error nobody knows.
NOTHING_DONE = frozenset(
    {"busy", "peer_not_allowed", "municipality_not_served", "malformed", "body_too_large", "deadline_without_zone"}
)


def after(outcome: RequestOutcome, event: OutcomeEvent) -> RequestOutcome | None:
    """Give the outcome after the event, or None where the table has no arrow."""
    return TRANSITIONS.get((outcome, event))


def after_failure(outcome: RequestOutcome, unanswered: int) -> RequestOutcome | None:
    """Give the outcome after the ward did nothing with one of `unanswered` askings whose fate was unknown."""
    return after(outcome, OutcomeEvent.FAIL) if unanswered <= 1 else outcome
