"""A centre that is renewed while cards lie on kiosks: its open sessions stay open, and what it kept open is sealed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import psycopg
from tests.older_schema import begin_at

from kofu.center import store
from kofu.center.session_tokens import new_token
from kofu.platform.migrate import migrate

SERIAL, NOON = "0a1b2c".zfill(32), datetime(2026, 11, 24, 3, tzinfo=UTC)


def test_a_session_that_was_open_before_the_serial_was_sealed_goes_on(system_database) -> None:
    database, token, ended = system_database("center"), new_token(), new_token()
    begin_at(database, "center", "0010")
    with psycopg.connect(database.owner_url) as owner:
        for session, serial, end in ((token, SERIAL, None), (ended, None, NOON)):
            owner.execute(
                "INSERT INTO center_session (session_id, kiosk_id, municipality_code, serial, opened_at, expires_at,"
                " used_at, ended_at) VALUES (%s, 'kiosk-1', '131237', %s, %s, %s, %s, %s)",
                [session, serial, NOON, NOON + timedelta(minutes=10), NOON, end],
            )
        owner.execute(
            "INSERT INTO center_request (request_id, session_id, kind, fiscal_year, copies, asked_at, outcome, code,"
            " fee_per_copy, sheets_per_copy, print_outcome, copies_printed, fee_paid, body_digest,"
            " stop_id, unanswered)"
            " VALUES ('a', %s, 'taxation', 2026, 1, %s, 'issued', '', 0, 1, '', 0, 0, '', '', 0)",
            [token, NOON],
        )
    migrate("center", database.owner_url)

    async def found() -> store.OpenedSession | None:
        async with await psycopg.AsyncConnection.connect(database.app_url) as connection:
            return await store.find_session(connection, token, "kiosk-1", NOON)

    session = asyncio.run(found())
    assert session is not None
    assert session.serial == SERIAL
    with psycopg.connect(database.owner_url) as owner:
        assert owner.execute("SELECT session_id FROM center_request").fetchone() == (session.session_id,)
        rows = owner.execute("SELECT session::text FROM center_session AS session").fetchall()
    assert [row for (row,) in rows if token in row or ended in row or SERIAL in row] == []
