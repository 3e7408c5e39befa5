"""The life of a 督促 run: drawn by one, approved by another, sent; who is on it may be taken out until it is sent."""

from __future__ import annotations

from kofu.core.labelled import LabelledEnum
from kofu.core.life_cycle import LifeCycle


class DunningRunState(LabelledEnum):
    """Where a 督促 run stands."""

    DRAWN = "drawn", "抽出済"
    APPROVED = "approved", "決裁済"
    SENT = "sent", "発送済"
    WITHDRAWN = "withdrawn", "取下げ"


class DunningRunEvent(LabelledEnum):
    """What happens to it."""

    APPROVE = "approve", "決裁"
    WITHDRAW = "withdraw", "取下げ"
    SEND = "send", "発送"
    TAKE_OUT = "take_out", "引抜き"


DUNNING_RUN_LIFE = LifeCycle(
    title="督促の抽出",
    thing="a run",
    reason="run_state",
    states=DunningRunState,
    events=DunningRunEvent,
    begins=frozenset({DunningRunState.DRAWN}),
    ends=frozenset({DunningRunState.SENT, DunningRunState.WITHDRAWN}),
    table={
        (DunningRunState.DRAWN, DunningRunEvent.APPROVE): DunningRunState.APPROVED,
        (DunningRunState.DRAWN, DunningRunEvent.WITHDRAW): DunningRunState.WITHDRAWN,
        (DunningRunState.APPROVED, DunningRunEvent.SEND): DunningRunState.SENT,
        (DunningRunState.DRAWN, DunningRunEvent.TAKE_OUT): DunningRunState.DRAWN,
        (DunningRunState.APPROVED, DunningRunEvent.TAKE_OUT): DunningRunState.APPROVED,
    },
)
