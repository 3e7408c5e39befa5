"""The life of a request for a certificate, as one table of (state, event) → state.

A request is stored before anything is decided. It ends without paper (refused, expired, aborted) or it is *made*: the
certificate has passed the last look and its journal and audit entries are durable. Only then may bytes leave (*sent*).
What became of the paper is told by the centre afterwards (printed, failed, cancelled, unknown).

Nothing leads from an end without paper to a paper: a late result is unusable because there is no arrow for it (P3).
From *made* one arrow leads to an end without paper: *withheld*. It is taken only when every worker that was allowed to
hand the paper out has said that it did not (`after_withholding`): nobody can say so for another, who may stand still
with the bytes in its hands (P11).
The database holds the same table in a trigger, so that no other program can take a way that is not drawn here. The
diagram in docs/why/fail-closed.md is drawn from it; a test holds all three together.
"""

from __future__ import annotations

from kofu.core.errors import OurFault, ensure
from kofu.core.labelled import LabelledEnum
from kofu.core.life_cycle import LifeCycle


class RequestState(LabelledEnum):
    """Where a request stands."""

    RECEIVED = "received", "申請受付"  # stored, nothing decided
    REFUSED = "refused", "交付不可"  # decided, with a code
    EXPIRED = "expired", "期限切れ"  # the deadline passed before bytes could leave
    ABORTED = "aborted", "中断"  # a fault of ours, or the process died
    WITHHELD = "withheld", "不送付"  # made, but it came too late and nobody handed it out
    MADE = "made", "作成済"  # last look passed, journal and audit durable
    SENT = "sent", "送付済"  # the bytes were handed to the centre's connection
    PRINTED = "printed", "印刷完了"  # the resident has the paper
    FAILED = "failed", "印刷失敗"  # jam, out of paper; the number stays consumed and void
    CANCELLED = "cancelled", "取消"  # not paid, or given up
    UNKNOWN = "unknown", "印刷不明"  # a case


class RequestEvent(LabelledEnum):
    """What happens to a request."""

    REFUSE = "refuse", "交付不可"
    MAKE = "make", "作成"
    EXPIRE = "expire", "期限切れ"
    ABORT = "abort", "中断"
    SEND = "send", "送付"
    WITHHOLD = "withhold", "不送付"
    REPORT_PRINTED = "report_printed", "印刷完了の報告"
    REPORT_FAILED = "report_failed", "印刷失敗の報告"
    REPORT_CANCELLED = "report_cancelled", "取消の報告"
    REPORT_UNKNOWN = "report_unknown", "印刷不明の報告"
    LOSE = "lose", "報告なし"  # no print result came within the time the profile allows


_REPORTS: dict[RequestEvent, RequestState] = {
    RequestEvent.REPORT_PRINTED: RequestState.PRINTED,
    RequestEvent.REPORT_FAILED: RequestState.FAILED,
    RequestEvent.REPORT_CANCELLED: RequestState.CANCELLED,
    RequestEvent.REPORT_UNKNOWN: RequestState.UNKNOWN,
}

REQUEST_LIFE = LifeCycle(
    title="証明書の申請",
    thing="a request",
    reason="request_step",
    states=RequestState,
    events=RequestEvent,
    begins=frozenset({RequestState.RECEIVED}),
    ends=frozenset(
        {
            RequestState.REFUSED,
            RequestState.EXPIRED,
            RequestState.ABORTED,
            RequestState.WITHHELD,
            RequestState.PRINTED,
            RequestState.FAILED,
            RequestState.CANCELLED,
        }
    ),
    table={
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
        **{
            (RequestState.UNKNOWN, event): state
            for event, state in _REPORTS.items()
            if state is not RequestState.UNKNOWN
        },
    },
    fault=OurFault,
)

WITHOUT_PAPER = frozenset({RequestState.REFUSED, RequestState.EXPIRED, RequestState.ABORTED, RequestState.WITHHELD})
REPORTED = frozenset({RequestState.PRINTED, RequestState.FAILED, RequestState.CANCELLED, RequestState.UNKNOWN})


def after_withholding(state: RequestState, may_leave: int) -> RequestState:
    """Give the state after one of `may_leave` workers, each allowed to hand the paper out, said that it did not.

    Raises `InvariantBroken` where nobody was allowed to.
    """
    ensure(may_leave > 0, "a paper nobody may hand out cannot be held back")
    return REQUEST_LIFE.after(state, RequestEvent.WITHHOLD) if state is RequestState.MADE and may_leave == 1 else state


def report_event(reported: RequestState) -> RequestEvent:
    """Name the event that a print result of the centre is, by the state it reports."""
    ensure(reported in REPORTED, f"{reported} is not a print result")
    return next(event for event, state in _REPORTS.items() if state is reported)
