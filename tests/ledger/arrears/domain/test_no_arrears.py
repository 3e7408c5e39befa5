"""未納なし: nothing that could have been paid is owed, in any year."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


CLAIMS = st.lists(
    st.builds(
        Owed,
        claim_id=st.integers(1, 99),
        due_date=st.integers(-2_000, 400).map(lambda days: TODAY + timedelta(days=days)),
        due=st.integers(0, 100_000),
        interest_due=st.sampled_from([0, 0, 1_000]),
        collection_method=st.sampled_from(["ordinary", "ordinary", "salary", "pension"]),
    )
)


@given(CLAIMS)
def test_no_arrears_never_stands_beside_a_sum_that_could_have_been_paid_and_no_yen_is_left_out(claims) -> None:
    """The incident was 「未納なし」 beside an unpaid sum: what is owed is in arrears, not due yet, or not one's own."""
    found = arrears_on(claims, TODAY)
    own = [one for one in claims if one.collection_method == "ordinary"]
    late = sum(one.due for one in own if one.due_date < TODAY or one.interest_due)
    assert found.none == (late == 0 and all(not one.interest_due for one in own))
    assert (found.principal, found.interest) == (late, sum(one.interest_due for one in own))
    assert found.principal + found.not_due_yet == sum(one.due for one in own)
    if found.none:
        assert found.principal == found.interest == 0
