"""The audit log is gapless, chained, append-only, and two writers of a lane never fork it (P10)."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import psycopg
import pytest

from kofu.core.errors import OurFault
from kofu.platform import audit
from kofu.platform.audit import GENESIS, AuditEntry, append, link

pytestmark = pytest.mark.storage
NOON = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def entry(number: int = 1) -> AuditEntry:
    return AuditEntry(action="test", actor="tests", result="done", occurred_at=NOON, detail={"number": number})


def test_entries_of_a_lane_are_numbered_from_one_and_each_covers_the_one_before(system_database):
    with psycopg.connect(system_database("ledger").app_url) as connection:
        first = append(connection, "a", entry(1))
        second = append(connection, "a", entry(2))
        other = append(connection, "b", entry(3))
    assert (first.sequence, second.sequence, other.sequence) == (1, 2, 1)
    assert first.hash == link(GENESIS, "a", 1, entry(1).body())
    assert second.hash == link(first.hash, "a", 2, entry(2).body())


def test_an_entry_belongs_to_the_transaction_it_records(system_database):
    url = system_database("ledger").app_url
    with psycopg.connect(url) as connection:
        append(connection, "a", entry())
        connection.rollback()
        assert connection.execute("SELECT count(*) FROM audit_entry").fetchone() == (0,)
    with psycopg.connect(url, autocommit=True) as connection, pytest.raises(OurFault, match="inside the transaction"):
        append(connection, "a", entry())


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET body = ''", "DELETE FROM audit_entry", "TRUNCATE audit_entry"]
)
def test_neither_the_system_nor_the_owner_can_change_what_is_written(system_database, statement):
    database = system_database("ledger")
    with psycopg.connect(database.app_url) as connection:
        append(connection, "a", entry())
    for url in (database.app_url, database.owner_url):
        with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)


def write_many(url: str, count: int, barrier: threading.Barrier, errors: list[Exception]) -> None:
    with psycopg.connect(url) as connection:
        barrier.wait()
        for number in range(count):
            try:
                append(connection, "shared", entry(number))
                connection.commit()
            except psycopg.errors.UniqueViolation as error:
                errors.append(error)
                connection.rollback()


def run_writers(url: str) -> list[Exception]:
    errors: list[Exception] = []
    barrier = threading.Barrier(4)
    writers = [threading.Thread(target=write_many, args=(url, 25, barrier, errors)) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    return errors


def test_four_writers_of_one_lane_never_collide(system_database):
    url = system_database("ledger").app_url
    assert run_writers(url) == []
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*), max(sequence) FROM audit_entry").fetchone() == (100, 100)


def test_without_the_lock_the_same_writers_do_collide(system_database):
    """The twin: the race is there to be lost, and the database's key is what notices."""
    database = system_database("ledger")
    lock = "PERFORM pg_advisory_xact_lock(hashtextextended('audit lane ' || in_lane, 0));"
    assert lock in audit.SCHEMA
    with psycopg.connect(database.owner_url) as owner:
        owner.execute(audit.SCHEMA.replace(lock, "PERFORM pg_sleep(0.001);"))
    assert run_writers(database.app_url) != []


def test_the_body_is_canonical():
    """What was hashed is what is kept: keys sorted, no spaces, code points as they are."""
    one = AuditEntry(action="読む", actor="a", result="r", occurred_at=NOON, detail={"b": 1, "a": "邉\U000e010f"})
    other = AuditEntry(action="読む", actor="a", result="r", occurred_at=NOON, detail={"a": "邉\U000e010f", "b": 1})
    assert one.body() == other.body()
    assert "邉\U000e010f" in one.body()
    assert audit.link(GENESIS, "l", 1, one.body()) == audit.link(GENESIS, "l", 1, other.body())
