"""What two people decide about a day: by its table, and never by one alone."""

from __future__ import annotations

import itertools

import pytest

from kofu.core.errors import OperatorFault
from kofu.ledger.books.domain.day_decisions import DECISION_LIFE, DecisionEvent, DecisionState, decided


@pytest.mark.parametrize(("state", "approve"), list(itertools.product(DecisionState, (True, False))))
def test_only_what_waits_is_decided(state: DecisionState, *, approve: bool) -> None:
    event = DecisionEvent.APPROVE if approve else DecisionEvent.DECLINE
    if DECISION_LIFE.allows(state, event):
        following = decided(state, approve=approve, proposed_by="a", decided_by="b")
        assert following is DECISION_LIFE.after(state, event)
        return
    with pytest.raises(OperatorFault) as refused:
        decided(state, approve=approve, proposed_by="a", decided_by="b")
    assert refused.value.code == "decision_state"


def test_who_proposed_may_take_it_back_and_not_approve_it() -> None:
    with pytest.raises(OperatorFault) as refused:
        decided(DecisionState.PROPOSED, approve=True, proposed_by="a", decided_by="a")
    assert refused.value.code == "second_person_needed"
    taken_back = decided(DecisionState.PROPOSED, approve=False, proposed_by="a", decided_by="a")
    assert taken_back is DecisionState.DECLINED
