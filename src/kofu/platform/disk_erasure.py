"""Erasing for good what a database deleted: out of the files of the tables, of their indexes, of the write-ahead log.

A deleted row stays in the heap until its page is written anew, in the index until its leaf is, in the statistics of
the planner until the next ANALYZE, and in the write-ahead log until its segment is written over: PostgreSQL keeps
finished segments under a later name and writes over them when it comes to them, which may be months.

So tables are rewritten (VACUUM FULL, which builds the indexes and the TOAST table anew and gives the old files back to
the file system), and the log is walked through: every segment that held what was before is either gone or written over
to its end (`pg_switch_wal` fills what is left of a segment with zeros). What lies in *archived* segments, on standbys
and in backups is out of a database's reach; `WalOverwritten.archived` says that there are such.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from kofu.core.errors import OperatorFault

READERS_SECONDS_MAX = 60
LOCK_SECONDS_MAX = 60
ROUNDS_MAX = 8
LOOKS_PER_SECOND = 10

#: The planner keeps common values of columns as samples: they are contents too.
_STATISTICS = "pg_catalog.pg_statistic"

_OLD_READERS = """
    SELECT (SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()
            AND (age(backend_xmin) > age(%(mark)s::text::xid) OR age(backend_xid) > age(%(mark)s::text::xid)))
        + (SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database())
        + (SELECT count(*) FROM pg_replication_slots WHERE age(xmin) > age(%(mark)s::text::xid))
"""
_SEGMENT = "name ~ '^[0-9A-F]{24}$'"


@dataclass(frozen=True, slots=True)
class WalOverwritten:
    """How many segments were walked through; `archived`: the server copies its log elsewhere (archive, standby)."""

    segments: int
    archived: bool


def rights_statements(role: str) -> tuple[sql.Composed, ...]:
    """Give the statements by which a superuser, inside the database, lets a role erase for good."""
    name = sql.Identifier(role)
    return tuple(
        sql.SQL(statement).format(name)
        for statement in (
            "GRANT pg_checkpoint, pg_monitor TO {}",
            "GRANT EXECUTE ON FUNCTION pg_switch_wal() TO {}",
        )
    )


def require_rights(connection: psycopg.Connection) -> None:
    """Raise `OperatorFault` `no_right_to_erase_on_disk` where the role cannot do what is needed."""
    row = connection.execute(
        "SELECT pg_has_role('pg_checkpoint', 'USAGE') AND pg_has_role('pg_monitor', 'USAGE')"
        " AND has_function_privilege('pg_switch_wal()', 'EXECUTE')"
    ).fetchone()
    if not (row and row[0]):
        raise OperatorFault(
            "no_right_to_erase_on_disk",
            "the owner of the schema needs the roles pg_checkpoint and pg_monitor and EXECUTE on pg_switch_wal() to"
            " erase for good; see docs/how-to/erase-old-years.md",
        )


def rewrite_tables(
    connection: psycopg.Connection, tables: Sequence[str], *, readers_seconds_max: float = READERS_SECONDS_MAX
) -> None:
    """Write tables, their indexes and the planner's samples anew, without what was deleted and committed before.

    A transaction that still could see deleted rows keeps them alive through a rewrite: such readers are waited for.
    Readers that come later wait until a table is written. The connection must be in autocommit.
    Raises `OperatorFault` `old_reader` where one stays, and `psycopg.errors.LockNotAvailable`.
    """
    _await_old_readers(connection, readers_seconds_max)
    connection.execute(f"SET lock_timeout = '{LOCK_SECONDS_MAX}s'")
    try:
        for table in tables:
            connection.execute(sql.SQL("VACUUM (FULL, ANALYZE) {}").format(sql.Identifier(table)))
        connection.execute(f"VACUUM (FULL) {_STATISTICS}")
    finally:
        connection.execute("RESET lock_timeout")


def overwrite_wal(connection: psycopg.Connection) -> WalOverwritten:
    """Walk through the write-ahead log until nothing written before this call is left in it.

    Segments of before are told by their names: names only grow, and one that is used again gets a later name. First all
    of before must have been given up by a checkpoint; then every file that stands ready under a later name, whatever is
    in it, is written over. The connection must be in autocommit. Raises `OperatorFault` `wal_held` where segments of
    before are kept: by a replication slot, by an archive that fails, or by `wal_keep_size`.
    """
    before = _current(connection)
    _step(connection)
    rounds = 0
    while min(_segments(connection)) <= before:
        if rounds == ROUNDS_MAX:
            raise OperatorFault(
                "wal_held",
                "the server keeps old segments of its log: look at replication slots, at the archive command and at"
                " wal_keep_size, then run this again",
            )
        rounds += 1
        connection.execute("CHECKPOINT")
        _step(connection)
    last, walked = max(_segments(connection)), 0
    while _current(connection) <= last:
        _step(connection)
        walked += 1
    return WalOverwritten(walked, _is_copied(connection))


def _step(connection: psycopg.Connection) -> None:
    """Fill the current segment up and begin the next; an empty one would not be left."""
    connection.execute("SELECT pg_logical_emit_message(false, 'kofu', 'erasure')")
    connection.execute("SELECT pg_switch_wal()")
    connection.execute("SELECT pg_logical_emit_message(false, 'kofu', 'erasure')")


def _current(connection: psycopg.Connection) -> str:
    row = connection.execute("SELECT pg_walfile_name(pg_current_wal_insert_lsn())").fetchone()
    return str(row[0]) if row else ""


def _segments(connection: psycopg.Connection) -> list[str]:
    return [name for (name,) in connection.execute(f"SELECT name FROM pg_ls_waldir() WHERE {_SEGMENT}")]


def _is_copied(connection: psycopg.Connection) -> bool:
    row = connection.execute(
        "SELECT current_setting('archive_mode') <> 'off' OR EXISTS (SELECT FROM pg_stat_replication)"
        " OR EXISTS (SELECT FROM pg_replication_slots)"
    ).fetchone()
    return bool(row and row[0])


def _await_old_readers(connection: psycopg.Connection, seconds_max: float) -> None:
    row = connection.execute("SELECT pg_current_xact_id()::xid::text").fetchone()
    mark = row[0] if row else ""
    for _ in range(int(seconds_max * LOOKS_PER_SECOND) + 1):
        found = connection.execute(_OLD_READERS, {"mark": mark}).fetchone()
        if found and not found[0]:
            return
        connection.execute("SELECT pg_sleep(%s)", [1 / LOOKS_PER_SECOND])
    raise OperatorFault(
        "old_reader",
        f"a transaction that began before is still open after {seconds_max:g} s and keeps deleted rows alive;"
        " end it (pg_stat_activity), then run this again",
    )
