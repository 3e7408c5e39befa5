"""Two people decide about a day: another 会計日 for a batch before posting, what became of an expected file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import class_row

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault
from kofu.core.four_eyes import PendingProposal, require_reason
from kofu.ledger.acting.record import record
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.books.accounting import locked_days
from kofu.ledger.books.domain.day_decisions import DayDecision, DecisionState, decided
from kofu.ledger.payments.batches import Batch, locked
from kofu.platform.standing_proposals import require_decider


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A proposal as it is listed. `day`: the new 会計日 of the batch, or the day a file was expected."""

    id: UUID
    kind: str
    channel: str
    day: date
    reach: date | None
    batch_id: UUID | None
    batch_name: str
    booked_on: date | None
    reason: str
    state: str
    proposed_by: str
    proposed_at: datetime


_COLUMNS = (
    "SELECT decision.id, decision.kind, decision.channel, decision.day, reach, batch_id, coalesce(batch.name, '') AS"
    " batch_name, batch.booked_on, reason, decision.state, proposed_by, proposed_at"
    " FROM accounting_decision AS decision"
    " LEFT JOIN batch ON batch.id = batch_id WHERE decision.state = 'proposed' AND"
)


def waiting_decisions(connection: psycopg.Connection, municipality_code: str) -> list[Proposal]:
    """List what waits for a second person, oldest first."""
    with connection.cursor(row_factory=class_row(Proposal)) as cursor:
        return cursor.execute(
            f"{_COLUMNS} decision.municipality_code = %s ORDER BY proposed_at, decision.id LIMIT 200",
            [municipality_code],
        ).fetchall()


def propose_move(connection: psycopg.Connection, batch_id: UUID, day: date, *, reason: str, acting: Acting) -> UUID:
    """起案 of another 会計日 for a batch that is not posted.

    Raises `OperatorFault` `reason_needed`, `batch_state`, `day_same`, `proposed_already`, and where the day is not open
    or lies before a 領収日.
    """
    with connection.transaction():
        batch = locked(connection, batch_id)
        _require_movable(connection, batch, day, acting)
        return store_proposal(
            connection, batch.municipality_code, DayDecision.MOVE_BATCH, batch.channel, day,
            reach=None, batch_id=batch_id, reason=reason, acting=acting,
        )  # fmt: skip


def store_proposal(
    connection: psycopg.Connection,
    municipality_code: str,
    kind: DayDecision,
    channel: str,
    day: date,
    *,
    reach: date | None,
    batch_id: UUID | None,
    reason: str,
    acting: Acting,
) -> UUID:
    """Store a proposal in the caller's transaction. Raises `OperatorFault` `reason_needed`, `proposed_already`."""
    require_reason(reason, "a decision names its reason")
    decision_id = uuid4()
    stored = connection.execute(
        "INSERT INTO accounting_decision (id, municipality_code, kind, channel, day, reach, batch_id, reason, state,"
        " proposed_by, proposed_at, decided_by) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '')"
        " ON CONFLICT DO NOTHING",
        [
            decision_id, municipality_code, kind, channel, day, reach, batch_id, reason, DecisionState.PROPOSED,
            acting.actor, acting.now,
        ],
    ).rowcount  # fmt: skip
    if not stored:
        raise OperatorFault("proposed_already", "a proposal about this waits for approval; decide it first")
    record(connection, acting, f"day.{kind}", "proposed", decision=str(decision_id), day=day.isoformat())
    return decision_id


def decide(connection: psycopg.Connection, decision_id: UUID, *, approve: bool, acting: Acting) -> DecisionState:
    """決裁 by a second person, or the proposal is turned down. A 会計日 is looked at again as the days stand now.

    Raises `OperatorFault` `no_such_decision`, `decision_state`, `second_person_needed`, and as `propose_move`.
    """
    with connection.transaction():
        row = connection.execute(
            "SELECT kind, day, batch_id, state, proposed_by, proposed_at FROM accounting_decision"
            " WHERE id = %s FOR UPDATE",
            [decision_id],
        ).fetchone()
        if row is None:
            raise OperatorFault("no_such_decision", "there is no such proposal")
        kind, day, batch_id, state, proposed_by, proposed_at = row
        following = decided(DecisionState(state), approve=approve)
        if approve:
            require_decider(
                connection, acting.actor, PendingProposal(proposed_by, proposed_at), what="a decision about a day"
            )
        if approve and DayDecision(kind) is DayDecision.MOVE_BATCH:
            batch = locked(connection, batch_id)
            _require_movable(connection, batch, day, acting)
            connection.execute("UPDATE batch SET booked_on = %s WHERE id = %s", [day, batch_id])
        connection.execute(
            "UPDATE accounting_decision SET state = %s, decided_by = %s, decided_at = %s WHERE id = %s",
            [following, acting.actor, acting.now, decision_id],
        )
        record(connection, acting, f"day.{kind}", following.value, decision=str(decision_id), day=day.isoformat())
    return following


def _require_movable(connection: psycopg.Connection, batch: Batch, day: date, acting: Acting) -> None:
    if batch.stands.keeps_its_day:
        raise OperatorFault("batch_state", "money of this batch is in the ledger, or it was sent back; its day stays")
    if day == batch.booked_on:
        raise OperatorFault("day_same", f"{day} is the 会計日 of this batch already")
    days = locked_days(connection, batch.municipality_code, day_in_japan(acting.now))
    days.require_open(day)
    last = connection.execute(
        "SELECT max(received_on) FROM batch_row WHERE batch_id = %s AND event IN ('pay', 'advise', 'cancel')"
        " AND received_on <= %s",
        [batch.id, days.today],
    ).fetchone()
    days.require_receipts(day, [last[0]] if last and last[0] else [])
