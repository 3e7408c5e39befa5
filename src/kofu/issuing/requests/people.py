"""Whom the requests of this system concerned, for the pages of the record: by number alone."""

from __future__ import annotations

from collections.abc import Iterable

import psycopg

from kofu.staff.known_people import PeopleOfSystem


class PeopleOfIssuing(PeopleOfSystem):
    """Everybody who asked for a certificate, or whom a row to be looked at names."""

    def knows(self, connection: psycopg.Connection, municipality_code: str, number: str) -> bool:
        """Say whether a fact, a request or a hold is of this 宛名番号; the console reads no fact itself."""
        row = connection.execute("SELECT issuing_knows_person(%s, %s)", [municipality_code, number]).fetchone()
        return bool(row and row[0])

    def everybody(self, connection: psycopg.Connection, municipality_code: str) -> Iterable[str]:
        """Give their 宛名番号."""
        rows = connection.execute(
            "SELECT addressee_number FROM issuing_request WHERE municipality_code = %(code)s AND addressee_number <> ''"
            " UNION SELECT addressee_number FROM issuing_row_finding WHERE municipality_code = %(code)s",
            {"code": municipality_code},
        )
        return (number for (number,) in rows)
