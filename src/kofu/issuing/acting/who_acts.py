"""Who acts in a use case, by which clock, with which identities and audit lane. Passed in, not reached for."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg

from kofu.platform.audit import AuditEntry, append


def system_clock() -> datetime:
    """Read the machine's clock, aware, in UTC."""
    return datetime.now(UTC)


def random_identity() -> str:
    """Make an identity: 128 random bits in hexadecimal (P4). Time is never a part of it."""
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """An instant by the clock, and the counter's seconds at it."""

    at: datetime
    ticks: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """Clock, identities, and how this process signs what it does.

    `ticks` counts seconds evenly, whatever is done to the clock: a deadline is watched by both.
    `lane` names the chain of the audit log this worker appends to: each worker has its own, so that the log is never a
    lock between them. `actor` is a system (issuing, center) or a member of staff, never a resident.
    """

    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    lane: str
    actor: str
    ticks: Callable[[], float] = time.monotonic

    def moment(self) -> Moment:
        """Read clock and counter together."""
        return Moment(at=self.clock(), ticks=self.ticks())

    def record(
        self,
        connection: psycopg.Connection,
        action: str,
        result: str,
        *,
        subject: str | None = None,
        actor: str | None = None,
        detail: dict[str, str | int] | None = None,
    ) -> None:
        """Append an audit entry inside the caller's transaction: durable exactly when its subject is (P10)."""
        append(connection, self.lane, self.entry(action, result, subject=subject, actor=actor, detail=detail))

    def entry(
        self,
        action: str,
        result: str,
        *,
        subject: str | None = None,
        actor: str | None = None,
        detail: dict[str, str | int] | None = None,
    ) -> AuditEntry:
        """Word an audit entry of this moment, for a statement that appends it together with its subject."""
        return AuditEntry(
            action=action,
            actor=actor or self.actor,
            subject_pseudonym=subject,
            result=result,
            detail=detail or {},
            occurred_at=self.clock(),
        )


def system_acting(*, lane: str, actor: str) -> Acting:
    """Act by the machine's clock and randomness."""
    return Acting(clock=system_clock, new_id=random_identity, lane=lane, actor=actor)
