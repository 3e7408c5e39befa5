"""Signatures under what two people must find out, as a system stores them, each with whether it counts still.

Every table of them has the same columns: `signed_by`, `finding`, `signed_at`, and `id` in the order they were given.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

from kofu.certificates.domain.findings import Signature, as_they_count


def signatures_in(connection: psycopg.Connection, table: str, **under: object) -> tuple[Signature, ...]:
    """Give the signatures in a table `under` one thing (column = value), the first first."""
    those = sql.SQL(" AND ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), value) for name, value in under.items()
    )
    rows = connection.execute(
        sql.SQL(
            "SELECT signed_by, finding, signed_at, staff_lapsed_at(signed_by, signed_at) FROM {} WHERE {} ORDER BY id"
        ).format(sql.Identifier(table), those)
    ).fetchall()
    return as_they_count(rows)
