"""The audit log: gapless, hash-chained, append-only by right and by trigger (P10).

An entry is appended inside the transaction of what it records, so the two are durable together or not at all. Each
writer process has a *lane* of its own: a chain with sequence numbers 1, 2, 3, … in which every entry's hash covers the
entry before it. One chain for all would make the log a lock between all processes. The daily *anchor* (see
`platform.anchors`) ties the heads of all lanes together, signed, outside the database.

The stored `body` is the canonical JSON of the entry: what was hashed is what is kept, byte for byte. The database's
`audit_append` makes the link; `link` says the same in Python, for the verifier, which trusts nothing the database says.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime

import psycopg

from kofu.core.errors import OurFault, ensure

GENESIS = bytes(32)

SCHEMA = """
CREATE TABLE IF NOT EXISTS audit_entry (
    lane text NOT NULL,
    sequence bigint NOT NULL CHECK (sequence > 0),
    previous_hash bytea NOT NULL CHECK (length(previous_hash) = 32),
    hash bytea NOT NULL CHECK (length(hash) = 32),
    body text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (lane, sequence)
);
CREATE INDEX IF NOT EXISTS audit_entry_recorded_at ON audit_entry (recorded_at);
CREATE OR REPLACE FUNCTION audit_refuses_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE OR REPLACE TRIGGER audit_entry_stays BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_refuses_change();
CREATE OR REPLACE TRIGGER audit_entry_stays_whole BEFORE TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuses_change();
CREATE OR REPLACE FUNCTION audit_append(in_lane text, in_body text, OUT at bigint, OUT digest bytea)
LANGUAGE plpgsql AS $$
DECLARE
    before bytea;
BEGIN
    -- an entry is durable when its transaction returns, whatever role or session say
    PERFORM set_config('synchronous_commit', 'on', true)
    WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply');
    PERFORM pg_advisory_xact_lock(hashtextextended('audit lane ' || in_lane, 0));
    SELECT sequence, hash INTO at, before FROM audit_entry WHERE lane = in_lane ORDER BY sequence DESC LIMIT 1;
    at := coalesce(at, 0) + 1;
    before := coalesce(before, decode(repeat('00', 32), 'hex'));
    digest := sha256(before || convert_to(in_lane || E'\\n' || at || E'\\n' || in_body, 'UTF8'));
    INSERT INTO audit_entry (lane, sequence, previous_hash, hash, body)
    VALUES (in_lane, at, before, digest, in_body);
END
$$;
"""

GRANTS: tuple[str, ...] = ("GRANT SELECT, INSERT ON audit_entry TO {app}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Who did what to whom, and how it ended. Never a name, an address or an amount.

    `actor`: a system or a member of staff. `subject_pseudonym`: a keyed digest of the person concerned, or None.
    `occurred_at`: aware instant.
    """

    action: str
    actor: str
    result: str
    occurred_at: datetime
    subject_pseudonym: str | None = None
    detail: dict[str, str | int] = field(default_factory=dict)

    def body(self) -> str:
        """Canonical JSON: keys sorted, no spaces, code points as they are."""
        ensure(self.occurred_at.tzinfo is not None, "an audit entry's instant is aware")
        return json.dumps(
            {
                "action": self.action,
                "actor": self.actor,
                "detail": self.detail,
                "occurred_at": self.occurred_at.isoformat(),
                "result": self.result,
                "subject": self.subject_pseudonym,
            },
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


def link(previous: bytes, lane: str, sequence: int, body: str) -> bytes:
    """Hash of an entry: SHA-256 over the hash before it, the lane, the number and the body."""
    return hashlib.sha256(previous + f"{lane}\n{sequence}\n".encode() + body.encode("utf-8")).digest()


def append(connection: psycopg.Connection, lane: str, entry: AuditEntry) -> AuditPosition:
    """Append `entry` to `lane` inside the caller's transaction.

    The lane is held by a transaction lock until that transaction ends: the next writer of the lane sees this entry, or
    none of it. Raises `OurFault` in autocommit mode, where there is no transaction to belong to.
    """
    if connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE and connection.autocommit:
        raise OurFault("audit_outside_transaction", "an audit entry is appended inside the transaction it records")
    row = connection.execute("SELECT at, digest FROM audit_append(%s, %s)", [lane, entry.body()]).fetchone()
    if row is None:
        raise OurFault("audit_silent", "the audit log did not say where an entry stands")
    return AuditPosition(lane=lane, sequence=row[0], hash=bytes(row[1]))
