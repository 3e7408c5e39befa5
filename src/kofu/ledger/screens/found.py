"""Who is meant by the number in an address of a screen."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
from django.http import Http404

from kofu.ledger.people.find import FoundPerson, person, record
from kofu.staff.work import profile, use_case_connection

ID_LENGTH_MAX = 18


def found_or_404(person_id: str) -> FoundPerson:
    """Give the person of an address, whole; 404 where there is none. The address carries no 宛名番号: it may be seen.

    An address of a number that was merged leads to who it means.
    """
    return _found(person, person_id)


def record_or_404(person_id: str) -> FoundPerson:
    """Give what is recorded under the one number of an address, for the screens that keep the number itself."""
    return _found(record, person_id)


def addressee_of(person_id: str) -> str:
    """Give the 宛名番号 behind an address, for the record of the visit."""
    return found_or_404(person_id).addressee_number


def found_on(connection: psycopg.Connection, person_id: str) -> FoundPerson:
    """Give the person of an address as `found_or_404` does, read with all else a page shows of the person."""
    return _read(connection, person, person_id)


def _found(read: Callable[[psycopg.Connection, str, int], FoundPerson | None], person_id: str) -> FoundPerson:
    with use_case_connection() as connection:
        return _read(connection, read, person_id)


def _read(
    connection: psycopg.Connection, read: Callable[[psycopg.Connection, str, int], FoundPerson | None], person_id: str
) -> FoundPerson:
    if not (person_id.isascii() and person_id.isdigit() and len(person_id) <= ID_LENGTH_MAX):
        raise Http404("no such person")
    found = read(connection, profile().code, int(person_id))
    if found is None:
        raise Http404("no such person")
    return found
