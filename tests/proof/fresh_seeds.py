"""Fresh seeds, one after another: for the minutes `.ci/run` gives kiosks and ledger each, ten in `make check-slow`."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from itertools import count

import pytest

MINUTES = float(os.environ.get("KOFU_FRESH_MINUTES") or (10.0 if os.environ.get("KOFU_EXAMPLES") == "explore" else 0.0))

when_asked_for = pytest.mark.skipif(
    not MINUTES, reason="fresh seeds are for `.ci/run` and `make check-slow`: KOFU_FRESH_MINUTES=5"
)


def fresh_seeds(minutes: float = MINUTES) -> Iterator[int]:
    """Give seeds nobody chose until the minutes are over, one at the least."""
    until = time.monotonic() + minutes * 60
    for seed in count(secrets.randbelow(10**9)):
        yield seed
        if time.monotonic() >= until:
            return
