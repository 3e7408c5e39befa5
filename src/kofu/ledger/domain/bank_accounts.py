"""Accounts of banks, as the ledger keeps them: codes and numbers are strings."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Where a refund is paid to: codes as strings, `account_type` 1 普通 2 当座 4 貯蓄 9 その他, holder in 全銀カナ."""

    bank_code: str
    branch_code: str
    account_type: str
    account_number: str
    holder: str
