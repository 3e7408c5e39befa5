"""未納なし: nothing that could have been paid is owed, in any year."""

from __future__ import annotations

from datetime import date

import pytest

from kofu.ledger.arrears.domain.no_arrears import Owed, arrears_on

TODAY = date(2026, 11, 20)


def test_who_owes_nothing_has_no_arrears() -> None:
    assert arrears_on([], TODAY).none
    assert arrears_on([Owed(1, date(2021, 8, 31), 0, 0, "ordinary")], TODAY).none


def test_one_year_in_arrears_is_enough() -> None:
    years = [
        Owed(1, date(2021, 8, 31), 1, 0, "ordinary"),
        *(Owed(n, date(2020 + n, 8, 31), 0, 0, "ordinary") for n in range(2, 6)),
    ]
    assert not arrears_on(years, TODAY).none
    assert arrears_on(years, TODAY).principal == 1


def test_interest_alone_is_arrears() -> None:
    found = arrears_on([Owed(1, date(2025, 8, 31), 0, 1_200, "ordinary")], TODAY)
    assert (found.none, found.principal, found.interest) == (False, 0, 1_200)


def test_what_can_still_be_paid_in_time_is_no_arrears() -> None:
    assert arrears_on([Owed(1, TODAY, 5_000, 0, "ordinary")], TODAY).not_due_yet == 5_000
    assert arrears_on([Owed(1, TODAY, 5_000, 0, "ordinary")], TODAY).none
    assert not arrears_on([Owed(1, date(2026, 11, 19), 5_000, 0, "ordinary")], TODAY).none


@pytest.mark.parametrize("method", ["salary", "pension"])
def test_what_an_employer_or_pension_payer_did_not_remit_is_no_arrears_of_the_person(method) -> None:
    """地方税法321条の5, 321条の7の6: it is owed by who holds it back; it stands beside, as such."""
    found = arrears_on([Owed(1, date(2026, 7, 10), 9_000, 100, method), Owed(2, TODAY, 9_000, 0, method)], TODAY)
    assert (found.none, found.principal, found.interest, found.not_due_yet) == (True, 0, 0, 0)
    assert ([one.claim_id for one in found.unremitted], found.not_remitted) == ([1], 9_100)
