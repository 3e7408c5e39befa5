"""延滞金 as the model counts it, day by day, is what the ledger counts by runs (地方税法326条, 附則3条の2)."""

from __future__ import annotations

from datetime import date, timedelta

import hypothesis.strategies as st
from hypothesis import given, settings

from kofu.ledger.books.domain.interest import interest
from kofu.ledger.books.domain.rates import RateKind
from kofu.ledger.books.rates_file import rates
from kofu_proof.late_interest import YearRates, late_interest

YEARS = {
    year: YearRates(found[RateKind.FIRST_MONTH], found[RateKind.AFTER], found[RateKind.REFUND])
    for year, found in rates().years.items()
}


def test_an_example_at_the_published_rates_is_counted_to_the_yen():
    """100,000 yen due on 2 February 2026, paid on 30 June: 28 days at 2.8 %, 120 at 9.1 % (令和8年, 日野市)."""
    by_hand = (100_000 * 28 * 28 // 365_000 + 100_000 * 91 * 120 // 365_000) // 100 * 100
    assert by_hand == 3_200
    assert late_interest(date(2026, 2, 2), 100_000, [(date(2026, 6, 30), 100_000)], YEARS) == by_hand


@settings(max_examples=150, deadline=None)
@given(
    due=st.dates(date(2014, 1, 1), date(2025, 6, 30)),
    assessed=st.integers(1_000, 900_000),
    parts=st.lists(st.tuples(st.integers(-40, 540), st.integers(1, 1_000)), min_size=1, max_size=4),
)
def test_the_models_count_and_the_ledgers_are_the_same_for_any_payments(due, assessed, parts):
    left, paid = assessed, []
    for days, share in sorted(parts):
        yen = min(left, max(1, assessed * share // 1_000))
        left -= yen
        if yen:
            paid.append((due + timedelta(days), yen))
    last = max(day for day, _ in paid)
    expected = interest(due_date=due, assessed=assessed, payments=paid, until=last, rates=rates()).amount
    assert late_interest(due, assessed, paid, YEARS) == expected
