"""保管と消去 in the ledger's nights: content goes after five years, what was counted stays, each run is noted."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime
from uuid import uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb
from tests.ledger.small_ledger import WARD, by

from kofu.ledger.nights.erase_received import erase_received, erase_sent_feeds, first_day_kept
from kofu.platform.retention import last_runs

pytestmark = pytest.mark.storage

CAME = datetime(2021, 7, 1, 3, tzinfo=UTC)
LAST_DAY = datetime(2026, 7, 1, 3, tzinfo=UTC)
DAY_AFTER = datetime(2026, 7, 2, 3, tzinfo=UTC)


@pytest.fixture
def connection(system_database):
    with psycopg.connect(system_database("ledger").app_url, autocommit=True) as opened:
        yield opened


def on(now: datetime):
    return dataclasses.replace(by("night"), now=now)


def batch(connection, state: str):
    batch_id = uuid4()
    connection.execute(
        "INSERT INTO batch (id, municipality_code, channel, kind, name, office, booked_on, state, sha256, content,"
        " rows, total, bad_rows, received_by, received_at, closed_by, decided_by, decision_reason, posted_by)"
        " VALUES (%s, %s, 'bank', 'bank', 'f', '', '2021-07-01', %s, %s, 'contents', 3, 9000, 0, 'c', %s,"
        " '', '', '', '')",
        [batch_id, WARD, state, uuid4().hex * 2, CAME],
    )
    return batch_id


def content_of(connection, batch_id):
    return connection.execute("SELECT content, rows, total FROM batch WHERE id = %s", [batch_id]).fetchone()


@pytest.mark.parametrize(
    ("today", "first"),
    [
        (date(2026, 7, 1), date(2021, 7, 1)),
        (date(2028, 2, 29), date(2023, 2, 28)),
        (date(2029, 2, 28), date(2024, 2, 28)),
        (date(2029, 3, 1), date(2024, 3, 1)),
    ],
)
def test_five_years_are_counted_by_the_calendar(today, first) -> None:
    assert first_day_kept(today) == first


def test_five_years_after_a_file_came_its_content_goes_and_its_figures_stay(connection) -> None:
    posted = batch(connection, "posted")
    assert erase_received(connection, WARD, acting=on(LAST_DAY)) == 0
    assert content_of(connection, posted) == (b"contents", 3, 9000)
    assert erase_received(connection, WARD, acting=on(DAY_AFTER)) == 1
    assert content_of(connection, posted) == (None, 3, 9000)
    assert last_runs(connection)["received-files"].ended == 1
    assert erase_received(connection, WARD, acting=on(DAY_AFTER)) == 0


def test_a_file_nobody_has_decided_on_keeps_its_content(connection) -> None:
    waiting = batch(connection, "checked")
    erase_received(connection, WARD, acting=on(DAY_AFTER))
    assert content_of(connection, waiting) == (b"contents", 3, 9000)


def test_the_list_of_a_dunning_run_goes_after_five_years(connection) -> None:
    run_id = uuid4()
    connection.execute(
        "INSERT INTO dunning_run (id, municipality_code, closed_day, issued_on, state, lines, left_out, count, total,"
        " drawn_by, drawn_at, approved_by, sent_on) VALUES (%s, %s, '2021-06-30', '2021-07-01', 'sent', %s, '{}', 1,"
        " 9000, 'c', %s, 'b', '2021-07-01')",
        [run_id, WARD, Jsonb([{"claim_id": 1, "due": 9000}]), CAME],
    )
    assert erase_received(connection, WARD, acting=on(LAST_DAY)) == 0
    assert erase_received(connection, WARD, acting=on(DAY_AFTER)) == 1
    found = connection.execute("SELECT lines, count, total FROM dunning_run WHERE id = %s", [run_id]).fetchone()
    assert found == ([], 1, 9000)


def test_row_files_of_a_feed_go_once_issuing_says_it_is_active(connection, tmp_path) -> None:
    for generation, delivered in ((1, CAME), (2, None)):
        folder = tmp_path / f"tax-{generation}"
        folder.mkdir()
        for name in ("assessments.csv", "collections.csv", "manifest.json"):
            (folder / name).write_text("x", encoding="utf-8")
        connection.execute(
            "INSERT INTO feed_generation (municipality_code, generation, mode, business_date, created_at, folder,"
            " manifest_sha256, files, delivered_at) VALUES (%s, %s, 'full', '2021-07-01', %s, %s, '', '[]', %s)",
            [WARD, generation, CAME, folder.name, delivered],
        )
    assert erase_sent_feeds(connection, WARD, tmp_path, acting=on(DAY_AFTER)) == 2
    assert [path.name for path in (tmp_path / "tax-1").iterdir()] == ["manifest.json"]
    assert len(list((tmp_path / "tax-2").iterdir())) == 3
