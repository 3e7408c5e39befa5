"""Whom a batch left out, as it stands in the database, is read as values."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb

from kofu.ledger.letters.letter_batches import BatchKind, NotSent
from kofu.ledger.letters.read_batches import batch_line, batch_lines

pytestmark = pytest.mark.storage

WARD = "139998"
BATCH = UUID(int=1)


def test_whom_a_batch_of_before_left_out_is_read_as_values(system_database) -> None:
    with psycopg.connect(system_database("ledger").app_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO letter_batch (id, municipality_code, kind, subject, total, done, left_out, made_by,"
            " started_at) VALUES (%s, %s, 'dunning', 'run', 1, 1, %s, 'clerk', %s)",
            [
                BATCH,
                WARD,
                Jsonb([{"person_id": 3, "reference": "宛名 3", "why": "cannot_draw"}]),
                datetime(2026, 6, 1, tzinfo=UTC),
            ],
        )
        line = batch_line(connection, WARD, BATCH)
        assert line is not None
        assert line.left_out == (NotSent(person_id=3, reference="宛名 3", why="cannot_draw"),)
        assert batch_lines(connection, WARD, BatchKind.DUNNING, "run") == [line]
