"""Rows that people must look at: the work list, and how a held row is found right as it is.

A held row keeps its person from papers. It ends when the sender corrects the row (the next feed states another), or
when two people have looked and accept it; the acceptance is for this very row and ends with it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

import psycopg
from psycopg.rows import class_row

from kofu.certificates.domain.findings import Signature, is_closed, require_finding
from kofu.certificates.stored_signatures import signatures_in
from kofu.core.errors import OperatorFault
from kofu.issuing.acting.who_acts import Acting
from kofu.issuing.feeds.feed_store import STILL_VALID

SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFinding:
    """A standing row to look at. `held`: its person gets no paper; else it is listed only."""

    id: int
    table_name: str
    addressee_number: str
    row_key: str
    fiscal_year: int | None
    rule: str
    column_name: str
    detail: str
    held: bool
    line_number: int | None
    from_generation: int
    accepted_at: datetime | None


_COLUMNS = ", ".join(one.name for one in fields(RowFinding))


def count_held(connection: psycopg.Connection, municipality_code: str) -> int:
    """Count the rows that keep a person from papers."""
    row = connection.execute(
        "SELECT count(*) FROM issuing_row_finding WHERE municipality_code = %s AND to_generation = %s AND held"
        " AND accepted_at IS NULL",
        (municipality_code, STILL_VALID),
    ).fetchone()
    return int(row[0]) if row else 0


def count_listed(connection: psycopg.Connection, municipality_code: str) -> int:
    """Count the texts that cannot be drawn."""
    row = connection.execute(
        "SELECT count(*) FROM issuing_row_finding WHERE municipality_code = %s AND to_generation = %s AND NOT held",
        (municipality_code, STILL_VALID),
    ).fetchone()
    return int(row[0]) if row else 0


def list_findings(
    connection: psycopg.Connection, municipality_code: str, *, held: bool, after: int = 0
) -> tuple[RowFinding, ...]:
    """Give standing findings by their number: rows that are held and not accepted, or texts that cannot be drawn."""
    with connection.cursor(row_factory=class_row(RowFinding)) as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS} FROM issuing_row_finding WHERE municipality_code = %s AND to_generation = %s"
            " AND held = %s AND accepted_at IS NULL AND id > %s ORDER BY id LIMIT %s",
            (municipality_code, STILL_VALID, held, after, SHOWN),
        )
        return tuple(cursor.fetchall())


def read_finding(
    connection: psycopg.Connection, municipality_code: str, finding_id: int, *, lock: bool = False
) -> RowFinding | None:
    """Give one standing finding, or None."""
    with connection.cursor(row_factory=class_row(RowFinding)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM issuing_row_finding WHERE municipality_code = %s AND id = %s"
            " AND to_generation = %s" + (" FOR UPDATE" if lock else ""),
            (municipality_code, finding_id, STILL_VALID),
        ).fetchone()


def signatures_of(connection: psycopg.Connection, finding_id: int) -> tuple[Signature, ...]:
    """Give who accepts the row, in order."""
    return signatures_in(connection, "issuing_row_signature", row_finding_id=finding_id)


def accept(
    connection: psycopg.Connection, acting: Acting, municipality_code: str, finding_id: int, signature: Signature
) -> bool:
    """Add one person's word that a held row is right as it is; the second person's ends it. Whether it is ended now.

    Raises `OperatorFault` where the row does not stand any more, is not held, or the finding cannot be taken.
    """
    with connection.transaction():
        found = read_finding(connection, municipality_code, finding_id, lock=True)
        if found is None or not found.held or found.accepted_at is not None:
            raise OperatorFault("row_not_held", "this row is not held any more; look at the list again")
        signatures = signatures_of(connection, finding_id)
        require_finding(signatures, signature)
        connection.execute(
            "INSERT INTO issuing_row_signature (row_finding_id, signed_by, signed_at, finding) VALUES (%s, %s, %s, %s)",
            (finding_id, signature.by, acting.clock(), signature.finding),
        )
        accepted = is_closed((*signatures, signature))
        if accepted:
            connection.execute(
                "UPDATE issuing_row_finding SET accepted_at = %s WHERE id = %s", (acting.clock(), finding_id)
            )
        acting.record(
            connection,
            "row.accept",
            "accepted" if accepted else "signed",
            actor=signature.by,
            detail={"row_finding": finding_id, "rule": found.rule},
        )
    return accepted
