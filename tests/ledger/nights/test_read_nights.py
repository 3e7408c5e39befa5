"""What a generation keeps of its files, as it stands in the database, is read as values."""

from __future__ import annotations

from datetime import UTC, date, datetime

import psycopg
import pytest
from psycopg.types.json import Jsonb

from kofu.ledger.nights.read_nights import GenerationFile, read_night

pytestmark = pytest.mark.storage

WARD = "139998"
TOTALS = {"assessed_total": 54000, "paid_total": 27000}
FILE = {"name": "collections.csv", "rows": 2, "bytes": 512, "sha256": "ab" * 32, "control_totals": TOTALS}


def test_the_files_of_a_generation_of_before_are_read_as_values(system_database) -> None:
    with psycopg.connect(system_database("ledger").app_url, autocommit=True) as connection:
        for generation, mode, files in ((1, "taken_over", []), (2, "full", [FILE])):
            connection.execute(
                "INSERT INTO feed_generation (municipality_code, generation, mode, business_date, created_at, folder,"
                " manifest_sha256, files) VALUES (%s, %s, %s, %s, %s, '', '', %s)",
                [WARD, generation, mode, date(2026, 6, 1), datetime(2026, 6, 1, tzinfo=UTC), Jsonb(files)],
            )
        latest, taken_over = read_night(connection, WARD).generations
    assert latest.files == (GenerationFile(name="collections.csv", rows=2, control_totals=TOTALS),)
    assert taken_over.files == ()
