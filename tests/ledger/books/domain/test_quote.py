"""A claim quoted to a day: what it comes to, and what a payment on that day would settle."""

from __future__ import annotations

from datetime import date

import pytest
from tests.ledger.books.domain.claims_due import claim_due

from kofu.core.errors import OperatorFault
from kofu.ledger.books.domain.books import ClaimBalance
from kofu.ledger.books.domain.exemptions import ClaimTerms
from kofu.ledger.books.domain.interest import DuePart
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.domain.quote import Paid, Settles, add_up, quote
from kofu.ledger.books.rates_file import load_rates

RULES = MatchingRules(load_rates())
DUE = date(2026, 2, 2)
CLAIM = claim_due(DUE)


def balance(assessed: int = 56_400, **more: int) -> ClaimBalance:
    return ClaimBalance(1, assessed=assessed, **more)


def test_a_late_claim_is_quoted_with_its_interest_to_the_day() -> None:
    """中央市の公表例: 56,400 yen due R8.2.2, on R8.5.29: 1,300 yen."""
    found = quote(CLAIM, balance(), (), date(2026, 5, 29), RULES)
    assert (found.principal, found.interest, found.total) == (56_400, 1_300, 57_700)
    assert [segment.amount for segment in found.calculation.segments] == [120, 1_228]
    assert found.in_arrears == 56_400


def test_a_claim_on_its_due_date_is_not_in_arrears_and_bears_nothing() -> None:
    found = quote(CLAIM, balance(), (), DUE, RULES)
    assert (found.total, found.in_arrears, found.not_due) == (56_400, 0, 56_400)


@pytest.mark.parametrize(("amount", "settles"), [
    (20_000, Settles(20_000, 0, 36_400, 1_300, 0)),
    (56_400, Settles(56_400, 0, 0, 1_300, 0)),
    (57_000, Settles(56_400, 600, 0, 700, 0)),
    (60_000, Settles(56_400, 1_300, 0, 0, 2_300)),
])  # fmt: skip
def test_a_payment_goes_to_the_principal_first(amount: int, settles: Settles) -> None:
    assert quote(CLAIM, balance(), (), date(2026, 5, 29), RULES).settles(amount) == settles


def test_a_part_payment_makes_the_base_smaller_from_the_day_after() -> None:
    found = quote(CLAIM, balance(paid=30_000), [Paid(date(2026, 3, 31), 30_000)], date(2026, 5, 29), RULES)
    assert found.principal == 26_400
    assert [segment.base for segment in found.calculation.segments] == [56_000, 56_000, 26_000]


def test_what_was_paid_after_the_day_is_left_out_of_account() -> None:
    found = quote(CLAIM, balance(paid=56_400), [Paid(date(2026, 6, 30), 56_400)], date(2026, 5, 29), RULES)
    assert (found.principal, found.interest) == (56_400, 1_300)


def test_fixed_interest_does_not_grow_after_the_principal_is_paid() -> None:
    paid_up = balance(paid=56_400, interest_assessed=1_300, interest_paid=300)
    found = quote(CLAIM, paid_up, [Paid(date(2026, 5, 29), 56_400)], date(2026, 12, 31), RULES)
    assert (found.principal, found.interest) == (0, 1_000)


def test_interest_that_was_waived_is_not_asked_again() -> None:
    found = quote(CLAIM, balance(interest_assessed=1_000, interest_waived=1_000), (), date(2026, 5, 29), RULES)
    assert found.interest == 300


def test_a_year_without_a_rate_is_said_and_not_guessed() -> None:
    found = quote(CLAIM, balance(), (), date(2027, 1, 5), RULES)
    assert (found.principal, found.interest) == (56_400, None)
    assert "2027" in found.missing
    with pytest.raises(OperatorFault, match="2027"):
        found.settles(1_000)
    assert add_up([found]).missing == found.missing


def test_an_extinguished_claim_is_quoted_with_nothing() -> None:
    """法18条: nothing is owed from the day it is extinguished."""
    rules = MatchingRules(RULES.rates, barred={1: date(2026, 5, 29)})
    assert quote(CLAIM, balance(), (), date(2026, 5, 29), rules).extinguished
    assert quote(CLAIM, balance(), (), date(2026, 5, 29), rules).total == 0
    assert quote(CLAIM, balance(), (), date(2026, 5, 28), rules).principal == 56_400


def test_an_increase_that_is_not_due_yet_is_owed_and_not_in_arrears() -> None:
    """法326条1項: 500,000 paid in time, 200,000 more with 納期限 2026-11-02."""
    claim = claim_due(date(2026, 6, 30))
    rules = MatchingRules(RULES.rates, terms={1: ClaimTerms((DuePart(date(2026, 11, 2), 200_000),))})
    owed = balance(700_000, paid=500_000)
    found = quote(claim, owed, [Paid(date(2026, 6, 29), 500_000)], date(2026, 10, 1), rules)
    assert (found.principal, found.interest, found.in_arrears) == (200_000, 0, 0)
    assert quote(claim, owed, [Paid(date(2026, 6, 29), 500_000)], date(2026, 11, 3), rules).in_arrears == 200_000
