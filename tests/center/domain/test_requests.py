"""What the centre knows of a request: handed over once is handed over, refused once is refused."""

from __future__ import annotations

import itertools

import pytest

from kofu.center.domain.requests import CENTER_REQUEST_LIFE, OutcomeEvent, RequestOutcome, after_failure


@pytest.mark.parametrize("events", list(itertools.product(OutcomeEvent, repeat=4)))
def test_no_order_of_answers_hands_over_what_was_refused_or_refuses_what_was_handed_over(events):
    """P11, all orders of four answers: what leaves the centre is what has an arrow."""
    outcome, left = RequestOutcome.ASKED, set()
    for event in events:
        moved = CENTER_REQUEST_LIFE.following(outcome, event)
        if moved is not None:
            outcome = moved
            left.add(event)
    assert len(left & {OutcomeEvent.ISSUE, OutcomeEvent.REFUSE, OutcomeEvent.DROP}) <= 1


def test_what_was_asked_comes_to_every_end_and_what_failed_is_asked_again_first():
    assert set(CENTER_REQUEST_LIFE.events_from(RequestOutcome.ASKED)) == set(OutcomeEvent)
    assert CENTER_REQUEST_LIFE.events_from(RequestOutcome.FAILED) == (OutcomeEvent.ASK,)


def test_a_request_failed_only_where_the_ward_did_nothing_with_every_asking():
    """That it did nothing with one says nothing about the others."""
    assert after_failure(RequestOutcome.ASKED, 2) is RequestOutcome.ASKED
    assert after_failure(RequestOutcome.ASKED, 1) is RequestOutcome.FAILED
    assert after_failure(RequestOutcome.ISSUED, 2) is RequestOutcome.ISSUED
    assert after_failure(RequestOutcome.ISSUED, 1) is None
