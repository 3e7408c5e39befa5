"""The audit log is gapless, chained, append-only, and two writers of a lane never fork it (P10)."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from kofu.core.errors import OurFault
from kofu.platform import audit_schema
from kofu.platform.audit import GENESIS, AuditEntry, append, instant_text, link
from kofu.platform.audit_verify import verify_chain

pytestmark = pytest.mark.storage
NOON = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def entry(number: int = 1) -> AuditEntry:
    return AuditEntry(action="test", actor="tests", result="done", occurred_at=NOON, detail={"number": number})


def test_entries_of_a_lane_are_numbered_from_one_and_each_covers_the_one_before(system_database):
    with psycopg.connect(system_database("ledger").app_url) as connection:
        first = append(connection, "a", entry(1))
        second = append(connection, "a", entry(2))
        other = append(connection, "b", entry(3))
        rows = connection.execute("SELECT recorded_at FROM audit_entry ORDER BY lane, sequence").fetchall()
    at = [instant_text(row[0]) for row in rows]
    assert (first.sequence, second.sequence, other.sequence) == (1, 2, 1)
    assert (first.lane, other.lane) == ("kofu_ledger/a", "kofu_ledger/b")
    assert first.hash == link(GENESIS, "kofu_ledger/a", 1, at[0], entry(1).body())
    assert second.hash == link(first.hash, "kofu_ledger/a", 2, at[1], entry(2).body())


def test_an_entry_belongs_to_the_transaction_it_records(system_database):
    url = system_database("ledger").app_url
    with psycopg.connect(url) as connection:
        append(connection, "a", entry())
        connection.rollback()
        assert connection.execute("SELECT count(*) FROM audit_entry").fetchone() == (0,)
    with psycopg.connect(url, autocommit=True) as connection, pytest.raises(OurFault, match="inside the transaction"):
        append(connection, "a", entry())


def test_an_append_finds_the_entry_before_by_its_key_however_long_the_log_is(system_database):
    """Issue 13 §4: the cost of a certificate does not grow with what was issued before."""
    database = system_database("ledger")

    def whole_reads() -> int:
        with psycopg.connect(database.app_url) as connection:
            append(connection, "a", entry())
            return connection.execute(
                "SELECT coalesce(sum(seq_scan), 0) FROM pg_stat_xact_user_tables WHERE relname LIKE 'audit%%'"
            ).fetchone()[0]

    assert [whole_reads() for _ in range(3)] == [0, 0, 0]
    with psycopg.connect(database.owner_url) as owner:  # the twin: `session_user` brings a collation of its own
        assert ' COLLATE "default"' in audit_schema.SCHEMA
        owner.execute(audit_schema.SCHEMA.replace(' COLLATE "default"', ""))
    assert whole_reads() > 0


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


@pytest.mark.parametrize("who", ["app_url", "owner_url"])
def test_no_role_inserts_an_entry_of_its_own_making(system_database, who):
    """Issue 12 §2: nobody inserts directly, backdates, or writes another's lane; the owner neither."""
    database = system_database("ledger")
    with psycopg.connect(database.app_url) as connection:
        append(connection, "a", entry())
    words = (
        "INSERT INTO audit_entry (lane, sequence, previous_hash, hash, body, recorded_at, version) SELECT %s, 2, hash,"
        " audit_digest(hash, %s, 2, {at}, 'x'), 'x', {at}, {version} FROM audit_entry WHERE lane = 'kofu_ledger/a'"
    )
    for lane, at, version in (
        ("kofu_ledger/a", "now()", 2),  # the lane of another role
        ("kofu_ledger_owner/a", "now() - interval '1 day'", 2),  # backdated
        ("kofu_ledger_owner/a", "now()", 1),  # of a version that covers less
        ("a", "now()", 1),
    ):
        if who == "app_url":
            lane = lane.replace("_owner", "")  # noqa: PLW2901 - the same lanes, seen from the other role
        with psycopg.connect(getattr(database, who)) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(words.format(at=at, version=version), [lane, lane])


def test_twin_without_the_guard_the_owner_backdates(system_database):
    database = system_database("ledger")
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_is_made_here")
        owner.execute(
            "INSERT INTO audit_entry (lane, sequence, previous_hash, hash, body, recorded_at)"
            " VALUES ('a', 1, %s, %s, 'x', '2020-01-01')",
            [GENESIS, GENESIS],
        )


def test_a_role_s_entries_stand_in_its_own_lanes_whatever_it_asks_for(system_database):
    """The lane begins with who logged in: `SET ROLE`, a slash in the name and the other roles' lanes lead nowhere."""
    database = system_database("issuing")
    with psycopg.connect(database.app_url) as gateway, psycopg.connect(database.screens_url) as console:
        assert append(gateway, "same", entry()).lane == "kofu_issuing/same"
        gateway.commit()
        position = append(console, "same", entry())
        assert (position.lane, position.sequence) == ("kofu_issuing_console/same", 1)
    for name in ("kofu_issuing/same", "#versions", "", "a\nb"):
        with psycopg.connect(database.screens_url) as console, pytest.raises(psycopg.errors.InvalidParameterValue):
            append(console, name, entry())
    for forbidden in ("SELECT audit_link('kofu_issuing/same', '{}')", "SELECT audit_link('#versions', '{}')"):
        with psycopg.connect(database.screens_url) as console, pytest.raises(psycopg.errors.InsufficientPrivilege):
            console.execute(forbidden)


def test_a_temporary_table_of_the_writer_catches_no_entry(system_database):
    """A function with its owner's rights finds its names by a fixed search path."""
    with psycopg.connect(system_database("ledger").owner_url) as connection:
        connection.execute("CREATE TEMPORARY TABLE audit_entry (LIKE public.audit_entry)")
        append(connection, "trap", entry())
        assert connection.execute("SELECT count(*) FROM audit_entry").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM public.audit_entry").fetchone() == (1,)


def entry_of_another_time(connection, shift: str) -> None:
    """Leave an entry whose instant is `shift` away from now, as a clock that was wrong would have."""
    connection.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
    connection.execute(
        f"UPDATE audit_entry SET recorded_at = recorded_at + interval '{shift}',"
        f" hash = audit_digest(previous_hash, lane, sequence, recorded_at + interval '{shift}', body)"
    )
    connection.execute("ALTER TABLE audit_entry ENABLE TRIGGER USER")
    connection.commit()


def test_instants_of_a_lane_only_grow(system_database):
    """A clock set back a little is bridged by microseconds; one far behind is refused: nothing is dated falsely."""
    with psycopg.connect(system_database("ledger").owner_url) as connection:
        append(connection, "a", entry())
        entry_of_another_time(connection, "30 seconds")
        append(connection, "a", entry())
        rows = connection.execute("SELECT recorded_at FROM audit_entry ORDER BY sequence").fetchall()
        assert rows[1][0] - rows[0][0] == timedelta(microseconds=1)
        connection.commit()
        assert verify_chain(connection).sound
        entry_of_another_time(connection, "2 minutes")
        with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="clock"):
            append(connection, "a", entry())


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
    assert lock in audit_schema.SCHEMA
    with psycopg.connect(database.owner_url) as owner:
        owner.execute(audit_schema.SCHEMA.replace(lock, "PERFORM pg_sleep(0.001);"))
    assert run_writers(database.app_url) != []


def test_the_body_is_canonical():
    """What was hashed is what is kept: keys sorted, no spaces, code points as they are."""
    one = AuditEntry(action="読む", actor="a", result="r", occurred_at=NOON, detail={"b": 1, "a": "邉\U000e010f"})
    other = AuditEntry(action="読む", actor="a", result="r", occurred_at=NOON, detail={"a": "邉\U000e010f", "b": 1})
    assert one.body() == other.body()
    assert "邉\U000e010f" in one.body()
