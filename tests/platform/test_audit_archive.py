"""Closed months leave the database, are found and verified outside it, come back, and end after seven years (P10).

「アクセスログの記録は7年間保存する」: the assessment, III-7⑥.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from tests.platform.anchored_log import AnchoredLog, at_that_time, open_log
from tests.platform.months import DECEMBER, NOVEMBER, OCTOBER
from tests.resets import reset

from kofu.core.errors import OperatorFault
from kofu.platform.audit_anchor import make_anchor
from kofu.platform.audit_archive import (
    Archive,
    archive_month,
    closed_months,
    expire_month,
    expired_months,
    restore_month,
)
from kofu.platform.audit_proof import check_entry, prove_entry
from kofu.platform.audit_segment import kept_until, rows_in
from kofu.platform.audit_verify import verify_chain

pytestmark = pytest.mark.storage


@pytest.fixture
def log(system_database, postgres, tmp_path):
    """Four entries anchored in each of three months."""
    log = open_log(system_database("ledger"), postgres, tmp_path)
    log.connection.autocommit = True
    for number, moment in enumerate((OCTOBER, NOVEMBER, DECEMBER)):
        at_that_time(log, moment, number * 4, 4)
    log.connection.execute("ALTER TABLE audit_entry ENABLE TRIGGER ALL")
    yield log
    log.connection.close()


@pytest.fixture
def owner(log):
    """The owner's connection: who runs the commands."""
    with psycopg.connect(log.owner_url, autocommit=True) as connection:
        yield connection


def archive_of(log: AnchoredLog, actor: str = "sato") -> Archive:
    return Archive("ledger", log.segments, log.place.key, actor)


def sound(log: AnchoredLog) -> list[str]:
    """What verifying at the end of December finds, which is nothing of an honest log."""
    hours = (DECEMBER + timedelta(hours=1) - datetime.now(UTC)).total_seconds() / 3600
    return [f"{flaw.lane} {flaw.sequence}: {flaw.what}" for flaw in log.verify(witness=False, hours_later=hours).flaws]


def leave(log: AnchoredLog, owner, until: str = "2026-11") -> list[str]:
    months = closed_months(owner, until=until)
    for month in months:
        archive_month(owner, archive_of(log), month)
    return [month.month for month in months]


def test_only_closed_months_leave_and_the_whole_log_is_verified_with_them(log, owner):
    assert sound(log) == []
    assert [one.month for one in closed_months(owner, until="2026-12")] == ["2026-10", "2026-11"]
    assert [one.month for one in closed_months(owner, until="2026-10")] == ["2026-10"]
    assert leave(log, owner) == ["2026-10", "2026-11"]
    rows = owner.execute("SELECT lane, min(sequence), count(*) FROM audit_entry GROUP BY 1 ORDER BY 1").fetchall()
    assert rows == [
        ("#anchors", 3, 1), ("kofu_ledger/even", 5, 2), ("kofu_ledger/odd", 5, 2), ("kofu_ledger_owner/archive", 1, 2)
    ]  # fmt: skip
    assert sound(log) == []
    assert closed_months(owner, until="2026-12") == []
    assert {row.lane for row in rows_in(archive_of(log).files("2026-10"))} == {
        "#anchors", "kofu_ledger/even", "kofu_ledger/odd"
    }  # fmt: skip


def test_what_is_written_afterwards_goes_on_where_the_month_ended(log, owner):
    """Also where all entries of a lane have left: the number after the last, its hash, a later instant."""
    at_that_time(log, DECEMBER + timedelta(days=31), 20, 1)
    leave(log, owner, "2026-12")
    assert owner.execute("SELECT count(*) FROM audit_entry WHERE lane = 'kofu_ledger/odd'").fetchone() == (0,)
    log.write(21, 1)
    log.anchor(witnessed=False)
    rows = owner.execute("SELECT sequence FROM audit_entry WHERE lane = 'kofu_ledger/odd'").fetchall()
    assert rows == [(7,)]
    assert verify_chain(log.connection).flaws == ()


def test_nothing_else_is_deleted_or_put_in(log, owner):
    """The owner, too, deletes only what stands in a segment, and puts back only what is being restored."""
    leave(log, owner, "2026-10")
    for statement in (
        "DELETE FROM audit_entry WHERE lane = 'kofu_ledger/odd'",
        "INSERT INTO audit_entry SELECT lane, 1, previous_hash, hash, body FROM audit_entry LIMIT 1",
        "TRUNCATE audit_entry",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            owner.execute(statement)
    with psycopg.connect(log.app_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("UPDATE audit_segment SET state = 'restored'")


def test_a_month_comes_back_and_leaves_again(log, owner):
    before = owner.execute("SELECT * FROM audit_entry ORDER BY lane, sequence").fetchall()
    leave(log, owner)
    assert restore_month(owner, archive_of(log), "2026-10") == 5
    assert sound(log) == []
    with pytest.raises(OperatorFault, match="is restored: restore cannot happen"):
        restore_month(owner, archive_of(log), "2026-10")
    restore_month(owner, archive_of(log), "2026-11")
    own = "SELECT * FROM audit_entry WHERE lane NOT LIKE '%/archive' ORDER BY lane, sequence"
    assert owner.execute(own).fetchall() == before
    log.write(30, 1)
    log.anchor(witnessed=False)
    assert sound(log) == []
    assert leave(log, owner, "2026-10") == ["2026-10"]
    assert sound(log) == []
    with pytest.raises(OperatorFault, match="no segment"):
        restore_month(owner, archive_of(log), "2020-01")


@pytest.mark.parametrize(
    ("suffix", "told"),
    [
        (".jsonl.gz", "is not what its manifest says"),
        (".manifest", "another than the database knows"),
        (".sig", "not signed by the anchor key"),
    ],
)
def test_a_segment_changed_or_lost_is_found_and_not_restored(log, owner, suffix, told):
    leave(log, owner)
    path = log.segments / f"2026-10{suffix}"
    good = path.read_bytes()
    path.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    assert any(told in what for what in sound(log))
    with pytest.raises(OperatorFault, match="2026-10"):
        restore_month(owner, archive_of(log), "2026-10")
    path.unlink()
    assert sound(log) != []
    path.write_bytes(good)
    assert sound(log) == []


def test_a_month_rewritten_in_its_file_and_manifest_is_found_by_the_anchors(log, owner):
    """Who has the key can sign another month; the checkpoints, and whoever co-signed them, know the one that was."""
    leave(log, owner, "2026-10")
    from kofu.platform.audit_segment import write_segment

    files = archive_of(log).files("2026-10")
    rows = list(rows_in(files))
    manifest = write_segment(files, rows[:-2] + rows[-1:], system="ledger", start=0, previous="", key=log.place.key)
    assert manifest.end == 4
    log.connection.execute("UPDATE audit_segment SET manifest = %s", [files.manifest.read_text()])
    assert sound(log) != []


def test_a_month_whose_entries_are_not_those_anchored_does_not_leave(log, owner):
    log.connection.execute("ALTER TABLE audit_entry DISABLE TRIGGER ALL")
    log.connection.execute("UPDATE audit_entry SET body = '{}' WHERE lane = 'kofu_ledger/odd' AND sequence = 1")
    log.connection.execute("ALTER TABLE audit_entry ENABLE TRIGGER ALL")
    with pytest.raises(OperatorFault, match="not what was hashed"):
        leave(log, owner)
    assert owner.execute("SELECT count(*) FROM audit_entry").fetchone() == (15,)


def test_the_word_of_an_account_that_was_reset_since_deletes_nothing(log, owner):
    leave(log, owner)
    day = date(2033, 11, 1)
    assert not expire_month(owner, archive_of(log), "2026-10", today=day)
    reset(owner, archive_of(log).actor, datetime.now(UTC))
    assert not expire_month(owner, archive_of(log, "suzuki"), "2026-10", today=day)
    with pytest.raises(OperatorFault, match="two others"):
        expire_month(owner, archive_of(log), "2026-10", today=day)
    assert expire_month(owner, archive_of(log, "kato"), "2026-10", today=day)


def test_after_seven_years_two_people_delete_and_the_chain_stays_verifiable(log, owner):
    leave(log, owner)
    assert kept_until("2026-10") == date(2033, 11, 1)
    assert expired_months(owner, today=date(2033, 10, 31)) == []
    assert expired_months(owner, today=date(2033, 11, 1)) == ["2026-10"]
    with pytest.raises(OperatorFault, match="kept until 2033-11-01"):
        expire_month(owner, archive_of(log), "2026-10", today=date(2033, 10, 31))
    assert not expire_month(owner, archive_of(log), "2026-10", today=date(2033, 11, 1))
    first = archive_of(log)
    for same in (first.actor, f" {first.actor.upper()}"):
        with pytest.raises(OperatorFault, match="a second person"):
            expire_month(owner, archive_of(log, same), "2026-10", today=date(2033, 11, 1))
    files = archive_of(log).files("2026-10")
    assert files.data.exists()
    assert expire_month(owner, archive_of(log, "suzuki"), "2026-10", today=date(2033, 11, 1))
    assert not files.data.exists()
    assert sound(log) == []
    with pytest.raises(OperatorFault, match="deleted"):
        restore_month(owner, archive_of(log), "2026-10")
    assert expired_months(owner, today=date(2040, 1, 1)) == ["2026-11"]


@pytest.mark.parametrize("by_hand", ["deleted", "early", "alone"])
def test_a_month_deleted_in_another_way_is_found(log, owner, by_hand):
    from kofu.platform.audit_manifest import Tombstone
    from kofu.platform.audit_segment import write_tombstone

    leave(log, owner)
    files = archive_of(log).files("2026-10")
    import hashlib

    digest = hashlib.sha256(files.manifest.read_bytes()).hexdigest()
    if by_hand == "deleted":
        files.data.unlink()
    else:
        day, people = (date(2027, 1, 1), ("a", "b")) if by_hand == "early" else (date(2034, 1, 1), ("a", "a"))
        stone = Tombstone(system="ledger", month="2026-10", manifest=digest, day=day, by=people)
        write_tombstone(files, stone, log.place.key)
        log.connection.execute("UPDATE audit_segment SET state = 'expired' WHERE month = '2026-10'")
    (flaw,) = sound(log)
    assert {"deleted": "is missing", "early": "kept until", "alone": "one person"}[by_hand] in flaw


def test_an_entry_is_proven_whatever_left_and_where_it_left_itself(log, owner):
    """From the file of its month, against the newest checkpoint; without the file, the words say what is missing."""

    def proven(lane: str, sequence: int) -> str:
        proof = prove_entry(log.connection, log.place.folder, lane, sequence, log.segments)
        return check_entry(proof.encode(), log.log_key, None)

    bodies = dict(log.connection.execute("SELECT (lane, sequence)::text, body FROM audit_entry").fetchall())
    leave(log, owner)
    for lane, sequence in (("kofu_ledger/odd", 5), ("kofu_ledger/odd", 1), ("kofu_ledger/even", 2), ("#anchors", 1)):
        assert proven(lane, sequence) == bodies[f"({lane},{sequence})"]
    data = archive_of(log).files("2026-10").data
    kept = data.read_bytes()
    data.unlink()
    with pytest.raises(OperatorFault, match="bring back the copy"):
        proven("kofu_ledger/odd", 1)
    data.write_bytes(kept)
    restore_month(owner, archive_of(log), "2026-10")
    assert proven("kofu_ledger/odd", 1) == bodies["(kofu_ledger/odd,1)"]


def test_anchors_go_on_over_what_left(log, owner):
    leave(log, owner)
    log.write(12, 2)
    make_anchor(owner, log.place)
    assert sound(log) == []
