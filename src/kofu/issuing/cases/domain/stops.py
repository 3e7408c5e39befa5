"""The life of a stop of issuance (全件停止): in force from its commit, lifted by the second person's word (P9)."""

from __future__ import annotations

from kofu.certificates.domain.findings import Signature, standing
from kofu.core.labelled import LabelledEnum
from kofu.core.life_cycle import LifeCycle


class StopState(LabelledEnum):
    """Where a stop stands. It is in force until it is lifted."""

    IN_FORCE = "in_force", "停止中"
    AGREED = "agreed", "停止中（一人が解除に同意）"
    LIFTED = "lifted", "解除済"


class StopEvent(LabelledEnum):
    """What happens to it."""

    AGREE = "agree", "別の職員の同意"


STOP_LIFE = LifeCycle(
    title="発行停止（全件停止）",
    thing="a stop",
    reason="stop_lifted",
    states=StopState,
    events=StopEvent,
    begins=frozenset({StopState.IN_FORCE}),
    ends=frozenset({StopState.LIFTED}),
    table={
        (StopState.IN_FORCE, StopEvent.AGREE): StopState.AGREED,
        (StopState.AGREED, StopEvent.AGREE): StopState.LIFTED,
    },
)


def state_of(signatures: tuple[Signature, ...], *, lifted: bool) -> StopState:
    """Give where a stop stands: lifted, or in force with what its signatures say."""
    if lifted:
        return StopState.LIFTED
    return StopState.AGREED if standing(signatures) else StopState.IN_FORCE
