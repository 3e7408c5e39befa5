"""川崎市 2023: two requests in one second, the second overwrote the first. 高松市 2024: one server's program on two.

Both times something told two requests apart that could not: the clock; a lock in one server's memory.
"""

from __future__ import annotations

import functools

import psycopg
import pytest
from tests.incidents.processes import issue_in_processes
from tests.issuing.world import ROOT

from kofu.core.errors import OperatorFault
from kofu.issuing.acting.who_acts import system_acting
from kofu.issuing.cases.conflicts import RequestConflict
from kofu.issuing.checks.attest import register
from kofu.issuing.requests import issue, journal_store
from kofu.issuing.requests.issue import issue_certificate
from kofu.issuing.requests.receive import Received, receive
from kofu.issuing.serving import runtime

pytestmark = [pytest.mark.storage, pytest.mark.font]
PER_PROCESS = 12


@pytest.mark.parametrize("processes", [1, 2])
def test_requests_at_the_same_instant_are_all_different_papers(world, processes, says_whose):
    """takamatsu_topology, kawasaki_same_second: the same guarantees on one process and on several, clock frozen."""
    batches = [
        [world.request(f"00a{person:x}") for person in range(1 + part, 1 + part + PER_PROCESS)]
        for part in range(processes)
    ]
    answers = [answer for part in issue_in_processes(world, batches) for answer in part]
    asked = {request.request_id: int(request.serial.lstrip("0")[1:], 16) for batch in batches for request in batch}
    assert len({answer["number"] for answer in answers}) == len(asked) == processes * PER_PROCESS
    assert len({answer["sha256"] for answer in answers}) == len(asked)
    for answer in answers:
        assert says_whose(bytes.fromhex(answer["pdf"])) == [asked[answer["request"]]]


def test_the_same_requests_on_two_processes_at_once_are_issued_once(world, connection):
    """P5, P11: both answer with the same bytes and number; one release stands in the journal."""
    batch = [world.request(f"00a{person:x}") for person in range(1, 9)]
    first, second = issue_in_processes(world, [batch, batch])
    assert [answer["sha256"] for answer in first] == [answer["sha256"] for answer in second]
    assert all(answer["number"] for answer in first)
    rows = connection.execute(
        "SELECT count(*) FROM issuing_copy WHERE request_id = ANY(%s)", [[request.request_id for request in batch]]
    ).fetchone()
    assert rows == (8,)


def test_an_id_made_of_the_time_is_caught_not_mixed_up(world, connection, press):
    """Were a peer to use the second as an id: the second request is a case, never given the first one's paper."""
    issuer = world.issuer(press)
    by_the_clock = f"{int(world.clock.now.timestamp()):032x}"
    issue_certificate(connection, issuer, world.request("00a1", request_id=by_the_clock))
    with pytest.raises(RequestConflict):
        issue_certificate(connection, issuer, world.request("00a2", request_id=by_the_clock))


def test_twin_with_a_counter_in_memory_and_no_key_two_papers_bear_one_number(ward, press, monkeypatch):
    """With both guards off (database sequence, unique key) the failure is there to be seen."""
    with psycopg.connect(ward.database.owner_url, autocommit=True) as owner:
        owner.execute("ALTER TABLE issuing_copy DROP CONSTRAINT issuing_copy_pkey")
    try:
        numbers = []
        for _server in range(2):
            counter = iter(range(900_000, 900_100))
            monkeypatch.setattr(journal_store, "next_sequence", functools.partial(lambda c, _db: next(c), counter))
            monkeypatch.setattr(issue, "receive", lambda *words: Received(receive(*words).stored))  # no number with it
            with ward.connect() as connection:
                outcome = issue_certificate(connection, ward.issuer(press), ward.request())
            numbers.append(outcome.documents[0].certificate_number)
        assert numbers[0] == numbers[1]
    finally:
        with psycopg.connect(ward.database.owner_url, autocommit=True) as owner:
            owner.execute("ALTER TABLE issuing_copy DISABLE TRIGGER USER")
            owner.execute("DELETE FROM issuing_copy WHERE certificate_number LIKE '%-000900000'")
            owner.execute("ALTER TABLE issuing_copy ENABLE TRIGGER USER")
            owner.execute("ALTER TABLE issuing_copy ADD PRIMARY KEY (certificate_number)")


def test_a_process_told_another_topology_refuses_to_start(world, monkeypatch, tmp_path):
    """takamatsu_topology: the wrong configuration is not served with."""
    monkeypatch.setenv("KOFU_PROFILE", str(ROOT / "profiles" / "mihon.toml"))
    monkeypatch.setenv("KOFU_ISSUING_DATABASE_URL", world.database.app_url)
    monkeypatch.setenv("KOFU_VAR", str(tmp_path / "var"))
    with world.as_owner() as owner:
        statement = runtime.state_here(owner, runtime.read_environment(owner))
        register(owner, system_acting(lane="test", actor="test"), statement, by="sato", demonstration=True)
    runtime.open_workers().close()
    monkeypatch.setenv("KOFU_TOPOLOGY", "two-machines")
    with pytest.raises(OperatorFault, match="topology: registered single, found two-machines"):
        runtime.open_workers()
