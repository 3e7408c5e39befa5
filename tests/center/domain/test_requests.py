"""What the centre knows of a request: handed over once is handed over, refused once is refused."""

from __future__ import annotations

import itertools

import pytest

from kofu.center.domain.requests import TRANSITIONS, Event, Outcome, after


@pytest.mark.parametrize("events", list(itertools.product(Event, repeat=4)))
def test_no_order_of_answers_hands_over_what_was_refused_or_refuses_what_was_handed_over(events):
    """P11, all orders of four answers: what leaves the centre is what has an arrow."""
    outcome, left = Outcome.ASKED, set()
    for event in events:
        moved = after(outcome, event)
        if moved is not None:
            outcome = moved
            left.add(event)
    assert len(left & {Event.ISSUE, Event.REFUSE, Event.DROP}) <= 1


def test_every_outcome_that_is_not_an_end_has_a_way_out():
    for outcome in (Outcome.ASKED, Outcome.FAILED):
        assert {event for state, event in TRANSITIONS if state is outcome} == set(Event)
