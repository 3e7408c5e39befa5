"""The versions of a load: of each slice of rows what does not stand already is written, what it replaces is ended.

A row is told by its digest, which covers its key: what stands under the same digest is left as it is. So a row travels
to the database once, into the table of facts at once; only its key and its line are staged beside it, for the judge.
It travels as its line states it, in the very bytes its digest is of.
All of it is in the load's transaction: nobody sees a row before the pointer moves, and a rollback takes all back.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl
import psycopg
from psycopg import sql

from kofu.contracts.feed import Column, FeedMode, ManifestFile, Table
from kofu.contracts.feed_tables import ADDRESSEE, COLLECTIONS
from kofu.issuing.feeds.feed_problems import FeedProblems
from kofu.issuing.feeds.feed_store import (
    STILL_VALID,
    Load,
    closed_name,
    column_type,
    has_year,
    opened_name,
    staging_name,
)
from kofu.issuing.feeds.row_slices import RowSlice

_GENERATIONS = ("municipality_code", "from_generation", "to_generation")
#: What only the last rows of a full feed can tell: the digests of rows it did not state.
_GONE = "not_stated"


@dataclass(frozen=True, slots=True)
class PreparedSlice:
    """What a slice comes to: the rows whose versions end, and the texts of COPY, of `written` new versions."""

    replaced: pl.DataFrame
    versions: bytes
    written: int
    staged: memoryview


class VersionWriter:
    """Writes the versions of one table. `added` and `closed` count versions.

    `unwritten`: of the rows stated so far, how many needed no version, and their control totals.
    """

    def __init__(
        self, connection: psycopg.Connection, table: Table, mode: FeedMode, load: Load, *, compared: bool = True
    ) -> None:
        """Write to `table`. Rows nothing is `compared` with are staged only where people must look at them."""
        self._connection = connection
        self._compared = compared
        self._table = table
        self._mode = mode
        self._load = load
        self.added = 0
        self.closed = 0
        self._staged_cells = _staged_cells(table)
        self._unwritten = [0] * (1 + len(table.total_columns))
        #: of a full feed: the digests of what stood before and was not stated yet
        self._not_stated = _standing_digests(connection, table, load) if mode is FeedMode.FULL else set()
        self._any_stood = bool(self._not_stated)
        create_staging(connection, table)

    def prepare(self, rows: RowSlice) -> PreparedSlice:
        """Find what a slice of sound rows comes to. Of a full feed nothing is asked of the database any more."""
        frame = rows.frame.with_columns(pl.Series("row_digest", rows.digests, dtype=pl.Binary))
        put = self._to_put(frame)
        standing = self._standing_of(frame)
        if standing:
            stands = put & pl.Series([digest in standing for digest in rows.digests], dtype=pl.Boolean)
            self._not_stated.difference_update(frame.filter(stands)["row_digest"])
        else:
            stands = pl.repeat(value=False, n=frame.height, eager=True)
        written = put & ~stands
        self._count_unwritten(frame.filter(~written))
        looked_at = frame["line"].is_in(rows.marked) | (~stands if self._compared else False)
        replacing = self._mode is FeedMode.DIFFERENCE or self._any_stood
        return PreparedSlice(
            frame.filter(~stands) if replacing else frame.clear(),
            self._versions_of(rows, frame, written),
            int(written.sum()),
            copy_text(self._staged_cells, frame.filter(looked_at)),
        )

    def write(self, prepared: PreparedSlice) -> None:
        """Write the versions of a slice."""
        self.closed += close_versions(self._connection, self._table, self._load, prepared.replaced)
        copy_stated(self._connection, self._table, prepared.versions)
        self.added += prepared.written
        copy_rows(self._connection, staging_name(self._table), self._staged_cells, prepared.staged)

    def finish(self) -> None:
        """End what a full feed does not state. Called once, after the last slice."""
        if self.closed >= len(self._not_stated):  # what was replaced was not stated either
            return
        self._connection.execute(f"CREATE TEMPORARY TABLE {_GONE} (row_digest uuid NOT NULL) ON COMMIT DROP")
        with self._connection.cursor() as cursor, cursor.copy(f"COPY {_GONE} FROM STDIN") as copy:
            copy.write("".join(f"{digest.hex()}\n" for digest in self._not_stated))
        self._connection.execute(f"ANALYZE {_GONE}")
        self.closed += self._connection.execute(
            f"UPDATE fact_{self._table.name} AS f SET to_generation = %(generation)s FROM {_GONE} AS s"
            " WHERE f.municipality_code = %(municipality)s AND f.to_generation = %(still_valid)s"
            " AND f.from_generation < %(generation)s AND f.row_digest = s.row_digest",
            self._load.parameters,
        ).rowcount
        self._connection.execute(f"DROP TABLE {_GONE}")

    def check(self, stated: ManifestFile, problems: FeedProblems) -> None:
        """Compare what the database holds with the manifest: what arrived, not what was sent."""
        check_written(self._connection, self._table, self._mode, self._load, stated, self._unwritten, problems)

    def _versions_of(self, rows: RowSlice, frame: pl.DataFrame, written: pl.Series) -> bytes:
        """Word the versions of the rows to be written, in the order of their keys.

        Neighbours come to the same pages of the indexes one after another: a fifth less of the database's time.
        """
        keys = frame.select(*self._table.key, pl.int_range(pl.len()).alias("place"))
        places = keys.filter(written).sort(self._table.key)["place"]
        before, behind = self._load.municipality_code.encode(), f",{self._load.data_generation},{STILL_VALID},".encode()
        stated, digests = rows.stated, rows.digests
        return b"".join([before + stated[at] + behind + digests[at].hex().encode() + b"\n" for at in places])

    def _to_put(self, frame: pl.DataFrame) -> pl.Series:
        """Tell which rows are to stand: not removals, and not what `kept` leaves out."""
        to_put = pl.col("change") == "put"
        if has_year(self._table) and self._load.retired_before_year:
            kept = pl.col("fiscal_year").cast(pl.Int32) >= self._load.retired_before_year
            if self._table is COLLECTIONS:
                kept |= pl.col("paid_total").cast(pl.Int64) < pl.col("assessed_total").cast(pl.Int64)
            to_put &= kept
        return frame.select(to_put.alias("put")).to_series()

    def _standing_of(self, frame: pl.DataFrame) -> set[bytes]:
        """Give the digests that stand and that a slice may state again."""
        if self._mode is FeedMode.FULL:
            return self._not_stated
        return _standing_digests(self._connection, self._table, self._load, _keys(self._table, frame))

    def _count_unwritten(self, frame: pl.DataFrame) -> None:
        self._unwritten[0] += frame.height
        for place, name in enumerate(self._table.total_columns, 1):
            self._unwritten[place] += int(frame[name].cast(pl.Int64).sum())


def close_versions(connection: psycopg.Connection, table: Table, load: Load, frame: pl.DataFrame) -> int:
    """End the standing versions of the keys of these rows. Gives how many."""
    if frame.is_empty():
        return 0
    return connection.execute(
        f"UPDATE fact_{table.name} AS f SET to_generation = %(generation)s"
        f" FROM {_unnested(table)} AS s WHERE {_stands(table)}",
        load.parameters | _keys(table, frame),
    ).rowcount


def copy_text(cells: dict[str, pl.Expr], frame: pl.DataFrame) -> memoryview:
    """Give rows in COPY's text format: an empty cell is an empty text."""
    written = io.BytesIO()
    lines = frame.select(cell.alias(name) for name, cell in cells.items())
    lines.write_csv(written, include_header=False, separator="\t", quote_style="never")
    return written.getbuffer()


def copy_rows(connection: psycopg.Connection, into: str, columns: Iterable[str], lines: memoryview) -> None:
    """Copy rows in COPY's text format into a table."""
    _copy(connection, f"COPY {into} ({', '.join(columns)}) FROM STDIN", lines)


def copy_stated(connection: psycopg.Connection, table: Table, lines: bytes) -> None:
    """Copy versions into the table of facts: a feed's lines between municipality, generations and digest.

    An empty cell is an empty text.
    """
    stated = (column.name for column in table.fact_columns)
    columns = ", ".join(("municipality_code", *stated, "from_generation", "to_generation", "row_digest"))
    form = f"(FORMAT csv, FORCE_NOT_NULL ({columns}))"
    _copy(connection, f"COPY fact_{table.name} ({columns}) FROM STDIN {form}", lines)


def _copy(connection: psycopg.Connection, statement: str, lines: memoryview | bytes) -> None:
    if lines:
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(lines)


def check_written(  # noqa: PLR0917 - what is compared with what
    connection: psycopg.Connection,
    table: Table,
    mode: FeedMode,
    load: Load,
    stated: ManifestFile,
    unwritten: Sequence[int],
    problems: FeedProblems,
) -> None:
    """Compare the versions a load opened with the manifest's count and totals, less those of rows it need not write."""
    sums = "".join(f", coalesce(sum(f.{name}), 0)::bigint" for name in table.total_columns)
    opened = "f.municipality_code = %(municipality)s AND f.from_generation = %(generation)s"
    if mode is FeedMode.FULL:
        source = f"fact_{table.name} AS f"
    else:
        connection.execute(f"ANALYZE {staging_name(table)}")
        source = f"{staging_name(table)} AS s JOIN fact_{table.name} AS f ON s.change = 'put' AND {_same_key(table)}"
    row = connection.execute(
        f"SELECT count(*){sums} FROM {source} WHERE {opened} AND f.to_generation = %(still_valid)s", load.parameters
    ).fetchone()
    expected = (stated.rows, *(stated.control_totals[name] for name in table.total_columns))
    if row is None or tuple(map(sum, zip(row, unwritten, strict=True))) != expected:
        problems.add(table.file_name, "staged_total", "what the database holds differs from the manifest")


def set_apart(connection: psycopg.Connection, table: Table, mode: FeedMode, load: Load) -> None:
    """Give what a load opened and ended names of their own, for the judge (`opened_name`, `closed_name`).

    Of a difference they are tables, found by the keys that were staged: nobody looks for them in the whole ward again.
    """
    # an index by to_generation is none to look for: statistics know no row of this generation, and all would be read
    by_key = " + 0" if mode is FeedMode.DIFFERENCE else ""
    for name, generations in (
        (opened_name(table), f"f.from_generation = {load.data_generation} AND f.to_generation = {STILL_VALID}"),
        (closed_name(table), f"f.to_generation{by_key} = {load.data_generation}"),
    ):
        these = sql.SQL("f.municipality_code = {} AND ").format(load.municipality_code) + sql.SQL(generations)
        if mode is FeedMode.FULL:
            view = sql.SQL(f"CREATE TEMPORARY VIEW {name} AS SELECT f.* FROM fact_{table.name} AS f WHERE ")
            connection.execute(view + these)
            continue
        connection.execute(
            sql.SQL(f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS SELECT f.* FROM {staging_name(table)} AS s")
            + sql.SQL(f" JOIN fact_{table.name} AS f ON {_same_key(table)} WHERE ")
            + these
        )
        columns = {*_GENERATIONS, *table.key, ADDRESSEE.name, *table.total_columns}
        connection.execute(f"ANALYZE {name} ({', '.join(sorted(columns))})")


def check_removals(connection: psycopg.Connection, table: Table, load: Load, problems: FeedProblems) -> None:
    """Check that each removal ended a row that stood. Those of retired years are gone and may be removed again."""
    not_retired = " AND s.fiscal_year >= %(retired_before)s" if has_year(table) else ""
    missing = connection.execute(
        f"SELECT s.line_number FROM {staging_name(table)} AS s"
        f" WHERE s.change = 'remove'{not_retired}"
        f" AND NOT EXISTS (SELECT FROM fact_{table.name} AS f WHERE f.municipality_code = %(municipality)s"
        f" AND {_same_key(table)} AND f.to_generation = %(generation)s) ORDER BY 1",
        load.parameters,
    ).fetchall()
    for (line,) in missing:
        column = "+".join(table.key)
        problems.add(
            table.file_name, "remove_of_nothing", "removes a key that does not stand", line=line, column=column
        )


def create_staging(connection: psycopg.Connection, table: Table) -> None:
    """Make the temporary table of keys and lines. It is gone when the transaction ends."""
    columns = "".join(f"{column.name} {column_type(column)} NOT NULL, " for column in _staged_columns(table))
    connection.execute(
        f"CREATE TEMPORARY TABLE {staging_name(table)}"
        f" ({columns}line_number integer NOT NULL, row_digest uuid NOT NULL) ON COMMIT DROP"
    )


def _staged_columns(table: Table) -> list[Column]:
    """Give the columns by which a row is found again, and those that say whether it is kept."""
    names = {"change", *table.key, ADDRESSEE.name, "fiscal_year"}
    if table is COLLECTIONS:
        names |= {"assessed_total", "paid_total"}
    return [column for column in table.columns if column.name in names]


def _staged_cells(table: Table) -> dict[str, pl.Expr]:
    cells = {column.name: _cell(column) for column in _staged_columns(table)}
    return cells | {"line_number": pl.col("line"), "row_digest": _hexadecimal()}


def _cell(column: Column) -> pl.Expr:
    """Give a cell as COPY reads it: a backslash is written as two.

    Tabs and line ends stand in no cell: the file's bytes were looked through for them.
    """
    cell = pl.col(column.name)
    return cell.str.replace_all("\\", "\\\\", literal=True) if column_type(column) == "text" else cell


def _hexadecimal() -> pl.Expr:
    return pl.col("row_digest").bin.encode("hex")


def _standing_digests(
    connection: psycopg.Connection, table: Table, load: Load, keys: dict[str, list[str]] | None = None
) -> set[bytes]:
    """Give the digests of the rows that stand: of these keys, or all."""
    if keys is None:
        statement = (
            f"SELECT row_digest FROM fact_{table.name}"
            " WHERE municipality_code = %(municipality)s AND to_generation = %(still_valid)s"
        )
    else:
        statement = f"SELECT f.row_digest FROM {_unnested(table)} AS s JOIN fact_{table.name} AS f ON {_stands(table)}"
    with (
        connection.cursor(binary=True) as cursor,
        cursor.copy(f"COPY ({statement}) TO STDOUT (FORMAT binary)", load.parameters | (keys or {})) as copy,
    ):
        data = b"".join(copy)
    return _uuids(data)


def _uuids(data: bytes) -> set[bytes]:
    """Read the one column of a binary COPY: a header of 19 bytes, per row 2 + 4 bytes and the value, 2 bytes."""
    rows = range(_HEADER_BYTES, len(data) - _TRAILER_BYTES, _ROW_BYTES)
    return {data[at + _ROW_BYTES - _UUID_BYTES : at + _ROW_BYTES] for at in rows}


_HEADER_BYTES, _TRAILER_BYTES, _UUID_BYTES = 19, 2, 16
_ROW_BYTES = 2 + 4 + _UUID_BYTES


def _keys(table: Table, frame: pl.DataFrame) -> dict[str, list[str]]:
    return {f"key_{name}": frame[name].cast(pl.String).to_list() for name in table.key}


def _unnested(table: Table) -> str:
    """Give the keys of a slice as a table."""
    types = {column.name: column_type(column) for column in table.columns}
    arrays = ", ".join(f"%(key_{name})s::text[]::{types[name]}[]" for name in table.key)
    return f"(SELECT * FROM unnest({arrays}) AS of_slice({', '.join(table.key)}))"


def _same_key(table: Table) -> str:
    return " AND ".join(f"f.{name} = s.{name}" for name in table.key)


def _stands(table: Table) -> str:
    """Select the standing version `f` of the key of a row `s`."""
    return f"f.municipality_code = %(municipality)s AND {_same_key(table)} AND f.to_generation = %(still_valid)s"
