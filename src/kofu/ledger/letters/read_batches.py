"""Batches of letters as their screens show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from psycopg.rows import kwargs_row

from kofu.ledger.letters.letter_batches import BatchKind, NotSent

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
    left_out: tuple[NotSent, ...]
    fault: str
    made_by: str
    started_at: datetime
    finished_at: datetime | None


def _batch(*, left_out: object, **columns: Any) -> BatchLine:
    """Make a batch of a row. Raises `msgspec.ValidationError` where what is kept of who got none is nothing of it."""
    return BatchLine(left_out=msgspec.convert(left_out, tuple[NotSent, ...]), **columns)


def batch_lines(
    connection: psycopg.Connection, municipality_code: str, kind: BatchKind, subject: str
) -> list[BatchLine]:
    """List the batches of a run, or of refunds, the latest first, at most `SHOWN_MAX`."""
    with connection.cursor(row_factory=kwargs_row(_batch)) as cursor:
        return cursor.execute(
            f"{_BATCH} AND kind = %s AND subject = %s ORDER BY started_at DESC LIMIT {SHOWN_MAX}",
            [municipality_code, kind, subject],
        ).fetchall()


def batch_line(connection: psycopg.Connection, municipality_code: str, batch_id: UUID) -> BatchLine | None:
    """Read a batch; None before it is begun."""
    with connection.cursor(row_factory=kwargs_row(_batch)) as cursor:
        return cursor.execute(f"{_BATCH} AND id = %s", [municipality_code, batch_id]).fetchone()
