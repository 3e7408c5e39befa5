"""What two people decide so that a day can be closed: the 会計日 of a batch, what became of an expected file."""

from __future__ import annotations

from enum import StrEnum

from kofu.core.labelled import LabelledEnum
from kofu.core.life_cycle import LifeCycle


class DayDecision(StrEnum):
    """What is decided."""

    MOVE_BATCH = "move_batch"  # 会計日の変更
    NOTHING_PAID = "nothing_paid"  # 収納なし: the sender says that nothing was paid; the channel is covered
    COMES_LATER = "comes_later"  # 未着: the day is closed without the file, and 督促 waits until it is there
    CAME = "came"  # 到着: a batch that was posted is this file


class DecisionState(LabelledEnum):
    """Where a decision stands."""

    PROPOSED = "proposed", "起案"
    APPROVED = "approved", "決裁済"
    DECLINED = "declined", "却下・取下げ"


class DecisionEvent(LabelledEnum):
    """What happens to it."""

    APPROVE = "approve", "決裁"
    DECLINE = "decline", "却下・取下げ"


DECISION_LIFE = LifeCycle(
    title="会計日・ファイル・率についての決裁",
    thing="a proposal",
    reason="decision_state",
    states=DecisionState,
    events=DecisionEvent,
    begins=frozenset({DecisionState.PROPOSED}),
    ends=frozenset({DecisionState.APPROVED, DecisionState.DECLINED}),
    table={
        (DecisionState.PROPOSED, DecisionEvent.APPROVE): DecisionState.APPROVED,
        (DecisionState.PROPOSED, DecisionEvent.DECLINE): DecisionState.DECLINED,
    },
)


def decided(state: DecisionState, *, approve: bool) -> DecisionState:
    """State after an approval, or after the proposal was declined or taken back; who may is asked where it is decided.

    Raises `OperatorFault` `decision_state`.
    """
    return DECISION_LIFE.after(state, DecisionEvent.APPROVE if approve else DecisionEvent.DECLINE)
