"""The day's batch of a counter: entered, counted, closed."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kofu.core.errors import OperatorFault
from kofu.ledger.payments.domain.till import Count, CounterBatch, TillState, cancel, close, enter

DAY = date(2026, 6, 22)
EMPTY = CounterBatch(office="四谷特別出張所", day=DAY, opened_by="clerk")


def take(batch: CounterBatch, amount: int, notice: str = "0012345678", interest: int = 0) -> CounterBatch:
    return enter(batch, notice_number=notice, installment="1", amount=amount, interest=interest, received_on=batch.day)


def test_a_day_is_entered_counted_and_closed() -> None:
    batch = take(take(EMPTY, 24_000), 8_000, "0012345679", interest=300)
    closed = close(batch, Count(papers=2, cash=32_300), closed_by="chief")
    assert (closed.state, closed.total, closed.closed_by) == (TillState.CLOSED, 32_300, "chief")


def test_a_wrong_entry_is_cancelled_and_stands() -> None:
    batch = cancel(take(take(EMPTY, 24_000), 2_400), 2)
    assert [entry.amount for entry in batch.entries] == [24_000, 2_400]
    assert (len(batch.live), batch.total) == (1, 24_000)
    with pytest.raises(OperatorFault, match="entry_unknown"):
        cancel(batch, 2)


@pytest.mark.parametrize("count", [Count(papers=1, cash=23_999), Count(papers=2, cash=24_000), Count(papers=0, cash=0)])
def test_a_batch_whose_count_differs_stays_open_and_says_both_figures(count) -> None:
    with pytest.raises(OperatorFault, match=f"counted {count.papers} papers and {count.cash} yen, entered 1 and 24000"):
        close(take(EMPTY, 24_000), count, closed_by="chief")


@pytest.mark.parametrize(
    "change",
    [take, lambda batch, _: cancel(batch, 1), lambda batch, _: close(batch, Count(papers=1, cash=1), closed_by="x")],
)
def test_a_closed_batch_takes_nothing_more(change) -> None:
    closed = close(take(EMPTY, 1), Count(papers=1, cash=1), closed_by="chief")
    with pytest.raises(OperatorFault, match="batch_closed"):
        change(closed, 1)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"amount": 0}, "entry_amount"),
        ({"amount": -5}, "entry_amount"),
        ({"amount": 10**9}, "entry_amount"),
        ({"notice_number": ""}, "entry_incomplete"),
        ({"installment": ""}, "entry_incomplete"),
        ({"received_on": date(2026, 6, 23)}, "entry_day"),
    ],
)
def test_an_entry_that_cannot_be_is_refused(fields, code) -> None:
    sound = {"notice_number": "1", "installment": "1", "amount": 1, "interest": 0, "received_on": DAY}
    with pytest.raises(OperatorFault, match=code):
        enter(EMPTY, **(sound | fields))


def test_interest_alone_may_be_paid() -> None:
    assert take(EMPTY, 0, interest=1_300).total == 1_300


def test_what_may_have_been_typed_twice_is_pointed_out_and_not_dropped() -> None:
    batch = take(take(take(EMPTY, 24_000), 8_000), 24_000)
    assert batch.possible_duplicates == ((1, 3),)
    assert batch.total == 56_000
    assert cancel(batch, 3).possible_duplicates == ()


@given(st.lists(st.integers(1, 10**6), max_size=20), st.sets(st.integers(1, 20)))
def test_a_batch_always_comes_to_its_live_entries(amounts, cancelled) -> None:
    batch = EMPTY
    for amount in amounts:
        batch = take(batch, amount)
    for number in cancelled:
        if number <= len(amounts):
            batch = cancel(batch, number)
    assert batch.total == sum(yen for number, yen in enumerate(amounts, 1) if number not in cancelled)
    assert close(batch, Count(papers=len(batch.live), cash=batch.total), closed_by="x").state is TillState.CLOSED
