"""Planted bugs of holds and stops: nothing leaves after one was acknowledged (P7); each guard with its twin."""

from __future__ import annotations

import dataclasses
import threading
import time
from datetime import timedelta

import msgspec
import pytest
from tests.incidents.actors import PLACES, actor, planted, waits_for_a_lock
from tests.incidents.undecided import LET_LEAVE, WARD, lift_stops, received, release_words
from tests.issuing.world import World

from kofu.contracts.issuing import AnsweredBefore, Issued, Refused
from kofu.core.kinds import HoldKind
from kofu.issuing.acting.domain import clocks
from kofu.issuing.cases import stop
from kofu.issuing.holds import hold_store
from kofu.issuing.requests import issue, release
from kofu.issuing.requests.issue import issue_certificate

pytestmark = [pytest.mark.storage, pytest.mark.font]

# B3 ---------------------------------------------------------------------------------------------------------------


def repeat_under_a_hold(world, connection, press, person: int) -> object:
    request = world.request(f"00a{person:x}")
    issuer = world.issuer(press)
    assert isinstance(issue_certificate(connection, issuer, request), Issued)
    world.hold(f"{person:015}", HoldKind.PROTECTION)
    return issue_certificate(connection, issuer, request)


def test_b3_a_repeat_looks_at_the_holds_and_says_no_more_than_that_it_was_answered(world, connection, press):
    """P7: neutral words, no refusal in the journal, and the same for ever: the hold released or not."""
    over = repeat_under_a_hold(world, connection, press, 11)
    assert isinstance(over, AnsweredBefore)
    assert over.code == "temporarily_unavailable"


def test_b3_twin_a_repeat_that_does_not_look_at_the_holds_hands_the_paper_out(world, connection, press):
    with planted(world.database.owner_url, "issuing_let_leave", "AND NOT released", "AND false"):
        assert isinstance(repeat_under_a_hold(world, connection, press, 12), Issued)


# B7 ---------------------------------------------------------------------------------------------------------------


def test_b7_a_hold_counts_from_its_arrival_whatever_day_it_names(world, connection, press):
    """P7: also where the day it names is a month away, for a first paper and for a repeat."""
    day = world.clock.now.date() + timedelta(days=30)
    first, again = world.request("00a15"), world.request("00a16")
    issuer = world.issuer(press)
    assert isinstance(issue_certificate(connection, issuer, again), Issued)
    for person in (0x15, 0x16):
        world.hold(f"{person:015}", HoldKind.PROTECTION, effective_from=day)
    assert isinstance(issue_certificate(connection, issuer, first), Refused)
    assert isinstance(issue_certificate(connection, issuer, again), AnsweredBefore)


def test_b7_twin_a_hold_that_counts_by_its_date_lets_the_paper_leave(world, connection, press, monkeypatch):
    read = issue.read_facts

    def by_date(*words, **more):
        facts = read(*words, **more)
        today = world.clock.now.date()
        return dataclasses.replace(facts, holds=tuple(hold for hold in facts.holds if hold.effective_from <= today))

    monkeypatch.setattr(issue, "read_facts", by_date)
    world.hold(f"{0x17:015}", HoldKind.PROTECTION, effective_from=world.clock.now.date() + timedelta(days=30))
    by_its_date = "AND NOT released AND effective_from <= made.decided_at::date"
    with planted(world.database.owner_url, "issuing_let_leave", "AND NOT released", by_its_date):
        assert isinstance(issue_certificate(connection, world.issuer(press), world.request("00a17")), Issued)


# A3 ---------------------------------------------------------------------------------------------------------------


def hold_during_a_release(world, connection, place: str, person: int) -> list[str]:
    """Begin a release and keep it waiting, send a hold on its person meanwhile; give in which order they ended."""
    stored = received(connection, world, f"00a{person:x}")
    ended: list[str] = []

    def put_hold() -> None:
        world.hold(f"{person:015}", HoldKind.PROTECTION)
        ended.append("acknowledged")

    with actor(place, world.database.app_url) as worker:
        worker.do("BEGIN")
        assert worker.do(LET_LEAVE, *release_words(stored, world, person, "waiting")) == "released"
        thread = threading.Thread(target=put_hold)
        thread.start()
        while not ended and not waits_for_a_lock(connection):
            thread.join(0.01)
        ended.append("released")
        worker.do("COMMIT")
        thread.join(20)
    return ended


@pytest.mark.parametrize("place", PLACES)
def test_a3_a_hold_is_acknowledged_only_when_the_releases_under_way_are_over(world, connection, place):
    person = {"thread": 0x19, "process": 0x21}[place]
    assert hold_during_a_release(world, connection, place, person) == ["released", "acknowledged"]


def test_a3_twin_without_the_wait_a_paper_leaves_after_the_acknowledgement(world, connection, monkeypatch):
    monkeypatch.setattr("kofu.issuing.holds.apply_hold.drain", lambda _connection, _hold: None)
    assert hold_during_a_release(world, connection, "thread", 0x1A) == ["acknowledged", "released"]


def test_a3_twin_a_release_that_takes_no_lock_of_its_person_is_not_waited_for(world, connection):
    lock = "issuing_hold_key(asked.municipality_code, asked.addressee_number, NULL)"
    with planted(world.database.owner_url, "issuing_let_leave", lock, "0"):
        assert hold_during_a_release(world, connection, "thread", 0x1B) == ["acknowledged", "released"]


def test_a3_a_hold_on_somebody_else_waits_for_nobody(world, connection):
    stored = received(connection, world, "00a1c")
    with actor("thread", world.database.app_url) as worker:
        worker.do("BEGIN")
        worker.do(LET_LEAVE, *release_words(stored, world, 0x1C, "waiting"))
        world.hold(f"{0x1D:015}", HoldKind.PROTECTION)
        worker.do("ROLLBACK")


def test_a3_a_release_that_begins_after_the_acknowledgement_sees_the_hold(world, connection):
    """Although it was decided on without it."""
    stored = received(connection, world, "00a1e")
    world.hold(f"{0x1E:015}", HoldKind.PROTECTION)
    row = connection.execute(LET_LEAVE, release_words(stored, world, 0x1E, "late")).fetchone()
    assert row == ("moved",)


def test_a3_a_paper_on_its_way_is_known_until_its_worker_says_that_it_left(world, connection, press):
    """The gateway acknowledges when this is None: at the latest some seconds after the paper's deadline."""
    request = world.request("00a1f")
    elsewhere = world.hold(f"{0x20:015}", HoldKind.PROTECTION)
    hold = msgspec.structs.replace(elsewhere, addressee_number=f"{0x1F:015}")
    issuer = world.issuer(press)
    issue_certificate(connection, issuer, request)
    over = request.deadline + clocks.CLOCKS_APART_MAX
    assert hold_store.leaving_until(connection, hold, request.deadline) == over
    assert hold_store.leaving_until(connection, hold, over) is None
    release.record_sent(connection, issuer, request.request_id)
    assert hold_store.leaving_until(connection, hold, world.clock.now) is None


def test_a_repeat_on_its_way_is_waited_for_although_the_paper_left_once_before(world, connection, press):
    """The note of the first handing out speaks for itself alone: seen where a balancer was killed between the two."""

    def leaving() -> tuple[object, int]:
        under_way = stop.leaving(connection, request.municipality_code, world.clock.now)
        return hold_store.leaving_until(connection, hold, world.clock.now), under_way.papers if under_way else 0

    request = world.request("00a12")
    elsewhere = world.hold(f"{0x20:015}", HoldKind.PROTECTION)
    hold = msgspec.structs.replace(elsewhere, addressee_number=f"{0x12:015}")
    issuer = world.issuer(press)
    issue_certificate(connection, issuer, request)
    release.record_sent(connection, issuer, request.request_id)
    nobody, others = leaving()
    assert nobody is None
    issue_certificate(connection, issuer, request)  # the centre never got the first
    assert leaving() == (request.deadline + clocks.CLOCKS_APART_MAX, others + 1)
    release.record_sent(connection, issuer, request.request_id)
    assert leaving() == (None, others)


# C11 --------------------------------------------------------------------------------------------------------------


def test_c11_a_stop_takes_effect_within_five_seconds_under_load_and_nothing_leaves_after_it(world, press):
    """Eight workers issue as fast as they can; what begins after `set_stop` has returned is halted, every one."""
    over, stopped = threading.Event(), threading.Event()
    after: list[object] = []

    def work(lane: int) -> None:
        own = World(world.database, world.folder)
        issuer = own.issuer(press, lane=f"load-{lane}")
        with own.connect() as connection:
            while not over.is_set():
                late = stopped.is_set()
                outcome = issue_certificate(connection, issuer, own.request(f"00a{lane:x}"))
                if late:
                    after.append(outcome)

    threads = [threading.Thread(target=work, args=(lane,)) for lane in range(0x22, 0x28)]
    for thread in threads:
        thread.start()
    try:
        with world.connect() as connection:
            while not connection.execute("SELECT 1 FROM issuing_request WHERE state = 'made'").fetchone():
                over.wait(0.01)
            began = time.monotonic()
            stop.set_stop(connection, world.acting("stopping"), municipality_code=WARD, reason="drill", by="sato")
            took = time.monotonic() - began
        stopped.set()
        while len(after) < 8:
            over.wait(0.01)
    finally:
        over.set()
        for thread in threads:
            thread.join(30)
        lift_stops(world)
    assert took < 5.0
    assert {outcome.code for outcome in after if isinstance(outcome, Refused)} == {"issuance_halted"}
    assert not [outcome for outcome in after if isinstance(outcome, Issued)]
