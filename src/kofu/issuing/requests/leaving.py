"""Whether a paper leaves, asked of the database in one statement: its first time, or once more.

The rule itself is `issuing_let_leave`, the function of migration 0008: no stop, the request where it was left, the
holds those decided upon; then journal and audit entry, all in one transaction under the locks stops and holds wait for.
Here is what is asked of it, as records whose fields bear the names of the database's types (a test compares them).
The clock is no part of the rule: before and after the statement the worker looks at its own (`TimeLimit`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

import msgspec
import psycopg
from psycopg.types.json import Jsonb

from kofu.core.errors import ensure
from kofu.issuing.cases.stop import LOCK_SPACE as STOP_SPACE
from kofu.issuing.holds.domain.holds import StandingHold
from kofu.issuing.holds.hold_store import LOCK_SPACE as HOLD_SPACE
from kofu.issuing.requests.domain.release_rules import LEAVES_AGAIN_FROM, LEAVES_FIRST_FROM
from kofu.issuing.requests.domain.states import REQUEST_LIFE, RequestEvent, RequestState
from kofu.issuing.requests.journal_store import JournalCopy, JournalRequest


class Verdict(StrEnum):
    """What came of asking: the paper may leave and that is written, or nothing is, and why."""

    RELEASED = "released"
    HALTED = "halted"  # a stop is in force
    DECIDED = "decided"  # another worker was first, or somebody was told that nothing leaves again
    MOVED = "moved"  # the holds are no longer those decided upon: of a repeat, one stands


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """What is asked about a paper, first or again: `issuing_leaving` of the database."""

    request_id: str
    municipality_code: str
    serial: str
    addressee_number: str
    leaves_from: tuple[RequestState, ...]
    holds: str
    stop_space: int = STOP_SPACE
    hold_space: int = HOLD_SPACE


_AFTER = REQUEST_LIFE.after(RequestState.RECEIVED, RequestEvent.MAKE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What the journal keeps of a paper made just now: `issuing_made` of the database. Fee in yen."""

    decided_at: datetime
    generation: int
    form_version: str
    as_of: date
    title: str
    fee_per_copy: int
    copies: tuple[JournalCopy, ...]
    state: RequestState = _AFTER


@dataclass(frozen=True, slots=True)
class LeavingEntry:
    """The audit entry that goes with it: its lane, and its body as `AuditEntry.body()` gives it."""

    lane: str
    body: str


def leave_first(
    connection: psycopg.Connection,
    stored: JournalRequest,
    made: Made,
    entry: LeavingEntry,
    *,
    addressee_number: str,
    holds: tuple[StandingHold, ...],
) -> Verdict:
    """Ask for the first time, for the person of `addressee_number`, under the holds that were decided upon.

    On a connection in autocommit mode everything is durable when this returns `RELEASED` (P10). Raises
    `InvariantBroken` where the request is gone.
    """
    known = ",".join(f"{hold.hold_id} {hold.revision}" for hold in holds)
    return _ask(connection, _leaving(stored, addressee_number, LEAVES_FIRST_FROM, known), made, entry)


def leave_again(connection: psycopg.Connection, stored: JournalRequest, entry: LeavingEntry) -> Verdict:
    """Ask whether one more worker may hand out a paper made before: not while any hold stands (P7)."""
    return _ask(connection, _leaving(stored, stored.addressee_number, LEAVES_AGAIN_FROM, ""), None, entry)


def _leaving(
    stored: JournalRequest, addressee_number: str, leaves_from: tuple[RequestState, ...], holds: str
) -> Leaving:
    return Leaving(
        request_id=stored.request_id,
        municipality_code=stored.municipality_code,
        serial=stored.serial,
        addressee_number=addressee_number,
        leaves_from=leaves_from,
        holds=holds,
    )


def _ask(connection: psycopg.Connection, asked: Leaving, made: Made | None, entry: LeavingEntry) -> Verdict:
    row = connection.execute(
        "SELECT issuing_let_leave("
        "asked => jsonb_populate_record(NULL::issuing_leaving, %(asked)s),"
        " made => jsonb_populate_record(NULL::issuing_made, %(made)s),"
        " audit_lane => %(lane)s, audit_body => %(body)s)",
        {
            "asked": Jsonb(asked, dumps=msgspec.json.encode),
            "made": Jsonb(made, dumps=msgspec.json.encode) if made else None,
            "lane": entry.lane,
            "body": entry.body,
        },
        prepare=True,
    ).fetchone()
    verdict = row[0] if row else "lost"
    ensure(verdict != "lost", "a request is never removed")
    return Verdict(verdict)
