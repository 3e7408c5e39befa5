"""The verifier finds what an attacker with every right of the database did to the log (P10).

What is tampered with in which way, and what finds it, stands in `test_audit_tampering.py`.
"""

from __future__ import annotations

import errno
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.platform.anchored_log import ORIGIN, open_log
from tests.platform.old_anchors import write_old_anchor

from kofu.platform.audit_anchor import AnchorPlace, checkpoints_in, complete, make_anchor, newest_anchor
from kofu.platform.audit_verify import AnchorRules, verify, verify_chain

pytestmark = pytest.mark.storage
DAY = date(2026, 11, 23)
NOWHERE = Path("nowhere")


@pytest.fixture
def here(system_database, postgres, tmp_path):
    """A log of ten entries in two lanes; no anchor yet."""
    here = open_log(system_database("ledger"), postgres, tmp_path)
    here.write(0, 10)
    yield here
    here.connection.close()


@pytest.fixture
def log(here):
    return here.connection


def by_key(key: Ed25519PrivateKey) -> AnchorRules:
    """Ask only that what is anchored is there and signed."""
    return AnchorRules(log_key=key.public_key(), origin=ORIGIN, now=datetime.now(UTC), segments=NOWHERE)


def test_an_honest_log_is_sound(log):
    report = verify_chain(log)
    assert report.sound
    assert (report.entries, report.lanes) == (10, 2)


def test_a_changed_body_is_found(log):
    log.execute(
        "UPDATE audit_entry SET body = replace(body, 'done', 'gone') WHERE lane = 'kofu_ledger/odd' AND sequence = 3"
    )
    assert [(flaw.lane, flaw.sequence) for flaw in verify_chain(log).flaws] == [("kofu_ledger/odd", 3)]


def test_anchors_made_before_there_were_checkpoints_are_still_verified(log, tmp_path):
    key = Ed25519PrivateKey.generate()
    first = write_old_anchor(log, tmp_path, system="ledger", day=DAY, key=key)
    write_old_anchor(log, tmp_path, system="ledger", day=date(2026, 11, 24), key=key)
    report = verify(log, tmp_path, by_key(key))
    assert (report.sound, report.anchors) == (True, 2)
    assert not verify(log, tmp_path, by_key(Ed25519PrivateKey.generate())).sound
    log.execute("DELETE FROM audit_entry WHERE lane = 'kofu_ledger/odd' AND sequence = 5")
    assert verify_chain(log).sound
    assert "gone or another one now" in verify(log, tmp_path, by_key(key)).flaws[0].what
    log.rollback()
    first.unlink()
    assert "does not follow" in verify(log, tmp_path, by_key(key)).flaws[0].what


@pytest.mark.parametrize("torn", [".json", ".sig"])
def test_an_old_anchor_that_is_torn_is_told_as_torn(log, tmp_path, torn):
    key = Ed25519PrivateKey.generate()
    path = write_old_anchor(log, tmp_path, system="ledger", day=DAY, key=key)
    path.with_suffix(torn).write_bytes(b"")
    (flaw,) = verify(log, tmp_path, by_key(key)).flaws
    assert "torn" in flaw.what
    assert "changed" not in flaw.what


def test_an_anchored_log_is_sound_and_each_anchor_covers_what_came_before(here):
    assert here.anchor().name == "000000000000011.checkpoint"  # ten entries and the anchor's own
    here.write(10, 3)
    here.anchor()
    report = here.verify(seen=15)
    assert report.flaws == ()
    assert (report.anchors, report.entries, report.lanes) == (2, 15, 3)
    assert newest_anchor(here.place.folder)[1].sequence == 2


def test_what_an_anchor_must_be_is_named_where_it_is_not(here):
    (flaw,) = here.verify(witness=False).flaws
    assert "there is no anchor" in flaw.what
    here.anchor(witnessed=False)
    assert here.verify(witness=False).sound
    assert [flaw.what for flaw in here.verify().flaws] == [
        "no anchor was co-signed by the witness bureau.example/witness"
    ]
    here.anchor()
    assert here.verify(hours_later=25).sound
    old = [flaw.what for flaw in here.verify(hours_later=27).flaws]
    assert "the newest anchor is of" in old[0]
    assert "co-signed last" in old[1]
    path = checkpoints_in(here.place.folder)[0]
    path.unlink()
    assert [flaw.what for flaw in here.verify().flaws] == ["its checkpoint of 11 entries is missing in anchors"]


def test_a_checkpoint_of_another_key_another_log_or_no_note_is_named(here):
    path = here.anchor()
    good = path.read_bytes()
    for bad, told in (
        (good.replace(b"ward.example/ledger", b"ward.example/center"), "of another log"),
        (good.replace(b"\n11\n", b"\n12\n"), "not signed by the anchor key"),
        (b"", "no signed checkpoint"),
        (good[:40], "no signed checkpoint"),
    ):
        path.write_bytes(bad)
        assert any(told in flaw.what for flaw in here.verify().flaws), told
    other = AnchorRules(
        log_key=Ed25519PrivateKey.generate().public_key(), origin=ORIGIN, now=datetime.now(UTC), segments=NOWHERE
    )
    path.write_bytes(good)
    assert any(
        "not signed by the anchor key" in flaw.what for flaw in verify(here.connection, path.parent, other).flaws
    )


def test_an_anchor_on_a_full_disk_is_there_whole_or_not_at_all_and_is_made_up_for(here, monkeypatch):
    """Faults C8: the anchor was whole, its signature empty; a retry said "there already", verify said "changed"."""
    for file_that_fails in (1, 3):  # a file and its folder are brought to the disk, for each of two files
        with monkeypatch.context() as full:
            written = 0

            def write_to_a_full_disk(handle, last=file_that_fails):
                nonlocal written
                written += 1
                if written >= last:
                    raise OSError(errno.ENOSPC, "No space left on device")

            full.setattr("kofu.platform.made_once.os.fsync", write_to_a_full_disk)
            with pytest.raises(OSError, match="No space"):
                here.anchor(witnessed=False)
        assert checkpoints_in(here.place.folder) == []
    here.connection.execute("SELECT 1")
    assert complete(here.connection, here.place) is not None
    here.connection.rollback()
    told = [flaw.what for flaw in here.verify(witness=False).flaws]
    assert told == ["its checkpoint of 11 entries is missing in anchors"]  # the first attempt's, for ever on record
    assert complete(here.connection, here.place) is None


def test_anchors_of_two_machines_are_of_one_tree(here, tmp_path):
    """The order of the tree stands in the log: another machine with another folder computes the same root."""
    other = AnchorPlace(tmp_path / "other", ORIGIN, here.place.key)
    first = here.anchor(witnessed=False)
    here.write(10, 4)
    here.connection.rollback()
    here.connection.autocommit = True
    second = make_anchor(here.connection, other)
    assert complete(here.connection, here.place).read_bytes() == second.read_bytes()
    assert first.read_bytes() != second.read_bytes()


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
