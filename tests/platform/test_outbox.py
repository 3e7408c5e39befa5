"""What is sent is sent after the commit and while no transaction is open: a silent peer holds nothing here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime

import psycopg
import pytest

from kofu.core.errors import InvariantBroken
from kofu.platform import outbox
from kofu.platform.hold_outbox import HOLDS
from kofu.platform.outbox import UNREACHABLE, SendReport, send_round

pytestmark = pytest.mark.storage
AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def database(system_database):
    return system_database("registry")


@pytest.fixture
def connection(database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("TRUNCATE hold_outbox")
    with psycopg.connect(database.app_url, autocommit=True) as opened:
        for number in range(1, 4):
            opened.execute(
                "INSERT INTO hold_outbox (hold_id, revision, body, queued_at, attempts, last_failure)"
                " VALUES (%s, 1, %s, %s, 0, '')",
                [f"hold-{number}", f"body-{number}".encode(), AT],
            )
        yield opened


def while_asked(database, connection: psycopg.Connection, inside: AbstractContextManager[object]) -> list[str]:
    """Send one round; note, each time the peer is asked, whether the table can be locked, and how the sender stands."""
    seen: list[str] = []

    def deliver(_body: bytes) -> str:
        with psycopg.connect(database.owner_url, autocommit=True) as other:
            row = other.execute(
                "SELECT state FROM pg_stat_activity WHERE pid = %s", [connection.info.backend_pid]
            ).fetchone()
            try:
                with other.transaction():
                    other.execute("LOCK TABLE hold_outbox IN ACCESS EXCLUSIVE MODE NOWAIT")
            except psycopg.errors.LockNotAvailable:
                seen.append(f"locked, {row and row[0]}")
            else:
                seen.append(f"free, {row and row[0]}")
        return ""

    with inside:
        send_round(connection, HOLDS, deliver, AT)
    return seen


def test_while_a_peer_is_asked_nothing_is_held(database, connection) -> None:
    assert while_asked(database, connection, nullcontext()) == ["free, idle"] * 3


def test_asked_inside_of_a_transaction_the_peer_would_hold_the_table(database, connection, monkeypatch) -> None:
    """The twin: with the guard off, a call inside of a transaction keeps its locks while the peer is silent."""
    monkeypatch.setattr(outbox, "ensure_outside_transaction", lambda _connection: None)
    assert while_asked(database, connection, connection.transaction()) == ["locked, idle in transaction"] * 3


def test_asking_inside_of_a_transaction_is_refused(connection) -> None:
    asked: list[bytes] = []

    def deliver(body: bytes) -> str:
        asked.append(body)
        return ""

    with pytest.raises(InvariantBroken, match="while a transaction is open"), connection.transaction():
        send_round(connection, HOLDS, deliver, AT)
    assert asked == []


def sent(connection: psycopg.Connection, deliver: Callable[[bytes], str]) -> tuple[SendReport, list[tuple[str, bool]]]:
    report = send_round(connection, HOLDS, deliver, AT)
    rows = connection.execute("SELECT last_failure, delivered_at IS NOT NULL FROM hold_outbox ORDER BY id").fetchall()
    return report, rows


def test_one_that_is_refused_holds_up_no_other_and_a_silent_peer_ends_the_round(connection) -> None:
    report, rows = sent(connection, lambda body: "http_400" if body == b"body-1" else "")
    assert (report, report.refused) == (SendReport(delivered=2, waiting=1, failures=("http_400",)), 1)
    assert rows == [("http_400", False), ("", True), ("", True)]
    report, rows = sent(connection, lambda _body: UNREACHABLE)
    assert (report, report.refused) == (SendReport(delivered=0, waiting=1, failures=(UNREACHABLE,)), 0)
    assert rows[0] == (UNREACHABLE, False)


def test_a_sender_that_dies_after_the_peer_took_it_sends_it_again(connection, database) -> None:
    """P11: never lost; that the same message changes nothing twice is the receiver's."""
    taken: list[bytes] = []

    def dies(body: bytes) -> str:
        taken.append(body)
        raise KeyboardInterrupt

    with psycopg.connect(database.app_url, autocommit=True) as sender, pytest.raises(KeyboardInterrupt):
        send_round(sender, HOLDS, dies, AT)
    report, _ = sent(connection, lambda body: taken.append(body) or "")
    assert (report.delivered, taken) == (3, [b"body-1", b"body-1", b"body-2", b"body-3"])
