"""Batches of letters as their screens show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from kofu.ledger.letters.letter_batches import BatchKind

SHOWN_MAX = 20
_BATCH = (
    "SELECT id, total, done, letters, pages, left_out, fault, made_by, started_at, finished_at FROM letter_batch"
    " WHERE municipality_code = %s"
)


@dataclass(frozen=True, slots=True)
class BatchLine:
    """A batch: how far it is, what it held and whom it left out."""

    id: UUID
    total: int
    done: int
    letters: int
    pages: int
    left_out: list[dict[str, Any]]
    fault: str
    made_by: str
    started_at: datetime
    finished_at: datetime | None


def batch_lines(
    connection: psycopg.Connection, municipality_code: str, kind: BatchKind, subject: str
) -> list[BatchLine]:
    """List the batches of a run, or of refunds, the latest first, at most `SHOWN_MAX`."""
    with connection.cursor(row_factory=class_row(BatchLine)) as cursor:
        return cursor.execute(
            f"{_BATCH} AND kind = %s AND subject = %s ORDER BY started_at DESC LIMIT {SHOWN_MAX}",
            [municipality_code, kind, subject],
        ).fetchall()


def batch_line(connection: psycopg.Connection, municipality_code: str, batch_id: UUID) -> BatchLine | None:
    """Read a batch; None before it is begun."""
    with connection.cursor(row_factory=class_row(BatchLine)) as cursor:
        return cursor.execute(f"{_BATCH} AND id = %s", [municipality_code, batch_id]).fetchone()
