"""One audit line of a use case, added in its transaction: who did what, with what result, about whom."""

from __future__ import annotations

import psycopg

from kofu.ledger.acting.who_acts import Acting
from kofu.platform import audit


def record(connection: psycopg.Connection, acting: Acting, action: str, result: str, **detail: str | int) -> None:
    """Append an audit entry in the caller's transaction."""
    audit.append(
        connection,
        acting.lane,
        audit.AuditEntry(
            action=action,
            actor=acting.actor,
            result=result,
            occurred_at=acting.now,
            subject_pseudonym=acting.pseudonym,
            detail=dict(detail),
        ),
    )
