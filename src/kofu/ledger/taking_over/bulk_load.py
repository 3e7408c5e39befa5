"""Set the indexes and keys of the journal aside while a whole ledger is loaded, and make them again at once at the end.

Kept up row by row they cost more than the rows: every transfer is looked up in three tables, every entry goes to a
random place of an index that grows out of memory. Made at the end each is one sorting, each reference one join.

What was set aside stands in a table, so that a run that was broken off, even by the end of its process, is gone on
with. Until all is back nothing can be posted: balances are written by `ON CONFLICT`, which needs the keys.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

ASIDE = "taken_over_structure"
#: What is loaded; `notice` keeps its keys, by which a run that goes on finds what it has.
LOADED = ("claim", "claim_balance", "payment", "payment_balance", "entry", "transfer", "share")

#: Everything to set aside as (statement that takes it away, statement that makes it again), in the order of taking.
_STRUCTURE = """
    SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname) AS taken,
        format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid))
            AS made,
        CASE contype WHEN 'f' THEN 1 ELSE 2 END AS step
    FROM pg_constraint
    WHERE (contype IN ('p', 'u') AND conrelid = ANY(%(loaded)s::regclass[]))
        OR (contype = 'f' AND (conrelid = ANY(%(loaded)s::regclass[] || 'notice'::regclass)
            OR confrelid = ANY(%(loaded)s::regclass[])))
    UNION ALL
    SELECT format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid), 3
    FROM pg_index
    WHERE indrelid = ANY(%(loaded)s::regclass[])
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u'))
    ORDER BY step
"""


def set_aside(connection: psycopg.Connection) -> None:
    """Take indexes, keys and references of the loaded tables away, all or none; nothing where a run before did."""
    with connection.transaction():
        connection.execute(
            f"CREATE TABLE IF NOT EXISTS {ASIDE} (place integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY, made text)"
        )
        if connection.execute(f"SELECT 1 FROM {ASIDE}").fetchone():
            return
        rows = connection.execute(_STRUCTURE, {"loaded": list(LOADED)}).fetchall()
        for taken, made, _ in rows:
            connection.execute(_known(taken))
            connection.execute(f"INSERT INTO {ASIDE} (made) VALUES (%s)", [made])


def put_back(connection: psycopg.Connection) -> None:
    """Make again what was set aside, if anything is, the last taken first; each statement is a transaction."""
    if connection.execute("SELECT to_regclass(%s)", [ASIDE]).fetchone() == (None,):
        return
    connection.execute("SET maintenance_work_mem = '256MB'")
    for place, made in connection.execute(f"SELECT place, made FROM {ASIDE} ORDER BY place DESC").fetchall():
        with connection.transaction():
            connection.execute(_known(made))
            connection.execute(f"DELETE FROM {ASIDE} WHERE place = %s", [place])
    connection.execute("RESET maintenance_work_mem")
    connection.execute(f"DROP TABLE {ASIDE}")


def _known(statement: str) -> sql.SQL:
    """Take a statement the database itself has written, from its own catalogue."""
    return sql.SQL(statement)
