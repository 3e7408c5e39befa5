"""All 宛名番号 of one person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import NewType

from kofu.core.errors import ensure

#: Every 宛名番号 of one person, the one that stands for them first. Only `numbers_of` makes one, so that what asks for
#: one cannot be given a single number that somebody happened to have at hand.
PersonNumbers = NewType("PersonNumbers", tuple[str, ...])


def survivor_of(number: str, merges: Mapping[str, str]) -> str:
    """Follow the merges (from → into) to the number that stands for the person.

    Raises `InvariantBroken` on a circle.
    """
    seen = {number}
    while number in merges:
        number = merges[number]
        ensure(number not in seen, "merges of numbers never lead in a circle")
        seen.add(number)
    return number


def numbers_of(number: str, merges: Mapping[str, str]) -> PersonNumbers:
    """Give every number that means the same person: the survivor first, then those merged into it, sorted."""
    survivor = survivor_of(number, merges)
    into: defaultdict[str, list[str]] = defaultdict(list)
    for source, target in merges.items():
        into[target].append(source)
    found, waiting = [], [survivor]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += into[one]
    return PersonNumbers((survivor, *sorted(found[1:])))
