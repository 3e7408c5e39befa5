"""Who is meant: people found by number, name or kana, as a search shows them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import psycopg
from psycopg.rows import class_row

from kofu.ledger.people.domain.search_names import search_kana, search_name
from kofu.ledger.people.numbers import numbers_of

FOUND_MAX = 50


DEAD = "dead"


ADDRESSEE_LENGTH_MAX = 15


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """A person as a search shows them."""

    id: int
    addressee_number: str
    name: str
    kana: str
    birthday: str
    address: str
    status: str
    protected: bool


_PERSON = "id, addressee_number, name, kana, birthday, address, status, protected"


def _plain_address(text: str) -> str:
    """Write SQL that takes digits and hyphens of either width for the same, and looks through spaces."""
    return f"translate({text}::text, '０１２３４５６７８９－ー−‐　 ・', '0123456789----')"


def find_people(
    connection: psycopg.Connection,
    municipality_code: str,
    words: str,
    birthday: str = "",
    *,
    address: str = "",
    plate_number: str = "",
) -> list[FoundPerson]:
    """Find people by 宛名番号, 通知書番号, フリガナ or 氏名 (from its beginning, variants alike, former ones too).

    At most `FOUND_MAX`.

    `birthday` as YYYY-MM-DD, a piece of the address and a plate (標識番号) of a notice narrow the search, or search
    alone.
    """
    words = words.strip()
    conditions, values = ["municipality_code = %s"], [municipality_code]
    if words.isascii() and words.isdigit():
        conditions.append(
            "(addressee_number = ANY(%s) OR addressee_number IN"
            " (SELECT addressee_number FROM notice WHERE notice.municipality_code = %s AND notice_number = %s))"
        )
        padded = [words.zfill(width) for width in range(len(words), ADDRESSEE_LENGTH_MAX + 1)]
        values += [padded, municipality_code, words]  # type: ignore[list-item] # psycopg takes lists
    elif words:
        like = [_prefix(search_kana(words)), _prefix(search_name(words))]
        conditions.append(
            "(search_kana LIKE %s OR search_name LIKE %s OR addressee_number IN"
            " (SELECT addressee_number FROM addressee_version known WHERE known.municipality_code = %s"
            " AND (known.search_kana LIKE %s OR known.search_name LIKE %s)))"
        )
        values += [*like, municipality_code, *like]
    if birthday:
        conditions.append("birthday = %s")
        values.append(birthday)
    if address.strip():
        conditions.append(f"strpos({_plain_address('address')}, {_plain_address('%s')}) > 0")
        values.append(address)
    if plate_number.strip():
        conditions.append(
            "addressee_number IN (SELECT addressee_number FROM notice WHERE notice.municipality_code = %s"
            f" AND {_plain_address('plate_number')} = {_plain_address('%s')})"
        )
        values += [municipality_code, plate_number]
    if len(conditions) == 1:
        return []
    with connection.cursor(row_factory=class_row(FoundPerson)) as cursor:
        return cursor.execute(
            f"SELECT {_PERSON} FROM taxpayer WHERE {' AND '.join(conditions)}"
            f" ORDER BY search_kana, birthday, addressee_number LIMIT {FOUND_MAX}",
            values,
        ).fetchall()


def person(connection: psycopg.Connection, municipality_code: str, person_id: int) -> FoundPerson | None:
    """Give a person by the number screens use in their addresses, or None: whole, as `whole_person` does."""
    found = record(connection, municipality_code, person_id)
    return found and whole_person(connection, municipality_code, found.addressee_number)


def record(connection: psycopg.Connection, municipality_code: str, person_id: int) -> FoundPerson | None:
    """Give what is recorded under one 宛名番号 alone: for the screens that keep the number itself, or None."""
    with connection.cursor(row_factory=class_row(FoundPerson)) as cursor:
        return cursor.execute(
            f"SELECT {_PERSON} FROM taxpayer WHERE municipality_code = %s AND id = %s", [municipality_code, person_id]
        ).fetchone()


def whole_person(connection: psycopg.Connection, municipality_code: str, addressee_number: str) -> FoundPerson | None:
    """Give the person a number means, or None: named as under the number that stands for them.

    Dead or protected under any number is dead or protected.
    """
    numbers = numbers_of(connection, municipality_code, addressee_number)
    with connection.cursor(row_factory=class_row(FoundPerson)) as cursor:
        known = cursor.execute(
            f"SELECT {_PERSON} FROM taxpayer WHERE municipality_code = %s AND addressee_number = ANY(%s)",
            [municipality_code, list(numbers)],
        ).fetchall()
    if not known:
        return None
    named = min(known, key=lambda one: numbers.index(one.addressee_number))
    return replace(
        named,
        status=next((one.status for one in known if one.status == DEAD), named.status),
        protected=any(one.protected for one in known),
    )


def _prefix(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"{escaped}%"


def is_dead(connection: psycopg.Connection, municipality_code: str, addressee_number: str) -> bool:
    """Whether the resident record says that a person died, under any number that means them."""
    row = connection.execute(
        "SELECT bool_or(status = 'dead') FROM taxpayer WHERE municipality_code = %s AND addressee_number = ANY(%s)",
        [municipality_code, list(numbers_of(connection, municipality_code, addressee_number))],
    ).fetchone()
    return bool(row and row[0])
