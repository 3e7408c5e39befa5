"""Who stood behind requests and cases: for the record of who looked at them, by a number that names nobody."""

from __future__ import annotations

from collections.abc import Iterable

import psycopg


def people_of_requests(connection: psycopg.Connection, municipality_code: str, request_ids: Iterable[str]) -> list[str]:
    """Give the 宛名番号 of who stood behind requests: for the record of who looked at them. Of the unknown, nobody."""
    rows = connection.execute(
        "SELECT DISTINCT addressee_number FROM issuing_request WHERE municipality_code = %s AND request_id = ANY(%s)"
        " AND addressee_number <> ''",
        [municipality_code, list(request_ids)],
    )
    return [number for (number,) in rows]


def people_of_cases(connection: psycopg.Connection, municipality_code: str, case_ids: Iterable[str]) -> list[str]:
    """Give the 宛名番号 of who stood behind the requests cases are about: opened for them, or counted with others."""
    rows = connection.execute(
        "SELECT request_id FROM issuing_case WHERE municipality_code = %(code)s AND case_id = ANY(%(cases)s)"
        " UNION SELECT evidence.request_id FROM issuing_case_evidence AS evidence JOIN issuing_case USING (case_id)"
        " WHERE municipality_code = %(code)s AND case_id = ANY(%(cases)s)",
        {"code": municipality_code, "cases": list(case_ids)},
    ).fetchall()
    return people_of_requests(connection, municipality_code, (request_id for (request_id,) in rows if request_id))


def people_of_papers(connection: psycopg.Connection, municipality_code: str, numbers: Iterable[str]) -> list[str]:
    """Give the 宛名番号 of whose papers bear certificate numbers (発行番号). Of a number nobody has, nobody."""
    rows = connection.execute(
        "SELECT request_id FROM issuing_copy JOIN issuing_request USING (request_id)"
        " WHERE municipality_code = %s AND certificate_number = ANY(%s)",
        [municipality_code, list(numbers)],
    ).fetchall()
    return people_of_requests(connection, municipality_code, (request_id for (request_id,) in rows))
