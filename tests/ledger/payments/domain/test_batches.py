"""The life of a batch: nothing is posted before it is decided."""

from __future__ import annotations

from kofu.ledger.payments.domain.batches import BATCH_LIFE, BatchEvent, BatchState


def test_only_what_is_decided_can_be_posted() -> None:
    assert BATCH_LIFE.states_that_take(BatchEvent.POST) == (
        BatchState.CHECKED,
        BatchState.ACCEPTED,
        BatchState.POSTING,
    )


def test_the_day_of_a_batch_stays_once_its_money_is_in_the_ledger() -> None:
    keeps = [state for state in BatchState if state.keeps_its_day]
    assert keeps == [BatchState.POSTING, BatchState.POSTED, BatchState.REJECTED]


def test_nothing_happens_to_a_batch_that_is_posted_or_sent_back() -> None:
    final = [state for state in BatchState if state.is_final]
    assert final == [BatchState.POSTED, BatchState.REJECTED]
    assert not [event for state in final for event in BATCH_LIFE.events_from(state)]
