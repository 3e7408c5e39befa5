"""還付加算金: the four starting days, the days without a claim, the cuts."""

from __future__ import annotations

from datetime import date

import pytest

from kofu.core.errors import InvariantBroken
from kofu.ledger.books.domain.refund_interest import (
    Origin,
    RefundCause,
    counts_from,
    days_without_claim,
    refund_interest,
)
from kofu.ledger.books.rates_file import load_rates

RATES = load_rates()
PAID = date(2026, 1, 15)


@pytest.mark.parametrize(
    ("origin", "first"),
    [
        (Origin(cause=RefundCause.REASSESSMENT, paid_on=PAID), date(2026, 1, 16)),
        (Origin(cause=RefundCause.OTHER, paid_on=PAID), date(2026, 2, 16)),
        (
            Origin(cause=RefundCause.INCOME_TAX, paid_on=PAID, income_tax_on=date(2026, 3, 10)),
            date(2026, 4, 11),
        ),
        (
            Origin(
                cause=RefundCause.REQUEST,
                paid_on=PAID,
                requested_on=date(2026, 2, 1),
                corrected_on=date(2026, 6, 1),
            ),
            date(2026, 5, 2),
        ),
        (
            Origin(
                cause=RefundCause.REQUEST,
                paid_on=PAID,
                requested_on=date(2026, 2, 1),
                corrected_on=date(2026, 2, 20),
            ),
            date(2026, 3, 21),
        ),
    ],
)
def test_each_cause_has_its_starting_day(origin: Origin, first: date) -> None:
    """法17条の4第1項1号〜4号."""
    assert counts_from(origin) == first


def test_a_cause_without_its_day_is_not_guessed() -> None:
    with pytest.raises(InvariantBroken, match="income tax"):
        counts_from(Origin(cause=RefundCause.INCOME_TAX, paid_on=PAID))


def test_money_paid_in_error_waits_a_month_and_overpaid_money_does_not() -> None:
    """Trap 6: 誤納 and 過納 mixed up."""
    until = date(2026, 11, 20)
    overpaid = refund_interest(500_000, Origin(cause=RefundCause.REASSESSMENT, paid_on=PAID), until, RATES)
    in_error = refund_interest(500_000, Origin(cause=RefundCause.OTHER, paid_on=PAID), until, RATES)
    assert overpaid.amount == 500_000 * 13 * 309 // 365_000 // 100 * 100 == 5_500
    assert sum(segment.days for segment in overpaid.segments) - sum(segment.days for segment in in_error.segments) == 31


def test_days_without_a_claim_do_not_count() -> None:
    """法17条の4第2項: no claim within 30 days of the notice."""
    excluded = days_without_claim(date(2026, 6, 1), date(2026, 8, 10), date(2026, 9, 1))
    assert excluded is not None
    assert (excluded.first, excluded.last) == (date(2026, 7, 2), date(2026, 8, 10))
    assert days_without_claim(date(2026, 6, 1), date(2026, 7, 1), date(2026, 9, 1)) is None
    origin = Origin(cause=RefundCause.REASSESSMENT, paid_on=PAID)
    whole = refund_interest(500_000, origin, date(2026, 9, 1), RATES)
    cut = refund_interest(500_000, origin, date(2026, 9, 1), RATES, excluded=excluded)
    assert sum(s.days for s in whole.segments) - sum(s.days for s in cut.segments) == 40


@pytest.mark.parametrize("amount", [1_999, 2_000])
def test_under_2000_yen_bears_nothing(amount: int) -> None:
    """法20条の4の2: not the 10,000 yen of national taxes (trap 4)."""
    found = refund_interest(amount, Origin(cause=RefundCause.REASSESSMENT, paid_on=PAID), date(2026, 9, 1), RATES)
    assert bool(found.segments) == (amount >= 2_000)
