"""Until when a paper may leave, told by a clock that may be set and a counter that may not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kofu.issuing.acting.domain.clocks import CLOCKS_APART_MAX
from kofu.issuing.requests.domain.release_rules import (
    KeptReport,
    Repeat,
    ReportedPrint,
    ReportStanding,
    is_over,
    kept_before,
    repeat_of,
    standing_of_report,
    time_limit,
)
from kofu.issuing.requests.domain.states import WITHOUT_PAPER, RequestState

RECEIVED = datetime(2026, 11, 23, 3, tzinfo=UTC)
DEADLINE = RECEIVED + timedelta(seconds=30)
MICROSECOND = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("after", "left"),
    [
        (timedelta(), 30.0),
        (timedelta(seconds=10), 20.0),
        (timedelta(seconds=30), 0.0),
        (-CLOCKS_APART_MAX, 30.0),  # another machine's clock, a little behind: never more than the whole time
        (-CLOCKS_APART_MAX - MICROSECOND, 0.0),  # put back: nobody can tell how much of the time is left
        (-timedelta(hours=1), 0.0),
    ],
)
def test_a_request_never_has_more_time_than_at_its_beginning(after: timedelta, left: float) -> None:
    now = RECEIVED + after
    limit = time_limit(DEADLINE, RECEIVED, now, ticks=7.0)
    assert limit.ticks_end == 7.0 + left
    assert is_over(limit, now, 7.0) is (left == 0.0)
    assert is_over(limit, now, 7.0 + left)


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("state", sorted(set(RequestState) - WITHOUT_PAPER - {RequestState.RECEIVED}))
def test_what_was_told_over_is_over_for_ever_in_time_or_not(state: RequestState, late: bool) -> None:  # noqa: FBT001 - drawn
    """P11: nobody tries again what somebody was told would not come."""
    assert repeat_of(state, late=late, told_over=True) is Repeat.OVER


@pytest.mark.parametrize("state", [RequestState.MADE, RequestState.SENT])
def test_a_repeat_in_time_is_made_again_and_a_late_one_is_told_so_without_any_work(state: RequestState) -> None:
    assert repeat_of(state, late=False, told_over=False) is Repeat.REBUILD
    assert repeat_of(state, late=True, told_over=False) is Repeat.TOO_LATE


def test_a_print_result_told_before_its_paper_was_made_and_again_after_contradicts_nothing() -> None:
    """P11, seed 1796011550 of the long proof: a repeat was held against the first of the same words, not the last."""
    report = ReportedPrint(outcome=RequestState.FAILED, copies_printed=0, fee_paid=0, occurred_at=DEADLINE)
    early = KeptReport(report=report, standing=ReportStanding.UNREQUESTED, case_id="c")
    taken = KeptReport(report=report, standing=ReportStanding.ACCEPTED, case_id="")
    assert standing_of_report(RequestState.MADE, report, [early]) is ReportStanding.ACCEPTED
    assert kept_before([early, taken], report) is taken
    assert standing_of_report(RequestState.FAILED, report, [early, taken]) is ReportStanding.REPEATED
