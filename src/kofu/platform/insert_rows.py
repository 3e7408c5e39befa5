"""Many rows in one statement, where COPY cannot be: row level security, which hides rows from a role, takes no COPY."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import psycopg


def insert_rows(
    connection: psycopg.Connection, table: str, columns: Mapping[str, str], rows: Iterable[tuple[object, ...]]
) -> None:
    """Add rows in their order, as one statement. `columns`: name to PostgreSQL type, in the order of a row's values."""
    if by_column := as_columns(rows):
        connection.execute(f"INSERT INTO {table} ({', '.join(columns)}) SELECT * FROM {unnested(columns)}", by_column)


def as_columns(rows: Iterable[tuple[object, ...]]) -> list[list[object]]:
    """Turn rows into the parameters of `unnested`, a list for each column; empty where there are no rows."""
    return [list(values) for values in zip(*rows, strict=True)]


def unnested(columns: Mapping[str, str]) -> str:
    """Write the SQL that makes rows of arrays. `columns`: name to PostgreSQL type, in the order of the parameters."""
    arrays = ", ".join(f"%b::{type_}[]" for type_ in columns.values())  # as text, a value costs up to six times as much
    return f"unnest({arrays})"
