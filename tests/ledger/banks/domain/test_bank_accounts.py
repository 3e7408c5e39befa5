"""ゆうちょ銀行: 記号 and 番号 of a passbook as transfers name them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kofu.core.errors import OperatorFault
from kofu.ledger.banks.domain.bank_accounts import AccountType, TransferNumber, from_passbook


def test_the_published_example() -> None:
    """http://www.jp-bank.japanpost.jp/kojin/tukau/sokin/koza/kj_tk_sk_kz_furikomi_ksk.html: 10530-12345671."""
    assert from_passbook("10530", "12345671") == TransferNumber("058", AccountType.ORDINARY, "1234567")


def test_a_savings_passbook_is_a_savings_account() -> None:
    assert from_passbook("10530", "12345671", savings=True).account_type is AccountType.SAVINGS


def test_a_symbol_that_begins_with_zero_is_a_current_account_and_keeps_its_number() -> None:
    assert from_passbook("00120", "123456") == TransferNumber("019", AccountType.CURRENT, "0123456")


def test_a_short_number_is_filled_with_zeros_after_its_last_digit_was_taken() -> None:
    assert from_passbook("10530", "1231").account_number == "0000123"


@pytest.mark.parametrize(
    ("symbol", "number", "code"),
    [
        ("1053", "12345671", "post_symbol"),
        ("20530", "12345671", "post_symbol"),
        ("1053０", "12345671", "post_symbol"),
        ("10530", "123456789", "post_number"),
        ("10530", "1", "post_number"),
        ("00120", "12345678", "post_number"),
        ("10530", "12-5671", "post_number"),
    ],
)
def test_what_no_passbook_says_is_refused(symbol: str, number: str, code: str) -> None:
    with pytest.raises(OperatorFault) as caught:
        from_passbook(symbol, number)
    assert caught.value.code == code


@given(st.from_regex(r"[01][0-9]{4}", fullmatch=True), st.from_regex(r"[0-9]{2,7}", fullmatch=True))
def test_branch_and_number_always_have_the_digits_of_a_transfer(symbol: str, number: str) -> None:
    found = from_passbook(symbol, number)
    assert (len(found.branch_code), len(found.account_number)) == (3, 7)
