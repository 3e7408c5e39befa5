"""Two clerks at one moment, and a log that cannot be written: what holds then (P2, P3, P5, P10)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier, Event
from uuid import UUID, uuid4

import psycopg
import pytest
from tests.ledger.counter.domain.counter_requests import ASKED
from tests.ledger.counter_ward import WARD, nothing_stands, person, take_ward_over

from kofu.core.errors import KofuError, OperatorFault
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.counter import cases, issue, preview, steps
from kofu.ledger.counter.desk import CounterDesk, certificate_press, desk_of
from kofu.ledger.counter.domain.states import CounterState
from kofu.ledger.counter.store import application
from kofu.ledger.profile.ledger_profile import ledger_profile
from kofu.platform.fonts import find_font
from kofu.platform.postgres import SystemDatabase
from kofu.platform.profiles import load_profile

pytestmark = [pytest.mark.storage, pytest.mark.font]

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
CLERK = Acting("clerk", "test", NOW)
HERE = "shunou"
CLERKS = 6


@pytest.fixture(scope="module")
def database(system_database, tmp_path_factory) -> SystemDatabase:
    made = system_database("ledger")
    take_ward_over(made, tmp_path_factory.mktemp("ward"), NOW)
    return made


@pytest.fixture
def connection(database: SystemDatabase) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database.app_url, autocommit=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def desk() -> CounterDesk:
    profile = load_profile(Path(__file__).parents[3] / "profiles" / "mihon.toml")
    rules = ledger_profile(WARD).certificates.decided_by
    return desk_of(profile, rules, certificate_press(find_font(), signed_code=False), nothing_stands)


def applied(connection: psycopg.Connection, desk: CounterDesk) -> UUID:
    stored = issue.apply(
        connection, desk, uuid4(), ASKED, addressee_number=person(connection), office=HERE, acting=CLERK
    )
    return stored.id


def seen(connection: psycopg.Connection, desk: CounterDesk, application_id: UUID) -> str:
    return preview.preview(connection, desk, application_id, today=NOW.date()).seen


def at_once(database: SystemDatabase, act) -> list[object]:
    """Let several clerks do the same at one moment, each on a connection of their own; give what each came to."""
    start = Barrier(CLERKS)

    def clerk(number: int) -> object:
        with psycopg.connect(database.app_url, autocommit=True) as own:
            start.wait()
            try:
                return act(own, Acting(f"clerk{number}", f"test-{number}", NOW))
            except KofuError as error:
                return error.code

    with ThreadPoolExecutor(CLERKS) as pool:
        return list(pool.map(clerk, range(CLERKS)))


def test_several_clerks_who_issue_one_application_at_once_get_the_same_papers(connection, database, desk) -> None:
    """P5, P11: one set of numbers, one event, whoever was first."""
    application_id = applied(connection, desk)
    digest = seen(connection, desk, application_id)
    found = at_once(
        database,
        lambda own, by: issue.issue(own, desk, application_id, seen=digest, office=HERE, acting=by),
    )
    assert len(set(found)) == 1
    assert [copy.position for copy in found[0]] == [1]
    events = connection.execute(
        "SELECT event FROM counter_event WHERE application_id = %s ORDER BY position", [application_id]
    ).fetchall()
    assert events == [("apply",), ("issue",)]


def test_one_form_sent_by_several_hands_at_once_is_one_application(connection, database, desk) -> None:
    same, number = uuid4(), person(connection)
    found = at_once(
        database,
        lambda own, by: issue.apply(own, desk, same, ASKED, addressee_number=number, office=HERE, acting=by),
    )
    assert {stored.id for stored in found} == {same}
    assert connection.execute("SELECT count(*) FROM counter_event WHERE application_id = %s", [same]).fetchone() == (1,)


def test_a_fee_is_taken_once_however_many_press(connection, database, desk) -> None:
    application_id = applied(connection, desk)
    issue.issue(
        connection, desk, application_id, seen=seen(connection, desk, application_id), office=HERE, acting=CLERK
    )
    issue.print_copy(connection, desk, application_id, 1, office=HERE, acting=CLERK)
    found = at_once(
        database, lambda own, by: steps.hand_over(own, application_id, fee_taken=300, office=HERE, acting=by)
    )
    assert Counter(found) == {300: 1, "counter_state": CLERKS - 1}
    assert connection.execute(
        "SELECT sum(fee) FROM counter_event WHERE application_id = %s", [application_id]
    ).fetchone() == (300,)


def test_a_stop_waits_for_the_release_under_way_and_lets_none_through_after(connection, database, desk) -> None:
    """P2: a clerk whose papers are made while the counters stop gets none."""
    application_id = applied(connection, desk)
    digest = seen(connection, desk, application_id)
    made, go_on = Event(), Event()

    def slow(order):
        paper = desk.make(order)
        made.set()
        assert go_on.wait(20)
        return paper

    def clerk() -> str:
        slow_desk = CounterDesk(
            profile=desk.profile, rules=desk.rules, make=slow, undrawable=desk.undrawable, ask_registry=nothing_stands
        )
        with psycopg.connect(database.app_url, autocommit=True) as own, pytest.raises(OperatorFault) as caught:
            issue.issue(own, slow_desk, application_id, seen=digest, office=HERE, acting=CLERK)
        return caught.value.code

    with ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(clerk)
        assert made.wait(20)
        case_id = cases.stop_by_hand(connection, WARD, reason="試験", acting=CLERK)
        go_on.set()
        assert under_way.result(20) == "counters_stopped"
    assert application(connection, application_id).state is CounterState.APPLIED
    cases.sign_case(connection, case_id, "試験のために止めた。終わった。", acting=CLERK)
    cases.sign_case(connection, case_id, "別の者が試験の終わりを見た。", acting=Acting("chief", "test", NOW))


@pytest.fixture
def log_that_fails(database: SystemDatabase) -> Iterator[None]:
    """An audit log that cannot be written, by a trigger of the database."""
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute(
            "CREATE FUNCTION audit_is_full() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'the disk is full' USING ERRCODE = 'disk_full'; END $$"
        )
        owner.execute(
            "CREATE TRIGGER audit_full BEFORE INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_is_full()"
        )
        yield
        owner.execute("DROP FUNCTION audit_is_full CASCADE")


def test_without_a_record_nothing_is_issued(connection, desk, request) -> None:
    """P10: the entry is durable with the issue, or neither is."""
    application_id = applied(connection, desk)
    digest = seen(connection, desk, application_id)
    request.getfixturevalue("log_that_fails")
    with pytest.raises(psycopg.errors.DiskFull):
        issue.issue(connection, desk, application_id, seen=digest, office=HERE, acting=CLERK)
    assert application(connection, application_id).state is CounterState.APPLIED
    assert connection.execute(
        "SELECT count(*) FROM counter_copy WHERE application_id = %s", [application_id]
    ).fetchone() == (0,)


def test_without_a_record_no_paper_leaves(connection, desk, request) -> None:
    """P10: the bytes are made, and given to nobody."""
    application_id = applied(connection, desk)
    digest = seen(connection, desk, application_id)
    issue.issue(connection, desk, application_id, seen=digest, office=HERE, acting=CLERK)
    request.getfixturevalue("log_that_fails")
    with pytest.raises(psycopg.errors.DiskFull):
        issue.print_copy(connection, desk, application_id, 1, office=HERE, acting=CLERK)
    assert connection.execute(
        "SELECT count(*) FROM counter_event WHERE application_id = %s AND event = 'print'", [application_id]
    ).fetchone() == (0,)
