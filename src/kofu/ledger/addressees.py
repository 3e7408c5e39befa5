"""宛名: what is known of a person, with history; persons the register does not have; duplicates merged with trace.

`taxpayer` is what stands now; every change adds a version in the same transaction, and the first change keeps what
stood before it. Numbers that mean the same person are read together (`numbers_of`): nothing of a merged number moves.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import class_row

from kofu.core.errors import OperatorFault
from kofu.ledger.domain import addressees
from kofu.ledger.domain.addressees import (
    UNREGISTERED,
    MergeEvent,
    PersonNumbers,
    Source,
    merge_problem,
    unregistered_number,
)
from kofu.ledger.domain.search_names import search_kana, search_name
from kofu.ledger.under import Under
from kofu.platform import audit

SIMILAR_MAX = 20
_ATTEMPTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a person. `birthday` with ?? for what is unknown; codes and numbers as strings."""

    name: str
    kana: str = ""
    birthday: str = ""
    postal_code: str = ""
    address: str = ""
    status: str = UNREGISTERED
    status_date: date | None = None
    resident_code: str = ""
    corporate_number: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a person, the newest of which stands."""

    name: str
    kana: str
    birthday: str
    postal_code: str
    address: str
    status: str
    status_date: date | None
    resident_code: str
    corporate_number: str
    source: str
    reason: str
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Similar:
    """A person who may be the same."""

    id: int
    addressee_number: str
    name: str
    kana: str
    birthday: str
    address: str
    status: str


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


def numbers_of(connection: psycopg.Connection, municipality_code: str, addressee_number: str) -> PersonNumbers:
    """Give every 宛名番号 that means the same person, the one that stands for them first.

    The one way to a person: whoever reads or changes what is on record of one takes all of these numbers.
    """
    rows = connection.execute(
        "WITH RECURSIVE standing AS ("
        " SELECT from_number, into_number FROM addressee_merge merge WHERE municipality_code = %(code)s"
        " AND EXISTS (SELECT FROM addressee_merge_event WHERE merge_id = merge.id AND event = 'approved')"
        " AND NOT EXISTS (SELECT FROM addressee_merge_event WHERE merge_id = merge.id AND event = 'undone')),"
        " near AS (SELECT %(number)s::text AS number UNION"
        " SELECT CASE near.number WHEN from_number THEN into_number ELSE from_number END FROM standing"
        " JOIN near ON near.number IN (from_number, into_number))"
        " SELECT from_number, into_number FROM standing WHERE from_number IN (SELECT number FROM near)",
        {"code": municipality_code, "number": addressee_number},
    ).fetchall()
    return addressees.numbers_of(addressee_number, dict(rows))


def everybodys_numbers(
    connection: psycopg.Connection, municipality_code: str, numbers: AbstractSet[str]
) -> frozenset[str]:
    """Give for many people at once every 宛名番号 that means one of them; who is not merged means themselves."""
    standing = _standing_merges(connection, municipality_code)
    near = {number for pair in standing.items() for number in pair} & numbers
    return frozenset(numbers).union(*(addressees.numbers_of(number, standing) for number in near))


def versions_of(connection: psycopg.Connection, municipality_code: str, addressee_number: str) -> list[Version]:
    """Read a person's history, the newest first; empty where nothing was ever changed here."""
    with connection.cursor(row_factory=class_row(Version)) as cursor:
        return cursor.execute(
            "SELECT name, kana, birthday, postal_code, address, status, status_date, resident_code, corporate_number,"
            " source, reason, recorded_by, recorded_at FROM addressee_version"
            " WHERE municipality_code = %s AND addressee_number = %s ORDER BY id DESC",
            [municipality_code, addressee_number],
        ).fetchall()


def change(
    connection: psycopg.Connection,
    municipality_code: str,
    addressee_number: str,
    facts: Facts,
    *,
    source: Source,
    reason: str,
    look_up_id: str = "",
    under: Under,
) -> None:
    """Record what is known now; what stood before stays in the history.

    Raises `OperatorFault` `reason_missing`, `addressee_unknown`, `nothing_changed`.
    """
    if not reason.strip():
        raise OperatorFault("reason_missing", "a change of a person says why")
    with connection.transaction():
        before = _standing(connection, municipality_code, addressee_number)
        if before is None:
            raise OperatorFault("addressee_unknown", "there is no person of this number")
        known = versions_of(connection, municipality_code, addressee_number)
        if known:
            before = Facts(**{name: getattr(known[0], name) for name in Facts.__dataclass_fields__})
        if before == facts:
            raise OperatorFault("nothing_changed", "what is known of the person is the same already")
        if not known:
            _add_version(connection, municipality_code, addressee_number, before, Source.FIRST, under=under)
        _add_version(
            connection,
            municipality_code,
            addressee_number,
            facts,
            source,
            reason=reason,
            look_up=look_up_id,
            under=under,
        )
        connection.execute(
            "UPDATE taxpayer SET name = %s, kana = %s, search_kana = %s, search_name = %s, birthday = %s,"
            " postal_code = %s, address = %s, status = %s, status_date = %s"
            " WHERE municipality_code = %s AND addressee_number = %s",
            [*_current(facts), municipality_code, addressee_number],
        )
        _record(connection, under, "addressee.change", source.value)


def register_unregistered(
    connection: psycopg.Connection,
    municipality_code: str,
    facts: Facts,
    *,
    prefix: str,
    digits: int,
    reason: str,
    under: Under,
) -> str:
    """Register a person or corporation the ward's register does not have (住登外); give the new 宛名番号.

    Raises `OperatorFault` `reason_missing`, `name_missing`.
    """
    if not reason.strip():
        raise OperatorFault("reason_missing", "a registration says why")
    if not facts.name.strip():
        raise OperatorFault("name_missing", "a person has a name")
    with connection.transaction():
        for _ in range(_ATTEMPTS):
            row = connection.execute("SELECT nextval('unregistered_addressee')").fetchone()
            number = unregistered_number(prefix, digits, int(row[0]) if row else 0)
            made = connection.execute(
                "INSERT INTO taxpayer (municipality_code, addressee_number, name, kana, search_kana, search_name,"
                " birthday, postal_code, address, status, status_date, protected)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, false)"
                " ON CONFLICT (municipality_code, addressee_number) DO NOTHING",
                [municipality_code, number, *_current(facts)],
            )
            if made.rowcount == 1:
                break
        else:
            raise OperatorFault("numbers_taken", "the numbers of this prefix are taken; choose another in the profile")
        _add_version(connection, municipality_code, number, facts, Source.ENTERED, reason=reason, under=under)
        _record(connection, under, "addressee.register", "done")
    return number


def similar_to(connection: psycopg.Connection, municipality_code: str, facts: Facts) -> list[Similar]:
    """Find people who may be the same: like names, or the same birthday with a like reading, or the same address."""
    with connection.cursor(row_factory=class_row(Similar)) as cursor:
        return cursor.execute(
            "SELECT id, addressee_number, name, kana, birthday, address, status FROM taxpayer"
            " WHERE municipality_code = %(code)s AND (search_name = %(name)s"
            " OR (%(kana)s <> '' AND search_kana = %(kana)s)"
            " OR (%(birthday)s <> '' AND birthday = %(birthday)s AND %(kana)s <> ''"
            " AND left(search_kana, 3) = left(%(kana)s, 3))"
            " OR (%(address)s <> '' AND address = %(address)s AND left(search_name, 1) = left(%(name)s, 1)))"
            f" ORDER BY search_kana, addressee_number LIMIT {SIMILAR_MAX}",
            {
                "code": municipality_code,
                "name": search_name(facts.name),
                "kana": search_kana(facts.kana),
                "birthday": facts.birthday,
                "address": facts.address,
            },
        ).fetchall()


def propose_merge(
    connection: psycopg.Connection,
    municipality_code: str,
    from_number: str,
    into_number: str,
    *,
    reason: str,
    under: Under,
) -> UUID:
    """Propose that one number means the person of another. Raises `OperatorFault` with why it cannot be."""
    if not reason.strip():
        raise OperatorFault("reason_missing", "a merge says why")
    with connection.transaction():
        _lock(connection, municipality_code)
        for number in (from_number, into_number):
            if _standing(connection, municipality_code, number) is None:
                raise OperatorFault("addressee_unknown", "there is no person of this number")
        _refuse_problem(connection, municipality_code, from_number, into_number)
        if any(one.from_number == from_number for one in merges(connection, municipality_code, ("proposed",))):
            raise OperatorFault("proposed_already", "a merge of this number waits for its approval")
        merge_id = uuid4()
        connection.execute(
            "INSERT INTO addressee_merge (id, municipality_code, from_number, into_number, reason, proposed_by)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [merge_id, municipality_code, from_number, into_number, reason, under.actor],
        )
        _record(connection, under, "addressee.merge", "proposed")
    return merge_id


def decide_merge(
    connection: psycopg.Connection,
    municipality_code: str,
    merge_id: UUID,
    event: MergeEvent,
    *,
    reason: str,
    under: Under,
) -> None:
    """Approve, refuse or undo a merge; approving is another person's act than proposing.

    Raises `OperatorFault`: `merge_state`, `second_person_needed`, `reason_missing` (to refuse or undo), and why an
    approval cannot be any more.
    """
    if event is not MergeEvent.APPROVED and not reason.strip():
        raise OperatorFault("reason_missing", "who refuses or undoes a merge says why")
    with connection.transaction():
        _lock(connection, municipality_code)
        found = next((one for one in merges(connection, municipality_code) if one.id == merge_id), None)
        needed = "approved" if event is MergeEvent.UNDONE else "proposed"
        if found is None or found.state != needed:
            raise OperatorFault("merge_state", "this merge cannot be decided so: look at where it stands")
        if event is MergeEvent.APPROVED:
            if found.proposed_by == under.actor:
                raise OperatorFault("second_person_needed", "who proposed a merge does not approve it")
            _refuse_problem(connection, municipality_code, found.from_number, found.into_number)
        connection.execute(
            "INSERT INTO addressee_merge_event (merge_id, event, actor, reason) VALUES (%s, %s, %s, %s)",
            [merge_id, event.value, under.actor, reason],
        )
        _record(connection, under, "addressee.merge", event.value)


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


def _current(facts: Facts) -> list[object]:
    return [
        facts.name,
        facts.kana,
        search_kana(facts.kana),
        search_name(facts.name),
        facts.birthday,
        facts.postal_code,
        facts.address,
        facts.status,
        facts.status_date,
    ]


def _standing(connection: psycopg.Connection, municipality_code: str, addressee_number: str) -> Facts | None:
    """Read and lock what stands of a person now."""
    row = connection.execute(
        "SELECT name, kana, birthday, postal_code, address, status, status_date FROM taxpayer"
        " WHERE municipality_code = %s AND addressee_number = %s FOR UPDATE",
        [municipality_code, addressee_number],
    ).fetchone()
    if row is None:
        return None
    name, kana, birthday, postal_code, address, status, status_date = row
    return Facts(
        name=name,
        kana=kana,
        birthday=birthday,
        postal_code=postal_code,
        address=address,
        status=status,
        status_date=status_date,
    )


def _add_version(
    connection: psycopg.Connection,
    municipality_code: str,
    addressee_number: str,
    facts: Facts,
    source: Source,
    *,
    reason: str = "",
    look_up: str = "",
    under: Under,
) -> None:
    connection.execute(
        "INSERT INTO addressee_version (municipality_code, addressee_number, name, kana, search_kana, search_name,"
        " birthday, postal_code, address, status, status_date, resident_code, corporate_number, source, reason,"
        " look_up, recorded_by) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            municipality_code, addressee_number, *_current(facts), facts.resident_code, facts.corporate_number,
            source.value, reason, look_up, under.actor,
        ],
    )  # fmt: skip


def _refuse_problem(connection: psycopg.Connection, municipality_code: str, from_number: str, into_number: str) -> None:
    problem = merge_problem(from_number, into_number, _standing_merges(connection, municipality_code))
    if problem is not None:
        raise OperatorFault(problem, "these two numbers cannot be merged so")


def _standing_merges(connection: psycopg.Connection, municipality_code: str) -> dict[str, str]:
    return {one.from_number: one.into_number for one in merges(connection, municipality_code, ("approved",))}


def _lock(connection: psycopg.Connection, municipality_code: str) -> None:
    """Let merges of a municipality be decided one after the other: two at once could close a circle."""
    connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('addressee merge ' || %s, 0))", [municipality_code]
    )


def _record(connection: psycopg.Connection, under: Under, action: str, result: str) -> None:
    audit.append(
        connection,
        under.lane,
        audit.AuditEntry(
            action=action,
            actor=under.actor,
            result=result,
            occurred_at=under.now,
            subject_pseudonym=under.pseudonym,
        ),
    )
