"""Money: nothing is lost between what goes in, what is kept and what comes back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kofu.core.errors import ResidentFault
from kofu.kiosk.domain.till import ACCEPTED, Method, Till


def test_exact_money_leaves_no_change() -> None:
    till = Till(300).insert(100).insert(100)
    assert (till.paid, till.remaining, till.change) == (False, 100, 0)
    till = till.insert(100)
    assert (till.paid, till.taken, till.remaining, till.change) == (True, 300, 0, 0)


def test_a_note_over_the_fee_gives_change() -> None:
    assert Till(300).insert(1000).change == 700


def test_e_money_takes_the_fee_and_gives_all_cash_back() -> None:
    till = Till(300).insert(100).charge(500)
    assert (till.paid, till.taken, till.method, till.change) == (True, 300, Method.EMONEY, 100)


def test_e_money_with_too_little_takes_nothing_until_cash_comes() -> None:
    till = Till(300).charge(299)
    assert (till.paid, till.emoney_short) == (False, True)
    assert not till.insert(10).emoney_short


@pytest.mark.parametrize("yen", [0, 1, 5, -100, 2000, 10_000])
def test_what_the_machine_does_not_take_is_refused(yen) -> None:
    with pytest.raises(ResidentFault):
        Till(300).insert(yen)


def test_a_paid_fee_is_not_paid_twice() -> None:
    paid = Till(200).charge(200)
    with pytest.raises(ResidentFault):
        paid.insert(100)
    with pytest.raises(ResidentFault):
        paid.charge(1000)


def test_a_free_certificate_is_paid_from_the_beginning() -> None:
    assert (Till(0).paid, Till(0).change) == (True, 0)


@given(fee=st.integers(1, 200).map(lambda tens: tens * 10), coins=st.lists(st.sampled_from(ACCEPTED), max_size=60))
def test_what_went_in_is_kept_or_comes_back(fee, coins) -> None:
    till, put_in = Till(fee), 0
    for coin in coins:
        if till.paid:
            break
        till, put_in = till.insert(coin), put_in + coin
    assert till.inserted == put_in
    assert put_in == (fee + till.change if till.paid else till.inserted)
    assert till.paid == (put_in >= fee)
