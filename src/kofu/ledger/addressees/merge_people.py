"""宛名の統合: two numbers of one person, compared, proposed by one, approved by another, undone by a record of its own.

Nothing of a merged number is moved. From the moment a merge is approved or undone until a feed states it, no
certificate of the person is issued at a kiosk (更正処理中), and what was held under one number is held under all (P7).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import class_row

from kofu.core.errors import OperatorFault
from kofu.core.four_eyes import PendingProposal, require_reason
from kofu.ledger.acting.record import record
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.addressees.addressees import standing_merges
from kofu.ledger.addressees.domain.addressees import MERGE_LIFE, MergeEvent, MergeState, merge_problem
from kofu.ledger.addressees.domain.merging import (
    FieldComparison,
    Impossible,
    MergeDoubt,
    Recorded,
    compare,
    doubts,
    impossible,
)
from kofu.ledger.holds.issuance_holds import restate_holds
from kofu.ledger.people.domain.numbers import PersonNumbers
from kofu.ledger.people.numbers import numbers_of
from kofu.platform.standing_proposals import require_decider

WHY_IMPOSSIBLE = {
    Impossible.TWO_RESIDENTS: "both are living residents: the register has a person once, so they are two people",
    Impossible.RESIDENT_CODES: "they have two 住民票コード: they are two people",
    Impossible.CORPORATE_NUMBERS: "they have two 法人番号: they are two corporations",
}


@dataclass(frozen=True, slots=True)
class Merge:
    """A merge and where it stands: proposed, approved, refused or undone."""

    id: UUID
    from_number: str
    from_name: str
    into_number: str
    into_name: str
    reason: str
    proposed_by: str
    proposed_at: datetime
    state: str
    decided_by: str


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Two records field by field, why they cannot be one person (None: they can), and what is doubtful about it."""

    fields: tuple[FieldComparison, ...]
    impossible: Impossible | None
    doubts: tuple[MergeDoubt, ...]


def side_by_side(
    connection: psycopg.Connection, municipality_code: str, from_number: str, into_number: str
) -> SideBySide:
    """Compare what is recorded under two numbers. Raises `OperatorFault` `addressee_unknown`."""
    first, second = (_recorded(connection, municipality_code, number) for number in (from_number, into_number))
    return SideBySide(compare(first, second), impossible(first, second), doubts(first, second))


def propose_merge(
    connection: psycopg.Connection,
    municipality_code: str,
    from_number: str,
    into_number: str,
    *,
    reason: str,
    confirmed: bool = False,
    acting: Acting,
) -> UUID:
    """Propose that one number means the person of another.

    Raises `OperatorFault`: `reason_needed`, `addressee_unknown`, `proposed_already`, why it cannot be (as `Impossible`
    and `merge_problem` say), and `confirm_doubts` where something is doubtful and was not `confirmed`.
    """
    require_reason(reason, "a merge says why")
    with connection.transaction():
        _lock(connection, municipality_code)
        _refuse_problem(connection, municipality_code, from_number, into_number, confirmed=confirmed)
        if any(one.from_number == from_number for one in merges(connection, municipality_code, ("proposed",))):
            raise OperatorFault("proposed_already", "a merge of this number waits for its approval")
        merge_id = uuid4()
        connection.execute(
            "INSERT INTO addressee_merge (id, municipality_code, from_number, into_number, reason, proposed_by)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [merge_id, municipality_code, from_number, into_number, reason, acting.actor],
        )
        record(connection, acting, "addressee.merge", "proposed", merge=merge_id.hex)
    return merge_id


def decide_merge(
    connection: psycopg.Connection,
    municipality_code: str,
    merge_id: UUID,
    event: MergeEvent,
    *,
    reason: str,
    confirmed: bool = False,
    acting: Acting,
) -> None:
    """Approve, refuse or undo a merge; approving is another person's act than proposing.

    Raises `OperatorFault`: `merge_state`, `second_person_needed`, `reason_needed` (to refuse or undo), and why an
    approval cannot be (any more), `confirm_doubts` as for the proposal.
    """
    if event is not MergeEvent.APPROVED:
        require_reason(reason, "who refuses or undoes a merge says why")
    with connection.transaction():
        _lock(connection, municipality_code)
        found = next((one for one in merges(connection, municipality_code) if one.id == merge_id), None)
        if found is None:
            raise OperatorFault("merge_state", "there is no such merge: look at the list again")
        MERGE_LIFE.after(MergeState(found.state), event)
        if event is MergeEvent.APPROVED:
            require_decider(
                connection, acting.actor, PendingProposal(found.proposed_by, found.proposed_at), what="a merge"
            )
            _refuse_problem(connection, municipality_code, found.from_number, found.into_number, confirmed=confirmed)
        before = numbers_of(connection, municipality_code, found.from_number)
        connection.execute(
            "INSERT INTO addressee_merge_event (merge_id, event, actor, reason) VALUES (%s, %s, %s, %s)",
            [merge_id, event.value, acting.actor, reason],
        )
        if event is not MergeEvent.REFUSED:
            _take_effect(connection, municipality_code, found, before, event, acting=acting)
        record(connection, acting, "addressee.merge", event.value, merge=merge_id.hex)


def merges(
    connection: psycopg.Connection,
    municipality_code: str,
    states: tuple[str, ...] = ("proposed", "approved", "refused", "undone"),
) -> list[Merge]:
    """List merges in some of their states, the newest first."""
    with connection.cursor(row_factory=class_row(Merge)) as cursor:
        return cursor.execute(
            "SELECT * FROM (SELECT merge.id, from_number, coalesce(source.name, '') AS from_name, into_number,"
            " coalesce(target.name, '') AS into_name, merge.reason, proposed_by, proposed_at,"
            " coalesce((SELECT event FROM addressee_merge_event WHERE merge_id = merge.id ORDER BY id DESC LIMIT 1),"
            " 'proposed') AS state,"
            " coalesce((SELECT actor FROM addressee_merge_event WHERE merge_id = merge.id ORDER BY id DESC LIMIT 1),"
            " '') AS decided_by"
            " FROM addressee_merge merge"
            " LEFT JOIN taxpayer source ON source.municipality_code = merge.municipality_code"
            " AND source.addressee_number = from_number"
            " LEFT JOIN taxpayer target ON target.municipality_code = merge.municipality_code"
            " AND target.addressee_number = into_number"
            " WHERE merge.municipality_code = %s) known WHERE state = ANY(%s) ORDER BY proposed_at DESC",
            [municipality_code, list(states)],
        ).fetchall()


# -- parts ------------------------------------------------------------------------------------------------------------


def _recorded(connection: psycopg.Connection, municipality_code: str, addressee_number: str) -> Recorded:
    """Read and lock what is recorded under a number, with the codes of its latest version."""
    with connection.cursor(row_factory=class_row(Recorded)) as cursor:
        found = cursor.execute(
            "SELECT addressee_number, name, kana, birthday, postal_code, address, status, status_date,"
            " coalesce(latest.resident_code, '') AS resident_code,"
            " coalesce(latest.corporate_number, '') AS corporate_number, protected"
            " FROM taxpayer LEFT JOIN LATERAL (SELECT resident_code, corporate_number FROM addressee_version AS known"
            " WHERE known.municipality_code = taxpayer.municipality_code"
            " AND known.addressee_number = taxpayer.addressee_number ORDER BY known.id DESC LIMIT 1) AS latest ON TRUE"
            " WHERE municipality_code = %s AND addressee_number = %s",
            [municipality_code, addressee_number],
        ).fetchone()
    if found is None:
        raise OperatorFault("addressee_unknown", "there is no person of this number")
    return found


def _refuse_problem(
    connection: psycopg.Connection, municipality_code: str, from_number: str, into_number: str, *, confirmed: bool
) -> None:
    problem = merge_problem(from_number, into_number, standing_merges(connection, municipality_code))
    if problem is not None:
        raise OperatorFault(problem, "these two numbers cannot be merged so")
    # every record of the one person against every record of the other: a resident may stand behind either
    for first in numbers_of(connection, municipality_code, from_number):
        for second in numbers_of(connection, municipality_code, into_number):
            found = side_by_side(connection, municipality_code, first, second)
            if found.impossible is not None:
                raise OperatorFault(found.impossible.value, WHY_IMPOSSIBLE[found.impossible])
    if side_by_side(connection, municipality_code, from_number, into_number).doubts and not confirmed:
        raise OperatorFault("confirm_doubts", "the two records differ; look at them side by side and confirm")


def _take_effect(
    connection: psycopg.Connection,
    municipality_code: str,
    merge: Merge,
    before: PersonNumbers,
    event: MergeEvent,
    *,
    acting: Acting,
) -> None:
    """Let what stood against the one stand against the other at once, until the feed says so."""
    after = numbers_of(connection, municipality_code, merge.from_number)
    if event is MergeEvent.APPROVED:
        connection.execute(
            "UPDATE taxpayer SET protected = TRUE WHERE municipality_code = %(code)s AND NOT protected"
            " AND addressee_number = ANY(%(numbers)s) AND EXISTS (SELECT FROM taxpayer AS known"
            " WHERE known.municipality_code = %(code)s AND known.addressee_number = ANY(%(numbers)s) AND protected)",
            {"code": municipality_code, "numbers": list(after)},
        )
    concerned = max(before, after, key=len)
    words = "宛名の統合" if event is MergeEvent.APPROVED else "宛名の統合の取消"
    restate_holds(connection, municipality_code, concerned, reason=words, acting=acting)


def _lock(connection: psycopg.Connection, municipality_code: str) -> None:
    """Let merges of a municipality be decided one after the other: two at once could close a circle."""
    connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('addressee merge ' || %s, 0))", [municipality_code]
    )
