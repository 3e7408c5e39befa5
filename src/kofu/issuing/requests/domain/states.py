"""The life of a request for a certificate, as one table of (state, event) → state.

A request is stored before anything is decided. It ends without paper (refused, expired, aborted) or it is *made*: the
certificate has passed the last look and its journal and audit entries are durable. Only then may bytes leave (*sent*).
What became of the paper is told by the centre afterwards (printed, failed, cancelled, unknown).

Nothing leads from an end without paper to a paper: a late result is unusable because there is no arrow for it (P3).
From *made* one arrow leads to an end without paper: *withheld*. It is taken only when every worker that was allowed to
hand the paper out has said that it did not (`after_withholding`): nobody can say so for another, who may stand still
with the bytes in its hands (P11).
The database holds the same table in a trigger, so that no other program can take a way that is not drawn here. The
diagram in docs/why/fail-closed.md is drawn by `mermaid()`; a test holds all three together.
"""

from __future__ import annotations

from enum import StrEnum

from kofu.core.errors import ensure


class RequestState(StrEnum):
    """Where a request stands."""

    RECEIVED = "received"  # 要求受付: stored, nothing decided
    REFUSED = "refused"  # 交付不可: decided, with a code
    EXPIRED = "expired"  # 期限切れ: the deadline passed before bytes could leave
    ABORTED = "aborted"  # 中断: a fault of ours, or the process died
    WITHHELD = "withheld"  # 不送付: made, but it came too late and nobody handed it out
    MADE = "made"  # 作成済: last look passed, journal and audit durable
    SENT = "sent"  # 送付済: the bytes were handed to the centre's connection
    PRINTED = "printed"  # 印刷完了: the resident has the paper
    FAILED = "failed"  # 印刷失敗: jam, out of paper; the number stays consumed and void
    CANCELLED = "cancelled"  # 取消: not paid, or given up
    UNKNOWN = "unknown"  # 印刷不明: a case


class RequestEvent(StrEnum):
    """What happens to a request."""

    REFUSE = "refuse"
    MAKE = "make"
    EXPIRE = "expire"
    ABORT = "abort"
    SEND = "send"
    WITHHOLD = "withhold"
    REPORT_PRINTED = "report_printed"
    REPORT_FAILED = "report_failed"
    REPORT_CANCELLED = "report_cancelled"
    REPORT_UNKNOWN = "report_unknown"
    LOSE = "lose"  # no print result came within the time the profile allows


_REPORTS: dict[RequestEvent, RequestState] = {
    RequestEvent.REPORT_PRINTED: RequestState.PRINTED,
    RequestEvent.REPORT_FAILED: RequestState.FAILED,
    RequestEvent.REPORT_CANCELLED: RequestState.CANCELLED,
    RequestEvent.REPORT_UNKNOWN: RequestState.UNKNOWN,
}

TRANSITIONS: dict[tuple[RequestState, RequestEvent], RequestState] = {
    (RequestState.RECEIVED, RequestEvent.REFUSE): RequestState.REFUSED,
    (RequestState.RECEIVED, RequestEvent.MAKE): RequestState.MADE,
    (RequestState.RECEIVED, RequestEvent.EXPIRE): RequestState.EXPIRED,
    (RequestState.RECEIVED, RequestEvent.ABORT): RequestState.ABORTED,
    (RequestState.MADE, RequestEvent.SEND): RequestState.SENT,
    # the commit itself outlived the deadline: the bytes stay here
    (RequestState.MADE, RequestEvent.WITHHOLD): RequestState.WITHHELD,
    (RequestState.MADE, RequestEvent.LOSE): RequestState.UNKNOWN,
    (RequestState.SENT, RequestEvent.LOSE): RequestState.UNKNOWN,
    # the centre's word may overtake our own note that the bytes left, so it is taken from MADE too
    **{(RequestState.MADE, event): state for event, state in _REPORTS.items()},
    **{(RequestState.SENT, event): state for event, state in _REPORTS.items()},
    # a late, definite word ends the not-knowing; the case opened for it still needs its two people
    **{(RequestState.UNKNOWN, event): state for event, state in _REPORTS.items() if state is not RequestState.UNKNOWN},
}

WITHOUT_PAPER = frozenset({RequestState.REFUSED, RequestState.EXPIRED, RequestState.ABORTED, RequestState.WITHHELD})
REPORTED = frozenset({RequestState.PRINTED, RequestState.FAILED, RequestState.CANCELLED, RequestState.UNKNOWN})


def next_state(state: RequestState, event: RequestEvent) -> RequestState | None:
    """Give the state after the event, or None where the table has no arrow."""
    return TRANSITIONS.get((state, event))


def advance(state: RequestState, event: RequestEvent) -> RequestState:
    """Give the state after the event. Raises `InvariantBroken` where the table has no arrow."""
    after = TRANSITIONS.get((state, event))
    ensure(after is not None, f"a request in state {state} cannot {event}")
    return TRANSITIONS[state, event]


def after_withholding(state: RequestState, may_leave: int) -> RequestState:
    """Give the state after one of `may_leave` workers, each allowed to hand the paper out, said that it did not.

    Raises `InvariantBroken` where nobody was allowed to.
    """
    ensure(may_leave > 0, "a paper nobody may hand out cannot be held back")
    return advance(state, RequestEvent.WITHHOLD) if state is RequestState.MADE and may_leave == 1 else state


def report_event(reported: RequestState) -> RequestEvent:
    """Name the event that a print result of the centre is, by the state it reports."""
    ensure(reported in REPORTED, f"{reported} is not a print result")
    return next(event for event, state in _REPORTS.items() if state is reported)


def arrows() -> tuple[tuple[RequestState, RequestState], ...]:
    """Every (from, to) the table allows, sorted: what the database's trigger allows too."""
    return tuple(sorted({(state, after) for (state, _), after in TRANSITIONS.items()}))


def mermaid() -> str:
    """Draw the table as a mermaid state diagram, the one in the docs."""
    lines = ["stateDiagram-v2", "    [*] --> received"]
    grouped: dict[tuple[RequestState, RequestState], list[RequestEvent]] = {}
    for (state, event), after in TRANSITIONS.items():
        grouped.setdefault((state, after), []).append(event)
    lines += [f"    {state} --> {after}: {' / '.join(events)}" for (state, after), events in grouped.items()]
    ends = [state for state in RequestState if not any(start is state for start, _ in TRANSITIONS)]
    lines += [f"    {state} --> [*]" for state in ends]
    return "\n".join(lines)
