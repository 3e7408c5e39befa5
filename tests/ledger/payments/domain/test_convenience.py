"""速報, 速報取消, 確報: one payment at a till, whatever order its files arrive in."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kofu.ledger.payments.domain.convenience import (
    TRANSITIONS,
    Booking,
    Event,
    Finding,
    State,
    Step,
    advance,
    is_confirmation_overdue,
    mermaid,
)

PAGE = Path(__file__).parents[4] / "docs" / "how-to" / "payment-files.md"


def live(*events: Event) -> tuple[State, list[Booking], list[Finding]]:
    state, bookings, findings = State.NONE, [], []
    for event in events:
        step = advance(state, event)
        state = step.state
        if step.booking is not Booking.NOTHING:
            bookings.append(step.booking)
        if step.finding is not None:
            findings.append(step.finding)
    return state, bookings, findings


def test_there_is_a_step_for_every_state_and_event() -> None:
    assert set(TRANSITIONS) == {(state, event) for state in State for event in Event}


def test_an_advice_then_its_confirmation_pays_once() -> None:
    assert live(Event.ADVISE, Event.CONFIRM) == (State.CONFIRMED, [Booking.EXPECT, Booking.PAY], [])


def test_an_advice_never_pays() -> None:
    """速報 never makes 完納."""
    for (_, event), step in TRANSITIONS.items():
        if event is not Event.CONFIRM:
            assert step.booking not in (Booking.PAY, Booking.SUSPEND)


def test_an_advice_taken_back_leaves_nothing() -> None:
    assert live(Event.ADVISE, Event.CANCEL) == (State.CANCELLED, [Booking.EXPECT, Booking.EXPECT_NO_LONGER], [])


def test_a_confirmation_without_an_advice_pays_and_is_noted_but_is_no_case() -> None:
    state, bookings, findings = live(Event.CONFIRM)
    assert (state, bookings, findings) == (State.CONFIRMED, [Booking.PAY], [Finding.CONFIRMED_WITHOUT_ADVICE])
    assert not findings[0].is_case


def test_a_confirmation_after_a_cancellation_is_a_case_and_its_money_pays_nothing() -> None:
    state, bookings, findings = live(Event.ADVISE, Event.CANCEL, Event.CONFIRM)
    assert state is State.CONFIRMED
    assert bookings[-1] is Booking.SUSPEND
    assert findings == [Finding.CONFIRMED_AFTER_CANCELLATION]
    assert findings[0].is_case


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("event", list(Event))
def test_the_same_event_twice_changes_nothing_the_second_time(state, event) -> None:
    after = advance(state, event).state
    again = advance(after, event)
    assert (again.state, again.booking) == (after, Booking.NOTHING)


@pytest.mark.parametrize("order", list(permutations([Event.ADVISE, Event.CANCEL])))
def test_an_advice_and_its_cancellation_end_the_same_whichever_comes_first(order) -> None:
    assert live(*order)[0] is State.CANCELLED


@given(st.lists(st.sampled_from(Event), max_size=12))
def test_money_is_booked_once_exactly_where_a_confirmation_came(events) -> None:
    state, bookings, _ = live(*events)
    money = [booking for booking in bookings if booking in (Booking.PAY, Booking.SUSPEND)]
    assert len(money) == (1 if Event.CONFIRM in events else 0)
    assert (state is State.CONFIRMED) == (Event.CONFIRM in events)


def test_a_confirmation_is_overdue_after_the_days_agreed() -> None:
    assert not is_confirmation_overdue(date(2026, 6, 1), date(2026, 6, 11), 10)
    assert is_confirmation_overdue(date(2026, 6, 1), date(2026, 6, 12), 10)


def test_the_diagram_of_the_docs_is_the_tables() -> None:
    assert f"```mermaid\n{mermaid()}\n```" in PAGE.read_text(encoding="utf-8")


def test_the_diagram_shows_every_change_of_state() -> None:
    changes = {(state, step.state) for (state, _), step in TRANSITIONS.items() if step.state is not state}
    text = mermaid()
    assert all(f"{state} --> {after}" in text for state, after in changes)
    assert isinstance(advance(State.NONE, Event.ADVISE), Step)
