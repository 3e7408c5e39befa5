"""Faults of whole processes: repeats beside holds, stops and loads, workers killed, frozen and thawed, clocks moved.

Two workers in processes of their own at one PostgreSQL; where they stand still is told, never waited for. Each guard
has a twin in which it is off and the failure is there to be seen.
"""

from __future__ import annotations

import os
import signal
import threading

import msgspec
import psycopg
import pytest
from tests.incidents.actors import planted, waits_for_a_lock
from tests.incidents.steered import MADE, RELEASED, Answer, Time
from tests.incidents.two_processes import NOT_AGAIN, TOO_LATE, go_on_and_answer, issued, turn
from tests.issuing.world import World, people

from kofu.certificates.domain.findings import Signature
from kofu.contracts.issuing import PrintOutcome
from kofu.core.errors import PeerFault
from kofu.core.kinds import HoldKind
from kofu.issuing.acting.domain.clocks import CLOCKS_APART_MAX
from kofu.issuing.cases import stop
from kofu.issuing.holds import hold_store
from kofu.issuing.requests import journal_store, release
from kofu.issuing.requests.domain.states import RequestState
from kofu.issuing.requests.issue import issue_certificate
from kofu.issuing.requests.report_print import take_print_result
from kofu.issuing.requests.sweep import sweep

pytestmark = [pytest.mark.storage, pytest.mark.font, pytest.mark.usefixtures("noon")]
WARD = "139998"
STOP_OFF = "AND lifted_at IS NULL"


def state_of(connection, request) -> RequestState:
    stored = journal_store.read_request(connection, request.request_id)
    assert stored is not None
    return stored.state


def printed(connection, world: World, request) -> object:
    result = world.result(request, PrintOutcome.PRINTED)
    return take_print_result(connection, world.acting(), result, municipality_code=WARD).case_id


# stops ------------------------------------------------------------------------------------------------------------


def answers_around_a_stop(world: World, pair, connection, person: int) -> tuple[list[Answer], list[Answer]]:
    """Set a stop while one process makes a first paper and the other repeats one; ask both again when it is lifted."""
    first, again = world.request(f"00a{person:x}"), world.request(f"00a{person + 1:x}")
    issued(pair[1], again)
    pair[0].ask(first, at=MADE)
    pair[1].ask(again, at=MADE)
    stop_id = stop.set_stop(connection, world.acting("stops"), municipality_code=WARD, reason="drill", by="sato")
    during = [go_on_and_answer(worker) for worker in pair]
    for by, finding in (("sato", "the drill is over"), ("ito", "read the journal of the drill")):
        stop.agree_to_lift(connection, world.acting("stops"), stop_id, Signature(by=by, finding=finding))
    after = []
    for worker, request in zip(pair, (first, again), strict=True):
        worker.ask(request)
        after.append(worker.answer())
    return during, after


def test_a_stop_refuses_first_papers_and_repeats_of_all_processes_and_lifting_it_changes_no_answer(
    world, pair, connection
):
    during, after = answers_around_a_stop(world, pair, connection, 7)
    assert during == [Answer("Refused", "issuance_halted", ""), NOT_AGAIN]
    assert after == during


@pytest.mark.parametrize("worker", [0, 1])
def test_twin_where_the_stops_are_not_looked_at_a_paper_leaves_after_the_stop(world, pair, connection, worker):
    with planted(world.database.owner_url, "issuing_let_leave", STOP_OFF, "AND false"):
        during, _ = answers_around_a_stop(world, pair, connection, 9 + 2 * worker)
    assert during[worker].outcome == "Issued"


def test_whoever_sets_a_stop_is_told_of_a_paper_whose_process_stands_still(system_database, tmp_path, pair, time):
    """It was released before the stop; nobody can say for its worker that it did not leave."""
    own, worker = alone(system_database, tmp_path), pair[0]
    request = own.request("00a1")
    worker.ask(request, at=RELEASED, url=own.database.app_url)
    worker.freeze()
    with own.connect() as connection:
        stop.set_stop(connection, own.acting("stops"), municipality_code=WARD, reason="drill", by="sato")
        left = stop.wait_for_papers(connection, own.acting(), WARD, seconds_max=0.0)
        assert left == stop.PapersUnderWay(1, request.deadline + CLOCKS_APART_MAX)
        turn(own, time, 31.0)
        worker.thaw()
        assert go_on_and_answer(worker) == Answer("Refused", "too_late", "")
        assert stop.wait_for_papers(connection, own.acting(), WARD) is None


def alone(system_database, tmp_path) -> World:
    """A ward in which nothing is on its way."""
    world = World(system_database("issuing"), tmp_path)
    residents, cards, assessments = people(2)
    world.load_residents(residents, cards)
    world.load_tax(assessments)
    return world


def test_a_stop_is_acknowledged_when_the_last_paper_released_before_it_has_left(
    system_database, tmp_path, press, monkeypatch
):
    """The wait looks at what is on its way; here the paper's bytes leave between two of its looks."""
    world = alone(system_database, tmp_path)
    request, issuer = world.request("00a1"), world.issuer(press)
    look, seen = stop.leaving, []
    with world.connect() as connection:
        issue_certificate(connection, issuer, request)

        def looked(*words):
            seen.append(look(*words))
            release.record_sent(connection, issuer, request.request_id)
            return seen[-1]

        monkeypatch.setattr(stop, "leaving", looked)
        stop.set_stop(connection, world.acting("stops"), municipality_code=WARD, reason="drill", by="sato")
        assert stop.wait_for_papers(connection, world.acting(), WARD) is None
    assert seen == [stop.PapersUnderWay(1, request.deadline + CLOCKS_APART_MAX), None]


# a load under a request -------------------------------------------------------------------------------------------


def repeat_over_a_load(
    world: World, ward: World, pair, person: int, off: tuple[str, ...] = ()
) -> tuple[Answer, Answer]:
    """Load another amount of a person while one process has asked for its paper before and another asks again."""
    request = world.request(f"00a{person:x}")
    before = issued(pair[0], request)
    _, _, assessments = people(person)
    ward.load_tax([assessments[-1] | {"salary_revenue": 9_000_000 + person}])
    pair[1].ask(request, off=off)
    return before, pair[1].answer()


def test_a_repeat_after_a_load_gives_the_bytes_of_the_generation_that_was_issued(world, ward, pair):
    before, after = repeat_over_a_load(world, ward, pair, 13)
    assert after == before


def test_twin_a_repeat_made_of_todays_facts_is_other_bytes_and_does_not_leave(world, ward, pair):
    _, after = repeat_over_a_load(world, ward, pair, 14, off=("generation of the journal",))
    assert after == NOT_AGAIN


def test_a_paper_made_before_a_load_and_released_after_it_is_whole_of_the_older_generation(
    world, ward, pair, connection
):
    request = world.request("00af")
    pair[0].ask(request, at=MADE)
    _, _, assessments = people(15)
    generation = connection.execute("SELECT data_generation FROM active_generation").fetchone()[0]
    ward.load_tax([assessments[-1] | {"salary_revenue": 9_100_000}])
    first = go_on_and_answer(pair[0])
    pair[1].ask(request)
    assert pair[1].answer() == first
    stored = journal_store.read_request(connection, request.request_id)
    assert stored.generation == generation


# kill -9 ----------------------------------------------------------------------------------------------------------


def test_a_worker_killed_between_commit_and_answer_leaves_a_request_that_another_answers(
    world, pair, worker, connection
):
    request = world.request("00a11")
    worker.ask(request, at=RELEASED)
    worker.kill()
    assert state_of(connection, request) is RequestState.MADE
    answer = issued(pair[0], request)
    assert answer.sha256 == journal_store.read_copies(connection, request.request_id)[0].sha256
    assert printed(connection, world, request) is None


def test_what_a_killed_worker_may_have_handed_out_is_never_refused(world, pair, time, worker, connection):
    """Past the deadline nothing leaves again; the journal says *made*, and a print result is taken."""
    request = world.request("00a12")
    worker.ask(request, at=RELEASED)
    worker.kill()
    turn(world, time, 31.0)
    for one in pair:
        one.ask(request)
        assert one.answer() == TOO_LATE
    assert sweep(connection, world.acting()).aborted == 0
    assert state_of(connection, request) is RequestState.MADE
    assert printed(connection, world, request) is None


def test_a_worker_killed_inside_its_release_leaves_that_to_the_database_whole(world, pair, worker, connection):
    """Its statement waits for the row; the worker dies; the statement goes on by itself, or nothing of it stands."""
    request = world.request("00a13")
    worker.ask(request, at=MADE)
    with world.connect() as other, other.transaction():
        other.execute("SELECT 1 FROM issuing_request WHERE request_id = %s FOR UPDATE", [request.request_id])
        worker.go_on()
        until(lambda: waits_for_a_lock(connection))
        worker.kill()
    until(lambda: not_at_work(connection))
    copies = journal_store.read_copies(connection, request.request_id)
    assert state_of(connection, request) is (RequestState.MADE if copies else RequestState.RECEIVED)
    answer = issued(pair[0], request)
    assert journal_store.read_copies(connection, request.request_id)[0].sha256 == answer.sha256
    assert len(journal_store.read_copies(connection, request.request_id)) == 1


def until(happened) -> None:
    """Look until something has happened at the database."""
    looking = threading.Event()
    while not happened():
        looking.wait(0.01)


def not_at_work(connection) -> bool:
    """Whether no release is being worked on, its worker alive or not."""
    row = connection.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'"
        " AND query LIKE 'SELECT issuing_let_leave%'"
    ).fetchone()
    return row == (0,)


# frozen -----------------------------------------------------------------------------------------------------------


def frozen_past_its_deadline(world: World, time: Time, pair, person: int, off: tuple[str, ...] = ()) -> Answer:
    """Freeze a process after its commit; when its time is over a hold on its person is acknowledged; thaw it."""
    request = world.request(f"00a{person:x}")
    pair[0].ask(request, at=RELEASED, off=off)
    pair[0].freeze()
    turn(world, time, 30.0)
    hold = world.hold(f"{person:015}", HoldKind.PROTECTION)
    with world.connect() as connection:
        assert hold_store.leaving_until(connection, hold, world.clock.now) == request.deadline + CLOCKS_APART_MAX
        turn(world, time, CLOCKS_APART_MAX.total_seconds())
        assert hold_store.leaving_until(connection, hold, world.clock.now) is None, "acknowledged"
    pair[0].thaw()
    return go_on_and_answer(pair[0])


def test_a_process_frozen_past_its_deadline_hands_nothing_out_after_the_hold_was_acknowledged(world, time, pair):
    assert frozen_past_its_deadline(world, time, pair, 0x14) == Answer("Refused", "too_late", "")


def test_twin_without_the_look_at_the_time_the_thawed_process_hands_the_paper_out(world, time, pair):
    assert frozen_past_its_deadline(world, time, pair, 0x15, off=("deadline",)).outcome == "Issued"


def test_what_another_process_handed_out_the_thawed_one_does_not_deny(world, time, pair, connection):
    """A2 with processes: A is frozen after its commit, B hands out, A wakes too late."""
    request = world.request("00a16")
    pair[0].ask(request, at=RELEASED)
    pair[0].freeze()
    issued(pair[1], request)
    turn(world, time, 31.0)
    pair[0].thaw()
    assert go_on_and_answer(pair[0]) == TOO_LATE
    assert state_of(connection, request) is RequestState.MADE
    assert printed(connection, world, request) is None


def test_eight_repeats_over_two_processes_while_one_is_frozen_are_one_paper(world, time, pair, connection):
    request = world.request("00a17")
    pair[0].ask(request, at=RELEASED)
    pair[0].freeze()
    papers = {issued(pair[1], request).sha256 for _ in range(7)}
    pair[0].thaw()
    assert {go_on_and_answer(pair[0]).sha256} == papers
    assert len(journal_store.read_copies(connection, request.request_id)) == 1


# clocks -----------------------------------------------------------------------------------------------------------


def repeat_under_a_clock_put_back(world: World, time: Time, pair, person: int, off: tuple[str, ...] = ()) -> Answer:
    """Put every host's clock back by an hour when the deadline is over, and ask again."""
    request = world.request(f"00a{person:x}")
    issued(pair[0], request)
    turn(world, time, -3600.0, ticks=31.0)
    pair[1].ask(request, off=off)
    return pair[1].answer()


def test_a_clock_put_back_by_an_hour_gives_no_repeat_another_hour(world, time, pair):
    assert repeat_under_a_clock_put_back(world, time, pair, 0x18) == TOO_LATE


def test_twin_by_what_the_clock_has_left_alone_the_repeat_leaves(world, time, pair):
    assert repeat_under_a_clock_put_back(world, time, pair, 0x19, off=("put back",)).outcome == "Issued"


def test_clocks_of_two_machines_that_stand_a_little_apart_refuse_nobody(world, time, pair):
    request = world.request("00a1a")
    paper = issued(pair[0], request)
    turn(world, time, -CLOCKS_APART_MAX.total_seconds(), ticks=0.0)
    assert issued(pair[1], request) == paper


def test_a_clock_that_jumps_ahead_under_a_request_ends_it_as_a_refusal_for_ever(world, time, pair, connection):
    """Swept while its worker lives: the worker finds that out and says the same as everybody."""
    request = world.request("00a1b")
    pair[0].ask(request, at=MADE)
    turn(world, time, 3600.0, ticks=1.0)
    assert sweep(connection, world.acting()).aborted == 1
    swept = go_on_and_answer(pair[0])
    turn(world, time, -3600.0, ticks=0.0)
    pair[1].ask(request)
    assert pair[1].answer() == swept
    assert swept.outcome == "Refused"
    assert state_of(connection, request) is RequestState.ABORTED


# the database -----------------------------------------------------------------------------------------------------


def test_a_line_cut_before_the_release_is_an_error_and_the_repeat_gives_the_paper(world, pair, postgres):
    """A fail-over cuts every line. Nothing was written, so nothing is told: no refusal, and no paper."""
    request = world.request("00a1c")
    pair[0].ask(request, at=MADE)
    cut_lines(postgres, world)
    assert go_on_and_answer(pair[0]) == Answer("Error", "database_unavailable", "")
    issued(pair[1], request)


def cut_lines(postgres: str, world: World) -> None:
    with psycopg.connect(postgres, autocommit=True) as admin, world.connect() as own:
        row = admin.execute(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = %s AND pid <> %s",
            [own.info.dbname, own.info.backend_pid],
        ).fetchone()
    assert row is not None
    assert row[0] >= 1


def test_what_was_released_is_known_to_a_database_that_crashed_a_moment_later(world, pair, postgres):
    """P10: one of its processes is killed, so it ends all lines and recovers from its log. The paper is on record,
    the worker that has it in its hands gives it out in time, and a repeat gives the same bytes.
    """
    request = world.request("00a1d")
    pair[0].ask(request, at=RELEASED)
    crash(postgres)
    paper = go_on_and_answer(pair[0])
    assert paper.outcome == "Issued"
    with world.connect() as connection:
        assert journal_store.read_copies(connection, request.request_id)[0].sha256 == paper.sha256
        assert issued(pair[1], request) == paper
        assert printed(connection, world, request) is None


def crash(postgres: str) -> None:
    """Kill a backend as the kernel would: PostgreSQL ends all others and recovers. Returns when it serves again."""
    with psycopg.connect(postgres, autocommit=True) as victim, psycopg.connect(postgres, autocommit=True) as witness:
        if not victim.info.host.startswith("/"):
            pytest.skip("a server of another machine cannot be killed from here")
        os.kill(victim.info.backend_pid, signal.SIGKILL)
        until(lambda: not answers(witness))  # it ends with the others: the recovery has begun

    def serves() -> bool:
        try:
            psycopg.connect(postgres).close()
        except psycopg.OperationalError:
            return False
        return True

    until(serves)


def answers(connection: psycopg.Connection) -> bool:
    try:
        connection.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


# two kiosks, one card ---------------------------------------------------------------------------------------------


def test_one_card_at_two_kiosks_at_once_gets_a_paper_for_each_request_and_an_id_belongs_to_one_kiosk(
    world, pair, connection
):
    """Each request has its number, its row and its fee; the same id from another kiosk is another body: a case."""
    requests = [world.request("00a1e", kiosk_id=kiosk) for kiosk in ("K-1", "K-2")]
    for one, request in zip(pair, requests, strict=True):
        one.ask(request, at=MADE)
    assert {go_on_and_answer(one).outcome for one in pair} == {"Issued"}
    numbers = [journal_store.read_copies(connection, one.request_id)[0].certificate_number for one in requests]
    assert len(set(numbers)) == 2
    pair[1].ask(msgspec.structs.replace(requests[1], request_id=requests[0].request_id))
    assert pair[1].answer() == Answer("Error", "request_id_reused", "")


def test_a_result_that_comes_before_its_request_is_a_case_and_does_not_speak_for_the_paper(world, pair, connection):
    """An overtaking line, or a faulty centre: the same word told again after the paper is its result."""
    request = world.request("00a1f")
    result = world.result(request, PrintOutcome.PRINTED)
    with pytest.raises(PeerFault, match="nobody asked for this certificate here; case"):
        take_print_result(connection, world.acting(), result, municipality_code=WARD)
    issued(pair[0], request)
    assert state_of(connection, request) is RequestState.MADE
    assert printed(connection, world, request) is None
    assert state_of(connection, request) is RequestState.PRINTED
