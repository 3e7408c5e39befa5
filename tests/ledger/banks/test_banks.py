"""Accounts against the list of banks that comes with zengin-code, without a network."""

from __future__ import annotations

import pytest

from kofu.ledger.banks.banks import BankProblem, check_account, check_passbook
from kofu.ledger.banks.domain.bank_accounts import BankAccount


def check(**changes: str) -> BankAccount:
    given = {
        "bank_code": "0001",
        "branch_code": "001",
        "account_type": "1",
        "account_number": "0123456",
        "holder": "ミホン　タロウ",
    }
    return check_account(**{**given, **changes})


def test_a_right_account_has_its_holder_in_the_kana_of_the_banks() -> None:
    assert check().holder == "ﾐﾎﾝ ﾀﾛｳ"
    assert check(holder="キャノン　ショウ").holder == "ｷﾔﾉﾝ ｼﾖｳ"


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("bank_code", {"bank_code": "9998"}),
        ("branch_code", {"branch_code": "999"}),
        ("holder", {"holder": "見本　太郎"}),
        ("holder", {"holder": "ガ" * 16}),
    ],
)
def test_what_a_bank_would_send_back_is_refused_beside_its_field(field: str, changes: dict[str, str]) -> None:
    with pytest.raises(BankProblem) as caught:
        check(**changes)
    assert caught.value.field == field


def test_a_passbook_of_the_post_bank_becomes_an_account_for_transfers() -> None:
    """10530-12345671 → 058/1234567, a branch the list knows."""
    found = check_passbook(symbol="10530", number="12345671", savings=False, holder="ミホン　タロウ")
    assert (found.bank_code, found.branch_code, found.account_type, found.account_number) == (
        "9900",
        "058",
        "1",
        "1234567",
    )


@pytest.mark.parametrize(
    ("symbol", "number", "field"),
    [("30530", "12345671", "post_symbol"), ("10530", "1", "post_number"), ("11590", "12345671", "post_symbol")],
)
def test_a_passbook_that_leads_nowhere_is_refused_beside_its_field(symbol: str, number: str, field: str) -> None:
    with pytest.raises(BankProblem) as caught:
        check_passbook(symbol=symbol, number=number, savings=False, holder="ミホン")
    assert caught.value.field == field
