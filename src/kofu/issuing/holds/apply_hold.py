"""Take in a hold at once (P7): 発行停止, 支援措置, 転出, 死亡, 証明書失効.

A hold belongs to its sender, the name in the certificate the first message came with: only that sender revises it, and
never into another kind or onto another target. The ledger's certificate cannot lift the registry's 支援措置.

A message is added, never written over; the highest revision stands, whatever order the messages come in and however
often. From the commit on, every reading of facts sees it. Nothing here looks at a clock to end a hold: it counts from
its arrival, whatever day the sender names.

The acknowledgement waits for the releases under way. A release takes the lock of its person and of its card, shared,
before it looks at the holds; here the hold is committed first, then that lock is taken alone. So when `apply_hold` has
returned, every release that had not seen the hold is committed or gone, on every process and machine (P5), and no later
one passes. (Inside a caller's transaction the lock is kept to its end, and says the same.) A paper that was released
just before may still be on its way for a moment: `leaving_until` says so, and the gateway acknowledges when it is over.
"""

from __future__ import annotations

from datetime import datetime

import psycopg

from kofu.contracts.issuing import Hold, HoldAccepted
from kofu.core.errors import PeerFault, ensure
from kofu.issuing.holds.domain.holds import HoldState, check_hold, conflicts, not_its_own, standing, state_of
from kofu.issuing.holds.hold_store import add_message, drain, lock_hold, messages_of, origin_of
from kofu.platform import audit


def apply_hold(
    connection: psycopg.Connection, hold: Hold, *, sender: str, lane: str, received_at: datetime
) -> HoldAccepted:
    """Store a hold message and its audit entry in one transaction; give the revision that stands.

    `sender` is the peer's name from its certificate, `lane` that of the writing process in the audit log, `received_at`
    is aware. The same message again changes nothing.
    Raises `PeerFault` `hold_target` for a hold on nobody or on two, `hold_conflict` where the same revision was sent
    before with other content, `hold_of_another` where the hold is another sender's, of another kind or target (what was
    sent first stays; the caller opens a case).
    """
    check_hold(hold)
    ensure(received_at.tzinfo is not None, "the moment of receipt has a time zone")
    with connection.transaction():
        lock_hold(connection, hold.municipality_code, hold.hold_id)
        origin = origin_of(connection, hold.municipality_code, hold.hold_id)
        problem = origin and not_its_own(origin, hold, sender)
        if problem:
            raise PeerFault("hold_of_another", problem)
        added = add_message(connection, hold, sender=sender, received_at=received_at)
        messages = messages_of(connection, hold.municipality_code, hold.hold_id)
        stored = next(message for message in messages if message.revision == hold.revision)
        if conflicts(stored, hold):
            raise PeerFault(
                "hold_conflict", f"revision {hold.revision} of this hold was sent before, and said otherwise"
            )
        stands = standing(messages)
        if added:
            audit.append(connection, lane, _entry(hold, sender, received_at, standing_revision=stands.revision))
    if state_of(messages) is HoldState.IN_FORCE:
        drain(connection, hold)
    return HoldAccepted(hold_id=hold.hold_id, standing_revision=stands.revision)


def _entry(hold: Hold, sender: str, received_at: datetime, *, standing_revision: int) -> audit.AuditEntry:
    """Record who sent what; the person is found through the hold's id by those who may."""
    return audit.AuditEntry(
        action="hold",
        actor=sender,
        result=state_of([hold]).value,
        occurred_at=received_at,
        detail={
            "municipality": hold.municipality_code,
            "hold": hold.hold_id,
            "kind": hold.kind.value,
            "revision": hold.revision,
            "standing_revision": standing_revision,
        },
    )
