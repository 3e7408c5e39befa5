"""The rows of a night's feed, out of the views of what is stated: noted what changed, then copied as CSV.

`note_changes` compares what is stated now with what the feeds said last and writes the new state under this night's
generation; what it marked is the difference. All in the caller's snapshot (REPEATABLE READ), which sees its own marks.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from itertools import islice

import psycopg
from psycopg.rows import class_row

from kofu.contracts.feed import Column, ColumnType, Table
from kofu.contracts.feed_tables import ASSESSMENTS, COLLECTIONS

_LISTS = (ColumnType.YEN_LIST, ColumnType.DATE_LIST, ColumnType.LABEL_LIST)
#: What stands in the other cells of a removal, which nobody reads but which must parse.
_FILLERS = {
    ColumnType.TEXT: "'-'",
    ColumnType.DIGITS: "'0'",
    ColumnType.YEN: "0",
    ColumnType.COUNT: "0",
    ColumnType.YEAR: "1950",
    ColumnType.DATE: "'1950-04-01'",
    ColumnType.FLAG: "0",
    ColumnType.YEN_LIST: "'0'",
    ColumnType.DATE_LIST: "'1950-04-01'",
    ColumnType.LABEL_LIST: "'1'",
}


LINES_PER_BATCH = 20_000


@dataclass(frozen=True, slots=True)
class ChangedRows:
    """What a table of the feed has to say: rows that stand now, and rows of the difference (changed or gone)."""

    standing: int
    difference: int


def plan_for_a_ward(connection: psycopg.Connection, *, full: bool) -> None:
    """Let this transaction sort and join a ward in memory, and never row by row what is marked by the hundred thousand.

    Of what this very transaction marked the planner has no statistics: it takes it for a handful of rows.
    """
    connection.execute("SET LOCAL jit = off")
    connection.execute("SET LOCAL work_mem = '128MB'")
    if full:
        connection.execute("SET LOCAL enable_nestloop = off")


def note_changes(connection: psycopg.Connection, municipality_code: str, generation: int) -> dict[str, ChangedRows]:
    """Mark under `generation` every row that is not as the feeds said it last; count, by the name of the table."""
    values = {"code": municipality_code, "generation": generation}
    for statement in (_NOTE_ASSESSMENTS, _NOTE_COLLECTIONS):
        connection.execute(statement, values)
    found = {}
    for table, fed in ((ASSESSMENTS, "fed_assessment"), (COLLECTIONS, "fed_collection")):
        with connection.cursor(row_factory=class_row(ChangedRows)) as cursor:
            counted = cursor.execute(
                "SELECT count(*) FILTER (WHERE NOT removed) AS standing,"
                " count(*) FILTER (WHERE generation = %(generation)s) AS difference"
                f" FROM {fed} WHERE municipality_code = %(code)s",
                values,
            ).fetchone()
        found[table.name] = counted or ChangedRows(0, 0)
    return found


def rows(
    connection: psycopg.Connection, table: Table, municipality_code: str, changed_in: int | None
) -> Generator[bytes]:
    """Stream a table of the feed as CSV: all that stands, or what was marked under generation `changed_in`.

    Each item is some thousand whole lines, each ended by LF.
    """
    values = {"code": municipality_code, "generation": changed_in}
    statements = [_FULL[table.name]] if changed_in is None else [_CHANGED[table.name], _GONE[table.name]]
    for statement in statements:
        with connection.cursor() as cursor, cursor.copy(statement, values) as copy:
            lines = iter(copy)
            while batch := b"".join(islice(lines, LINES_PER_BATCH)):
                yield batch


def collection_totals(connection: psycopg.Connection, municipality_code: str) -> dict[str, int]:
    """Sum what is asked for and paid from the balances themselves, past the views: what a full feed must come to."""
    row = connection.execute(
        "SELECT assessed, paid FROM collection_totals_within_reach WHERE municipality_code = %s",
        [municipality_code],
    ).fetchone()
    return dict(zip(COLLECTIONS.total_columns, row or (0, 0), strict=True))


def expected_totals(
    connection: psycopg.Connection, table: Table, municipality_code: str, changed_in: int | None
) -> dict[str, int]:
    """Sum the control totals of a table: of all that stands, or of what was marked under generation `changed_in`.

    A removal sums to nothing, as the feed writes it.
    """
    sums = ", ".join(f"coalesce(sum({column}), 0)::bigint" for column in table.total_columns)
    marked = "" if changed_in is None else f" JOIN {_FED[table.name]} AS fed ON {SAID_OF[table.name]}"
    only = "" if changed_in is None else " AND fed.generation = %(generation)s AND NOT fed.removed"
    stated = _STATED_OF_ALL[table.name] if changed_in is None else f"stated_{table.name}"
    row = connection.execute(
        f"SELECT {sums} FROM {stated} AS stated{marked} WHERE stated.municipality_code = %(code)s{only}",
        {"code": municipality_code, "generation": changed_in},
    ).fetchone()
    return dict(zip(table.total_columns, row or (), strict=True))


def _cell(column: Column) -> str:
    """Give the SQL of a cell as the contract spells it. An empty text is an empty cell."""
    name = f"stated.{column.name}"
    if column.type is ColumnType.FLAG:
        return f"{name}::integer"
    if column.type in _LISTS:
        return f"array_to_string({name}, '|')"
    return f"nullif({name}, '')" if column.optional else name


def _cells(table: Table) -> str:
    return ", ".join("'put'" if column.name == "change" else _cell(column) for column in table.columns)


def _filler(column: Column) -> str:
    if column.optional:
        return "NULL"
    return f"'{next(iter(column.codes))}'" if column.type is ColumnType.CODE else _FILLERS[column.type]


def _removal(table: Table) -> str:
    key = set(table.key)
    return ", ".join(
        "'remove'" if column.name == "change" else column.name if column.name in key else _filler(column)
        for column in table.columns
    )


def _copy(select: str) -> str:
    return f"COPY ({select}) TO STDOUT (FORMAT csv)"


_DIGEST = "sha256(convert_to(concat_ws(E'\\x1f', {}), 'UTF8'))".format(
    ", ".join(f"coalesce({_cell(column)}::text, '')" for column in COLLECTIONS.fact_columns)
)
# What is stated is worked out once: what is new or different is noted, and what the feeds said and is stated no more.
_NOTE_ASSESSMENTS = """
    WITH now AS MATERIALIZED (
        SELECT municipality_code, addressee_number, fiscal_year, statement_id, correcting
        FROM stated_assessments WHERE municipality_code = %(code)s
    ), gone AS (
        UPDATE fed_assessment AS fed SET removed = true, generation = %(generation)s
        WHERE fed.municipality_code = %(code)s AND NOT fed.removed AND NOT EXISTS (
            SELECT FROM now WHERE now.addressee_number = fed.addressee_number AND now.fiscal_year = fed.fiscal_year)
    )
    INSERT INTO fed_assessment (municipality_code, addressee_number, fiscal_year, statement_id, correcting, removed,
        generation)
    SELECT now.municipality_code, now.addressee_number, now.fiscal_year, now.statement_id, now.correcting, false,
        %(generation)s
    FROM now LEFT JOIN fed_assessment AS said
        ON said.municipality_code = now.municipality_code AND said.addressee_number = now.addressee_number
        AND said.fiscal_year = now.fiscal_year
    WHERE said.statement_id IS DISTINCT FROM now.statement_id OR said.correcting IS DISTINCT FROM now.correcting
        OR said.removed
    ON CONFLICT (municipality_code, addressee_number, fiscal_year) DO UPDATE SET
        statement_id = EXCLUDED.statement_id, correcting = EXCLUDED.correcting, removed = false,
        generation = EXCLUDED.generation
"""
_NOTE_COLLECTIONS = f"""
    WITH now AS MATERIALIZED (
        SELECT stated.municipality_code, stated.notice_number, stated.addressee_number, {_DIGEST} AS digest
        FROM stated_collections_of_all AS stated WHERE stated.municipality_code = %(code)s
    ), gone AS (
        UPDATE fed_collection AS fed SET removed = true, generation = %(generation)s
        WHERE fed.municipality_code = %(code)s AND NOT fed.removed
            AND NOT EXISTS (SELECT FROM now WHERE now.notice_number = fed.notice_number)
    )
    INSERT INTO fed_collection AS fed (municipality_code, notice_number, digest, addressee_number, removed, generation)
    SELECT now.municipality_code, now.notice_number, now.digest, now.addressee_number, false, %(generation)s
    FROM now LEFT JOIN fed_collection AS said
        ON said.municipality_code = now.municipality_code AND said.notice_number = now.notice_number
    WHERE said.digest IS DISTINCT FROM now.digest OR said.removed
    ON CONFLICT (municipality_code, notice_number) DO UPDATE SET
        digest = EXCLUDED.digest, former_number = fed.addressee_number, addressee_number = EXCLUDED.addressee_number,
        removed = false, generation = EXCLUDED.generation
"""
#: Where all rows of a table are stated, read by sets; those of some keys are read by `stated_…` (`_CHANGED`).
_STATED_OF_ALL = {ASSESSMENTS.name: "stated_assessments", COLLECTIONS.name: "stated_collections_of_all"}
_FULL = {
    table.name: _copy(
        f"SELECT {_cells(table)} FROM {_STATED_OF_ALL[table.name]} AS stated WHERE municipality_code = %(code)s"
    )
    for table in (ASSESSMENTS, COLLECTIONS)
}
_FED = {ASSESSMENTS.name: "fed_assessment", COLLECTIONS.name: "fed_collection"}
#: What joins a row that is stated with what was noted of it, by what the tables have an index of.
SAID_OF = {
    ASSESSMENTS.name: "stated.municipality_code = fed.municipality_code AND stated.statement_id = fed.statement_id",
    COLLECTIONS.name: "stated.municipality_code = fed.municipality_code AND stated.notice_number = fed.notice_number",
}
_CHANGED = {
    table.name: _copy(
        f"SELECT {_cells(table)} FROM stated_{table.name} AS stated JOIN {_FED[table.name]} AS fed"
        f" ON {SAID_OF[table.name]}"
        " WHERE fed.municipality_code = %(code)s AND fed.generation = %(generation)s AND NOT fed.removed"
    )
    for table in (ASSESSMENTS, COLLECTIONS)
}
_GONE = {
    table.name: _copy(
        f"SELECT {_removal(table)} FROM {_FED[table.name]}"
        " WHERE municipality_code = %(code)s AND generation = %(generation)s AND removed"
    )
    for table in (ASSESSMENTS, COLLECTIONS)
}
