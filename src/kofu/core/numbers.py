"""Check digits of public numbers. A right check digit shows that a number was typed well, never that it exists.

All numbers are strings: leading zeros matter.
"""

from __future__ import annotations

from kofu.core.errors import ensure

MUNICIPALITY_WEIGHTS = (6, 5, 4, 3, 2)
CORPORATE_WEIGHTS = (2, 1) * 6


def is_digits(text: str, length: int) -> bool:
    """Whether `text` is exactly `length` ASCII digits."""
    return len(text) == length and text.isascii() and text.isdigit()


def _weighted_sum(digits: str, weights: tuple[int, ...]) -> int:
    ensure(is_digits(digits, len(weights)), f"a check digit of this kind is computed from {len(weights)} digits")
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))


def municipality_check_digit(code: str) -> str:
    """Check digit of a five-digit 全国地方公共団体コード: the last digit of 11 − (Σ mod 11). 13104 → 1."""
    return str((11 - _weighted_sum(code, MUNICIPALITY_WEIGHTS) % 11) % 10)


def corporate_number_check_digit(twelve_digits: str) -> str:
    """Check digit of a 法人番号, which stands in front (平成26年財務省令70号2条): 9 − (Σ mod 9), never 0."""
    return str(9 - _weighted_sum(twelve_digits, CORPORATE_WEIGHTS) % 9)


def is_corporate_number(number: str) -> bool:
    """Whether `number` is thirteen digits whose first is the check digit of the rest."""
    return is_digits(number, 13) and corporate_number_check_digit(number[1:]) == number[0]
