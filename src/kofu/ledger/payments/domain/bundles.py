"""束番号 used again: whether a bundle of keyed papers is one that is known, or a new one under an old number.

Contractors count from 1 every day or every delivery, so the same 束番号 on the same 領収日 may be another bundle: taken
for the first one, its money would look posted and be lost. A bundle is the same where at one of its places the same
期別 stands; where none does, it is another one, and its payments get keys of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from kofu.ledger.payments.domain.batches import PaymentRow

USES_MAX = 99


def key_of_use(key: str, use: int) -> str:
    """Give the key of a paper in the n-th bundle of its number; the first keeps the plain one."""
    return key if use == 1 else f"{key}|{use}"


def place_of(key: str) -> tuple[str, str]:
    """Take a key apart: the bundle (領収日 and 束番号) and the whole plain key."""
    day, bundle, sequence = key.split("|")[:3]
    return f"{day}|{bundle}", f"{day}|{bundle}|{sequence}"


def with_own_keys(rows: Sequence[PaymentRow], known: Mapping[str, tuple[str, str]]) -> tuple[PaymentRow, ...]:
    """Give rows of a delivery the keys of the bundles they are. `known`: key → (notice, installment) of those there."""
    bundles: defaultdict[str, list[PaymentRow]] = defaultdict(list)
    for row in rows:
        bundles[place_of(row.key)[0]].append(row)
    use = {bundle: _use(members, known) for bundle, members in bundles.items()}
    return tuple(replace(row, key=key_of_use(row.key, use[place_of(row.key)[0]])) for row in rows)


def _use(rows: Sequence[PaymentRow], known: Mapping[str, tuple[str, str]]) -> int:
    for use in range(1, USES_MAX):
        there = [(row, known[key]) for row in rows if (key := key_of_use(row.key, use)) in known]
        if not there or any((row.notice_number, row.installment) == said for row, said in there):
            return use
    return USES_MAX
