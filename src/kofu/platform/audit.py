"""The audit log: gapless, hash-chained, append-only by right and by trigger (P10).

An entry is appended inside the transaction of what it records, so the two are durable together or not at all. Each
writer process has a *lane* of its own: a chain with sequence numbers 1, 2, 3, … in which every entry's hash covers the
entry before it and the instant it was recorded at. One chain for all would make the log a lock between all processes.
The *anchors* tie the lanes together, signed, outside the database.

The stored `body` is the canonical JSON of the entry: what was hashed is what is kept, byte for byte. The database's
`audit_append` makes the link (`platform.audit_schema`); `link` says the same in Python, for tests and readers, which
trust nothing the database says.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import psycopg

from kofu.core.errors import OurFault, ensure

GENESIS = bytes(32)
_APPEND = "SELECT at, digest, session_user || '/' || %s FROM audit_append(%s, %s)"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Who did what to whom, and how it ended. Never a name, an address or an amount.

    `actor`: a system or a member of staff. `subject_pseudonym`: a keyed digest of the person concerned, or None.
    `subjects`: those of everybody where one entry concerns several (a list); then `subject_pseudonym` is None.
    `occurred_at`: aware instant.
    """

    action: str
    actor: str
    result: str
    occurred_at: datetime
    subject_pseudonym: str | None = None
    subjects: tuple[str, ...] = ()
    detail: dict[str, str | int] = field(default_factory=dict)

    def naming(self, pseudonyms: Sequence[str]) -> AuditEntry:
        """Give the entry with everybody it concerns: one person alone, several as a list, or nobody."""
        if len(pseudonyms) == 1:
            return replace(self, subject_pseudonym=pseudonyms[0])
        return replace(self, subjects=tuple(pseudonyms))

    def body(self) -> str:
        """Canonical JSON: keys sorted, no spaces, code points as they are."""
        ensure(self.occurred_at.tzinfo is not None, "an audit entry's instant is aware")
        ensure(self.subject_pseudonym is None or not self.subjects, "an entry concerns one person, or several")
        words: dict[str, object] = {
            "action": self.action,
            "actor": self.actor,
            "detail": self.detail,
            "occurred_at": self.occurred_at.isoformat(),
            "result": self.result,
            "subject": self.subject_pseudonym,
        }
        if self.subjects:
            words["subjects"] = self.subjects
        return json.dumps(
            words,
            ensure_ascii=False,
            sort_keys=True,
            separators=(",", ":"),
        )


@dataclass(frozen=True, slots=True)
class AuditPosition:
    """Where an entry stands: its lane, its number in it, its hash."""

    lane: str
    sequence: int
    hash: bytes


def instant_text(instant: datetime) -> str:
    """Write an aware instant as it is hashed: UTC, to the microsecond, `2026-11-23T03:00:00.000000Z`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def link(previous: bytes, lane: str, sequence: int, recorded_at: str, body: str) -> bytes:
    """Hash of an entry: SHA-256 over the hash before it, the lane, the number, the instant (as text) and the body."""
    head = f"kofu audit entry 2\n{lane}\n{sequence}\n{recorded_at}\n"
    return hashlib.sha256(previous + head.encode() + body.encode("utf-8")).digest()


def link_without_instant(previous: bytes, lane: str, sequence: int, body: str) -> bytes:
    """Hash of an entry of version 1, which did not cover the instant. No new entry is made so."""
    return hashlib.sha256(previous + f"{lane}\n{sequence}\n".encode() + body.encode("utf-8")).digest()


def append(connection: psycopg.Connection, lane: str, entry: AuditEntry) -> AuditPosition:
    """Append `entry` to `lane` inside the caller's transaction.

    The lane in the log is that of the role that logged in, `ROLE/lane`: nobody writes into another's. It is held by a
    transaction lock until that transaction ends: the next writer of the lane sees this entry, or none of it. Raises
    `OurFault` in autocommit mode, where there is no transaction to belong to.
    """
    _require_transaction(connection)
    row = connection.execute(_APPEND, [lane, lane, entry.body()]).fetchone()
    if row is None:
        raise OurFault("audit_silent", "the audit log did not say where an entry stands")
    return AuditPosition(lane=row[2], sequence=row[0], hash=bytes(row[1]))


async def append_async(connection: psycopg.AsyncConnection, lane: str, entry: AuditEntry) -> None:
    """Do as `append`, where the caller awaits its statements."""
    _require_transaction(connection)
    await connection.execute(_APPEND, [lane, lane, entry.body()])


def _require_transaction(connection: psycopg.Connection | psycopg.AsyncConnection) -> None:
    if connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE and connection.autocommit:
        raise OurFault("audit_outside_transaction", "an audit entry is appended inside the transaction it records")
