"""A load in the database: whose turn it is, what it follows, and the pointer that activates it (P6).

Everything happens in the one transaction the caller opened: the exclusion of other loads, the closing and opening of
versions (`version_store`), the move of the pointer. Before its commit nobody sees any of it; a crash at any point
leaves nothing. Readers are never blocked: versions they read are closed by later ones, not overwritten for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row

from kofu.contracts.feed import Column, ColumnType, FeedKind, Manifest, Table
from kofu.contracts.feed_tables import ASSESSMENTS, COLLECTIONS, RESIDENTS
from kofu.issuing.feeds.feed_positions import FeedPosition
from kofu.issuing.feeds.feed_problems import FeedProblems

STILL_VALID = 2**63 - 1
_TYPES = {
    ColumnType.YEN: "bigint",
    ColumnType.COUNT: "integer",
    ColumnType.YEAR: "smallint",
    ColumnType.DATE: "date",
    ColumnType.INSTANT: "timestamptz",
    ColumnType.FLAG: "boolean",
}


def column_type(column: Column) -> str:
    """Give the type of a column of a file as it came; lists are text."""
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


def is_compared(connection: psycopg.Connection, municipality_code: str, table: Table) -> bool:
    """Tell whether there is anything to compare the rows of a table with: its own before, or names of the other feed.

    A kind's first feed has nothing before it, and only people and assessments have names on both sides.
    """
    named = table is ASSESSMENTS or table is RESIDENTS
    kinds = (kind for kind in FeedKind if named or kind is table.feed)
    return any(position_of(connection, municipality_code, kind).generation for kind in kinds)


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


def analyze_facts(connection: psycopg.Connection, table: Table, *, written: int) -> None:
    """Tell the planner how large a table is now: a plan made for an empty table would read all of a full one.

    Before the load is counted and judged, which reads whole tables. Only the columns that statements select by: of 85
    columns the statistics of the others would cost seconds. Where a load wrote less than a tenth of what stands, the
    statistics there are say the same.
    """
    known = connection.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", (f"fact_{table.name}",))
    if written * 10 < (known.fetchone() or (0,))[0]:
        return
    # not from_generation: of the generation that comes next its statistics say that no row has it
    selected_by = ("municipality_code", *table.key, "addressee_number", "to_generation", *table.total_columns)
    columns = ", ".join(dict.fromkeys(selected_by))
    connection.execute(f"ANALYZE fact_{table.name} ({columns})")


def _other_kind(kind: FeedKind) -> FeedKind:
    return FeedKind.RESIDENT if kind is FeedKind.TAX else FeedKind.TAX


def staging_name(table: Table) -> str:
    """Name the temporary table of the keys and lines of the rows a load changes or that people must look at."""
    return f"staging_{table.name}"


def opened_name(table: Table) -> str:
    """Name the relation of the versions a load opened."""
    return f"opened_{table.name}"


def closed_name(table: Table) -> str:
    """Name the relation of the versions a load ended."""
    return f"closed_{table.name}"


def has_year(table: Table) -> bool:
    """Tell whether the rows of a table are about a fiscal year."""
    return "fiscal_year" in table.column_names


def kept(table: Table) -> str:
    """Leave out the rows of retired fiscal years, save unpaid notices: arrears never age out of the arrears rules.

    地方税法施行令6条の21第2項二号: 未納のものを除く. Losing them is how a clean
    certificate is given to a debtor (小樽市, 2016).
    """
    if not has_year(table):
        return "TRUE"
    unpaid = " OR s.paid_total < s.assessed_total" if table is COLLECTIONS else ""
    return f"(s.fiscal_year >= %(retired_before)s{unpaid})"
