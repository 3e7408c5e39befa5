"""What two people decide about a day: by its table. That nobody decides alone is asked where it is decided."""

from __future__ import annotations

import itertools

import pytest

from kofu.core.errors import OperatorFault
from kofu.ledger.books.domain.day_decisions import DECISION_LIFE, DecisionEvent, DecisionState, decided


@pytest.mark.parametrize(("state", "approve"), list(itertools.product(DecisionState, (True, False))))
def test_only_what_waits_is_decided(state: DecisionState, *, approve: bool) -> None:
    event = DecisionEvent.APPROVE if approve else DecisionEvent.DECLINE
    if DECISION_LIFE.allows(state, event):
        assert decided(state, approve=approve) is DECISION_LIFE.after(state, event)
        return
    with pytest.raises(OperatorFault) as refused:
        decided(state, approve=approve)
    assert refused.value.code == "decision_state"
