"""What the centre knows of a request, as one table of (outcome, event) → outcome.

A kiosk that did not hear the answer asks again under the same id, and so do several lines at once. What was handed to
the kiosk once is never told otherwise afterwards, and what was refused once is never handed over (P11): an event
without an arrow changes nothing, and its answer does not leave.

That the ward did nothing with one asking says nothing about another: a line before it may have been cut after the ward
had issued. So the askings whose fate is unknown are counted, and a request has *failed* only where none is left.
"""

from __future__ import annotations

from kofu.core.errors import OurFault
from kofu.core.labelled import LabelledEnum
from kofu.core.life_cycle import LifeCycle


class RequestOutcome(LabelledEnum):
    """How a request stands at the centre."""

    ASKED = "asked", "照会中"  # the ward was asked; whether it issued is not known
    FAILED = "failed", "処理なし"  # the ward did nothing with any asking: the same request may be asked again
    REFUSED = "refused", "交付不可"  # by the ward, or by a stop of the centre before the ward was asked
    ISSUED = "issued", "交付"  # the paper was handed to the kiosk's line
    DROPPED = "dropped", "破棄"  # the ward issued, nothing left the centre, and the ward was told so


class OutcomeEvent(LabelledEnum):
    """What happens to a request."""

    ASK = "ask", "照会"  # the ward is asked, for the first time or again
    ISSUE = "issue", "交付"
    REFUSE = "refuse", "交付不可"
    FAIL = "fail", "処理なしの回答"
    DROP = "drop", "破棄"


CENTER_REQUEST_LIFE = LifeCycle(
    title="証明書交付センターの要求",
    thing="a request at the centre",
    reason="request_outcome",
    states=RequestOutcome,
    events=OutcomeEvent,
    begins=frozenset({RequestOutcome.ASKED}),
    ends=frozenset({RequestOutcome.REFUSED, RequestOutcome.ISSUED, RequestOutcome.DROPPED}),
    table={
        (RequestOutcome.ASKED, OutcomeEvent.ASK): RequestOutcome.ASKED,
        (RequestOutcome.ASKED, OutcomeEvent.ISSUE): RequestOutcome.ISSUED,
        (RequestOutcome.ASKED, OutcomeEvent.REFUSE): RequestOutcome.REFUSED,
        (RequestOutcome.ASKED, OutcomeEvent.FAIL): RequestOutcome.FAILED,  # of the last asking whose fate was unknown
        (RequestOutcome.ASKED, OutcomeEvent.DROP): RequestOutcome.DROPPED,
        (
            RequestOutcome.FAILED,
            OutcomeEvent.ASK,
        ): RequestOutcome.ASKED,  # nobody knows again that nothing was done
        # the same again
        (RequestOutcome.ISSUED, OutcomeEvent.ASK): RequestOutcome.ISSUED,
        (RequestOutcome.ISSUED, OutcomeEvent.ISSUE): RequestOutcome.ISSUED,
        (RequestOutcome.REFUSED, OutcomeEvent.ASK): RequestOutcome.REFUSED,
        (RequestOutcome.REFUSED, OutcomeEvent.REFUSE): RequestOutcome.REFUSED,
        (RequestOutcome.DROPPED, OutcomeEvent.ASK): RequestOutcome.DROPPED,
        (RequestOutcome.DROPPED, OutcomeEvent.DROP): RequestOutcome.DROPPED,
    },
    fault=OurFault,
)

#: Codes of the ward's errors that say: nothing was stored, nothing was done. After any other error nobody knows.
NOTHING_DONE = frozenset(
    {"busy", "peer_not_allowed", "municipality_not_served", "malformed", "not_json", "body_too_large"}
)


def after_failure(outcome: RequestOutcome, unanswered: int) -> RequestOutcome | None:
    """Give the outcome after the ward did nothing with one of `unanswered` askings whose fate was unknown."""
    return CENTER_REQUEST_LIFE.following(outcome, OutcomeEvent.FAIL) if unanswered <= 1 else outcome
