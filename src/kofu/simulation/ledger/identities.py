"""Identities by the seed: while it lasts, the ledger's modules draw their ids from the simulation's own chance."""

from __future__ import annotations

import random
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from kofu.platform.ordered_ids import ordered_id

_ROOM = 64


@contextmanager
def seeded_identities(seed: int) -> Iterator[None]:
    """Give `uuid4` and `ordered_id` of every module of the ledger others, which repeat."""
    chance = random.Random(f"{seed} ledger identities")  # noqa: S311 - a history must repeat
    count = 0

    def ordered() -> UUID:
        nonlocal count
        count += 1
        return UUID(int=count << _ROOM | chance.getrandbits(_ROOM))

    def drawn() -> UUID:
        return UUID(int=chance.getrandbits(128))

    changed = [
        (module, name, real)
        for path, module in list(sys.modules.items())
        if path.startswith("kofu.ledger.")
        for name, real in (("uuid4", uuid.uuid4), ("ordered_id", ordered_id))
        if getattr(module, name, None) is real
    ]
    for module, name, _ in changed:
        setattr(module, name, ordered if name == "ordered_id" else drawn)
    try:
        yield
    finally:
        for module, name, real in changed:
            setattr(module, name, real)
