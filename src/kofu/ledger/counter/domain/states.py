"""The life of an application for a certificate at the counter, as one table of (state, event) → state.

::

    applied ─┬─ issue ─► issued ─ hand_over ─► handed_over
             ├─ refuse ─► refused     │              │
             ├─ withdraw ─► withdrawn └──── void ────┴─► voided
             └─ ask_approval ─► waiting ─ approve ─► approved ─ (issue, refuse, withdraw, as above)
"""

from __future__ import annotations

from enum import StrEnum

from kofu.core.errors import OperatorFault


class CounterState(StrEnum):
    """Where an application stands."""

    APPLIED = "applied"  # 受付済
    WAITING = "waiting"  # 決裁待ち: the person is under 支援措置
    APPROVED = "approved"  # 決裁済
    REFUSED = "refused"  # 交付不可
    WITHDRAWN = "withdrawn"  # 取下げ
    ABORTED = "aborted"  # 中止: a fault of ours; a case is open
    ISSUED = "issued"  # 発行済: numbered, recorded, in the office's hands
    HANDED_OVER = "handed_over"  # 交付済
    VOIDED = "voided"  # 無効


class CounterEvent(StrEnum):
    """What happens to an application."""

    APPLY = "apply"
    ASK_APPROVAL = "ask_approval"
    APPROVE = "approve"
    DENY = "deny"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    ABORT = "abort"
    ISSUE = "issue"
    PRINT = "print"
    HAND_OVER = "hand_over"
    VOID = "void"


S, E = CounterState, CounterEvent

TRANSITIONS: dict[tuple[CounterState, CounterEvent], CounterState] = {
    (S.APPLIED, E.ASK_APPROVAL): S.WAITING,
    (S.WAITING, E.APPROVE): S.APPROVED,
    (S.WAITING, E.DENY): S.REFUSED,
    (S.WAITING, E.WITHDRAW): S.WITHDRAWN,
    **{(state, E.REFUSE): S.REFUSED for state in (S.APPLIED, S.APPROVED)},
    **{(state, E.WITHDRAW): S.WITHDRAWN for state in (S.APPLIED, S.APPROVED)},
    **{(state, E.ABORT): S.ABORTED for state in (S.APPLIED, S.APPROVED)},
    **{(state, E.ISSUE): S.ISSUED for state in (S.APPLIED, S.APPROVED)},
    (S.ISSUED, E.PRINT): S.ISSUED,
    (S.ISSUED, E.HAND_OVER): S.HANDED_OVER,
    (S.ISSUED, E.VOID): S.VOIDED,
    (S.HANDED_OVER, E.VOID): S.VOIDED,
}

UNDECIDED = frozenset({S.APPLIED, S.WAITING, S.APPROVED})
WITH_PAPER = frozenset({S.ISSUED, S.HANDED_OVER})


def after(state: CounterState, event: CounterEvent) -> CounterState:
    """Give the state after the event. Raises `OperatorFault` `counter_state` where the table has no arrow."""
    following = TRANSITIONS.get((state, event))
    if following is None:
        raise OperatorFault("counter_state", f"an application that is {state} cannot {event}; look at it again")
    return following
