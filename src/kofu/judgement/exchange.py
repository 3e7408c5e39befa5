"""Facts that changed hands: two people exchanged, three rotated, a block of rows or everybody moved by one row.

Counts and sums are the same afterwards, and each row alone looks like a correction. What gives it away is that what
one lost another has, all the way round or all the way down.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence


def on_a_ring(changes: Sequence[tuple[str, str]]) -> tuple[int, ...]:
    """Give the places of the changes (before, now) that lie on a ring, in their order.

    A value that is passed on one way lies on none: nobody gave the first one up for it. Where two rings are joined by a
    chain, the chain counts with them.
    """
    left = {place for place, (before, now) in enumerate(changes) if before != now}
    while True:
        given_up = Counter(changes[place][0] for place in left)
        taken = Counter(changes[place][1] for place in left)
        open_ended = {place for place in left if not (given_up[changes[place][1]] and taken[changes[place][0]])}
        if not open_ended:
            return tuple(sorted(left))
        left -= open_ended


def handed_along(changes: Sequence[tuple[str, str]]) -> tuple[int, ...]:
    """Give the places of the changes (before, now) that took what another lost *and* lost what another took.

    That is everybody on a ring, and the inner links where a block of rows was moved by one: its first and its last row
    have somebody on one side only. Life makes no inner links: who moves into a home left the same day leaves one that
    nobody moves into the same day.
    """
    moved = [(place, before, now) for place, (before, now) in enumerate(changes) if before != now]
    lost = {before for _, before, _ in moved}
    taken = {now for _, _, now in moved}
    return tuple(place for place, before, now in moved if now in lost and before in taken)
