"""The life of a judged feed as a table: held, released by two people or rejected by one, activated by the loader."""

from __future__ import annotations

from enum import StrEnum


class FeedState(StrEnum):
    """Where a judged feed stands."""

    REFUSED = "refused"  # by the gates: it can never be activated
    HELD = "held"  # 保留: yesterday keeps serving until people have looked
    RELEASED = "released"  # two people agreed; the loader activates exactly these bytes
    REJECTED = "rejected"  # people looked and refused it
    ACTIVATED = "activated"


class FeedEvent(StrEnum):
    """What moves a judged feed."""

    RELEASE = "release"  # the second person's word
    REJECT = "reject"
    ACTIVATE = "activate"


TRANSITIONS: dict[tuple[FeedState, FeedEvent], FeedState] = {
    (FeedState.HELD, FeedEvent.RELEASE): FeedState.RELEASED,
    (FeedState.HELD, FeedEvent.REJECT): FeedState.REJECTED,
    (FeedState.RELEASED, FeedEvent.REJECT): FeedState.REJECTED,
    (FeedState.RELEASED, FeedEvent.ACTIVATE): FeedState.ACTIVATED,
}


def next_state(state: FeedState, event: FeedEvent) -> FeedState | None:
    """Give the state an event leads to, or None where it leads nowhere."""
    return TRANSITIONS.get((state, event))
