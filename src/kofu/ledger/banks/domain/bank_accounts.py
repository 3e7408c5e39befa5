"""Accounts of banks, as the ledger keeps them: codes and numbers are strings.

ゆうちょ銀行 prints 記号 and 番号 in its passbooks; other banks know the account by branch and number. The conversion is
published: http://www.jp-bank.japanpost.jp/kojin/tukau/sokin/koza/kj_tk_sk_kz_furikomi_ksk.html.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kofu.core.errors import OperatorFault
from kofu.core.numbers import is_digits

YUCHO = "9900"
SYMBOL_DIGITS = 5
NUMBER_DIGITS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class BankAccount:
    """Where a refund is paid to: codes as strings, `account_type` 1 普通 2 当座 4 貯蓄 9 その他, holder in 全銀カナ."""

    bank_code: str
    branch_code: str
    account_type: str
    account_number: str
    holder: str


def can_hardly_exist(account: BankAccount) -> bool:
    """Whether no bank is known to give such a number: all zeros, as of ゆうちょ 10100-00000001 (018, 0000000).

    It is a sign of a paper misread or a form filled in to get past it. None is refused for it: two people decide.
    """
    return not account.account_number.strip("0")


class AccountType(StrEnum):
    """預金種目, as the banks' files code it."""

    ORDINARY = "1"  # 普通
    CURRENT = "2"  # 当座
    SAVINGS = "4"  # 貯蓄
    OTHER = "9"  # その他


@dataclass(frozen=True, slots=True)
class TransferNumber:
    """An account of ゆうちょ銀行 as transfers name it: branch, 預金種目, number."""

    branch_code: str
    account_type: AccountType
    account_number: str


def from_passbook(symbol: str, number: str, *, savings: bool = False) -> TransferNumber:
    """Convert 記号 (five digits) and 番号 of a passbook; `savings`: 通常貯蓄貯金. 10530-12345671 is 058, 1234567.

    A symbol that begins with 1 is 通常貯金: the branch is its second and third digit and 8, the number loses its last
    digit. One that begins with 0 is 振替口座: the branch ends with 9, the number stays. What stands between the two on
    the passbook (-1-) is not used. Raises `OperatorFault` `post_symbol`, `post_number`.
    """
    if not is_digits(symbol, SYMBOL_DIGITS) or symbol[0] not in "01":
        raise OperatorFault("post_symbol", "記号 has five digits and begins with 0 or 1")
    kept = number[:-1] if symbol[0] == "1" else number
    if not is_digits(number, len(number)) or not 1 <= len(kept) <= NUMBER_DIGITS:
        longest = NUMBER_DIGITS + (symbol[0] == "1")
        raise OperatorFault("post_number", f"番号 of a 記号 that begins with {symbol[0]} has at most {longest} digits")
    padded = kept.zfill(NUMBER_DIGITS)
    if symbol[0] == "1":
        return TransferNumber(symbol[1:3] + "8", AccountType.SAVINGS if savings else AccountType.ORDINARY, padded)
    return TransferNumber(symbol[1:3] + "9", AccountType.CURRENT, padded)


DEPOSITS = {"1": "普通", "2": "当座", "3": "納税準備", "9": "その他"}
