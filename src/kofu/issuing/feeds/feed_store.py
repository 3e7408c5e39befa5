"""A load in the database: staged in temporary tables, checked there, activated by one transaction (P6).

Everything happens in the one transaction the caller opened: the exclusion of other loads, the staging, the closing and
opening of versions, the move of the pointer. Before its commit nobody sees any of it; a crash at any point leaves
nothing. Readers are never blocked: versions they read are closed by later ones, not overwritten for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row

from kofu.contracts.feed import Column, ColumnType, FeedKind, FeedMode, Manifest, ManifestFile, Table
from kofu.contracts.feed_tables import COLLECTIONS, tables_of
from kofu.issuing.feeds.feed_positions import FeedPosition
from kofu.issuing.feeds.feed_problems import FeedProblems
from kofu.issuing.feeds.line_slices import LineSlice

STILL_VALID = 2**63 - 1
_TYPES = {
    ColumnType.YEN: "bigint",
    ColumnType.COUNT: "integer",
    ColumnType.YEAR: "smallint",
    ColumnType.DATE: "date",
    ColumnType.INSTANT: "timestamptz",
    ColumnType.FLAG: "boolean",
}
_LISTS = {ColumnType.YEN_LIST: "bigint[]", ColumnType.DATE_LIST: "date[]", ColumnType.LABEL_LIST: "text[]"}


def column_type(column: Column) -> str:
    """Give the type of a staged column; lists stay the text they came as until they become facts."""
    return _TYPES.get(column.type, "text")


def try_to_lock(connection: psycopg.Connection, municipality_code: str) -> bool:
    """Exclude every other load and retirement of this municipality until the transaction ends, however it ends.

    The lock lives in the database and dies with the connection that holds it, never by a timeout (P3, P5).
    """
    statement = "SELECT pg_try_advisory_xact_lock(hashtextextended('kofu issuing load ' || %s, 0))"
    row = connection.execute(statement, (municipality_code,)).fetchone()
    return bool(row and row[0])


def position_of(connection: psycopg.Connection, municipality_code: str, kind: FeedKind) -> FeedPosition:
    """Tell where this kind of feed stands."""
    row = connection.execute(
        f"SELECT {kind}_feed_generation, {kind}_business_date, extracted_at, coalesce(manifest_sha256, '')"
        " FROM active_generation LEFT JOIN generation ON"
        " generation.municipality_code = active_generation.municipality_code AND feed = %s"
        f" AND feed_generation = {kind}_feed_generation WHERE active_generation.municipality_code = %s",
        (kind, municipality_code),
    ).fetchone()
    if row is None:
        return FeedPosition(generation=0, business_date=None)
    return FeedPosition(generation=row[0], business_date=row[1], extracted_at=row[2], manifest_sha256=row[3])


@dataclass(frozen=True, slots=True)
class KnownFeed:
    """A feed that was activated: the SHA-256 of its manifest and the data generation it made."""

    sha256: str
    data_generation: int


def manifest_of(
    connection: psycopg.Connection, municipality_code: str, kind: FeedKind, generation: int
) -> KnownFeed | None:
    """Give the feed that was activated under this feed generation, or None."""
    with connection.cursor(row_factory=class_row(KnownFeed)) as cursor:
        return cursor.execute(
            "SELECT manifest_sha256 AS sha256, number AS data_generation FROM generation"
            " WHERE municipality_code = %s AND feed = %s AND feed_generation = %s",
            (municipality_code, kind, generation),
        ).fetchone()


def create_staging(connection: psycopg.Connection, table: Table) -> None:
    """Make the temporary table a file is copied into; it is gone when the transaction ends."""
    columns = ", ".join(f"{column.name} {column_type(column)} NOT NULL" for column in table.columns)
    connection.execute(
        f"CREATE TEMPORARY TABLE {staging_name(table)}"
        f" ({columns}, line_number integer NOT NULL, row_digest uuid NOT NULL) ON COMMIT DROP"
    )


class StagingCopy:
    """A COPY into a staging table, fed with the very bytes that were hashed and checked."""

    def __init__(self, copy: psycopg.Copy) -> None:
        self._copy = copy

    def write(self, batch: LineSlice) -> None:
        """Send a batch of lines, each followed by its number and its digest."""
        rows = zip(batch.lines, batch.numbers, batch.digests, strict=True)
        self._copy.write(b"".join([b"%b,%d,%b\n" % row for row in rows]))


@contextmanager
def staging_copy(connection: psycopg.Connection, table: Table) -> Iterator[StagingCopy]:
    """Open a COPY into the staging table of `table`. An empty cell is an empty text, never NULL."""
    names = ", ".join(table.column_names)
    statement = (
        f"COPY {staging_name(table)} ({names}, line_number, row_digest)"
        f" FROM STDIN (FORMAT csv, FORCE_NOT_NULL ({names}))"
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        yield StagingCopy(copy)


def check_staged(connection: psycopg.Connection, table: Table, stated: ManifestFile, problems: FeedProblems) -> None:
    """Compare what the database holds with the manifest's count and control totals: what arrived, not what was sent."""
    connection.execute(f"ANALYZE {staging_name(table)} ({', '.join(table.key)}, row_digest)")
    sums = "".join(f", coalesce(sum({name}), 0)::bigint" for name in table.total_columns)
    row = connection.execute(f"SELECT count(*){sums} FROM {staging_name(table)}").fetchone()
    expected = (stated.rows, *(stated.control_totals[name] for name in table.total_columns))
    if row != expected:
        problems.add(table.file_name, "staged_total", "what the database staged differs from the manifest")


def check_removals(connection: psycopg.Connection, table: Table, load: Load, problems: FeedProblems) -> None:
    """Check that each removal names a row that stands. Those of retired years are gone and may be removed again."""
    not_retired = " AND s.fiscal_year >= %(retired_before)s" if _has_year(table) else ""
    missing = connection.execute(
        f"SELECT s.line_number FROM {staging_name(table)} AS s"
        f" WHERE s.change = 'remove'{not_retired}"
        f" AND NOT EXISTS (SELECT FROM fact_{table.name} AS f WHERE {_stands(table)}) ORDER BY 1",
        load.parameters,
    ).fetchall()
    for (line,) in missing:
        column = "+".join(table.key)
        problems.add(
            table.file_name, "remove_of_nothing", "removes a key that does not stand", line=line, column=column
        )


def check_card_holders(connection: psycopg.Connection, load: Load, problems: FeedProblems) -> None:
    """Check, in the new state, that whoever a standing card certificate belongs to is in the resident table.

    A serial without a person is the trace of a link that lost rows on its way (国立市, R6).
    """
    count = connection.execute(
        "SELECT count(*) FROM fact_card_certificates AS c"
        " WHERE c.municipality_code = %(municipality)s AND c.to_generation = %(still_valid)s AND NOT EXISTS ("
        " SELECT FROM fact_residents AS r WHERE r.municipality_code = c.municipality_code"
        " AND r.addressee_number = c.addressee_number AND r.to_generation = %(still_valid)s)",
        load.parameters,
    ).fetchone()
    if count and count[0]:
        problems.add(
            "card_certificates.csv",
            "unknown_holder",
            f"{count[0]} card certificates belong to nobody in the resident table",
            column="addressee_number",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Where a load goes: municipality, its new data generation, and the first fiscal year still kept."""

    municipality_code: str
    data_generation: int
    retired_before_year: int

    @property
    def parameters(self) -> dict[str, str | int]:
        """The named parameters of every statement here."""
        return {
            "municipality": self.municipality_code,
            "generation": self.data_generation,
            "retired_before": self.retired_before_year,
            "still_valid": STILL_VALID,
        }


def next_load(connection: psycopg.Connection, municipality_code: str) -> Load:
    """Give the load that follows the active data generation."""
    row = connection.execute(
        "SELECT data_generation, retired_before_year FROM active_generation WHERE municipality_code = %s",
        (municipality_code,),
    ).fetchone()
    active, retired_before_year = row or (0, 0)
    return Load(
        municipality_code=municipality_code, data_generation=active + 1, retired_before_year=retired_before_year
    )


def close_versions(connection: psycopg.Connection, table: Table, mode: FeedMode, load: Load) -> int:
    """End the versions that a load changes or removes; a full load also ends what it does not state. Gives how many."""
    if mode is FeedMode.FULL:
        statement = f"""
            UPDATE fact_{table.name} AS f SET to_generation = %(generation)s
            WHERE f.municipality_code = %(municipality)s AND f.to_generation = %(still_valid)s
              AND NOT EXISTS (
                SELECT FROM {staging_name(table)} AS s
                WHERE {_same_key(table)} AND s.row_digest = f.row_digest AND {kept(table)})"""
    else:
        statement = f"""
            UPDATE fact_{table.name} AS f SET to_generation = %(generation)s
            FROM {staging_name(table)} AS s
            WHERE {_stands(table)} AND (s.change = 'remove' OR s.row_digest <> f.row_digest)"""
    return connection.execute(statement, load.parameters).rowcount


def open_versions(connection: psycopg.Connection, table: Table, load: Load) -> int:
    """Write a version for each stated row that does not stand already. Gives how many."""
    names = [column.name for column in table.columns if column.name != "change"]
    cells = ", ".join(_cell(table, name) for name in names)
    statement = f"""
        INSERT INTO fact_{table.name}
            (municipality_code, {", ".join(names)}, from_generation, to_generation, row_digest)
        SELECT %(municipality)s::varchar, {cells}, %(generation)s::bigint, %(still_valid)s::bigint, s.row_digest
        FROM {staging_name(table)} AS s
        WHERE s.change = 'put' AND {kept(table)}
          AND NOT EXISTS (SELECT FROM fact_{table.name} AS f WHERE {_stands(table)})"""
    return connection.execute(statement, load.parameters).rowcount


def move_pointer(
    connection: psycopg.Connection,
    load: Load,
    manifest: Manifest,
    *,
    manifest_sha256: str,
    added: int,
    closed: int,
    activated_at: datetime,
) -> None:
    """Record the generation and make it the one that is read. The last statements before the commit."""
    connection.execute(
        """
        INSERT INTO generation (municipality_code, number, feed, feed_generation, mode, base_generation, business_date,
            manifest_sha256, rows_stated, rows_added, rows_closed, activated_at, extracted_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        (
            load.municipality_code,
            load.data_generation,
            manifest.kind,
            manifest.generation,
            manifest.mode,
            manifest.base_generation,
            manifest.business_date,
            manifest_sha256,
            sum(file.rows for file in manifest.files),
            added,
            closed,
            activated_at,
            manifest.extracted,
        ),
    )
    kind = manifest.kind
    connection.execute(
        f"""
        INSERT INTO active_generation (municipality_code, data_generation, {kind}_feed_generation, {kind}_business_date,
            {_other_kind(kind)}_feed_generation, retired_before_year)
        VALUES (%s, %s, %s, %s, 0, 0)
        ON CONFLICT (municipality_code) DO UPDATE SET
            data_generation = excluded.data_generation,
            {kind}_feed_generation = excluded.{kind}_feed_generation,
            {kind}_business_date = excluded.{kind}_business_date
        """,
        (load.municipality_code, load.data_generation, manifest.generation, manifest.business_date),
    )


def analyze_facts(connection: psycopg.Connection, kind: FeedKind) -> None:
    """Tell the planner how large the tables are now: a plan made for an empty table would read all of a full one.

    Only the columns that statements select by: of 85 columns the statistics of the others would cost seconds.
    """
    for table in tables_of(kind):
        columns = ", ".join(dict.fromkeys(("municipality_code", *table.key, "addressee_number", "to_generation")))
        connection.execute(f"ANALYZE fact_{table.name} ({columns})")


def _other_kind(kind: FeedKind) -> FeedKind:
    return FeedKind.RESIDENT if kind is FeedKind.TAX else FeedKind.TAX


def staging_name(table: Table) -> str:
    """Name the temporary table the rows of a file are staged in."""
    return f"staging_{table.name}"


def _cell(table: Table, name: str) -> str:
    """Give a staged cell as the fact table holds it: lists come joined by | and become arrays."""
    kind = next(column.type for column in table.columns if column.name == name)
    return f"string_to_array(s.{name}, '|')::{_LISTS[kind]}" if kind in _LISTS else f"s.{name}"


def _same_key(table: Table) -> str:
    return " AND ".join(f"f.{name} = s.{name}" for name in table.key)


def _stands(table: Table) -> str:
    """Select the standing version of a staged row's key."""
    return f"f.municipality_code = %(municipality)s AND {_same_key(table)} AND f.to_generation = %(still_valid)s"


def _has_year(table: Table) -> bool:
    return "fiscal_year" in table.column_names


def kept(table: Table) -> str:
    """Leave out the rows of retired fiscal years, save unpaid notices: arrears never age out of the arrears rules.

    地方税法施行令6条の21第2項二号: 未納のものを除く. Losing them is how a clean
    certificate is given to a debtor (小樽市, 2016).
    """
    if not _has_year(table):
        return "TRUE"
    unpaid = " OR s.paid_total < s.assessed_total" if table is COLLECTIONS else ""
    return f"(s.fiscal_year >= %(retired_before)s{unpaid})"
