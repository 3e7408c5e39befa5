"""A protection hold (支援措置) ends by two people: one proposes with a reason, another, 係長, decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row

from kofu.contracts.issuing import Hold, HoldKind
from kofu.core.errors import OperatorFault
from kofu.core.four_eyes import PendingProposal, require_reason
from kofu.platform.hold_outbox import next_release
from kofu.platform.standing_proposals import require_decider
from kofu.registry.domain.releases import RELEASE_LIFE, ReleaseEvent, ReleaseState
from kofu.registry.send_hold import queue

WHAT = "the release of a protection hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedRelease:
    """A release that waits for a decision."""

    hold_id: str
    reason: str
    proposed_by: str
    proposed_at: datetime


def needs_two(hold: Hold) -> bool:
    """Whether a message ends a protection hold."""
    return hold.released and hold.kind is HoldKind.PROTECTION


def require_by_two(holds: Sequence[Hold]) -> None:
    """Let no file end a protection hold. Raises `OperatorFault` `release_by_two`."""
    if any(needs_two(hold) for hold in holds):
        raise OperatorFault(
            "release_by_two", "a protection hold ends by two people: kofu hold propose-release, then kofu hold release"
        )


def propose_release(connection: psycopg.Connection, hold_id: str, *, reason: str, actor: str, now: datetime) -> Hold:
    """Propose to end a protection hold, in the caller's transaction; give the message that would end it.

    Raises `OperatorFault` `reason_needed`, `reason_long`, `release_by_one` for another kind of hold,
    `release_proposed`, and as `next_release`.
    """
    words = require_reason(reason, "say why the protection ends, and by which paper")
    ended = next_release(connection, hold_id, now)
    if not needs_two(ended):
        raise OperatorFault("release_by_one", "only a protection hold is proposed: kofu hold release ends this one")
    stored = connection.execute(
        "INSERT INTO hold_release (hold_id, reason, state, proposed_by, proposed_at, decided_by)"
        " VALUES (%s, %s, %s, %s, %s, '') ON CONFLICT DO NOTHING",
        [hold_id, words, ReleaseState.PROPOSED, actor, now],
    ).rowcount
    if not stored:
        raise OperatorFault("release_proposed", "its release waits for a decision already")
    return ended


def decide_release(
    connection: psycopg.Connection, hold_id: str, event: ReleaseEvent, *, actor: str, now: datetime
) -> Hold:
    """End a protection hold another person proposed to end, or keep it, in the caller's transaction.

    Gives the message that ends it, which is queued where it ends. Raises `OperatorFault` `release_not_proposed`,
    `second_person_needed`, `proposal_lapsed`, and as `next_release`.
    """
    with connection.cursor(row_factory=class_row(PendingProposal)) as cursor:
        proposed = cursor.execute(
            "SELECT proposed_by AS by, proposed_at AS at FROM hold_release WHERE hold_id = %s AND state = %s"
            " FOR UPDATE",
            [hold_id, ReleaseState.PROPOSED],
        ).fetchone()
    if proposed is None:
        raise OperatorFault(
            "release_not_proposed", "a protection hold ends by two people: another proposes it (propose-release)"
        )
    state = RELEASE_LIFE.after(ReleaseState.PROPOSED, event)
    ended = next_release(connection, hold_id, now)
    if event is ReleaseEvent.RELEASE:
        require_decider(connection, actor, proposed, what=WHAT)
        queue(connection, [ended], now)
    connection.execute(
        "UPDATE hold_release SET state = %s, decided_by = %s, decided_at = %s WHERE hold_id = %s AND state = %s",
        [state, actor, now, hold_id, ReleaseState.PROPOSED],
    )
    return ended


def proposed_releases(connection: psycopg.Connection) -> list[ProposedRelease]:
    """List the releases that wait for a decision, the oldest first."""
    with connection.cursor(row_factory=class_row(ProposedRelease)) as cursor:
        return cursor.execute(
            "SELECT hold_id, reason, proposed_by, proposed_at FROM hold_release WHERE state = %s ORDER BY proposed_at",
            [ReleaseState.PROPOSED],
        ).fetchall()
