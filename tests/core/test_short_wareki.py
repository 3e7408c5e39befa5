"""和暦 as lists write it."""

from __future__ import annotations

from datetime import date

import pytest

from kofu.core.wareki import format_short


@pytest.mark.parametrize(
    ("day", "written"),
    [
        (date(2026, 11, 23), "令和8.11.23"),
        (date(2019, 5, 1), "令和元.5.1"),
        (date(1989, 1, 7), "昭和64.1.7"),
        (date(1867, 12, 31), "1867-12-31"),
    ],
)
def test_a_day_is_short_and_the_first_year_of_an_era_is_gannen(day: date, written: str) -> None:
    assert format_short(day) == written
