"""滞納整理の出来事 on record: checked by the table of their law, added, taken back by a record of their own.

Nothing is changed: an end, and what takes a record back, are rows that name the row they stand in for. What two people
decide comes through `kofu.ledger.arrears.decide_claims`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import psycopg

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault
from kofu.core.four_eyes import require_reason
from kofu.ledger.acting.record import record
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.arrears.domain.events import ClaimThen, EventLaw, check_event, check_goes_on, check_rests_on
from kofu.ledger.books.claim_terms import extinctions
from kofu.ledger.books.domain.prescription import DeferralGround, Happening, PrescriptionEvent
from kofu.ledger.books.domain.special_collection import is_special


@dataclass(frozen=True, slots=True, kw_only=True)
class OnRecord:
    """A record that stands. `ends_began`: it is the end of what lasted; taken back, that goes on.

    `until_before`: the day until which that was to last, where a 猶予 was granted for a period.
    """

    event_id: int
    claim_id: int
    event: PrescriptionEvent
    ends_began: bool
    until_before: date | None
    reason: str
    actor: str


def on_record(connection: psycopg.Connection, claim_id: int) -> tuple[OnRecord, ...]:
    """List the records of a claim that stand, by day: neither ended by a later one nor taken back."""
    return tuple(
        one
        for one in _standing(connection, "claim_id = %s", claim_id)
        if one.event.happening is not Happening.TAKEN_BACK
    )


def require_possible(
    connection: psycopg.Connection, claim_id: int, event: PrescriptionEvent, *, acting: Acting
) -> EventLaw:
    """Give the law of an event that can be put on record now. Raises what `check_event` raises."""
    return check_event(event, _claim_then(connection, claim_id, event.on), today=day_in_japan(acting.now))


def record_event(
    connection: psycopg.Connection, claim_id: int, event: PrescriptionEvent, *, reason: str, acting: Acting
) -> int:
    """Put on record what needs one person (催告, 承認, 交付要求); give the record's number.

    Raises `OperatorFault` `two_people_decide` for what two decide (propose it), `reason_needed`, and what
    `check_event` raises.
    """
    with connection.transaction():
        if require_possible(connection, claim_id, event, acting=acting).two_people:
            raise OperatorFault("two_people_decide", "this takes a right away: propose it, another person approves")
        return add_event(connection, claim_id, event, reason=reason, acting=acting)


def add_event(
    connection: psycopg.Connection, claim_id: int, event: PrescriptionEvent, *, reason: str, acting: Acting
) -> int:
    """Add the record of an event that was checked and, where two people decide, approved; give its number."""
    words = require_reason(reason, "an event names its reason or the paper it rests on")
    with connection.transaction():
        number = _insert(connection, claim_id, event, reason=words, acting=acting)
        record(connection, acting, f"arrears.{event.happening}", "recorded", claim=str(claim_id))
    return number


def require_standing(connection: psycopg.Connection, event_id: int) -> OnRecord:
    """Give a record that can be taken back.

    Raises `OperatorFault` `no_such_event`, `taken_back_already` where it does not stand any more, `written_off_on_it`
    where the claim was written off since: it is taken back with the 不納欠損 (`kofu.ledger.arrears.reverse_write_off`);
    what `check_goes_on` and `check_rests_on` raise.
    """
    found, written_off = _locked(connection, event_id)
    if written_off:
        raise OperatorFault(
            "written_off_on_it", "the claim was written off since; reverse the 不納欠損, and name this record there"
        )
    others = [one.event for one in on_record(connection, found.claim_id) if one.event_id != event_id]
    if found.ends_began:
        check_goes_on(stands_in(found), others)
    else:
        check_rests_on(found.event, others)
    return found


def require_wrong(connection: psycopg.Connection, claim_id: int, event_id: int) -> OnRecord:
    """Give a record of a claim that stands, whether the claim was written off on it or not.

    Raises `OperatorFault` `no_such_event`, `taken_back_already`.
    """
    found, _ = _locked(connection, event_id)
    if found.claim_id != claim_id:
        raise OperatorFault("no_such_event", "the record is of another claim")
    return found


def stands_in(found: OnRecord) -> PrescriptionEvent:
    """Give what stands in for a record that is taken back. Of an end: what had ended, which goes on."""
    event = found.event
    if found.ends_began:
        return PrescriptionEvent(event.happening, event.on, found.until_before, ground=event.ground)
    return PrescriptionEvent(Happening.TAKEN_BACK, event.on)


def take_back(connection: psycopg.Connection, event_id: int, *, reason: str, acting: Acting) -> None:
    """Take back a record made in error, in the caller's transaction: a row that stands in for it, with its reason.

    Of an end: what had ended goes on. Raises as `require_standing` does, and `reason_needed`.
    """
    words = require_reason(reason, "what takes a record back says why")
    found = require_standing(connection, event_id)
    _insert(connection, found.claim_id, stands_in(found), reason=words, acting=acting, ends_id=event_id)
    record(connection, acting, f"arrears.{found.event.happening}.take_back", "recorded", claim=str(found.claim_id))


# -- parts ------------------------------------------------------------------------------------------------------------


def _locked(connection: psycopg.Connection, event_id: int) -> tuple[OnRecord, int]:
    """Give a record that stands and what its claim was written off of, in yen; lock the claim."""
    known = connection.execute("SELECT claim_id FROM arrears_event WHERE id = %s", [event_id]).fetchone()
    if known is None:
        raise OperatorFault("no_such_event", "there is no such event")
    balance = connection.execute(
        "SELECT written_off + interest_written_off FROM claim_balance WHERE claim_id = %s FOR UPDATE", [known[0]]
    ).fetchone()
    found = _standing(connection, "id = %s", event_id)
    if not found or found[0].event.happening is Happening.TAKEN_BACK:
        raise OperatorFault("taken_back_already", "the record was ended or taken back; look at the claim again")
    return found[0], int(balance[0]) if balance else 0


def _standing(connection: psycopg.Connection, condition: str, value: int) -> list[OnRecord]:
    rows = connection.execute(
        'SELECT event.id, event.claim_id, event.happening, event."on", event.until, event.withdrawn, event.ground,'
        " event.fact_on, begun.id IS NOT NULL AND event.until IS NOT NULL"
        " AND coalesce(begun.until > event.until, true),"
        " begun.until, event.reason, event.actor FROM arrears_event AS event"
        " LEFT JOIN arrears_event AS begun ON begun.id = event.ends_id"
        f" WHERE event.{condition} AND NOT EXISTS (SELECT FROM arrears_event AS later WHERE later.ends_id = event.id)"
        ' ORDER BY event."on", event.id',
        [value],
    ).fetchall()
    return [
        OnRecord(
            event_id=event_id,
            claim_id=claim_id,
            event=PrescriptionEvent(
                Happening(what), on, until, withdrawn, DeferralGround(ground) if ground else None, fact_on
            ),
            ends_began=ends_began,
            until_before=before,
            reason=reason,
            actor=actor,
        )
        for event_id, claim_id, what, on, until, withdrawn, ground, fact_on, ends_began, before, reason, actor in rows
    ]


def _claim_then(connection: psycopg.Connection, claim_id: int, on: date) -> ClaimThen:
    """Read and lock a claim as an event of a day finds it. Raises `OperatorFault` `claim_unknown`.

    What was written off after that day was owed on it: what kept the claim alive then can still be put on record, so
    that the 不納欠損 can be reversed.
    """
    row = connection.execute(
        "SELECT due_date, claim_balance.due + claim_balance.interest_due + CASE WHEN EXISTS (SELECT FROM transfer"
        " JOIN entry ON entry.id = transfer.entry_id WHERE transfer.claim_id = claim.id AND entry.kind = 'written_off'"
        " AND entry.effective_on > %(on)s) THEN written_off + interest_written_off ELSE 0 END, collection_method,"
        " coalesce((SELECT min(entry.effective_on) FROM transfer JOIN entry ON entry.id = transfer.entry_id"
        " WHERE transfer.claim_id = claim.id AND entry.kind IN ('assessed', 'increased')), due_date)"
        " FROM claim JOIN claim_balance ON claim_balance.claim_id = claim.id JOIN notice ON notice.id = notice_id"
        " WHERE claim.id = %(claim)s FOR UPDATE OF claim_balance",
        {"claim": claim_id, "on": on},
    ).fetchone()
    if row is None:
        raise OperatorFault("claim_unknown", "there is no such claim")
    due_date, owed, method, arose_on = row
    return ClaimThen(
        arose_on=arose_on,
        due_date=due_date,
        owed=owed,
        special=is_special(method),
        ended_on=extinctions(connection, [claim_id])[claim_id].on,
        standing=[one.event for one in on_record(connection, claim_id)],
    )


def _insert(
    connection: psycopg.Connection,
    claim_id: int,
    event: PrescriptionEvent,
    *,
    reason: str,
    acting: Acting,
    ends_id: int | None = None,
) -> int:
    row = connection.execute(
        'INSERT INTO arrears_event (claim_id, happening, "on", until, withdrawn, ends_id, ground, fact_on, reason,'
        " actor) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
        [
            claim_id, event.happening, event.on, event.until, event.withdrawn, ends_id, event.ground or "",
            event.fact_on, reason, acting.actor,
        ],
    ).fetchone()  # fmt: skip
    return int(row[0]) if row else 0
