"""横浜市 2023-03-27: a timeout released a print slot whose holder was still working; the next took the wrong file."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from queue import Empty, SimpleQueue

import pytest
from tests.issuing.world import Clock, World

from kofu.contracts.issuing import Issued
from kofu.issuing.requests import issue, journal_store
from kofu.issuing.requests import issuer as issuer_module
from kofu.issuing.requests.domain.states import RequestState
from kofu.issuing.requests.issue import issue_certificate

pytestmark = [pytest.mark.storage, pytest.mark.font]
WORKERS = 8


def answers_under_delay(world, press, requests):
    """Ask for papers of 40 people on 8 workers; one in four is delayed past its deadline on the way."""
    waiting: SimpleQueue[int] = SimpleQueue()
    for number in range(requests):
        waiting.put(number % 40 + 1)
    answered: SimpleQueue[tuple[int, object, bool]] = SimpleQueue()

    def work(lane: int) -> None:
        own = World(world.database, world.folder, clock=Clock())
        dice = random.Random(lane)  # noqa: S311 - delays for a test, the same each time
        late = False

        def perhaps_delay(_order) -> None:
            nonlocal late
            late = dice.random() < 0.25
            if late:
                own.clock.turn(seconds=31)

        issuer = own.issuer(press, lane=f"worker-{lane}", before_make=perhaps_delay)
        with own.connect() as connection:
            while True:
                try:
                    person = waiting.get_nowait()
                except Empty:
                    return
                outcome = issue_certificate(connection, issuer, own.request(f"00a{person:x}"))
                answered.put((person, outcome, late))

    threads = [threading.Thread(target=work, args=(lane,)) for lane in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return [answered.get_nowait() for _ in range(answered.qsize())]


def test_every_answer_is_the_askers_own_paper_or_a_refusal(world, press, says_whose):
    """yokohama_timeout_release: every reply carries its own subject or a refusal; no late artefact is ever sent."""
    answers = answers_under_delay(world, press, 200)
    assert len(answers) == 200
    issued = [(person, outcome, late) for person, outcome, late in answers if isinstance(outcome, Issued)]
    assert 100 < len(issued) < 200
    assert not any(late for _, _, late in issued)
    assert all(says_whose(outcome.documents[0].pdf) == [person] for person, outcome, _ in issued)
    assert {o.code for _, o, _ in answers if not isinstance(o, Issued)} == {"too_late"}


def test_twin_without_the_clock_before_the_release_late_papers_leave(world, press, monkeypatch):
    """With the guard off the same load does send late papers: the test above can see the failure."""
    monkeypatch.setattr(issuer_module, "is_over", lambda _limit, _now, _ticks: False)
    answers = answers_under_delay(world, press, 40)
    assert any(late and isinstance(outcome, Issued) for _, outcome, late in answers)


HOLDER = """
import sys, time, psycopg
with psycopg.connect(sys.argv[1]) as connection:
    connection.execute("SELECT 1 FROM issuing_request WHERE request_id = %s FOR UPDATE", [sys.argv[2]])
    print("locked", flush=True)
    time.sleep(60)
"""


def test_a_lock_lives_as_long_as_its_holder_and_not_a_moment_longer(world, press, connection, says_whose):
    """A worker holds the request and is killed (SIGKILL): until then nobody else may decide, then anybody may."""
    request = world.request("00a7")
    journal_store.insert_request(connection, request, issue.body_digest(request), world.clock.now)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, world.database.app_url, request.request_id], stdout=subprocess.PIPE, text=True
    )
    outcomes: list[object] = []
    other = threading.Thread(
        target=lambda: outcomes.append(issue_certificate(connection, world.issuer(press), request))
    )
    try:
        assert holder.stdout.readline() == "locked\n"
        other.start()
        other.join(1.0)
        assert other.is_alive(), "the lock was let go while its holder lived"
    finally:
        holder.kill()
        holder.wait(10)
        holder.stdout.close()
    other.join(20)
    assert says_whose(outcomes[0].documents[0].pdf) == [7]
    assert journal_store.read_request(connection, request.request_id).state is RequestState.MADE
