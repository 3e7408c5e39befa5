"""Bugs planted one at a time: each guard has a test that names it, and a twin that shows the failure without it."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import msgspec
import psycopg
import pytest
from tests.incidents.actors import PLACES, actor, planted, waits_for_a_lock
from tests.incidents.processes import issue_in_processes
from tests.incidents.side_by_side import ask_side_by_side
from tests.issuing.world import World

import kofu.certificates.make as make_module
from kofu.certificates.facts import CertificateOrder
from kofu.certificates.released import ReleasedCertificate
from kofu.certificates.render import CertificatePress
from kofu.contracts.issuing import AnsweredBefore, Issued, PrintOutcome, Refused
from kofu.core.kinds import HoldKind
from kofu.issuing.acting.domain import clocks
from kofu.issuing.cases import case_store, stop
from kofu.issuing.holds import hold_store
from kofu.issuing.requests import hand_over, issue, journal_store, leaving, release
from kofu.issuing.requests.domain import release_rules
from kofu.issuing.requests.domain.release_rules import ReportStanding
from kofu.issuing.requests.domain.states import RequestState
from kofu.issuing.requests.issue import body_digest, issue_certificate
from kofu.issuing.requests.journal_store import JournalCopy, JournalRequest
from kofu.issuing.requests.leaving import Verdict
from kofu.issuing.requests.report_print import take_print_result
from kofu.issuing.serving import runtime

pytestmark = [pytest.mark.storage, pytest.mark.font]
WARD = "139998"
LET_LEAVE = (
    "SELECT issuing_let_leave(jsonb_populate_record(NULL::issuing_leaving, %s::jsonb),"
    " jsonb_populate_record(NULL::issuing_made, %s::jsonb), %s, '{}')"
)


def state_of(connection: psycopg.Connection, request) -> RequestState:
    stored = journal_store.read_request(connection, request.request_id)
    assert stored is not None
    return stored.state


def received(connection: psycopg.Connection, world, serial: str) -> JournalRequest:
    """Store a request that nobody decided yet."""
    request = world.request(serial)
    stored = journal_store.insert_request(connection, request, body_digest(request), world.clock.now)
    assert stored is not None
    return stored


def asked(stored: JournalRequest, person: int, *states: RequestState) -> str:
    """Word what is asked about a paper that leaves from one of `states`, nothing held."""
    words = leaving._leaving(stored, f"{person:015}", states, "")
    return msgspec.json.encode(words).decode()


def release_words(stored: JournalRequest, world, person: int, lane: str) -> tuple[object, ...]:
    """Give the values of a bare release of `stored`: only what the database looks at is real."""
    copy = JournalCopy(certificate_number=f"{stored.request_id}-{lane}", copy=1, sha256="0", facts_digest="0", pages=1)
    made = leaving.Made(
        decided_at=world.clock.now, generation=1, form_version="v1", as_of=world.clock.now.date(), title="title",
        fee_per_copy=200, copies=(copy,),
    )  # fmt: skip
    return asked(stored, person, RequestState.RECEIVED), msgspec.json.encode(made).decode(), lane


# B1 ---------------------------------------------------------------------------------------------------------------


def lift_stops(world) -> None:
    with world.as_owner() as owner:
        owner.execute("ALTER TABLE issuing_stop DISABLE TRIGGER USER; UPDATE issuing_stop SET lifted_at = now()")
        owner.execute("ALTER TABLE issuing_stop ENABLE TRIGGER USER")


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
