"""Bugs planted one at a time: each guard has a test that names it, and a twin that shows the failure without it.

Those of holds and stops stand in `test_planted_hold_bugs.py`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import psycopg
import pytest
from tests.incidents.actors import PLACES, actor, planted, waits_for_a_lock
from tests.incidents.processes import issue_in_processes
from tests.incidents.side_by_side import ask_side_by_side
from tests.incidents.undecided import LET_LEAVE, WARD, asked, lift_stops, received, release_words, state_of

import kofu.certificates.make as make_module
from kofu.certificates.facts import CertificateOrder
from kofu.certificates.released import ReleasedCertificate
from kofu.certificates.render import CertificatePress
from kofu.contracts.issuing import AnsweredBefore, Issued, PrintOutcome, Refused
from kofu.core.kinds import HoldKind
from kofu.issuing.cases import case_store
from kofu.issuing.requests import hand_over, release
from kofu.issuing.requests.domain import release_rules
from kofu.issuing.requests.domain.release_rules import ReportStanding
from kofu.issuing.requests.domain.states import RequestState
from kofu.issuing.requests.issue import issue_certificate
from kofu.issuing.requests.leaving import Verdict
from kofu.issuing.requests.report_print import take_print_result
from kofu.issuing.serving import runtime

pytestmark = [pytest.mark.storage, pytest.mark.font]

# B1 ---------------------------------------------------------------------------------------------------------------


def papers_of_three_side_by_side(world, press, says_whose) -> list[list[int]]:
    requests = [world.request(f"00a{person:x}") for person in (1, 2, 3)]
    outcomes = ask_side_by_side(world.database.app_url, lambda lane: world.issuer(press, lane=lane), requests)
    answers = [outcomes[request.request_id] for request in requests]
    return [says_whose(one.documents[0].pdf) if isinstance(one, Issued) else [] for one in answers]


def test_b1_an_order_is_never_shared_by_threads_between_rendering_and_last_look(world, press, says_whose):
    """The published cause of 2023: requests side by side, each gets its own paper."""
    assert papers_of_three_side_by_side(world, press, says_whose) == [[1], [2], [3]]


def test_b1_nor_in_the_threads_of_two_processes(world, says_whose):
    batches = [[world.request(f"00a{part}"), world.request(f"00a{part + 1}")] for part in (1, 3)]
    answers = issue_in_processes(world, batches, module="tests.incidents.side_by_side")
    asked = {request.request_id: int(request.serial.lstrip("0")[1:], 16) for batch in batches for request in batch}
    papers = {asked[one["request"]]: says_whose(bytes.fromhex(one["pdf"])) for part in answers for one in part}
    assert papers == {1: [1], 2: [2], 3: [3], 4: [4]}


@pytest.mark.parametrize("kept", ["the order", "the paper too"])
def test_b1_twin_what_a_variable_of_the_module_keeps_does_not_go_unseen(world, press, monkeypatch, says_whose, kept):
    shared: dict[str, object] = {}

    def planted_make(order: CertificateOrder, with_press: CertificatePress) -> ReleasedCertificate:
        shared["order"] = order
        pdf = shared["pdf"] = make_module.render(order, with_press)
        if kept == "the paper too":
            pdf = shared["pdf"]
        return make_module.take_last_look(shared["order"], pdf)

    monkeypatch.setattr(runtime, "make", planted_make)
    try:
        assert papers_of_three_side_by_side(world, press, says_whose) != [[1], [2], [3]]
    finally:
        lift_stops(world)


# B2 ---------------------------------------------------------------------------------------------------------------


def two_releases_of_one_request(world, connection, place: str, serial: str, person: int) -> object:
    """Hold one release open, begin a second one, let the first commit; give what came of the second."""
    stored = received(connection, world, serial)
    came: list[object] = []

    def second() -> None:
        try:
            with world.connect() as other:
                row = other.execute(LET_LEAVE, release_words(stored, world, person, "second")).fetchone()
                came.append(Verdict(row[0]) if row else None)
        except psycopg.Error as error:
            came.append(error)

    with actor(place, world.database.app_url) as first:
        first.do("BEGIN")
        assert first.do(LET_LEAVE, *release_words(stored, world, person, "first")) == "released"
        thread = threading.Thread(target=second)
        thread.start()
        while not came and not waits_for_a_lock(connection):
            thread.join(0.01)
        first.do("COMMIT")
        thread.join(20)
    return came[0]


@pytest.mark.parametrize("place", PLACES)
def test_b2_the_row_of_the_request_is_locked_at_the_release(world, connection, place):
    """P5: the second waits for the first, then finds the request decided."""
    assert two_releases_of_one_request(world, connection, place, "00a1", 1) is Verdict.DECIDED


def test_b2_twin_without_the_lock_the_second_release_finds_the_request_undecided(world, connection):
    with planted(world.database.owner_url, "issuing_let_leave", " FOR UPDATE", ""):
        assert two_releases_of_one_request(world, connection, "thread", "00a1", 1) is not Verdict.DECIDED


# B5, C9 -----------------------------------------------------------------------------------------------------------

BETWEEN = pytest.mark.parametrize("before", ["release", "answer"])


def issue_turning(world, connection, press, monkeypatch, before: str, turn: Callable[[], None]) -> object:
    """Issue, with something done to the time just before the release or just after its commit."""
    if before == "release":
        return issue_certificate(connection, world.issuer(press, before_make=lambda _: turn()), world.request())
    write = release._write

    def slow(*words):
        verdict = write(*words)
        turn()
        return verdict

    monkeypatch.setattr(release, "_write", slow)
    return issue_certificate(connection, world.issuer(press), world.request())


@BETWEEN
def test_b5_a_deadline_met_to_the_microsecond_is_late(world, connection, press, monkeypatch, before):
    outcome = issue_turning(world, connection, press, monkeypatch, before, lambda: world.clock.turn(seconds=30))
    assert isinstance(outcome, Refused)
    assert outcome.code == "too_late"


@BETWEEN
def test_b5_a_microsecond_before_its_deadline_a_paper_leaves(world, connection, press, monkeypatch, before):
    just = timedelta(seconds=30) - timedelta(microseconds=1)
    outcome = issue_turning(
        world, connection, press, monkeypatch, before, lambda: world.clock.turn(seconds=just.total_seconds())
    )
    assert isinstance(outcome, Issued)


@BETWEEN
def test_b5_twin_a_deadline_that_counts_as_in_time_lets_the_paper_leave(world, connection, press, monkeypatch, before):
    monkeypatch.setattr(release_rules, "is_late", lambda now, deadline: now > deadline)
    outcome = issue_turning(world, connection, press, monkeypatch, before, lambda: world.clock.turn(seconds=30))
    assert isinstance(outcome, Issued)


@pytest.fixture
def set_back(world):
    """Put the clock back by a minute while 31 seconds pass."""

    def turn() -> None:
        world.clock.turn(seconds=-60)
        world.ticks += 31.0

    return turn


@BETWEEN
def test_c9_a_clock_put_back_under_a_request_wins_it_no_time(world, connection, press, monkeypatch, before, set_back):
    outcome = issue_turning(world, connection, press, monkeypatch, before, set_back)
    assert isinstance(outcome, Refused)
    assert outcome.code == "too_late"


@BETWEEN
def test_c9_twin_by_the_clock_alone_the_paper_leaves_after_its_deadline(
    world, connection, press, monkeypatch, before, set_back
):
    monkeypatch.setattr(
        "kofu.issuing.requests.issuer.is_over", lambda limit, now, _ticks: release_rules.is_late(now, limit.deadline)
    )
    assert isinstance(issue_turning(world, connection, press, monkeypatch, before, set_back), Issued)


# B8 ---------------------------------------------------------------------------------------------------------------

DURABLE = """
CREATE FUNCTION durable_or_not_at_all() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF current_setting('synchronous_commit') NOT IN ('on', 'remote_apply') THEN
        RAISE EXCEPTION 'not durable when it is answered';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER durable BEFORE INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION durable_or_not_at_all();
"""


@pytest.fixture
def only_durable(world):
    """Let the database refuse every entry whose transaction does not wait for the disk."""
    with world.as_owner() as owner:
        owner.execute(DURABLE)
    yield
    with world.as_owner() as owner:
        owner.execute("DROP TRIGGER durable ON audit_entry; DROP FUNCTION durable_or_not_at_all()")


def test_b8_whatever_the_session_says_what_is_answered_waits_for_the_disk(world, connection, press, only_durable):
    """P10: release, repeat, refusal, "answered before", print result and hold each switch it on themselves."""
    connection.execute("SET synchronous_commit = off")
    issuer, request = world.issuer(press), world.request("00a5")
    assert isinstance(issue_certificate(connection, issuer, request), Issued)
    assert isinstance(issue_certificate(connection, issuer, request), Issued)
    assert isinstance(issue_certificate(connection, issuer, world.request("ffff")), Refused)
    world.clock.turn(seconds=31)
    assert isinstance(issue_certificate(connection, issuer, request), AnsweredBefore)
    result = world.result(request, PrintOutcome.PRINTED)
    take_print_result(connection, world.acting(), result, municipality_code=WARD)
    here = psycopg.sql.Identifier(connection.info.dbname)
    careless = psycopg.sql.SQL("ALTER ROLE CURRENT_USER IN DATABASE {} SET synchronous_commit = off").format(here)
    connection.execute(careless)
    world.hold(f"{0x18:015}", HoldKind.PROTECTION)  # through a connection opened after that
    assert connection.execute("SHOW synchronous_commit").fetchone() == ("off",)


@pytest.mark.parametrize("what", ["release", "repeat"])
def test_b8_inside_release_and_repeat_the_setting_is_on_to_the_end(world, connection, what):
    stored = received(connection, world, "00a5")
    connection.execute("SET synchronous_commit = off")
    with connection.transaction(force_rollback=True):
        connection.execute(LET_LEAVE, release_words(stored, world, 5, "first"))
        if what == "repeat":
            connection.execute("SET LOCAL synchronous_commit = off")
            words = (asked(stored, 5, RequestState.MADE), None, "x")
            row = connection.execute(LET_LEAVE, words).fetchone()
            assert row == ("released",)
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)


def test_b8_twin_without_the_setting_in_the_log_nothing_waits_for_the_disk(world, connection, only_durable):
    connection.execute("SET synchronous_commit = off")
    guard = "NOT IN ('on', 'remote_apply')"
    url = world.database.owner_url
    stored = received(connection, world, "00a5")
    with (
        planted(url, "audit_link", guard, "= 'never'"),
        planted(url, "issuing_let_leave", guard, "= 'never'"),
        pytest.raises(psycopg.errors.RaiseException, match="not durable when it is answered"),
    ):
        connection.execute(LET_LEAVE, release_words(stored, world, 5, "twin"))


# A1, A2 -----------------------------------------------------------------------------------------------------------


def stand_still_after_the_commit(world, press, monkeypatch, meanwhile: Callable[[], None]):
    """Give an issuer whose worker stands still once, between its commit and its look at the clock."""
    write, stood = release._write, threading.Event()

    def stand(*words):
        verdict = write(*words)
        if not stood.is_set():
            stood.set()
            meanwhile()
        return verdict

    monkeypatch.setattr(release, "_write", stand)
    return world.issuer(press, lane="A")


def test_a2_what_another_worker_handed_out_is_never_refused_in_the_journal(world, connection, press, monkeypatch):
    """A commits and stands still; B hands the paper out; A wakes past the deadline: the print result is taken."""
    request, handed_out = world.request("00a6"), []

    def another_hands_it_out() -> None:
        with world.connect() as other:
            handed_out.append(issue_certificate(other, world.issuer(press, lane="B"), request))
        world.clock.turn(seconds=31)

    woken = issue_certificate(
        connection, stand_still_after_the_commit(world, press, monkeypatch, another_hands_it_out), request
    )
    assert isinstance(handed_out[0], Issued)
    assert isinstance(woken, AnsweredBefore)
    assert state_of(connection, request) is RequestState.MADE
    taken = take_print_result(
        connection, world.acting(), world.result(request, PrintOutcome.PRINTED), municipality_code=WARD
    )
    assert taken.case_id is None
    assert state_of(connection, request) is RequestState.PRINTED


def test_a2_twin_a_worker_that_speaks_for_others_denies_a_paper_that_exists(world, connection, press, monkeypatch):
    """With the rule and the database's own rule off, the print result of a paper that exists is turned away."""
    monkeypatch.setattr(hand_over, "after_withholding", lambda _state, _may_leave: RequestState.WITHHELD)
    request = world.request("00a6")

    def another_hands_it_out() -> None:
        with world.connect() as other:
            assert isinstance(issue_certificate(other, world.issuer(press, lane="B"), request), Issued)
        world.clock.turn(seconds=31)

    with planted(world.database.owner_url, "issuing_request_moves", "NEW.may_leave <> 0", "false"):
        issuer = stand_still_after_the_commit(world, press, monkeypatch, another_hands_it_out)
        assert isinstance(issue_certificate(connection, issuer, request), Refused)
    result = world.result(request, PrintOutcome.PRINTED)
    taken = take_print_result(connection, world.acting(), result, municipality_code=WARD)
    assert taken.standing is ReportStanding.UNREQUESTED


def test_a2_the_database_itself_lets_nobody_speak_for_a_worker_that_has_not_spoken(world, connection, press):
    request = world.request("00a6")
    issue_certificate(connection, world.issuer(press), request)
    with pytest.raises(psycopg.errors.RaiseException, match="somebody may still hand out is not withheld"):
        connection.execute("UPDATE issuing_request SET state = 'withheld' WHERE request_id = %s", [request.request_id])


def test_a2_where_all_who_might_have_handed_it_out_say_no_it_is_withheld(world, connection, press, monkeypatch):
    """And then it is a refusal, for ever, also with the clock put back."""
    request = world.request("00a6")
    issuer = stand_still_after_the_commit(world, press, monkeypatch, lambda: world.clock.turn(seconds=31))
    refused = issue_certificate(connection, issuer, request)
    assert isinstance(refused, Refused)
    assert state_of(connection, request) is RequestState.WITHHELD
    world.clock.turn(seconds=-31)
    assert issue_certificate(connection, world.issuer(press), request) == refused


def test_a1_too_late_is_written_before_it_is_told_and_told_for_ever(world, connection, press):
    request = world.request("00a7")
    late = world.issuer(press, before_make=lambda _: world.clock.turn(seconds=31))
    refused = issue_certificate(connection, late, request)
    assert isinstance(refused, Refused)
    world.clock.turn(seconds=-31)
    for _ in range(3):
        assert issue_certificate(connection, world.issuer(press), request) == refused


# A5 ---------------------------------------------------------------------------------------------------------------


def test_a5_a_worker_that_stands_still_with_the_row_locked_makes_nobody_wait_past_the_bound(world, connection, press):
    """The release waits three seconds for a lock and is refused cleanly; the frozen worker's lock is not taken away."""
    stored = received(connection, world, "00a5")
    with actor("process", world.database.app_url) as frozen:
        frozen.do("BEGIN")
        frozen.do("SELECT state FROM issuing_request WHERE request_id = %s FOR UPDATE", stored.request_id)
        began = time.monotonic()
        with pytest.raises(psycopg.errors.LockNotAvailable):
            connection.execute(LET_LEAVE, release_words(stored, world, 5, "waits"))
        assert time.monotonic() - began < 10.0
        frozen.do("ROLLBACK")
    assert connection.execute(LET_LEAVE, release_words(stored, world, 5, "waits")).fetchone() == ("released",)


# C10 --------------------------------------------------------------------------------------------------------------


def test_c10_a_fault_that_lasts_is_one_case_with_its_count_and_every_request(world, connection, press):
    def broken(_order) -> None:
        raise RuntimeError

    issuer = world.issuer(press, before_make=broken)
    requests = [world.request(f"00a{person:x}") for person in range(1, 8)]
    for request in requests:
        assert issue_certificate(connection, issuer, request).code == "temporarily_unavailable"
    found = [
        case
        for case in case_store.list_cases(connection, WARD, only_open=True)
        if case.cause == "RuntimeError (unexpected)"
    ]
    assert [case.occurrences for case in found] == [7]
    named = connection.execute(
        "SELECT count(DISTINCT request_id) FROM issuing_case_evidence WHERE case_id = %s", [found[0].case_id]
    ).fetchone()
    assert named == (7,)
