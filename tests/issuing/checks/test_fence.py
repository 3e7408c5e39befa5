"""A database that went back in time gives no number twice (P4, P10; faults C2)."""

from __future__ import annotations

import json
from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.issuing.world import World
from tests.platform.old_anchors import write_old_anchor

from kofu.core.errors import OperatorFault
from kofu.issuing.checks.fence import (
    NUMBERS_LEFT_OUT,
    Fence,
    Mark,
    advance,
    highest_number,
    pass_fence,
    require_not_gone_back,
    went_back,
)
from kofu.issuing.requests import journal_store
from kofu.platform.audit_anchor import AnchorPlace, make_anchor
from kofu.platform.restored import Witnesses, newest_anchor_in

pytestmark = [pytest.mark.storage, pytest.mark.font]
DAY = date(2026, 11, 23)


@pytest.fixture
def world(system_database, tmp_path):
    return World(system_database("issuing"), tmp_path)


@pytest.fixture
def fence(tmp_path):
    return Fence(
        tmp_path / "fence" / "issuing.json", Witnesses(tmp_path / "fence" / "issuing-heads.json", tmp_path / "anchors")
    )


def put_back(world: World, number: int) -> None:
    """What restoring an older backup does to the sequence."""
    with world.as_owner() as owner:
        owner.execute("SELECT setval('issuing_certificate_number', %s)", [number])


def test_a_new_database_and_one_that_went_on_may_serve(world, fence):
    with world.connect() as connection:
        require_not_gone_back(connection, fence)
        assert highest_number(connection) == 0
        for _ in range(5):
            journal_store.next_sequence(connection)
        advance(connection, fence)
        assert fence.read() == Mark(number=5)
        journal_store.next_sequence(connection)
        require_not_gone_back(connection, fence)


def test_an_older_database_that_would_give_numbers_twice_does_not_serve(world, fence):
    with world.connect() as connection:
        for _ in range(5):
            journal_store.next_sequence(connection)
        advance(connection, fence)
        put_back(world, 3)
        with pytest.raises(OperatorFault, match=r"number 5 was seen.*has given only 3.*kofu fence pass"):
            require_not_gone_back(connection, fence)
        assert journal_store.next_sequence(connection) == 4  # the twin: without the fence number 4 is given again


def test_the_mark_never_moves_back(world, fence):
    with world.connect() as connection:
        fence.write(Mark(number=50))
        advance(connection, fence)
        assert fence.read() == Mark(number=50)


def test_a_database_that_lacks_an_anchored_entry_does_not_serve(world, fence, postgres):
    """The end of the record is gone, as after a restore; the numbers alone would not show it."""
    with world.as_owner() as owner:
        with owner.transaction():
            world.acting().record(owner, "test", "done")
        path = make_anchor(owner, AnchorPlace(fence.record.anchors, "ward/issuing", Ed25519PrivateKey.generate()))
        require_not_gone_back(owner, fence)
        owner.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
        owner.execute("DELETE FROM audit_entry")
        owner.execute("ALTER TABLE audit_entry ENABLE TRIGGER USER")
        with pytest.raises(OperatorFault, match=rf"{path.name} knows entry"):
            require_not_gone_back(owner, fence)
        path.unlink()
        require_not_gone_back(owner, fence)


def test_an_anchor_made_before_there_were_checkpoints_still_fences(world, fence):
    with world.as_owner() as owner:
        with owner.transaction():
            world.acting().record(owner, "test", "done")
        path = write_old_anchor(
            owner, fence.record.anchors, system="issuing", day=DAY, key=Ed25519PrivateKey.generate()
        )
        require_not_gone_back(owner, fence)
        owner.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
        owner.execute("DELETE FROM audit_entry")
        owner.execute("ALTER TABLE audit_entry ENABLE TRIGGER USER")
        with pytest.raises(OperatorFault, match=rf"{path.name} knows entry"):
            require_not_gone_back(owner, fence)
        path.with_suffix(".sig").write_bytes(b"")  # torn: it is no witness
        require_not_gone_back(owner, fence)


def test_an_operator_passes_the_fence_on_record_and_beyond_all_numbers(world, fence):
    fence.write(Mark(number=700))
    with world.as_owner() as owner:
        with pytest.raises(OperatorFault, match="needs the name"):
            pass_fence(owner, world.acting(), fence, by=" ")
        first = pass_fence(owner, world.acting(), fence, by="sato")
        assert first == 700 + NUMBERS_LEFT_OUT
        assert went_back(owner, fence) is None
        entry = owner.execute("SELECT body FROM audit_entry WHERE body LIKE '%database.went_back%'").fetchone()
        assert entry is not None
        assert '"actor":"sato"' in entry[0]
        with pytest.raises(OperatorFault, match="knows everything"):
            pass_fence(owner, world.acting(), fence, by="sato")
    with world.connect() as connection:
        assert journal_store.next_sequence(connection) == first


def test_the_anchor_that_was_passed_is_kept_with_the_heads_alone(world, fence):
    """One place: the mark holds numbers, and an older mark that names an anchor too is still read."""
    with world.as_owner() as owner:
        with owner.transaction():
            world.acting().record(owner, "test", "done")
        make_anchor(owner, AnchorPlace(fence.record.anchors, "ward/issuing", Ed25519PrivateKey.generate()))
        owner.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
        owner.execute("DELETE FROM audit_entry")
        owner.execute("ALTER TABLE audit_entry ENABLE TRIGGER USER")
        fence.mark_file.parent.mkdir(parents=True, exist_ok=True)
        fence.mark_file.write_bytes(b'{"number":7,"passed_anchor":"00"}')
        assert fence.read() == Mark(number=7)
        pass_fence(owner, world.acting(), fence, by="sato")
        assert went_back(owner, fence) is None
        assert fence.record.read().passed_anchor == newest_anchor_in(fence.record.anchors).digest
        advance(owner, fence)
        assert set(json.loads(fence.mark_file.read_bytes())) == {"number"}


def test_a_mark_that_is_no_mark_stops_with_words(world, fence):
    fence.mark_file.parent.mkdir(parents=True)
    fence.mark_file.write_bytes(b'{"number":')
    with world.connect() as connection, pytest.raises(OperatorFault, match="no mark of the fence"):
        require_not_gone_back(connection, fence)


def test_the_systems_own_role_cannot_pass_the_fence(world, fence):
    import psycopg

    fence.write(Mark(number=700))
    with world.connect() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        pass_fence(connection, world.acting(), fence, by="attacker")
