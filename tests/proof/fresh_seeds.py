"""Fresh seeds, one after another, for the ten minutes that `make check-slow` gives them."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from itertools import count

import pytest

MINUTES = 10.0

when_asked_for = pytest.mark.skipif(
    os.environ.get("KOFU_EXAMPLES") != "explore", reason="fresh seeds are for `make check-slow`"
)


def fresh_seeds(minutes: float = MINUTES) -> Iterator[int]:
    """Give seeds nobody chose until the minutes are over, one at the least."""
    until = time.monotonic() + minutes * 60
    for seed in count(secrets.randbelow(10**9)):
        yield seed
        if time.monotonic() >= until:
            return
