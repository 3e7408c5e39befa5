"""The kill switch (全件停止): issuance of a municipality stops at once, and starts again by two people's word.

A stop is a row in the database. Every release reads it inside its own transaction, under a shared lock of the
municipality; setting a stop commits the row and then takes that lock alone. So when `set_stop` has returned, every
release that had not seen the stop is over, on every process and machine (P5), and no later one can pass.

A paper that was released just before may still be on its way for a moment, or, where its worker died or stands still,
until its deadline. `wait_for_papers` waits for that, and says how many are left where it takes longer than a person at
the switch can be kept waiting.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import psycopg

from kofu.certificates.domain.findings import Signature, require_finding
from kofu.core.errors import OperatorFault
from kofu.core.four_eyes import require_reason
from kofu.issuing.acting.domain.clocks import CLOCKS_APART_MAX
from kofu.issuing.acting.who_acts import Acting
from kofu.issuing.cases import case_store
from kofu.issuing.cases.case_store import StoredStop
from kofu.issuing.cases.domain.stops import STOP_LIFE, StopEvent, StopState, state_of

PAPERS_SECONDS_MAX = 5.0
"""How long whoever sets a stop is kept waiting for the papers that were released before it."""
LOOK_SECONDS = 0.05
REASON_LENGTH_MAX = 500
LOCK_SPACE = 0x5354_4F50  # "STOP": keeps this use of advisory locks apart from others


@dataclass(frozen=True, slots=True)
class PapersUnderWay:
    """Papers released before a stop that may still be on their way, and until when at the latest."""

    papers: int
    until: datetime


def insert_stop(
    connection: psycopg.Connection,
    acting: Acting,
    *,
    municipality_code: str,
    reason: str,
    by: str,
    case_id: str | None = None,
) -> str:
    """Write a stop inside the caller's transaction; give its id. In force for all from the commit on."""
    stop = StoredStop(
        stop_id=acting.new_id(),
        municipality_code=municipality_code,
        reason=reason,
        set_at=acting.clock(),
        set_by=by,
        case_id=case_id,
        lifted_at=None,
    )
    case_store.insert_stop(connection, stop)
    acting.record(
        connection, "stop.set", "stopped", actor=by, detail={"stop": stop.stop_id, "case": stop.case_id or ""}
    )
    return stop.stop_id


def set_stop(
    connection: psycopg.Connection,
    acting: Acting,
    *,
    municipality_code: str,
    reason: str,
    by: str,
    case_id: str | None = None,
) -> str:
    """Stop issuance of a municipality and wait until releases under way are over; give the stop's id.

    Raises `OperatorFault` where no reason or no name is given, and for a reason that is too long.
    """
    if not reason.strip() or not by.strip():
        raise OperatorFault("stop_unsigned", "a stop needs a reason and the name of the person who sets it")
    words = require_reason(reason, length_max=REASON_LENGTH_MAX)
    with connection.transaction():
        stop_id = insert_stop(
            connection, acting, municipality_code=municipality_code, reason=words, by=by, case_id=case_id
        )
    drain(connection, municipality_code)
    return stop_id


def drain(connection: psycopg.Connection, municipality_code: str) -> None:
    """Wait until every release that began before is committed or gone."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (LOCK_SPACE, municipality_code))


def leaving(connection: psycopg.Connection, municipality_code: str, now: datetime) -> PapersUnderWay | None:
    """Tell which papers are on their way, first or again: neither noted as sent nor held back, their time not over."""
    row = connection.execute(
        "SELECT count(*), max(deadline) FROM issuing_request WHERE municipality_code = %s AND open"
        " AND state IN ('made', 'sent') AND may_leave > 0 AND deadline > %s",
        (municipality_code, now - CLOCKS_APART_MAX),
    ).fetchone()
    return PapersUnderWay(row[0], row[1] + CLOCKS_APART_MAX) if row and row[0] else None


def wait_for_papers(
    connection: psycopg.Connection, acting: Acting, municipality_code: str, *, seconds_max: float = PAPERS_SECONDS_MAX
) -> PapersUnderWay | None:
    """Wait, after `set_stop`, until no paper released before it is on its way; give what is left after `seconds_max`.

    None: no paper leaves from now on.
    """
    began = acting.ticks()
    while (left := leaving(connection, municipality_code, acting.clock())) is not None:
        if acting.ticks() - began >= seconds_max:
            return left
        connection.execute("SELECT pg_sleep(%s)", (LOOK_SECONDS,))
    return None


def agree_to_lift(connection: psycopg.Connection, acting: Acting, stop_id: str, signature: Signature) -> bool:
    """Add one person's word that a stop may be lifted; the second person's lifts it. Whether it is lifted now.

    Raises `OperatorFault` where the stop is unknown or lifted, its case is open, or the finding cannot be taken.
    """
    with connection.transaction():
        stop = case_store.read_stop(connection, stop_id, lock=True)
        if stop is None:
            raise OperatorFault("no_such_stop", f"there is no stop {stop_id}")
        signatures = case_store.stop_signatures(connection, stop_id)
        state = STOP_LIFE.after(state_of(signatures, lifted=stop.lifted_at is not None), StopEvent.AGREE)
        if stop.case_id is not None:
            case = case_store.read_case(connection, stop.case_id)
            if case is None or case.closed_at is None:
                raise OperatorFault("case_open", f"close case {stop.case_id} first: it is why issuance stopped")
        require_finding(signatures, signature)
        case_store.sign_stop(connection, stop_id, signature, acting.clock())
        lifted = state is StopState.LIFTED
        if lifted:
            case_store.lift_stop(connection, stop_id, acting.clock())
        acting.record(
            connection, "stop.lift", "lifted" if lifted else "signed", actor=signature.by, detail={"stop": stop_id}
        )
    return lifted
