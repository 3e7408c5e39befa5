"""Everything the record has about one person: who looked, who did what (開示: 誰が私の情報を見たか).

Only what stands in the database is read. A month that left it lies in a file; which those are is told, so that the
answer is never taken for more than it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import psycopg
from psycopg.rows import args_row

from kofu.core.calendar import begin_of
from kofu.platform.audit_archive import segments_over
from kofu.staff.known_people import PeopleOfSystem
from kofu.staff.read_audit import MonthElsewhere, StoredEntry

ENTRIES_MAX = 2000
DISCLOSURE = "audit.person"


class PersonRead(NamedTuple):
    """Entries about a person, the newest first; whether there were more; the months that left the database."""

    entries: list[StoredEntry]
    cut: bool
    elsewhere: list[MonthElsewhere]


def entries_about(connection: psycopg.Connection, pseudonyms: Sequence[str], first: date, last: date) -> PersonRead:
    """Read the entries from day `first` to day `last` in Japan that name one of the pseudonyms, alone or in a list.

    A pseudonym has 32 hexadecimal digits and stands in no entry but as a person: the text is searched.
    """
    start = begin_of(first)
    end = begin_of(last + timedelta(days=1))
    with connection.cursor(row_factory=args_row(StoredEntry)) as cursor:
        found = cursor.execute(
            "SELECT lane, sequence, body FROM audit_entry WHERE recorded_at >= %s AND recorded_at < %s"
            " AND EXISTS (SELECT FROM unnest(%s::text[]) AS one WHERE position(one IN body) > 0)"
            " ORDER BY recorded_at DESC, lane, sequence DESC LIMIT %s",
            [start, end, list(pseudonyms), ENTRIES_MAX + 1],
        ).fetchall()
    elsewhere = [MonthElsewhere(month, state == "expired") for month, state in segments_over(connection, start, end)]
    return PersonRead(found[:ENTRIES_MAX], len(found) > ENTRIES_MAX, elsewhere)


def every_number(
    people: PeopleOfSystem, connection: psycopg.Connection, municipality_code: str, given: Iterable[str]
) -> tuple[str, ...]:
    """Give every 宛名番号 the record is asked by: each that was given, and each the system knows the person under.

    Looks at a number that was merged are looks at the person. The screen and `kofu audit person` ask by this.
    """
    every: dict[str, None] = {}
    for number in given:
        every |= dict.fromkeys((number, *people.numbers(connection, municipality_code, number)))
    return tuple(every)


def known_by_any(answers: Iterable[bool | None]) -> bool | None:
    """Say whether a system has somebody now, of its answers by each word; None: it can tell by none of them."""
    told = set(answers)
    return True if True in told else False if False in told else None


def is_named(connection: psycopg.Connection, pseudonyms: Sequence[str]) -> bool:
    """Whether the record of all years may name somebody by more than that it was asked who looked at them.

    Of a month outside the database nobody can tell here: it may.
    """
    row = connection.execute(
        "SELECT EXISTS (SELECT FROM audit_segment WHERE state = 'archived') OR EXISTS (SELECT FROM audit_entry WHERE"
        " EXISTS (SELECT FROM unnest(%s::text[]) AS one WHERE position(one IN body) > 0)"
        " AND body::json->>'action' <> %s)",
        [list(pseudonyms), DISCLOSURE],
    ).fetchone()
    return bool(row and row[0])


def resolve(pseudonym: str, numbers: Iterable[tuple[str, str | None]]) -> str | None:
    """Give the 宛名番号 a pseudonym stands for, of those given with their pseudonyms; None for nobody of them."""
    return next((number for number, one in numbers if one == pseudonym), None)
