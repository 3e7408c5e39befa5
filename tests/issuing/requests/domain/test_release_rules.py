"""Until when a paper may leave, told by a clock that may be set and a counter that may not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kofu.issuing.acting.domain.clocks import CLOCKS_APART_MAX
from kofu.issuing.requests.domain.release_rules import is_over, time_limit

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
