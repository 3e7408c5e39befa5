"""One audit line of a use case, added in its transaction: who did what, with what result, about whom."""

from __future__ import annotations

import psycopg

from kofu.ledger.acting.under import Under
from kofu.platform import audit


def record(connection: psycopg.Connection, under: Under, action: str, result: str, **detail: str | int) -> None:
    """Append an audit entry in the caller's transaction."""
    audit.append(
        connection,
        under.lane,
        audit.AuditEntry(
            action=action,
            actor=under.actor,
            result=result,
            occurred_at=under.now,
            subject_pseudonym=under.pseudonym,
            detail=dict(detail),
        ),
    )
