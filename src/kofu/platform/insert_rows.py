"""Many rows in one statement, where COPY cannot be: row level security, which hides rows from a role, takes no COPY."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import psycopg


def insert_rows(
    connection: psycopg.Connection, table: str, columns: Mapping[str, str], rows: Iterable[tuple[object, ...]]
) -> None:
    """Add rows in their order, as one statement. `columns`: name to PostgreSQL type, in the order of a row's values."""
    by_column = list(zip(*rows, strict=True))
    if not by_column:
        return
    arrays = ", ".join(f"%b::{type_}[]" for type_ in columns.values())  # as text, a value costs up to six times as much
    connection.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT * FROM unnest({arrays})",
        [list(values) for values in by_column],
    )
