"""The life of an application for a certificate at the counter, as one table of (state, event) → state.

::

    applied ─┬─ issue ─► issued ─ hand_over ─► handed_over
             ├─ refuse ─► refused     │              │
             ├─ withdraw ─► withdrawn └──── void ────┴─► voided
             └─ ask_approval ─► waiting ─ approve ─► approved ─ (issue, refuse, withdraw, as above)
"""

from __future__ import annotations

from kofu.core.labelled import LabelledEnum
from kofu.core.life_cycle import LifeCycle


class CounterState(LabelledEnum):
    """Where an application stands."""

    APPLIED = "applied", "受付済"
    WAITING = "waiting", "決裁待ち"  # the person is under 支援措置
    APPROVED = "approved", "決裁済"
    REFUSED = "refused", "交付不可"
    WITHDRAWN = "withdrawn", "取下げ"
    ABORTED = "aborted", "中止"  # a fault of ours; a case is open
    ISSUED = "issued", "発行済"  # numbered, recorded, in the office's hands
    HANDED_OVER = "handed_over", "交付済"
    VOIDED = "voided", "無効"


class CounterEvent(LabelledEnum):
    """What happens to an application."""

    APPLY = "apply", "受付"
    ASK_APPROVAL = "ask_approval", "決裁へ回付"
    APPROVE = "approve", "決裁"
    DENY = "deny", "決裁せず"
    REFUSE = "refuse", "交付不可"
    WITHDRAW = "withdraw", "取下げ"
    ABORT = "abort", "中止"
    ISSUE = "issue", "発行"
    PRINT = "print", "印刷"
    HAND_OVER = "hand_over", "交付"
    VOID = "void", "無効"


S, E = CounterState, CounterEvent

COUNTER_LIFE = LifeCycle(
    title="窓口の申請",
    thing="an application",
    reason="counter_state",
    states=CounterState,
    events=CounterEvent,
    begins=frozenset({CounterState.APPLIED}),
    ends=frozenset(
        {
            CounterState.REFUSED,
            CounterState.WITHDRAWN,
            CounterState.ABORTED,
            CounterState.HANDED_OVER,
            CounterState.VOIDED,
        }
    ),
    table={
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
    },
)

UNDECIDED = frozenset({S.APPLIED, S.WAITING, S.APPROVED})
WITH_PAPER = frozenset({S.ISSUED, S.HANDED_OVER})
