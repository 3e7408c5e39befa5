"""What bears on 時効, on record: 督促, 催告, 差押, 承認, 猶予, 停止; whether and when a claim is extinguished.

It is decided by `domain.prescription` from the letters (`dunning_runs`) and events, each step with its rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import psycopg

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.arrears.domain.events import StayEvent, StayState, after_stay
from kofu.ledger.books.domain.prescription import Happening, seizable_from
from kofu.platform import audit

#: What lasts until its end is put on record; a 猶予 for a period until then, unless it is revoked before (法15条の3).
LASTING = (Happening.SEIZED, Happening.PARTICIPATED, Happening.GRACE, Happening.SUSPENDED, Happening.OBJECTED)
#: An event that goes on past a day. What ends another lies before the end of that, and lasts no more.
LASTS_PAST = (
    "(event.until IS NULL OR (event.happening = 'grace' AND event.until > %(day)s AND NOT EXISTS (SELECT"
    " FROM arrears_event AS begun WHERE begun.id = event.ends_id AND coalesce(begun.until > event.until, true))))"
    " AND NOT EXISTS (SELECT FROM arrears_event AS later WHERE later.ends_id = event.id)"
)
#: Whether an end of an event was proposed and waits.
END_PROPOSED = (
    "EXISTS (SELECT FROM claim_decision WHERE claim_decision.claim_id = event.claim_id AND kind = 'end_event'"
    " AND state = 'proposed' AND (basis -> 0 ->> 'event')::bigint = event.id)"
)
_COLUMNS = 'id, claim_id, happening, "on", until, reason, actor'


def seized_early(connection: psycopg.Connection, claim_id: int, on: date) -> bool:
    """Tell whether a 差押 on a day came before the law lets it come: no 督促状 on record, or not yet ten days past."""
    row = connection.execute(
        "SELECT min(issued_on) FROM dunning_letter WHERE claim_id = %s AND pulled_at IS NULL", [claim_id]
    ).fetchone()
    return row is None or row[0] is None or on < seizable_from(row[0])


@dataclass(frozen=True, slots=True)
class Stay:
    """Something that lasts and has no end on record: 差押, 交付要求, 猶予, 執行停止 of a claim.

    `until`: the last day a 猶予 was granted for.
    """

    event_id: int
    claim_id: int
    happening: Happening
    on: date
    until: date | None
    reason: str
    actor: str


def ends_by_decision(happening: Happening, *, withdrawn: bool) -> bool:
    """Tell whether an end is decided (解除, 取消) by two people, or came of itself (換価・配当の終了) and is noted."""
    return withdrawn or happening in {Happening.GRACE, Happening.SUSPENDED}


def stays(connection: psycopg.Connection, claim_ids: Iterable[int], *, today: date) -> tuple[Stay, ...]:
    """List what lasts of these claims, the earliest first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM arrears_event AS event WHERE happening = ANY(%(lasting)s) AND {LASTS_PAST}"
        ' AND claim_id = ANY(%(claims)s) ORDER BY "on", id',
        {"lasting": list(LASTING), "day": today, "claims": sorted(set(claim_ids))},
    )
    return tuple(Stay(number, claim_id, Happening(what), *rest) for number, claim_id, what, *rest in rows)


def stay(connection: psycopg.Connection, event_id: int, *, on: date, today: date, event: StayEvent) -> Stay:
    """Give something that lasts and can end `on` a day by an event.

    Raises `OperatorFault` `no_such_event`, `event_ended` where it has ended or would end before it began, `end_ahead`,
    `proposed_already`.
    """
    found = _that_can_end(connection, event_id, on=on, event=event)
    if on > today:
        raise OperatorFault("end_ahead", "an end is recorded when it has come, not ahead")
    return found


def _that_can_end(connection: psycopg.Connection, event_id: int, *, on: date, event: StayEvent) -> Stay:
    row = connection.execute(
        f"SELECT {_COLUMNS}, happening = ANY(%(lasting)s), {LASTS_PAST}, {END_PROPOSED}, EXISTS (SELECT"
        " FROM arrears_event AS later WHERE later.ends_id = event.id AND later.happening = 'taken_back')"
        " FROM arrears_event AS event WHERE id = %(id)s",
        {"lasting": list(LASTING), "day": on, "id": event_id},
    ).fetchone()
    if row is None:
        raise OperatorFault("no_such_event", "there is no such event")
    number, claim_id, what, began, until, reason, actor, of_a_kind, lasts, proposed, taken_back = row
    if not of_a_kind:
        raise OperatorFault("event_ended", "the event is none that lasts")
    state = StayState.TAKEN_BACK if taken_back else StayState.ENDED
    if lasts:
        state = StayState.END_PROPOSED if proposed else StayState.LASTING
    after_stay(state, event)
    if on < began:
        raise OperatorFault("event_ended", "the event would end before it began")
    return Stay(number, claim_id, Happening(what), began, until, reason, actor)


def end_event(
    connection: psycopg.Connection,
    event_id: int,
    *,
    on: date,
    withdrawn: bool,
    reason: str,
    acting: Acting,
    fact_on: date | None = None,
    decided: bool = False,
) -> None:
    """Put on record that something that lasts ended on a day (差押の解除, 停止の取消). Nothing is changed: it is added.

    `fact_on`: the day of the fact a 猶予 or 停止 was revoked for: from there 延滞金 runs again (法15条の9第1項).
    `decided`: two people decided a proposal of it.
    Raises `OperatorFault` `no_such_event`, `event_ended`, `fact_after_end`.
    """
    if fact_on is not None and fact_on > on:
        raise OperatorFault("fact_after_end", "the fact it was revoked for lies after the decision")
    with connection.transaction():
        found = _that_can_end(
            connection, event_id, on=on, event=StayEvent.APPROVE_END if decided else StayEvent.NOTE_END
        )
        connection.execute(
            'INSERT INTO arrears_event (claim_id, happening, "on", until, withdrawn, ends_id, ground, fact_on, reason,'
            ' actor) SELECT claim_id, happening, "on", %s, %s, id, ground, %s, %s, %s FROM arrears_event WHERE id = %s',
            [on, withdrawn, fact_on, reason, acting.actor, event_id],
        )
        _record(connection, acting, f"arrears.{found.happening}.end", "recorded", claim=found.claim_id)


def _record(connection: psycopg.Connection, acting: Acting, action: str, result: str, **detail: str | int) -> None:
    audit.append(
        connection,
        acting.lane,
        audit.AuditEntry(
            action=action,
            actor=acting.actor,
            result=str(result),
            occurred_at=acting.now,
            subject_pseudonym=acting.pseudonym,
            detail={**detail, "day": day_in_japan(acting.now).isoformat()},
        ),
    )
