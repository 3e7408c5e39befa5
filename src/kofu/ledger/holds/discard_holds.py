"""破棄: a message about a hold that `issuing` does not take is given up by two people; its hold is still lifted."""

from __future__ import annotations

import psycopg

from kofu.ledger.acting.record import record
from kofu.ledger.acting.under import Under
from kofu.platform.hold_discards import decide_discard, propose_discard


def propose(connection: psycopg.Connection, message_id: str, *, reason: str, under: Under) -> None:
    """Propose to discard a message. Raises `OperatorFault` `reason_needed`, `hold_message_state`."""
    with connection.transaction():
        propose_discard(connection, message_id, actor=under.actor, reason=reason, now=under.now)
        record(connection, under, "hold.propose_discard", "proposed", hold=message_id)


def decide(connection: psycopg.Connection, message_id: str, *, approve: bool, under: Under) -> None:
    """Discard a message another person proposed to discard, or keep it.

    Nothing stands at `issuing` under what is discarded: lifting its hold releases the other numbers alone. Raises
    `OperatorFault` `hold_message_state`, `second_person_needed`.
    """
    with connection.transaction():
        decide_discard(connection, message_id, approve=approve, actor=under.actor, now=under.now)
        if approve:
            connection.execute(
                "UPDATE issuance_hold_message SET released_at = %s WHERE message_id = %s AND released_at IS NULL",
                [under.now, message_id],
            )
        record(connection, under, "hold.discard", "discarded" if approve else "kept", hold=message_id)
