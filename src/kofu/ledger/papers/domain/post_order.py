"""The order of the post: letters as a sorting office takes them, by 郵便番号, then by address, name and number.

Numbers within an address are compared as numbers, in full width or half: 二丁目２番 comes before 二丁目１０番. Who has
no 郵便番号 comes last.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_PARTS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostKey:
    """Where a letter goes. `number`: of the letter itself, so that the order never depends on anything else."""

    postal_code: str
    address: str
    name: str
    number: str

    def order(self) -> tuple[bool, str, tuple[tuple[int, int, str], ...], str, str]:
        """Give the place of the letter in the order of the post."""
        code = self.postal_code
        return (not code, code, _by_numbers(self.address), self.name, self.number)


def _by_numbers(address: str) -> tuple[tuple[int, int, str], ...]:
    """Split an address into words and numbers that compare as such: a number comes before a word."""
    return tuple(
        (0, int(part), "") if part.isdecimal() else (1, 0, part) for part in _PARTS.split(address.strip()) if part
    )
