"""All 宛名番号 of a person: the one way from a number to the person."""

from __future__ import annotations

import psycopg

from kofu.ledger.people.domain import numbers
from kofu.ledger.people.domain.numbers import PersonNumbers


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
    return numbers.numbers_of(addressee_number, dict(rows))
