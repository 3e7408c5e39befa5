"""A hold belongs to its sender (P7, P10): nobody else lifts it, and nobody turns it into another one."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import threading
from datetime import UTC, date, datetime

import msgspec
import psycopg
import pytest
from tests.issuing.feed_maker import NOW, WARD, serial_of

from kofu.contracts.issuing import Hold
from kofu.core.errors import PeerFault
from kofu.core.kinds import HoldKind
from kofu.issuing.holds import apply_hold as use_case
from kofu.issuing.holds.apply_hold import apply_hold
from kofu.issuing.holds.domain.holds import KINDS_OF_SEVERAL, HoldOrigin, not_its_own

ONE = "000000000000001"
TWO = "000000000000002"
IDS = (hashlib.blake2b(bytes([number]), digest_size=16).hexdigest() for number in range(256))


def hold(revision=1, *, kind=HoldKind.PROTECTION, number=ONE, serial=None, released=False, hold_id=None):
    return Hold(
        hold_id=hold_id or next(IDS),
        revision=revision,
        municipality_code=WARD,
        kind=kind,
        addressee_number=number,
        serial=serial,
        released=released,
        effective_from=date(2026, 11, 1),
        sent_at=datetime(2026, 11, 20, 9, revision, tzinfo=UTC),
    )


def released(message):
    return msgspec.structs.replace(message, revision=message.revision + 1, released=True)


@pytest.fixture(scope="module")
def connect(system_database):
    return functools.partial(psycopg.connect, system_database("issuing").app_url, autocommit=True)


def apply(connect, message, sender="registry"):
    with connect() as connection:
        return apply_hold(connection, message, sender=sender, lane="test", received_at=NOW)


def stands(connect, message):
    with connect() as connection:
        return connection.execute(
            "SELECT kind, addressee_number, released FROM standing_hold WHERE hold_id = %s", (message.hold_id,)
        ).fetchone()


@pytest.mark.storage
def test_the_ledgers_certificate_cannot_lift_the_registrys_protection(connect):
    protection = hold()
    apply(connect, protection)
    with pytest.raises(PeerFault, match="hold_of_another") as refusal:
        apply(connect, released(protection), "ledger")
    assert ONE not in str(refusal.value)
    assert stands(connect, protection) == ("protection", ONE, False)
    assert apply(connect, released(protection)).standing_revision == 2, "its own sender releases it"


@pytest.mark.storage
def test_with_the_check_off_the_ledger_lifts_it(connect, monkeypatch):
    """The twin: what the test above sees is the check, not something else that refuses."""
    monkeypatch.setattr(use_case, "not_its_own", lambda _origin, _hold, _sender: None)
    protection = hold()
    apply(connect, protection)
    apply(connect, released(protection), "ledger")
    assert stands(connect, protection) == ("protection", ONE, True)


@pytest.mark.storage
def test_the_registry_cannot_lift_a_correction_of_the_ledger_nor_repeat_its_message(connect):
    correction = hold(kind=HoldKind.CORRECTING)
    apply(connect, correction, "ledger")
    for message in (correction, released(correction)):
        with pytest.raises(PeerFault, match="hold_of_another"):
            apply(connect, message, "registry")
    assert stands(connect, correction) == ("correcting", ONE, False)


@pytest.mark.storage
@pytest.mark.parametrize(
    "change",
    [
        {"kind": HoldKind.ISSUANCE_STOP},
        {"addressee_number": TWO},
        {"addressee_number": None, "serial": serial_of("00a1")},
    ],
    ids=["another kind", "another person", "a card"],
)
def test_a_hold_stays_of_its_kind_and_on_its_target(connect, change):
    protection = hold()
    apply(connect, protection)
    with pytest.raises(PeerFault, match="hold_of_another") as refusal:
        apply(connect, msgspec.structs.replace(protection, revision=2, **change))
    assert TWO not in str(refusal.value)
    assert stands(connect, protection) == ("protection", ONE, False)


def first_messages_at_once(connect, monkeypatch, *, wait_seconds):
    """Let two senders claim one new hold; each has looked for its owner before either stores. Who was taken.

    With the lock on, the one in front waits in vain for the other, for `wait_seconds`, and goes on.
    """
    met = threading.Barrier(2)
    look = use_case.origin_of

    def look_and_meet(*asked):
        origin = look(*asked)
        if origin is None:
            with contextlib.suppress(threading.BrokenBarrierError):
                met.wait(wait_seconds)
        return origin

    monkeypatch.setattr(use_case, "origin_of", look_and_meet)
    first = hold()
    taken = []

    def claim(sender, message):
        with contextlib.suppress(PeerFault):
            apply(connect, message, sender)
            taken.append(sender)

    threads = [
        threading.Thread(target=claim, args=("registry", first)),
        threading.Thread(target=claim, args=("ledger", released(first))),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return taken


@pytest.mark.storage
def test_of_two_senders_at_once_one_owns_the_hold(connect, monkeypatch):
    assert len(first_messages_at_once(connect, monkeypatch, wait_seconds=0.5)) == 1


@pytest.mark.storage
def test_without_the_lock_both_would_own_it(connect, monkeypatch):
    """The twin: the race is real, and only the lock ends it."""
    monkeypatch.setattr(use_case, "lock_hold", lambda *_: None)
    assert len(first_messages_at_once(connect, monkeypatch, wait_seconds=60)) == 2


@pytest.mark.storage
def test_a_hold_stored_before_senders_were_is_the_registrys_but_for_what_the_ledger_sends_too(connect):
    """Migration 0015 leaves the messages before it as they are: append-only."""
    protection, stop = hold(), hold(kind=HoldKind.ISSUANCE_STOP)
    for old in (protection, stop):
        with connect() as connection:
            connection.execute(
                "INSERT INTO hold_message (municipality_code, hold_id, revision, kind, addressee_number, released,"
                " effective_from, sent_at, received_at) VALUES (%s, %s, 1, %s, %s, false, %s, %s, %s)",
                (WARD, old.hold_id, old.kind, ONE, old.effective_from, old.sent_at, NOW),
            )
    with pytest.raises(PeerFault, match="hold_of_another"):
        apply(connect, released(protection), "ledger")
    apply(connect, msgspec.structs.replace(stop, revision=2), "ledger")
    with pytest.raises(PeerFault, match="hold_of_another"):
        apply(connect, msgspec.structs.replace(stop, revision=3, released=True), "registry")
    assert stands(connect, protection) == ("protection", ONE, False)
    assert stands(connect, stop) == ("issuance_stop", ONE, False)


@pytest.mark.parametrize("kind", list(HoldKind))
def test_an_old_hold_without_sender_is_the_registrys_unless_several_send_its_kind(kind):
    old = HoldOrigin(kind=kind, addressee_number=ONE, serial=None, sender=None)
    ledger_may = not_its_own(old, hold(kind=kind), "ledger") is None
    assert ledger_may is (kind in KINDS_OF_SEVERAL)
    assert not_its_own(old, hold(kind=kind), "registry") is None
