"""Who is meant by the number in an address of a screen."""

from __future__ import annotations

from django.http import Http404

from kofu.ledger.read_person import Found, person
from kofu.platform.staff.work import profile, use_case_connection

ID_LENGTH_MAX = 18


def found_or_404(person_id: str) -> Found:
    """Give the person of an address; 404 where there is none. The address carries no 宛名番号: it may be seen."""
    if not (person_id.isascii() and person_id.isdigit() and len(person_id) <= ID_LENGTH_MAX):
        raise Http404("no such person")
    with use_case_connection() as connection:
        found = person(connection, profile().code, int(person_id))
    if found is None:
        raise Http404("no such person")
    return found


def addressee_of(person_id: str) -> str:
    """Give the 宛名番号 behind an address, for the record of the visit."""
    return found_or_404(person_id).addressee_number
