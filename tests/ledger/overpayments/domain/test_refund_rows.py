"""Rows of files about refunds: taken once, known when they come again, and wrong where they cannot be."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kofu.ledger.banks.domain.bank_accounts import BankAccount
from kofu.ledger.overpayments.domain.file_rows import (
    ClaimedCase,
    Fate,
    PaidTransfer,
    ReturnedRow,
    RowResponsibility,
    Wrong,
    account_shape,
    judge_claim,
    judge_returned,
)
from kofu.ledger.overpayments.domain.refunds import RefundState

DAY, TODAY = date(2026, 11, 20), date(2026, 12, 18)
ACCOUNT = BankAccount(bank_code="0001", branch_code="001", account_type="1", account_number="1234567", holder="ﾐﾎﾝ ﾀﾛｳ")
OTHER = replace(ACCOUNT, account_number="7654321")
PAID = PaidTransfer("paid", 10_000, date(2026, 12, 15), ACCOUNT, came_back=False)
ROW = ReturnedRow(10_000, date(2026, 12, 17), "0001", "001", "1234567")


def code_of(found: Fate | Wrong) -> str:
    return found.code if isinstance(found, Wrong) else found.value


@pytest.mark.parametrize("state", list(RefundState))
def test_a_claim_is_taken_only_where_one_is_awaited(state) -> None:
    found = judge_claim(ClaimedCase(state, 10_000, None, None), ACCOUNT, claimed_on=DAY, amount=10_000)
    awaited = state in {RefundState.NOTIFIED, RefundState.RETURNED}
    assert (found is Fate.TAKE) is awaited
    assert awaited or (isinstance(found, Wrong) and found.whose is RowResponsibility.OFFICE)


@pytest.mark.parametrize("state", [RefundState.CLAIMED, RefundState.PAID, RefundState.RETURNED])
def test_the_very_claim_that_stands_is_known_whatever_became_of_it(state) -> None:
    """The old paper of a transfer that came back brings the old account: it is not registered a second time."""
    case = ClaimedCase(state, 10_000, DAY, ACCOUNT)
    assert judge_claim(case, ACCOUNT, claimed_on=DAY, amount=10_000) is Fate.KNOWN


def test_a_new_paper_after_a_transfer_that_came_back_is_taken() -> None:
    case = ClaimedCase(RefundState.RETURNED, 10_000, DAY, ACCOUNT)
    assert judge_claim(case, OTHER, claimed_on=TODAY, amount=10_000) is Fate.TAKE


def test_a_claim_names_a_case_with_its_amount() -> None:
    case = ClaimedCase(RefundState.NOTIFIED, 10_000, None, None)
    assert code_of(judge_claim(None, ACCOUNT, claimed_on=DAY, amount=10_000)) == "claim_unknown"
    assert code_of(judge_claim(case, ACCOUNT, claimed_on=DAY, amount=9_999)) == "claim_amount"


@pytest.mark.parametrize(
    ("deposit", "number", "code"),
    [("1", "1234567", ""), ("7", "1234567", "deposit_unknown"), ("", "1234567", "deposit_unknown"),
     ("1", "123456", "account_number"), ("1", "", "account_number"), ("4", "0000000", "")],
)  # fmt: skip
def test_an_account_has_a_known_deposit_and_seven_digits(deposit: str, number: str, code: str) -> None:
    """Zeros only are for two people to confirm before the transfer, not for the file."""
    found = account_shape(deposit, number)
    assert (found.code if found else "") == code


@pytest.mark.parametrize(
    ("paid", "row", "code"),
    [
        (PAID, ROW, "take"),
        (PAID, replace(ROW, bank_code="", branch_code="", account_number=""), "take"),
        (None, ROW, "transfer_unknown"),
        (PAID, replace(ROW, returned_on=date(2026, 12, 19)), "day_to_come"),
        (PAID, replace(ROW, amount=9_999), "transfer_amount"),
        (PAID, replace(ROW, account_number="7654321"), "account_altered"),
        (PAID, replace(ROW, returned_on=date(2026, 12, 14)), "before_transfer"),
        (replace(PAID, came_back=True), replace(ROW, returned_on=date(2026, 12, 14)), "known"),
        (replace(PAID, state="returned", came_back=True), ROW, "known"),
        (replace(PAID, state="claimed", came_back=True, account=OTHER), ROW, "known"),
        (replace(PAID, state="claimed"), ROW, "not_paid"),
    ],
)
def test_a_transfer_comes_back_once_and_an_old_row_is_known(paid, row, code: str) -> None:
    assert code_of(judge_returned(paid, row, today=TODAY)) == code
