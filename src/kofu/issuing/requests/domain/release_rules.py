"""What decides about a release and what comes after it: deadlines, repeats, print results.

Pure. The clock comes in as a value (`now`), always aware and in UTC; beside it `ticks`, the seconds of a counter that
runs evenly and that nobody sets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kofu.core.errors import ensure
from kofu.issuing.acting.domain.clocks import CLOCKS_APART_MAX
from kofu.issuing.requests.domain.states import REPORTED, REQUEST_LIFE, WITHOUT_PAPER, RequestState, report_event

LEAVES_FIRST_FROM = (RequestState.RECEIVED,)
"""From where a request's paper leaves for the first time."""
LEAVES_AGAIN_FROM = (RequestState.MADE, RequestState.SENT)
"""From where it leaves once more: made, and nobody said yet what became of it."""


class Repeat(StrEnum):
    """What a request with an id and body already known is answered with (P11)."""

    DECIDE = "decide"  # nothing decided yet: decide now; the release itself lets only one through
    SAY_AGAIN = "say_again"  # it ended without paper: the same refusal
    REBUILD = "rebuild"  # made, not reported, in time: the same bytes, rebuilt from the journal and compared
    OVER = "over"  # made, and once told that nothing leaves again: the same answer for ever
    TOO_LATE = "too_late"  # made, but the deadline has passed: nothing leaves again from now on
    ALREADY_REPORTED = "already_reported"  # the paper's fate is known: nothing leaves again


class ReportStanding(StrEnum):
    """What a print result is, seen from what we know."""

    ACCEPTED = "accepted"
    REPEATED = "repeated"
    CONTRADICTION = "contradiction"
    UNREQUESTED = "unrequested"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestStanding:
    """What a print result is judged against. Money in yen."""

    state: RequestState
    copies: int
    fee_per_copy: int
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedPrint:
    """A print result (印刷結果) of the centre. `outcome` is one of the reported states; money in yen."""

    outcome: RequestState
    copies_printed: int
    fee_paid: int
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptReport:
    """A print result taken before: how it was taken, and the case it opened ("" for none)."""

    report: ReportedPrint
    standing: ReportStanding
    case_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLimit:
    """Until when a paper may leave: by the clock, and by the counter in case the clock is set back meanwhile."""

    deadline: datetime
    ticks_end: float


def time_limit(deadline: datetime, received_at: datetime, now: datetime, ticks: float) -> TimeLimit:
    """Give the limit of a request stored at `received_at` and looked at `now`.

    The counter may run as long as the clock has left, and never longer than the request had at its beginning. A clock
    that shows less than what was stored was put back meanwhile: nobody can tell how much of the time is over, so all
    of it is (P3). That two machines' clocks stand a little apart is no such thing.
    """
    put_back = now < received_at - CLOCKS_APART_MAX
    left = timedelta() if put_back else min(deadline - now, deadline - received_at)
    return TimeLimit(deadline=deadline, ticks_end=ticks + left.total_seconds())


def is_late(now: datetime, deadline: datetime) -> bool:
    """Whether nothing may leave any more. The deadline itself is already too late: ties are refusals (P3)."""
    return now >= deadline


def is_over(limit: TimeLimit, now: datetime, ticks: float) -> bool:
    """Whether the time is over by the clock or by the counter, whichever says so first (P3)."""
    return is_late(now, limit.deadline) or ticks >= limit.ticks_end


def effective_deadline(deadline: datetime, received_at: datetime, longest: timedelta) -> datetime:
    """Give the asked deadline, but never longer than the ward allows a request to live."""
    ensure(deadline.tzinfo is not None and received_at.tzinfo is not None, "instants must be aware")
    return min(deadline, received_at + longest)


def repeat_of(state: RequestState, *, late: bool, told_over: bool) -> Repeat:
    """How a request that is known already is answered, from where it stands.

    `told_over`: somebody was told that nothing leaves again. What was said once is said for ever (P11).
    """
    if state in WITHOUT_PAPER:
        return Repeat.SAY_AGAIN
    if state in LEAVES_FIRST_FROM:
        return Repeat.DECIDE
    if told_over:
        return Repeat.OVER
    if state not in LEAVES_AGAIN_FROM:
        return Repeat.ALREADY_REPORTED
    return Repeat.TOO_LATE if late else Repeat.REBUILD


def kept_before(kept: Sequence[KeptReport], report: ReportedPrint) -> KeptReport | None:
    """Find the same report among those taken before: same outcome, copies, fee and instant, all of it.

    The one taken last counts: what came before its paper was made is told again, and is accepted then.
    """
    return next((one for one in reversed(kept) if one.report == report), None)


def standing_of_report(state: RequestState, report: ReportedPrint, kept: Sequence[KeptReport]) -> ReportStanding:
    """Whether a print result moves the request, repeats what is known, or cannot be true beside what was said before.

    Reports are compared whole: another number of copies, another fee, another instant is another word. Two words about
    one paper cannot both be true, but for two: a definite word ends an "unknown", and an "unknown" that comes after a
    definite word (overtaken on its way) adds nothing.
    """
    same = kept_before(kept, report)
    accepted = [one for one in kept if one.standing is ReportStanding.ACCEPTED]
    if state not in REPORTED:
        event = report_event(report.outcome)
        return ReportStanding.UNREQUESTED if not REQUEST_LIFE.allows(state, event) else ReportStanding.ACCEPTED
    if same is not None and same.standing is not ReportStanding.UNREQUESTED:
        return same.standing if same.standing is ReportStanding.CONTRADICTION else ReportStanding.REPEATED
    if state is RequestState.UNKNOWN:
        nobody_spoke = not accepted  # the ward gave it up by itself
        definite = report.outcome is not RequestState.UNKNOWN
        return ReportStanding.ACCEPTED if definite or nobody_spoke else ReportStanding.CONTRADICTION
    return ReportStanding.REPEATED if report.outcome is RequestState.UNKNOWN else ReportStanding.CONTRADICTION


def says_nothing(report: ReportedPrint) -> bool:
    """Whether a report only says that its sender does not know: no paper, no money.

    Of a request that has no paper that is no news: the sender did not hear our refusal, or never reached us.
    """
    return report.outcome is RequestState.UNKNOWN and not report.copies_printed and not report.fee_paid


def deviations(request: RequestStanding, report: ReportedPrint) -> tuple[str, ...]:
    """Say what in a report does not fit the request, in words for a case. Empty where it fits.

    A job that failed after some whole copies is ordinary: those copies are out and paid for, the others are not. What
    does not fit is another fee than theirs, or a failure that is said to have printed everything.
    """
    found = _unfitting(request, report)
    if report.occurred_at < request.received_at:
        found.append("印刷結果の日時が、申請の受付より前になっている")
    return tuple(found)


def _unfitting(request: RequestStanding, report: ReportedPrint) -> list[str]:
    whole, printed, paid = request.copies, report.copies_printed, report.fee_paid
    due = printed * request.fee_per_copy
    match report.outcome:
        case RequestState.PRINTED:
            due = whole * request.fee_per_copy
            copies = "" if printed == whole else f"申請は{whole}部、印刷は{printed}部"
            fee = "" if paid == due else f"手数料は{due:,}円のところ、収納は{paid:,}円"
        case RequestState.FAILED:
            copies = "" if printed < whole else f"印刷失敗と報告されたが、{whole}部すべてが印刷されている"
            fee = "" if paid == due else f"印刷できた{printed}部の手数料は{due:,}円のところ、収納は{paid:,}円"
        case RequestState.UNKNOWN:
            copies = fee = ""
        case _:
            copies = f"取り消しと報告されたが、{printed}部が印刷されている" if printed else ""
            fee = f"取り消しと報告されたが、{paid:,}円が収納されている" if paid else ""
    return [said for said in (copies, fee) if said]
