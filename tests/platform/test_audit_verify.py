"""The verifier finds what an attacker with every right of the database did to the log (P10)."""

from __future__ import annotations

import errno
from datetime import UTC, date, datetime

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from kofu.platform.audit import AuditEntry, append
from kofu.platform.audit_verify import verify, verify_chain, write_anchor

pytestmark = pytest.mark.storage
DAY = date(2026, 11, 23)


@pytest.fixture
def log(system_database, postgres):
    """A log of ten entries in two lanes, opened as the superuser who can take every guard away."""
    database = system_database("ledger")
    with psycopg.connect(database.app_url) as connection:
        for number in range(10):
            lane = "odd" if number % 2 else "even"
            append(
                connection,
                lane,
                AuditEntry(
                    action="test",
                    actor="tests",
                    result="done",
                    occurred_at=datetime(2026, 11, 23, 3, number, tzinfo=UTC),
                    detail={"number": number},
                ),
            )
    name = conninfo_to_dict(database.app_url)["dbname"]
    with psycopg.connect(make_conninfo(postgres, dbname=name), autocommit=True) as connection:
        connection.execute("ALTER TABLE audit_entry DISABLE TRIGGER ALL")
        connection.autocommit = False
        yield connection


def test_an_honest_log_is_sound(log):
    report = verify_chain(log)
    assert report.sound
    assert (report.entries, report.lanes) == (10, 2)


def test_a_changed_body_is_found(log):
    log.execute(
        "UPDATE audit_entry SET body = replace(body, 'done', 'gone') WHERE lane = 'kofu_ledger/odd' AND sequence = 3"
    )
    assert [(flaw.lane, flaw.sequence) for flaw in verify_chain(log).flaws] == [("kofu_ledger/odd", 3)]


def test_a_removed_entry_is_found(log):
    log.execute("DELETE FROM audit_entry WHERE lane = 'kofu_ledger/even' AND sequence = 2")
    assert "missing" in verify_chain(log).flaws[0].what


def test_a_body_changed_together_with_its_hash_breaks_the_next_link(log):
    log.execute(
        "UPDATE audit_entry SET body = 'x', hash = audit_digest(previous_hash, lane, sequence, recorded_at, 'x')"
        " WHERE lane = 'kofu_ledger/odd' AND sequence = 2"
    )
    assert [(flaw.sequence, flaw.what) for flaw in verify_chain(log).flaws] == [
        (3, "does not continue the entry before it")
    ]


def test_a_tail_cut_off_is_found_by_the_anchor_alone(log, tmp_path):
    """A chain cannot know its own end; the anchor outside the database does."""
    key = Ed25519PrivateKey.generate()
    write_anchor(log, tmp_path, system="ledger", day=DAY, key=key)
    assert verify(log, tmp_path, key.public_key()).sound
    log.execute("DELETE FROM audit_entry WHERE lane = 'kofu_ledger/odd' AND sequence = 5")
    assert verify_chain(log).sound
    assert not verify(log, tmp_path, key.public_key()).sound


def test_a_forged_or_missing_anchor_is_found(log, tmp_path):
    key = Ed25519PrivateKey.generate()
    first = write_anchor(log, tmp_path, system="ledger", day=DAY, key=key)
    write_anchor(log, tmp_path, system="ledger", day=date(2026, 11, 24), key=key)
    assert not verify(log, tmp_path, Ed25519PrivateKey.generate().public_key()).sound
    first.unlink()
    assert "does not follow" in verify(log, tmp_path, key.public_key()).flaws[0].what


def test_an_anchor_on_a_full_disk_is_there_whole_or_not_at_all(log, tmp_path, monkeypatch):
    """Faults C8: the anchor was whole, its signature empty; a retry said "there already", verify said "changed"."""
    key = Ed25519PrivateKey.generate()
    for file_that_fails in (1, 2):
        written = 0

        def write_to_a_full_disk(handle, last=file_that_fails):
            nonlocal written
            written += 1
            if written >= last:
                raise OSError(errno.ENOSPC, "No space left on device")

        with monkeypatch.context() as full:
            full.setattr("kofu.platform.made_once.os.fsync", write_to_a_full_disk)
            with pytest.raises(OSError, match="No space"):
                write_anchor(log, tmp_path, system="ledger", day=DAY, key=key)
        assert not list(tmp_path.glob("*.json"))
    write_anchor(log, tmp_path, system="ledger", day=DAY, key=key)
    assert verify(log, tmp_path, key.public_key()).sound


@pytest.mark.parametrize("torn", [".json", ".sig"])
def test_a_torn_anchor_is_told_as_torn_and_written_anew(log, tmp_path, torn):
    key = Ed25519PrivateKey.generate()
    path = write_anchor(log, tmp_path, system="ledger", day=DAY, key=key)
    path.with_suffix(torn).write_bytes(b"")
    (flaw,) = verify(log, tmp_path, key.public_key()).flaws
    assert "torn" in flaw.what
    assert "changed" not in flaw.what
    write_anchor(log, tmp_path, system="ledger", day=DAY, key=key)
    assert verify(log, tmp_path, key.public_key()).sound
    assert path.with_suffix(".torn").exists()


def test_a_day_is_anchored_once(log, tmp_path):
    key = Ed25519PrivateKey.generate()
    write_anchor(log, tmp_path, system="ledger", day=DAY, key=key)
    with pytest.raises(FileExistsError):
        write_anchor(log, tmp_path, system="ledger", day=DAY, key=key)
