"""The arrival curve of the load report, and its page."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from bench import load


def test_the_hours_of_a_day_are_the_whole_day_within_the_hours_of_service():
    assert sum(load.HOURS.values()) == pytest.approx(1.0)
    assert min(load.HOURS) == int(load.OPENS)
    assert max(load.HOURS) == int(load.CLOSES) - 1


def test_as_many_come_as_the_curve_says_and_more_of_them_at_noon():
    coming = load.arrivals(11.0, 13.0, 24.0, seed=3)
    assert len(coming) == pytest.approx(load.of_the_day() * (load.HOURS[11] + load.HOURS[12]), rel=0.02)
    by_hour = Counter(int(hour) for _, hour in coming)
    assert by_hour[12] > by_hour[11]
    assert 0 < coming[0][0] < coming[-1][0] < 2 * 3600 / 24
    assert coming[:9] == load.arrivals(11.0, 13.0, 24.0, seed=3)[:9]


def test_percentiles_of_nothing_are_none_and_of_one_latency_it_itself():
    assert load.percentiles([]) == {}
    assert set(load.percentiles([0.012]).values()) == {12.0}


def test_the_page_is_drawn_from_the_kept_numbers_alone():
    numbers = json.loads(load.NUMBERS.read_text(encoding="utf-8"))
    assert load.PAGE.read_text(encoding="utf-8") == load.page(numbers)
    numbers["said"]["busy"] = 7
    assert "busy 7" in load.page(numbers)
