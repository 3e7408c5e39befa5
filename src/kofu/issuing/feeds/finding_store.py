"""Rows that people must look at, stored as versions beside the facts: a corrected row ends its findings by itself."""

from __future__ import annotations

from collections.abc import Iterable

import psycopg

from kofu.contracts.feed import FeedKind, Table
from kofu.contracts.feed_tables import ASSESSMENTS, tables_of
from kofu.issuing.feeds.feed_store import Load, kept, staging_name
from kofu.issuing.feeds.judgement_store import PAIR_DIGEST, UnequalRegistryName
from kofu.issuing.feeds.row_judge import RowMark

NAME_MISFIT = "name_misfit"
_STANDS = "f.municipality_code = %(municipality)s AND f.to_generation = %(still_valid)s"
_COLUMNS = (
    "municipality_code, table_name, addressee_number, row_key, fiscal_year, rule, column_name, detail, held,"
    " row_digest, line_number, from_generation, to_generation"
)
_NOT_KNOWN = (
    "NOT EXISTS (SELECT FROM issuing_row_finding f WHERE f.municipality_code = %(municipality)s"
    " AND f.to_generation = %(still_valid)s AND f.table_name = {table} AND f.row_key = {key} AND f.rule = {rule}"
    " AND f.column_name = {column})"
)


def close_findings(connection: psycopg.Connection, kind: FeedKind, load: Load) -> None:
    """End the findings of rows that do not stand as they were looked at any more."""
    for table in tables_of(kind):
        connection.execute(
            f"UPDATE issuing_row_finding f SET to_generation = %(generation)s WHERE {_STANDS}"
            f" AND f.table_name = '{table.name}' AND f.rule <> '{NAME_MISFIT}' AND NOT EXISTS ("
            f" SELECT FROM fact_{table.name} v WHERE v.municipality_code = f.municipality_code"
            " AND v.addressee_number = f.addressee_number AND v.to_generation = %(still_valid)s"
            " AND v.row_digest = f.row_digest)",
            load.parameters,
        )
    connection.execute(
        f"UPDATE issuing_row_finding f SET to_generation = %(generation)s WHERE {_STANDS} AND f.rule = '{NAME_MISFIT}'"
        " AND NOT EXISTS (SELECT FROM fact_assessments a JOIN fact_residents r"
        " ON r.municipality_code = a.municipality_code AND r.addressee_number = a.addressee_number"
        " AND r.to_generation = %(still_valid)s WHERE a.municipality_code = f.municipality_code"
        " AND a.addressee_number = f.addressee_number AND a.to_generation = %(still_valid)s"
        f" AND {PAIR_DIGEST} = f.row_digest)",
        load.parameters,
    )


def open_marks(connection: psycopg.Connection, table: Table, load: Load, marks: Iterable[RowMark]) -> None:
    """Store what the rules said of staged rows; what is known of the same row already stays as it is."""
    found = list(marks)
    if not found:
        return
    key = f"concat_ws('|', {', '.join(f's.{name}' for name in table.key)})"
    year = "s.fiscal_year" if "fiscal_year" in table.column_names else "NULL::smallint"
    known = _NOT_KNOWN.format(table="%(table)s::text", key=key, rule="m.rule", column="m.column_name")
    connection.execute(
        f"INSERT INTO issuing_row_finding ({_COLUMNS})"
        f" SELECT %(municipality)s::varchar, %(table)s::text, s.addressee_number, {key}, {year}, m.rule,"
        " m.column_name, m.detail, m.held, s.row_digest, s.line_number, %(generation)s::bigint, %(still_valid)s::bigint"
        " FROM unnest(%(lines)s::int[], %(rules)s::text[], %(columns)s::text[], %(details)s::text[], %(held)s::bool[])"
        " AS m(line, rule, column_name, detail, held)"
        f" JOIN {staging_name(table)} s ON s.line_number = m.line"
        f" WHERE s.change = 'put' AND {kept(table)} AND {known}",
        load.parameters
        | {
            "table": table.name,
            "lines": [mark.line for mark in found],
            "rules": [mark.rule for mark in found],
            "columns": [mark.column for mark in found],
            "details": [mark.detail for mark in found],
            "held": [mark.held for mark in found],
        },
    )


def open_misfits(connection: psycopg.Connection, load: Load, rows: Iterable[UnequalRegistryName]) -> None:
    """Store the assessments whose name is not that of their person."""
    known = _NOT_KNOWN.format(
        table=f"'{ASSESSMENTS.name}'", key="m.row_key", rule=f"'{NAME_MISFIT}'", column="'name_at_assessment'"
    )
    found = list(rows)
    connection.execute(
        f"INSERT INTO issuing_row_finding ({_COLUMNS})"
        f" SELECT %(municipality)s::varchar, '{ASSESSMENTS.name}', m.person, m.row_key, m.year, '{NAME_MISFIT}',"
        " 'name_at_assessment', '', TRUE, m.digest, m.line, %(generation)s::bigint, %(still_valid)s::bigint"
        " FROM unnest(%(people)s::text[], %(keys)s::text[], %(years)s::int[], %(digests)s::uuid[], %(lines)s::int[])"
        f" AS m(person, row_key, year, digest, line) WHERE {known}",
        load.parameters
        | {
            "people": [row.addressee_number for row in found],
            "keys": [f"{row.addressee_number}|{row.fiscal_year}" for row in found],
            "years": [row.fiscal_year for row in found],
            "digests": [row.digest for row in found],
            "lines": [row.line for row in found],
        },
    )
