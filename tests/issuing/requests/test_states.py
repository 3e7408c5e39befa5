"""The life of a request: the table and the database's trigger say the same."""

from __future__ import annotations

import importlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kofu.contracts.issuing import PrintOutcome
from kofu.core.errors import OurFault
from kofu.issuing.requests.domain.states import (
    REPORTED,
    REQUEST_LIFE,
    WITHOUT_PAPER,
    RequestEvent,
    RequestState,
    after_withholding,
    report_event,
)


def test_nothing_leads_from_an_end_without_paper_to_a_paper():
    """P3: a late or broken request has no arrow by which its result could still be used."""
    assert [pair for pair in REQUEST_LIFE.table if pair[0] in WITHOUT_PAPER] == []


def test_only_a_received_request_is_made():
    """P2, P10: the one way to a paper is the release of a request that nobody has decided yet."""
    assert [state for (state, event), after in REQUEST_LIFE.table.items() if after is RequestState.MADE] == [
        RequestState.RECEIVED
    ]


@given(st.lists(st.sampled_from(list(RequestEvent)), max_size=12))
def test_no_order_of_events_makes_a_paper_of_a_refusal(events):
    """P3, for any order in which things may happen."""
    state, seen = RequestState.RECEIVED, [RequestState.RECEIVED]
    for event in events:
        state = REQUEST_LIFE.following(state, event) or state
        seen.append(state)
    for before, after in itertools.pairwise(seen):
        assert before not in WITHOUT_PAPER or after is before
        assert before not in REPORTED - {RequestState.UNKNOWN} or after is before


WORKERS = ("A", "B", "C")


@given(st.lists(st.tuples(st.sampled_from(WORKERS), st.sampled_from(["hand out", "hold back", "repeat"])), max_size=14))
def test_whatever_is_handed_out_is_never_withheld_and_whatever_is_withheld_is_never_handed_out(history):
    """A2, P11: every order of three workers that repeat, hand out or find themselves too late, standing still between.

    A worker that may hand out does so at any later moment; nobody can see whether another one has.
    """
    state, allowed, handed_out = RequestState.MADE, {"A"}, False
    may_leave = 1
    for worker, does in history:
        if does == "repeat" and worker not in allowed and state in {RequestState.MADE, RequestState.SENT}:
            allowed.add(worker)
            may_leave += 1
        elif does == "hand out" and worker in allowed:
            assert state is not RequestState.WITHHELD, "a worker was still allowed to hand out"
            handed_out = True  # its note that it did may come much later, or never
            allowed.discard(worker)
        elif does == "hold back" and worker in allowed:
            state = after_withholding(state, may_leave)
            may_leave -= 1
            allowed.discard(worker)
        assert not (handed_out and state is RequestState.WITHHELD)


def test_twin_a_worker_that_speaks_for_all_withholds_what_was_handed_out():
    """The same rule with the count left out: B handed out, A says it did not, and the journal denies the paper."""
    assert after_withholding(RequestState.MADE, 1) is RequestState.WITHHELD
    assert after_withholding(RequestState.MADE, 2) is RequestState.MADE


@pytest.mark.parametrize("state", [state for state in RequestState if state is not RequestState.MADE])
def test_only_a_made_paper_is_withheld(state):
    assert after_withholding(state, 1) is state


def test_an_event_without_an_arrow_is_a_defect_not_a_guess():
    with pytest.raises(OurFault) as refused:
        REQUEST_LIFE.after(RequestState.REFUSED, RequestEvent.MAKE)
    assert refused.value.code == "request_step"


def test_every_outcome_the_centre_can_report_is_an_event():
    for outcome in PrintOutcome:
        assert report_event(RequestState(outcome.value)) in RequestEvent


def test_the_database_draws_the_same_arrows_as_the_table():
    """The trigger of the migration is the table written out; a new arrow is a new migration."""
    migration = importlib.import_module("kofu.issuing.migrations.0005_outcomes_for_ever")
    assert set(migration.ARROWS) == {(before.value, after.value) for before, after in REQUEST_LIFE.arrows()}
