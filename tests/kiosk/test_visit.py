"""A visit forgets; visits are few."""

from __future__ import annotations

import pytest
from tests.kiosk.doubles import CARDS, Clock

from kofu.kiosk.domain.screens import Screen
from kofu.kiosk.visit import GRACE_SECONDS, IDLE_SECONDS_MAX, MORE_TIME_MAX, VISITS_MAX, Visits


def test_too_many_visits_push_out_the_longest_idle_and_erase_it() -> None:
    clock = Clock()
    visits = Visits(clock)
    first_cookie, first = visits.begin()
    first.card = CARDS[0]
    for _ in range(VISITS_MAX):
        clock.seconds += 1
        visits.begin()
    assert visits.find(first_cookie) is None
    assert first.card is None


def test_a_visit_nobody_touches_is_dropped_and_erased() -> None:
    clock = Clock()
    visits = Visits(clock)
    cookie, visit = visits.begin()
    visit.card = CARDS[0]
    clock.seconds += IDLE_SECONDS_MAX + 1
    visits.sweep()
    assert visits.find(cookie) is None
    assert visit.card is None


@pytest.mark.parametrize("screen", [Screen.PRINTING, Screen.LEFT_PAPER, Screen.LEFT_CARD])
def test_what_the_machine_is_in_the_middle_of_is_not_thrown_away(screen) -> None:
    clock = Clock()
    visits = Visits(clock)
    cookie, visit = visits.begin()
    visit.screen = screen
    clock.seconds += IDLE_SECONDS_MAX * 10
    visits.sweep()
    assert visits.overdue() == []
    for _ in range(VISITS_MAX):
        clock.seconds += 1
        visits.begin()
    assert visits.find(cookie) is visit
    assert visits.underway() == 1


def test_cookies_and_tokens_are_never_the_same() -> None:
    visits = Visits(Clock())
    made = [visits.begin() for _ in range(10)]
    assert len({cookie for cookie, _ in made} | {visit.token for _, visit in made}) == 20


def test_more_time_is_given_ten_times_and_no_more() -> None:
    """WCAG 2.2.1: at least ten times; a kiosk with a queue needs an end."""
    clock = Clock()
    _, visit = Visits(clock).begin()
    visit.screen = Screen.KIND
    for _ in range(MORE_TIME_MAX):
        clock.seconds += 80
        visit.give_more_time(clock())
        assert visit.seconds_left(clock()) == 90
    clock.seconds += 80
    visit.give_more_time(clock())
    assert visit.seconds_left(clock()) == 10


def test_a_paper_not_taken_gets_no_more_time() -> None:
    clock = Clock()
    _, visit = Visits(clock).begin()
    visit.screen = Screen.PAPER
    clock.seconds += 100
    visit.give_more_time(clock())
    assert visit.seconds_left(clock()) == 20


def test_a_screen_is_overdue_only_after_its_time_and_a_grace() -> None:
    clock = Clock()
    visits = Visits(clock)
    _, visit = visits.begin()
    visit.screen = Screen.PIN
    clock.seconds += 60 + GRACE_SECONDS
    assert visits.overdue() == []
    clock.seconds += 1
    assert visits.overdue() == [visit]
    visit.screen = Screen.WELCOME
    assert visits.overdue() == []
