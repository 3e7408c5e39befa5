"""宛名: what is known of a person, with history; persons the register does not have; every number of a person.

`taxpayer` is what stands now; every change adds a version in the same transaction, and the first change keeps what
stood before it. Numbers that mean the same person (`merge_people`) are read together: `people.numbers`.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime

import psycopg
from psycopg.rows import class_row

from kofu.core.errors import OperatorFault
from kofu.core.four_eyes import require_reason
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.addressees.domain.addressees import UNREGISTERED, Source, unregistered_number
from kofu.ledger.people.domain import numbers as person_numbers
from kofu.ledger.people.domain.search_names import search_kana, search_name
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


def everybodys_numbers(
    connection: psycopg.Connection, municipality_code: str, numbers: AbstractSet[str]
) -> frozenset[str]:
    """Give for many people at once every 宛名番号 that means one of them; who is not merged means themselves."""
    standing = standing_merges(connection, municipality_code)
    near = {number for pair in standing.items() for number in pair} & numbers
    return frozenset(numbers).union(*(person_numbers.numbers_of(number, standing) for number in near))


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
    acting: Acting,
) -> None:
    """Record what is known now; what stood before stays in the history.

    Raises `OperatorFault` `reason_needed`, `addressee_unknown`, `nothing_changed`.
    """
    require_reason(reason, "a change of a person says why")
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
            _add_version(connection, municipality_code, addressee_number, before, Source.FIRST, acting=acting)
        _add_version(
            connection,
            municipality_code,
            addressee_number,
            facts,
            source,
            reason=reason,
            look_up=look_up_id,
            acting=acting,
        )
        connection.execute(
            "UPDATE taxpayer SET name = %s, kana = %s, search_kana = %s, search_name = %s, birthday = %s,"
            " postal_code = %s, address = %s, status = %s, status_date = %s"
            " WHERE municipality_code = %s AND addressee_number = %s",
            [*_current(facts), municipality_code, addressee_number],
        )
        _record(connection, acting, "addressee.change", source.value)


def register_unregistered(
    connection: psycopg.Connection,
    municipality_code: str,
    facts: Facts,
    *,
    prefix: str,
    digits: int,
    reason: str,
    acting: Acting,
) -> str:
    """Register a person or corporation the ward's register does not have (住登外); give the new 宛名番号.

    Raises `OperatorFault` `reason_needed`, `name_missing`.
    """
    require_reason(reason, "a registration says why")
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
        _add_version(connection, municipality_code, number, facts, Source.ENTERED, reason=reason, acting=acting)
        _record(connection, acting, "addressee.register", "done")
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
    acting: Acting,
) -> None:
    connection.execute(
        "INSERT INTO addressee_version (municipality_code, addressee_number, name, kana, search_kana, search_name,"
        " birthday, postal_code, address, status, status_date, resident_code, corporate_number, source, reason,"
        " look_up, recorded_by) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            municipality_code, addressee_number, *_current(facts), facts.resident_code, facts.corporate_number,
            source.value, reason, look_up, acting.actor,
        ],
    )  # fmt: skip


def standing_merges(connection: psycopg.Connection, municipality_code: str) -> dict[str, str]:
    """Give the merges that stand: which number was merged into which."""
    rows = connection.execute(
        "SELECT from_number, into_number FROM addressee_merge AS merge WHERE municipality_code = %s"
        " AND EXISTS (SELECT FROM addressee_merge_event WHERE merge_id = merge.id AND event = 'approved')"
        " AND NOT EXISTS (SELECT FROM addressee_merge_event WHERE merge_id = merge.id AND event = 'undone')",
        [municipality_code],
    )
    return dict(rows.fetchall())


def _record(connection: psycopg.Connection, acting: Acting, action: str, result: str) -> None:
    audit.append(
        connection,
        acting.lane,
        audit.AuditEntry(
            action=action,
            actor=acting.actor,
            result=result,
            occurred_at=acting.now,
            subject_pseudonym=acting.pseudonym,
        ),
    )
