"""The life of a batch: nothing is posted before it is decided; the docs draw the table."""

from __future__ import annotations

from pathlib import Path

import pytest

from kofu.core.errors import OperatorFault
from kofu.ledger.payments.domain.batches import NEXT, BatchEvent, BatchState, after, mermaid

DOC = Path(__file__).parents[4] / "docs" / "how-to" / "receive-payments.md"


def test_the_diagram_in_the_docs_is_the_table() -> None:
    assert mermaid() in DOC.read_text(encoding="utf-8")


def test_only_what_is_decided_can_be_posted() -> None:
    assert {state for state in BatchState if state.can_be_posted} == {BatchState.CHECKED, BatchState.ACCEPTED}


@pytest.mark.parametrize("state", [state for state in BatchState if state.is_final])
def test_nothing_happens_to_a_batch_that_is_posted_or_sent_back(state: BatchState) -> None:
    assert not [event for event in BatchEvent if (state, event) in NEXT]
    with pytest.raises(OperatorFault) as refused:
        after(state, BatchEvent.POST)
    assert refused.value.code == "batch_state"


def test_every_other_state_leads_to_an_end() -> None:
    reached = {state for state in BatchState if state.is_final}
    while more := {state for (state, _), following in NEXT.items() if following in reached} - reached:
        reached |= more
    assert reached == set(BatchState)
