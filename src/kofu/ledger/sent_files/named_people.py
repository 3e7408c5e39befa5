"""Whom a file that went out names: for the record of who had it."""

from __future__ import annotations

from uuid import UUID

import psycopg


def people_in_file(
    connection: psycopg.Connection, municipality_code: str, *, name: str, reference: UUID | None = None
) -> list[str]:
    """Give the 宛名番号 in a file: of 口座振替の依頼 by the request it was made from, of 総合振込 by its name."""
    rows = connection.execute(
        "SELECT notice.addressee_number FROM debit_request_line AS line JOIN claim ON claim.id = line.claim_id"
        " JOIN notice ON notice.id = claim.notice_id"
        " WHERE line.request_id = %(reference)s AND notice.municipality_code = %(code)s"
        " UNION SELECT refund_case.addressee_number FROM refund_event JOIN refund_case ON refund_case.id = case_id"
        " WHERE municipality_code = %(code)s AND event = 'transfer' AND detail->>'file' = %(name)s",
        {"code": municipality_code, "reference": reference, "name": name},
    )
    return [number for (number,) in rows]


def people_in_stored(connection: psycopg.Connection, municipality_code: str, file_id: UUID) -> list[str]:
    """Give the 宛名番号 in a file that is kept. Of what is not kept, nobody."""
    row = connection.execute(
        "SELECT name, reference FROM stored_file WHERE id = %s AND municipality_code = %s", [file_id, municipality_code]
    ).fetchone()
    return people_in_file(connection, municipality_code, name=row[0], reference=row[1]) if row else []
