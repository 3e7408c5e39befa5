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
    AdviceFinding,
    AdviceState,
    Booking,
    ReportEvent,
    advance,
    is_confirmation_overdue,
)

PAGE = Path(__file__).parents[4] / "docs" / "how-to" / "payment-files.md"


def live(*events: ReportEvent) -> tuple[AdviceState, list[Booking], list[AdviceFinding]]:
    state, bookings, findings = AdviceState.NONE, [], []
    for event in events:
        step = advance(state, event)
        state = step.state
        if step.booking is not Booking.NOTHING:
            bookings.append(step.booking)
        if step.finding is not None:
            findings.append(step.finding)
    return state, bookings, findings


def test_there_is_a_step_for_every_state_and_event() -> None:
    assert set(TRANSITIONS) == {(state, event) for state in AdviceState for event in ReportEvent}


def test_an_advice_then_its_confirmation_pays_once() -> None:
    assert live(ReportEvent.ADVISE, ReportEvent.CONFIRM) == (AdviceState.CONFIRMED, [Booking.EXPECT, Booking.PAY], [])


def test_an_advice_never_pays() -> None:
    """速報 never makes 完納."""
    for (_, event), step in TRANSITIONS.items():
        if event is not ReportEvent.CONFIRM:
            assert step.booking not in (Booking.PAY, Booking.SUSPEND)


def test_an_advice_taken_back_leaves_nothing() -> None:
    assert live(ReportEvent.ADVISE, ReportEvent.CANCEL) == (
        AdviceState.CANCELLED,
        [Booking.EXPECT, Booking.EXPECT_NO_LONGER],
        [],
    )


def test_a_confirmation_without_an_advice_pays_and_is_noted_but_is_no_case() -> None:
    state, bookings, findings = live(ReportEvent.CONFIRM)
    assert (state, bookings, findings) == (
        AdviceState.CONFIRMED,
        [Booking.PAY],
        [AdviceFinding.CONFIRMED_WITHOUT_ADVICE],
    )
    assert not findings[0].is_case


def test_a_confirmation_after_a_cancellation_is_a_case_and_its_money_pays_nothing() -> None:
    state, bookings, findings = live(ReportEvent.ADVISE, ReportEvent.CANCEL, ReportEvent.CONFIRM)
    assert state is AdviceState.CONFIRMED
    assert bookings[-1] is Booking.SUSPEND
    assert findings == [AdviceFinding.CONFIRMED_AFTER_CANCELLATION]
    assert findings[0].is_case


@pytest.mark.parametrize("state", list(AdviceState))
@pytest.mark.parametrize("event", list(ReportEvent))
def test_the_same_event_twice_changes_nothing_the_second_time(state, event) -> None:
    after = advance(state, event).state
    again = advance(after, event)
    assert (again.state, again.booking) == (after, Booking.NOTHING)


@pytest.mark.parametrize("order", list(permutations([ReportEvent.ADVISE, ReportEvent.CANCEL])))
def test_an_advice_and_its_cancellation_end_the_same_whichever_comes_first(order) -> None:
    assert live(*order)[0] is AdviceState.CANCELLED


@given(st.lists(st.sampled_from(ReportEvent), max_size=12))
def test_money_is_booked_once_exactly_where_a_confirmation_came(events) -> None:
    state, bookings, _ = live(*events)
    money = [booking for booking in bookings if booking in (Booking.PAY, Booking.SUSPEND)]
    assert len(money) == (1 if ReportEvent.CONFIRM in events else 0)
    assert (state is AdviceState.CONFIRMED) == (ReportEvent.CONFIRM in events)


def test_a_confirmation_is_overdue_after_the_days_agreed() -> None:
    assert not is_confirmation_overdue(date(2026, 6, 1), date(2026, 6, 11), 10)
    assert is_confirmation_overdue(date(2026, 6, 1), date(2026, 6, 12), 10)
