"""Whom the ledger knows, for the pages of the record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import psycopg

from kofu.ledger.people.find import FoundPerson, find_people
from kofu.ledger.people.numbers import numbers_of
from kofu.staff.known_people import KnownPerson, PeopleOfSystem


class PeopleOfLedger(PeopleOfSystem):
    """Everybody with a 宛名番号."""

    merges = True

    def find(self, connection: psycopg.Connection, municipality_code: str, words: str) -> list[KnownPerson]:
        """Find people as the search for a person does."""
        return [_known(one) for one in find_people(connection, municipality_code, words)]

    def numbers(self, connection: psycopg.Connection, municipality_code: str, number: str) -> tuple[str, ...]:
        """Give every number that means the person: looks at one that was merged since are looks at them."""
        return tuple(numbers_of(connection, municipality_code, number))

    def knows(self, connection: psycopg.Connection, municipality_code: str, number: str) -> bool:
        """Say whether anybody has, or had before a merge, this 宛名番号: also who is out of reach."""
        row = connection.execute(
            "SELECT EXISTS (SELECT FROM taxpayer WHERE municipality_code = %s AND addressee_number = ANY(%s))",
            [municipality_code, list(numbers_of(connection, municipality_code, number))],
        ).fetchone()
        return bool(row and row[0])

    def of_notices(
        self, connection: psycopg.Connection, municipality_code: str, notice_numbers: Sequence[str]
    ) -> Iterable[str]:
        """Give the 宛名番号 the notices are of; of a number nobody has, nobody."""
        rows = connection.execute(
            "SELECT DISTINCT addressee_number FROM notice WHERE municipality_code = %s AND notice_number = ANY(%s)",
            [municipality_code, list(notice_numbers)],
        )
        return [number for (number,) in rows]

    def with_family_names(
        self, connection: psycopg.Connection, municipality_code: str, families: Sequence[str]
    ) -> Iterable[tuple[str, str]]:
        """Give everybody whose name begins with one of some family names and a space, by one look over all names."""
        return connection.execute(
            "SELECT family, addressee_number FROM taxpayer,"
            " LATERAL (SELECT split_part(translate(name, '　', ' '), ' ', 1) AS family) AS split"
            " WHERE municipality_code = %s AND family = ANY(%s)",
            [municipality_code, list(families)],
        ).fetchall()

    def addresses(self, connection: psycopg.Connection, municipality_code: str) -> Iterable[tuple[str, str]]:
        """Give every 宛名番号 with its address, spaces and widths apart."""
        return connection.execute(
            "SELECT addressee_number, regexp_replace(normalize(address, NFKC), '\\s', '', 'g') FROM taxpayer"
            " WHERE municipality_code = %s AND address <> ''",
            [municipality_code],
        )

    def everybody(self, connection: psycopg.Connection, municipality_code: str) -> Iterable[str]:
        """Give every 宛名番号."""
        rows = connection.execute(
            "SELECT addressee_number FROM taxpayer WHERE municipality_code = %s", [municipality_code]
        )
        return (number for (number,) in rows)


def _known(found: FoundPerson) -> KnownPerson:
    return KnownPerson(
        addressee_number=found.addressee_number, name=found.name, birthday=found.birthday, address=found.address
    )
