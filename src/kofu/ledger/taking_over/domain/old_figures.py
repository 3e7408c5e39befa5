"""移行の比較: 延滞金 of the system before against what is calculated here, claim by claim, with what is known of why.

Two systems that both follow the law can differ: one cuts a run below one yen at each new year, the other where the rate
changes (安曇野市's published example: 999 → 0 against 1,000). Whoever takes a ledger over must know every such claim
before a resident is told another figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum


class DifferenceReason(StrEnum):
    """What is known of why the figures differ."""

    NEW_YEAR = "new_year"  # the same once a new year is cut, or joined, as the profile does not
    NOT_TAKEN_OVER = "not_taken_over"  # the old system names a 期別 this ledger does not have
    NOT_NAMED = "not_named"  # this ledger has 延滞金 on a 期別 the old system does not name
    RATE_MISSING = "rate_missing"  # a year of the run has no rate here
    OTHER = "other"  # to be looked into: 納期限, 猶予, 停止, part payments, rates


Key = tuple[str, str]  # 通知書番号, 期別


@dataclass(frozen=True, slots=True)
class InterestFigures:
    """延滞金 of a 期別 here, in yen: by the profile, and with new years treated the other way; None without a rate."""

    ours: int | None
    other_way: int | None


@dataclass(frozen=True, slots=True)
class Differing:
    """A 期別 whose 延滞金 differs, in yen; None where one side has no figure."""

    key: Key
    old: int | None
    ours: int | None
    why: DifferenceReason


def differences(old: Mapping[Key, int], here: Mapping[Key, InterestFigures]) -> tuple[Differing, ...]:
    """Name every 期別 whose figures differ, in the order of their numbers."""
    return tuple(sorted(_named(old, here), key=lambda one: one.key))


def _named(old: Mapping[Key, int], here: Mapping[Key, InterestFigures]) -> Iterator[Differing]:
    for key, figure in old.items():
        found = here.get(key)
        if found is None:
            yield Differing(key, figure, None, DifferenceReason.NOT_TAKEN_OVER)
        elif found.ours is None:
            yield Differing(key, figure, None, DifferenceReason.RATE_MISSING)
        elif found.ours != figure:
            yield Differing(
                key,
                figure,
                found.ours,
                DifferenceReason.NEW_YEAR if found.other_way == figure else DifferenceReason.OTHER,
            )
    yield from _not_named((key for key in here if key not in old), here)


def _not_named(keys: Iterable[Key], here: Mapping[Key, InterestFigures]) -> Iterator[Differing]:
    for key in keys:
        if here[key].ours:
            yield Differing(key, None, here[key].ours, DifferenceReason.NOT_NAMED)
