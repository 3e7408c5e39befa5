"""A visit forgets; visits are few."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from tests.kiosk.doubles import CARDS, Clock

from kofu.kiosk.domain.screens import Screen
from kofu.kiosk.domain.till import Till
from kofu.kiosk.visit import (
    GRACE_SECONDS,
    IDLE_SECONDS_MAX,
    KEPT_SCREENS,
    MORE_TIME_MAX,
    VISITS_MAX,
    KioskVisit,
    Receipt,
    Visits,
)


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


PAID = Till(300).insert(500)


def with_money(screen, till, *, paid):
    visit = KioskVisit(screen=screen, till=till)
    visit.receipt = Receipt("", 1, till, datetime(2026, 11, 20, tzinfo=UTC)) if paid else None
    return visit


def push_out(visits, clock, changed):
    """Fill the kiosk with visits changed like this one, then let as many come again; how many of the first are left."""
    first = []
    for _ in range(VISITS_MAX):
        cookie, visit = visits.begin()
        visit.screen, visit.till, visit.receipt = changed.screen, changed.till, changed.receipt
        first.append(cookie)
    for _ in range(VISITS_MAX):
        clock.seconds += IDLE_SECONDS_MAX
        visits.begin()
    return sum(visits.find(cookie) is not None for cookie in first)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(with_money(Screen.PAY, Till(300).insert(100), paid=False), id="coins are in"),
        pytest.param(with_money(Screen.PAPER, PAID, paid=True), id="the paid paper lies in the tray"),
        pytest.param(with_money(Screen.STUCK, Till(300).stick(100), paid=True), id="the money is stuck"),
        pytest.param(with_money(Screen.PRINTING, PAID, paid=True), id="the paid paper is printed"),
    ],
)
def test_a_visit_whose_money_the_kiosk_has_is_never_thrown_away(changed) -> None:
    clock = Clock()
    visits = Visits(clock)
    assert push_out(visits, clock, changed) == VISITS_MAX
    newcomer, _ = visits.begin()
    assert visits.find(newcomer) is None, "no room: it is not remembered, and the number of visits stays bounded"


def test_by_its_screen_alone_a_paid_visit_would_be(monkeypatch) -> None:
    """The twin: with the money left out of the decision, the same crowd throws every paid visit away."""
    monkeypatch.setattr(KioskVisit, "kept", property(lambda visit: visit.screen in KEPT_SCREENS))
    clock = Clock()
    assert push_out(Visits(clock), clock, with_money(Screen.PAPER, PAID, paid=True)) == 0


def test_a_visit_somebody_is_touching_makes_no_room() -> None:
    """Its touch may be the last coin: the next longest idle goes, and a touch that comes too late does nothing."""
    clock = Clock()
    visits = Visits(clock)
    touched_cookie, touched = visits.begin()
    idle_cookie, idle = visits.begin()
    idle.screen = Screen.PAY
    touching, done = threading.Event(), threading.Event()

    def touch():
        with touched.lock:
            touching.set()
            done.wait(60)

    finger = threading.Thread(target=touch)
    finger.start()
    touching.wait(60)
    try:
        for _ in range(VISITS_MAX - 1):
            visits.begin()
    finally:
        done.set()
        finger.join()
    assert visits.find(touched_cookie) is touched
    assert visits.find(idle_cookie) is None
    assert idle.screen is Screen.WELCOME


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
