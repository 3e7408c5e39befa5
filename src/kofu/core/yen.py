"""Amounts are integers of yen."""

from __future__ import annotations

from kofu.core.errors import ensure


def format_yen(amount: int) -> str:
    """Digits grouped by three, without a unit: 1,234; negative amounts with the white triangle of accounts: △1,234."""
    return f"△{-amount:,}" if amount < 0 else f"{amount:,}"


def floor_to(amount: int, unit: int) -> int:
    """Cut off what is below `unit` yen (端数切捨て, 地方税法20条の4の2), towards zero: 1,999 by 1,000 is 1,000."""
    ensure(unit > 0, "the unit of rounding is a positive number of yen")
    return amount // unit * unit if amount >= 0 else -(-amount // unit * unit)
