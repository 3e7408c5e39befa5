"""Erasing fiscal years in the database: digest first, then the rows, then the record."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

import psycopg

STILL_VALID = 2**63 - 1
_ROWS_PER_FETCH = 10_000

#: A notice of an old year stays while its standing version is unpaid; its past versions go.
_STAYS = "(to_generation = %(still_valid)s AND paid_total < assessed_total)"
_OLD = "municipality_code = %(municipality)s AND fiscal_year < %(before)s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """How many versions were erased, how many unpaid notices stayed, and the SHA-256 over the erased rows' digests."""

    assessments: int
    collections: int
    kept_unpaid: int
    rows_sha256: str


def newest_standing_year(connection: psycopg.Connection, municipality_code: str) -> int | None:
    """Give the newest fiscal year that has standing assessments, or None."""
    row = connection.execute(
        "SELECT max(fiscal_year) FROM fact_assessments WHERE municipality_code = %s AND to_generation = %s",
        (municipality_code, STILL_VALID),
    ).fetchone()
    return row[0] if row else None


def erase_years(connection: psycopg.Connection, municipality_code: str, before_year: int) -> Erased:
    """Delete every version of every assessment and paid notice of the fiscal years before `before_year`."""
    parameters = {"municipality": municipality_code, "before": before_year, "still_valid": STILL_VALID}
    kept = connection.execute(f"SELECT count(*) FROM fact_collections WHERE {_OLD} AND {_STAYS}", parameters).fetchone()
    digest = hashlib.sha256()
    selections = {"fact_assessments": _OLD, "fact_collections": f"{_OLD} AND NOT {_STAYS}"}
    counts: dict[str, int] = {}
    for table, selection in selections.items():
        with connection.cursor(name=f"erase_{table}") as cursor:
            cursor.itersize = _ROWS_PER_FETCH
            cursor.execute(
                f"SELECT row_digest, from_generation FROM {table} WHERE {selection} ORDER BY 1, 2",
                parameters,
            )
            for row_digest, from_generation in cursor:
                digest.update(row_digest.bytes + from_generation.to_bytes(8, "big"))
        counts[table] = connection.execute(f"DELETE FROM {table} WHERE {selection}", parameters).rowcount
    # what was said of rows that are gone goes with them, save where people signed
    connection.execute(
        f"DELETE FROM issuing_row_finding AS found WHERE {_OLD} AND NOT EXISTS ("
        " SELECT FROM issuing_row_signature WHERE row_finding_id = found.id)",
        parameters,
    )
    return Erased(
        assessments=counts["fact_assessments"],
        collections=counts["fact_collections"],
        kept_unpaid=int(kept[0]) if kept else 0,
        rows_sha256=digest.hexdigest(),
    )


def record_erasure(
    connection: psycopg.Connection,
    municipality_code: str,
    before_year: int,
    erased: Erased,
    *,
    data_generation: int,
    erased_at: datetime,
) -> None:
    """Write the erasure record, and let later loads leave these years out."""
    connection.execute(
        "INSERT INTO erasure (municipality_code, retired_before_year, data_generation, assessments_erased,"
        " collections_erased, collections_kept_unpaid, rows_sha256, erased_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (
            municipality_code,
            before_year,
            data_generation,
            erased.assessments,
            erased.collections,
            erased.kept_unpaid,
            erased.rows_sha256,
            erased_at,
        ),
    )
    connection.execute(
        "UPDATE active_generation SET retired_before_year = %s WHERE municipality_code = %s",
        (before_year, municipality_code),
    )
