"""Holds of the registry to `issuing`, at once: stored in the outbox, then sent (`kofu.platform.hold_outbox`, P7)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import psycopg

from kofu.contracts.issuing import Hold, HoldKind
from kofu.platform.hold_outbox import queue_one
from kofu.registry.serials import revoke


def queue(connection: psycopg.Connection, holds: Iterable[Hold], queued_at: datetime) -> int:
    """Put messages into the outbox; one that is there already (same hold, same revision) stays as it is.

    In one transaction; a revocation marks the registry's own serial in the same one. Gives how many were new.
    """
    new = 0
    with connection.transaction():
        for hold in holds:
            inserted = queue_one(connection, hold, queued_at)
            new += inserted
            if inserted and hold.kind is HoldKind.SERIAL_REVOKED and hold.serial and not hold.released:
                revoke(connection, hold.serial)
    return new
