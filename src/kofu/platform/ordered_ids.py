"""Identifiers that grow with time: UUID version 7 (RFC 9562 §5.7).

The rows of one night lie side by side in every index their ids are in. Ids drawn at random would touch another page
of each index for every row, the more of them the larger the ledger has grown.
"""

from __future__ import annotations

import secrets
import time
from threading import Lock
from uuid import UUID

_COUNTER_BITS = 12
_COUNTER_START_BITS = 11  # the counter of a millisecond begins in its lower half, so that 2,048 ids fit at the least
_RANDOM_BITS = 62
_VERSION = 7 << 76
_VARIANT = 0b10 << 62


class OrderedIds:
    """A source of ids, each greater than the one before, whatever the clock does (RFC 9562 §6.2, method 1)."""

    def __init__(self) -> None:
        """Begin with the clock's millisecond."""
        self._lock = Lock()
        self._millisecond = 0
        self._counter = 0

    def next(self) -> UUID:
        """Give the next id; it may be asked for from any thread."""
        with self._lock:
            now = time.time_ns() // 1_000_000
            if now > self._millisecond:
                self._millisecond, self._counter = now, secrets.randbits(_COUNTER_START_BITS)
            else:
                self._counter += 1
                if self._counter >> _COUNTER_BITS:
                    self._millisecond, self._counter = self._millisecond + 1, 0
            place = self._millisecond << 80 | self._counter << 64
        return UUID(int=place | _VERSION | _VARIANT | secrets.randbits(_RANDOM_BITS))


ordered_id = OrderedIds().next
