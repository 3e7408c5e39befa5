"""Facts that changed hands in a ring: two people exchanged, three rotated, everybody moved by one row.

Counts and sums are the same afterwards, and each row alone looks like a correction. What gives it away is that what
one lost another has, all the way round.
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
