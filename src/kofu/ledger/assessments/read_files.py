"""Received files of 賦課 as their screens show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from psycopg.rows import kwargs_row

from kofu.ledger.assessments.domain.assessments import AssessmentProblem

FILES_MAX = 200
_FILE = (
    "SELECT id, kind, name, sha256, rows, total, bad_rows, problems, state, received_by, received_at, decided_by,"
    " decided_at, decision_reason FROM received_file WHERE municipality_code = %s AND kind = ANY(%s)"
)


@dataclass(frozen=True, slots=True)
class FileLine:
    """A received file. `total`: yen."""

    id: UUID
    kind: str
    name: str
    sha256: str
    rows: int
    total: int
    bad_rows: int
    problems: tuple[AssessmentProblem, ...]
    state: str
    received_by: str
    received_at: datetime
    decided_by: str
    decided_at: datetime | None
    decision_reason: str


def _file(*, problems: object, **columns: Any) -> FileLine:
    """Make a file of a row. Raises `msgspec.ValidationError` where what is kept of its problems are none."""
    return FileLine(problems=msgspec.convert(problems, tuple[AssessmentProblem, ...]), **columns)


def count_waiting_files(connection: psycopg.Connection, municipality_code: str, kinds: Sequence[str]) -> int:
    """Count the files of some kinds that wait for a decision."""
    row = connection.execute(
        "SELECT count(*) FROM received_file"
        " WHERE municipality_code = %s AND kind = ANY(%s) AND state IN ('held', 'checked')",
        [municipality_code, list(kinds)],
    ).fetchone()
    return int(row[0]) if row else 0


def files_of(connection: psycopg.Connection, municipality_code: str, kinds: Sequence[str]) -> list[FileLine]:
    """List the files of some kinds, the latest first, at most `FILES_MAX`."""
    with connection.cursor(row_factory=kwargs_row(_file)) as cursor:
        return cursor.execute(
            f"{_FILE} ORDER BY received_at DESC LIMIT {FILES_MAX}", [municipality_code, list(kinds)]
        ).fetchall()


def file_of(
    connection: psycopg.Connection, municipality_code: str, kinds: Sequence[str], file_id: UUID
) -> FileLine | None:
    """Read a file; None where the municipality has none such of these kinds."""
    with connection.cursor(row_factory=kwargs_row(_file)) as cursor:
        return cursor.execute(f"{_FILE} AND id = %s", [municipality_code, list(kinds), file_id]).fetchone()
