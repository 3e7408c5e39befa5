"""Service hours: 6:30 to 23:00 daily, closed 12/29 to 1/3."""

from __future__ import annotations

from datetime import datetime

import pytest

from kofu.center.domain.hours import is_open
from kofu.core.calendar import JST


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ((2026, 11, 24, 6, 29), False),
        ((2026, 11, 24, 6, 30), True),
        ((2026, 11, 24, 22, 59), True),
        ((2026, 11, 24, 23, 0), False),
        ((2026, 11, 22, 12, 0), True),  # a Sunday
        ((2026, 12, 28, 12, 0), True),
        ((2026, 12, 29, 12, 0), False),
        ((2027, 1, 3, 12, 0), False),
        ((2027, 1, 4, 12, 0), True),
    ],
)
def test_the_centre_is_open(when, expected):
    assert is_open(datetime(*when, tzinfo=JST)) is expected
