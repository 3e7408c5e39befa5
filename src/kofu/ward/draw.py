"""Chance that is none: each person draws from an own sequence, fixed by seed and index.

Person 4711 of seed 1 is the same in a ward of 5,000 and of a million, because nobody draws from another's sequence.
"""

from __future__ import annotations

import hashlib
import random
from bisect import bisect
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Generic, TypeVar

T = TypeVar("T")


class Weighted(Generic[T]):
    """Choices with weights, looked up by one number between 0 and 1."""

    def __init__(self, weights: Mapping[T, int]) -> None:
        self._choices = tuple(weights)
        self._steps = tuple(accumulate(weights.values()))

    def at(self, position: float) -> T:
        """Give the choice at `position`, 0 ≤ position < 1."""
        return self._choices[bisect(self._steps, position * self._steps[-1])]


class Draw:
    """One person's sequence. Only `random.Random.random()` is used: Python promises it stays the same for a seed."""

    __slots__ = ("unit",)

    def __init__(self, seed: int, index: int, topic: str = "") -> None:
        digest = hashlib.blake2b(f"{seed}/{index}/{topic}".encode(), digest_size=8).digest()
        self.unit = random.Random(int.from_bytes(digest, "big")).random  # noqa: S311 - invented people, no secrets

    def below(self, bound: int) -> int:
        """Draw an integer 0 ≤ n < bound."""
        return int(self.unit() * bound)

    def between(self, low: int, high: int) -> int:
        """Draw an integer low ≤ n ≤ high."""
        return low + int(self.unit() * (high - low + 1))

    def one_in(self, n: int) -> bool:
        """Draw true once in `n` times."""
        return self.unit() * n < 1

    def pick(self, choices: Sequence[T]) -> T:
        """Draw one of `choices`, each as likely."""
        return choices[int(self.unit() * len(choices))]

    def amount(self, low: int, high: int, *, step: int = 1000) -> int:
        """Draw an amount of yen, a multiple of `step`, low amounts likelier than high ones."""
        u = self.unit()
        return int(low + (high - low) * u * u) // step * step


def hexadecimal(seed: int, index: int, topic: str, digits: int = 32) -> str:
    """Give a number of `digits` hexadecimal digits that belongs to this person and topic alone."""
    return hashlib.blake2b(f"{seed}/{index}/{topic}".encode(), digest_size=digits // 2).hexdigest()
