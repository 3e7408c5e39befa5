"""破棄: a message about a hold that `issuing` does not take is given up by two people; its hold is still lifted."""

from __future__ import annotations

import psycopg

from kofu.ledger.acting.record import record
from kofu.ledger.acting.who_acts import Acting
from kofu.platform.hold_discards import decide_discard, propose_discard


def propose(connection: psycopg.Connection, message_id: str, *, reason: str, acting: Acting) -> None:
    """Propose to discard a message. Raises `OperatorFault` `reason_needed`, `hold_message_state`."""
    with connection.transaction():
        propose_discard(connection, message_id, actor=acting.actor, reason=reason, now=acting.now)
        record(connection, acting, "hold.propose_discard", "proposed", hold=message_id)


def decide(connection: psycopg.Connection, message_id: str, *, approve: bool, acting: Acting) -> None:
    """Discard a message another person proposed to discard, or keep it.

    Nothing stands at `issuing` under what is discarded: lifting its hold releases the other numbers alone. Raises
    `OperatorFault` `hold_message_state`, `second_person_needed`.
    """
    with connection.transaction():
        decide_discard(connection, message_id, approve=approve, actor=acting.actor, now=acting.now)
        if approve:
            connection.execute(
                "UPDATE issuance_hold_message SET released_at = %s WHERE message_id = %s AND released_at IS NULL",
                [acting.now, message_id],
            )
        record(connection, acting, "hold.discard", "discarded" if approve else "kept", hold=message_id)
