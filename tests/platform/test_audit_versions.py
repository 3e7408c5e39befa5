"""A log begun under the first version of the hash: it stays verifiable, and cannot be used to go back to it (P10)."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from kofu.platform.audit import link_without_instant
from kofu.platform.audit_verify import verify_chain
from kofu.platform.migrate import migrate

pytestmark = pytest.mark.storage

BEFORE = """
DROP TRIGGER audit_entry_is_made_here ON audit_entry;
DROP FUNCTION audit_append, audit_link, audit_digest, audit_is_made_here;
ALTER TABLE audit_entry DROP COLUMN version;
CREATE FUNCTION audit_append(in_lane text, in_body text, OUT at bigint, OUT digest bytea) LANGUAGE plpgsql AS $$
DECLARE
    before bytea;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('audit lane ' || in_lane, 0));
    SELECT sequence, hash INTO at, before FROM audit_entry WHERE lane = in_lane ORDER BY sequence DESC LIMIT 1;
    at := coalesce(at, 0) + 1;
    before := coalesce(before, decode(repeat('00', 32), 'hex'));
    digest := sha256(before || convert_to(in_lane || E'\\n' || at || E'\\n' || in_body, 'UTF8'));
    INSERT INTO audit_entry (lane, sequence, previous_hash, hash, body) VALUES (in_lane, at, before, digest, in_body);
END
$$;
GRANT SELECT, INSERT ON audit_entry TO kofu_ledger;
"""
"""The log as it was before `recorded_at` was inside the hash."""

OLD_WAY_IN = "SELECT at, digest FROM audit_append(%s, %s)"
"""How a process of the program before this one appends."""


@pytest.fixture
def old(system_database):
    """A database with entries of version 1 in two lanes, not yet migrated."""
    database = system_database("ledger")
    with psycopg.connect(database.owner_url) as owner:
        owner.execute(BEFORE)
    with psycopg.connect(database.app_url) as connection:
        for number in range(6):
            connection.execute(OLD_WAY_IN, ["odd" if number % 2 else "even", f"body {number}"])
    return database


@pytest.fixture
def upgraded(old, postgres):
    """The same database after `kofu migrate`, opened by who can take every guard away."""
    migrate("ledger", old.owner_url)
    name = conninfo_to_dict(old.app_url)["dbname"]
    with psycopg.connect(make_conninfo(postgres, dbname=name), autocommit=True) as connection:
        connection.execute("ALTER TABLE audit_entry DISABLE TRIGGER ALL")
        connection.autocommit = False
        yield connection


def test_old_entries_stay_verifiable_and_a_process_of_the_program_before_still_appends(old):
    """A rolling upgrade: the database first, the processes one after the other."""
    with psycopg.connect(old.app_url) as still_running:
        still_running.execute("SELECT 1")
        still_running.commit()
        migrate("ledger", old.owner_url)
        still_running.execute(OLD_WAY_IN, ["odd", "from before"])
        still_running.commit()
        report = verify_chain(still_running)
        assert report.flaws == ()
        assert (report.entries, report.lanes) == (8, 4)  # two of version 1, that of the versions, the process's own
        row = still_running.execute(
            "SELECT version, sequence FROM audit_entry WHERE lane = 'kofu_ledger/odd'"
        ).fetchone()
        assert row == (2, 1)
        still_running.commit()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            still_running.execute(
                "INSERT INTO audit_entry (lane, sequence, previous_hash, hash, body) VALUES ('odd', 4, '', '', '')"
            )


def test_migrating_again_says_it_once(old):
    migrate("ledger", old.owner_url)
    migrate("ledger", old.owner_url)
    with psycopg.connect(old.app_url) as connection:
        assert connection.execute("SELECT count(*) FROM audit_entry WHERE lane = '#versions'").fetchone() == (1,)


def forge(connection, lane: str, sequence: int) -> None:
    """Add an entry of version 1 with a whole chain behind it."""
    row = connection.execute(
        "SELECT hash FROM audit_entry WHERE lane = %s AND sequence = %s", [lane, sequence - 1]
    ).fetchone()
    previous = bytes(row[0]) if row else bytes(32)
    connection.execute(
        "INSERT INTO audit_entry (lane, sequence, previous_hash, hash, body) VALUES (%s, %s, %s, %s, 'forged')",
        [lane, sequence, previous, link_without_instant(previous, lane, sequence, "forged")],
    )


def test_an_entry_of_version_1_added_later_is_found(upgraded):
    """The old hash covers no instant: whoever could go on with it could move what he adds."""
    assert verify_chain(upgraded).sound
    forge(upgraded, "odd", 4)
    forge(upgraded, "new", 1)
    found = {(flaw.lane, flaw.sequence): flaw.what for flaw in verify_chain(upgraded).flaws}
    assert found.keys() == {("odd", 4), ("new", 1)}
    assert "does not end where version 1 ended" in found["odd", 4]
    assert "was not there" in found["new", 1]


def test_an_entry_of_version_1_after_one_of_version_2_is_found(upgraded):
    upgraded.execute("SELECT audit_append('mine', '{}')")
    lane = upgraded.execute("SELECT session_user || '/mine'").fetchone()[0]
    forge(upgraded, lane, 2)
    assert any("after entries of version 2" in flaw.what for flaw in verify_chain(upgraded).flaws)


def test_the_end_of_an_old_lane_cut_off_is_found_without_an_anchor(upgraded):
    upgraded.execute("DELETE FROM audit_entry WHERE lane = 'odd' AND sequence = 3")
    upgraded.execute("DELETE FROM audit_entry WHERE lane = 'even'")
    assert [(flaw.lane, flaw.sequence) for flaw in verify_chain(upgraded).flaws] == [("even", 0), ("odd", 2)]


@pytest.mark.parametrize(
    "moment", ["recorded_at - interval '1 day'", "'infinity'", "recorded_at - interval '4052 years'"]
)
def test_an_instant_moved_is_found(upgraded, moment):
    """Before, `recorded_at` could be moved and the auditor's view of the day hid the entry."""
    upgraded.execute("SELECT audit_append('mine', '{}')")
    assert verify_chain(upgraded).sound
    upgraded.execute(f"UPDATE audit_entry SET recorded_at = {moment} WHERE lane LIKE '%/mine'")
    (flaw,) = verify_chain(upgraded).flaws
    assert "instant" in flaw.what
