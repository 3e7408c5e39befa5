"""収納率: 収入額 over 調定額, month by month."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from kofu.ledger.books.domain.claims import Tax
from kofu.ledger.figures.domain.collection_figures import Collected, CollectionTotals, months_of, percent, year_lines

STANDING = CollectionTotals(
    tax=Tax.RESIDENT, fiscal_year=2026, assessed=400_000, collected=300_000, written_off=0, due=100_000
)


def collected(month: date, amount: int) -> Collected:
    return Collected(tax=Tax.RESIDENT, fiscal_year=2026, month=month, amount=amount)


def test_a_rate_is_cut_and_never_rounded_up_to_everything() -> None:
    assert percent(99_999, 100_000) == Decimal("99.99")
    assert percent(100_000, 100_000) == Decimal("100.00")
    assert percent(0, 0) is None


def test_a_year_is_collected_from_april_to_may_of_the_year_after() -> None:
    """出納整理期間 ends on 31 May (地方自治法235条の5)."""
    months = months_of(2026)
    assert (months[0], months[-1], len(months)) == (date(2026, 4, 1), date(2027, 5, 1), 14)


def test_each_month_adds_what_was_collected_until_its_end() -> None:
    months = [collected(date(2026, 6, 1), 100_000), collected(date(2026, 8, 1), 100_000)]
    (line,) = year_lines([STANDING], months, date(2026, 8, 20))
    assert [(month.month.month, month.collected, month.rate) for month in line.months] == [
        (4, 0, Decimal("0.00")),
        (5, 0, Decimal("0.00")),
        (6, 100_000, Decimal("25.00")),
        (7, 0, Decimal("25.00")),
        (8, 100_000, Decimal("50.00")),
    ]


def test_what_was_paid_before_april_counts_into_april() -> None:
    """前納 before the year begins is collected money of that year."""
    (line,) = year_lines([STANDING], [collected(date(2026, 3, 1), 40_000)], date(2026, 4, 30))
    assert (line.months[0].collected, line.months[0].rate) == (40_000, Decimal("10.00"))


@given(st.lists(st.tuples(st.sampled_from(months_of(2026)), st.integers(1, 1_000_000)), max_size=30))
def test_the_months_make_the_whole(amounts: list[tuple[date, int]]) -> None:
    whole = sum(amount for _, amount in amounts)
    (line,) = year_lines([STANDING], [collected(*one) for one in amounts], date(2027, 5, 31))
    assert line.months[-1].until == whole == sum(month.collected for month in line.months)
    assert all(first.until <= second.until for first, second in zip(line.months, line.months[1:], strict=False))
