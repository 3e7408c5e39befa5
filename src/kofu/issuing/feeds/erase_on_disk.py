"""The erasure of fiscal years brought to the files of the database: rewritten tables, overwritten log, on record.

A process that dies between the deletion and this leaves an erasure without its `issuing_erasure_on_disk`; the next run
finishes it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import psycopg

from kofu.issuing.feeds.purge_years import LANE
from kofu.platform import audit
from kofu.platform.disk_erasure import WalOverwritten, overwrite_wal, require_rights, rewrite_tables

#: Every table that holds, or held, something of a person's year.
REWRITTEN = ("fact_assessments", "fact_collections", "issuing_row_finding", "issuing_judged_feed")


def years_not_on_disk(connection: psycopg.Connection, municipality_code: str) -> list[int]:
    """List the erasures (`retired_before_year`) that have not reached the files, the oldest first."""
    rows = connection.execute(
        "SELECT retired_before_year FROM erasure WHERE municipality_code = %s AND NOT EXISTS ("
        " SELECT FROM issuing_erasure_on_disk AS reached WHERE reached.municipality_code = erasure.municipality_code"
        " AND reached.retired_before_year = erasure.retired_before_year) ORDER BY 1",
        [municipality_code],
    )
    return [year for (year,) in rows]


def erase_on_disk(
    connect: Callable[[], psycopg.Connection], municipality_code: str, *, now: datetime, actor: str
) -> WalOverwritten | None:
    """Bring every erasure that was committed to the files; None where all have reached them.

    Readers of the facts wait while a table is written anew, so this is work of the night. Raises `OperatorFault` as
    `kofu.platform.disk_erasure` does; then nothing is noted and the next run begins again.
    """
    with connect() as connection:
        waiting = years_not_on_disk(connection, municipality_code)
        connection.commit()
        if not waiting:
            return None
        connection.autocommit = True
        require_rights(connection)
        rewrite_tables(connection, REWRITTEN)
        done = overwrite_wal(connection)
        with connection.transaction():
            for year in waiting:
                connection.execute(
                    "INSERT INTO issuing_erasure_on_disk (municipality_code, retired_before_year, finished_at,"
                    " wal_segments, archived) VALUES (%s, %s, %s, %s, %s)",
                    [municipality_code, year, now, done.segments, done.archived],
                )
            audit.append(
                connection,
                LANE,
                audit.AuditEntry(
                    action="erase_on_disk",
                    actor=actor,
                    result="erased",
                    occurred_at=now,
                    detail={
                        "municipality": municipality_code,
                        "retired_before_year": waiting[-1],
                        "wal_segments": done.segments,
                        "archived": int(done.archived),
                    },
                ),
            )
    return done
