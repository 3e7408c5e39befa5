"""The life of a judged feed as a table: held, released by two people or rejected by one, activated by the loader."""

from __future__ import annotations

from kofu.core.labelled import LabelledEnum
from kofu.core.life_cycle import LifeCycle


class FeedState(LabelledEnum):
    """Where a judged feed stands."""

    REFUSED = "refused", "取込拒否"  # by the gates: it can never be activated
    HELD = "held", "保留"  # yesterday keeps serving until people have looked
    RELEASED = "released", "解除済"  # two people agreed; the loader activates exactly these bytes
    REJECTED = "rejected", "却下"  # people looked and refused it
    ACTIVATED = "activated", "切替済"


class FeedEvent(LabelledEnum):
    """What moves a judged feed."""

    RELEASE = "release", "二人目の解除"  # the second person's word
    REJECT = "reject", "却下"
    ACTIVATE = "activate", "切替"


JUDGED_FEED_LIFE = LifeCycle(
    title="判定した日次連携",
    thing="a judged feed",
    reason="feed_not_waiting",
    states=FeedState,
    events=FeedEvent,
    begins=frozenset({FeedState.REFUSED, FeedState.HELD}),
    ends=frozenset({FeedState.REFUSED, FeedState.REJECTED, FeedState.ACTIVATED}),
    table={
        (FeedState.HELD, FeedEvent.RELEASE): FeedState.RELEASED,
        (FeedState.HELD, FeedEvent.REJECT): FeedState.REJECTED,
        (FeedState.RELEASED, FeedEvent.REJECT): FeedState.REJECTED,
        (FeedState.RELEASED, FeedEvent.ACTIVATE): FeedState.ACTIVATED,
    },
)
