"""What happens beside and amid a load: readers see one generation, crashes leave the old one (P3, P6)."""

from __future__ import annotations

import functools
import threading
from itertools import chain

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.issuing.feed_maker import (
    KEYS,
    NOW,
    UNBOUND,
    WARD,
    assessment,
    card,
    collection,
    resident,
    resident_feed,
    serial_of,
    tax_feed,
)

from kofu.contracts.feed import FeedKind
from kofu.issuing.feeds import feed_store, state_store, version_store
from kofu.issuing.feeds import import_feed as import_module
from kofu.issuing.feeds.import_feed import ImportOutcome, import_feed
from kofu.issuing.requests import fact_store
from kofu.issuing.requests.read_facts import read_facts

pytestmark = pytest.mark.storage
ONE = "000000000000001"


@pytest.fixture
def connect(system_database):
    return functools.partial(psycopg.connect, system_database("issuing").owner_url)


def take_in(connect, folder):
    return import_feed(connect, folder, keys=KEYS, municipality_code=WARD, now=NOW, actor="test", judging=UNBOUND)


def marked(generation):
    """A person whose assessment and notice both bear the number of the generation they come from."""
    return (
        [assessment(ONE, salary_revenue=generation)],
        [collection("1", ONE, assessed=f"{generation}|0", paid="0|0", assessed_total=generation, paid_total=0)],
    )


@pytest.fixture
def ward(connect, tmp_path):
    assert take_in(connect, resident_feed(tmp_path / "r1", [resident(ONE)], [card("00a1", ONE)])).data_generation == 1
    assert take_in(connect, tax_feed(tmp_path / "t1", *marked(1))).data_generation == 2
    return connect


def read_guarded(connection):
    facts = read_facts(connection, municipality_code=WARD, serial=serial_of("00a1"), fiscal_year=2026)
    return facts.generation - 1, facts.assessment.salary_revenue, facts.collections[0].installments[0].assessed


def at(connection):
    """What the pointer says at this moment."""
    return fact_store.select_pointer(connection.cursor(), WARD).data_generation


def one_of(connection, column, table, generation):
    """One value of a table at a generation, or None: a statement of its own."""
    row = connection.execute(
        f"SELECT {column} FROM {table} WHERE addressee_number = %s AND from_generation <= %s AND to_generation > %s",
        (ONE, generation, generation),
    ).fetchone()
    return row and row[0]


def read_unguarded(connection, between=lambda: None):
    """The twin without the guard: a statement for each table, each at what the pointer says at that moment."""
    connection.autocommit = True
    assessed = one_of(connection, "salary_revenue", "fact_assessments", at(connection))
    between()
    return assessed, one_of(connection, "split_part(assessed, '|', 1)::bigint", "fact_collections", at(connection))


def race(ward, tmp_path, read, loads=8):
    """Read as fast as possible while differences are activated one after another; give what was seen."""
    feeds = [tax_feed(tmp_path / f"t{n}", *marked(n), generation=n, base=n - 1) for n in range(2, loads + 2)]
    done = threading.Event()
    seen = set()

    def reader():
        with ward() as connection:
            while not done.is_set():
                seen.add(read(connection))

    readers = [threading.Thread(target=reader) for _ in range(2)]
    for thread in readers:
        thread.start()
    try:
        for feed in feeds:
            assert take_in(ward, feed).outcome is ImportOutcome.ACTIVATED
    finally:
        done.set()
        for thread in readers:
            thread.join()
    return seen


def test_adachi_update_during_issue(ward, tmp_path):
    """足立区, 2023: a load beside a request. Every reading is of exactly one generation."""
    seen = race(ward, tmp_path, read_guarded)
    assert len(seen) > 1
    assert all(len(set(of_one_reading)) == 1 for of_one_reading in seen)


def test_a_load_activated_between_two_statements_mixes_generations(ward, tmp_path):
    """Why a reading is one statement: the twin of two statements reads two generations."""

    def activate():
        assert (
            take_in(ward, tax_feed(tmp_path / "t2", *marked(2), generation=2, base=1)).outcome
            is ImportOutcome.ACTIVATED
        )

    with ward() as connection:
        assert read_unguarded(connection, between=activate) == (1, 2)


def test_rows_erased_between_two_statements_are_missing(ward):
    """The generation alone does not protect against an erasure of old years; with two statements this shows."""

    def erase():
        with ward() as other:
            other.execute("DELETE FROM fact_collections")

    with ward() as connection:
        assert read_unguarded(connection, between=erase) == (1, None)


def test_a_reading_is_one_statement(ward, monkeypatch):
    """The guard itself: nothing can come between, for there is no between."""
    said = []
    original = psycopg.Cursor.execute

    def counted(cursor, query, *arguments, **named):
        said.append(query)
        return original(cursor, query, *arguments, **named)

    monkeypatch.setattr(psycopg.Cursor, "execute", counted)
    with ward() as connection:
        connection.autocommit = True
        assert read_guarded(connection) == (1, 1, 1)
        assert len(said) == 1


@pytest.mark.parametrize(
    ("module", "moment"),
    [
        *(
            (version_store, name)
            for name in ("create_staging", "close_versions", "copy_stated", "copy_rows", "check_written")
        ),
        (feed_store, "move_pointer"),
    ],
)
def test_a_backend_killed_at_any_point_leaves_the_old_generation(ward, tmp_path, monkeypatch, module, moment):
    """P3: nothing is half done, no lock stays behind, and the same feed goes in afterwards."""
    feed = tax_feed(tmp_path / "t2", *marked(2), generation=2, base=1)
    original = getattr(module, moment)

    def then_die(connection, *arguments, **named):
        result = original(connection, *arguments, **named)
        with ward() as killer:
            killer.execute("SELECT pg_terminate_backend(%s, 5000)", (connection.info.backend_pid,))
        return result

    with monkeypatch.context() as patch:
        patch.setattr(module, moment, then_die)
        with pytest.raises(psycopg.OperationalError):
            take_in(ward, feed)
    with ward() as connection:
        assert read_guarded(connection) == (1, 1, 1)
    assert take_in(ward, feed).outcome is ImportOutcome.ACTIVATED
    with ward() as connection:
        assert read_guarded(connection) == (2, 2, 2)


def test_a_failing_audit_entry_undoes_the_activation(ward, tmp_path, monkeypatch):
    """P10: what cannot be recorded does not happen."""

    def full_disk(*_arguments):
        raise psycopg.errors.DiskFull

    monkeypatch.setattr(import_module.audit, "append", full_disk)
    with pytest.raises(psycopg.errors.DiskFull):
        take_in(ward, tax_feed(tmp_path / "t2", *marked(2), generation=2, base=1))
    with ward() as connection:
        assert read_guarded(connection) == (1, 1, 1)


def rows_of(state):
    """A state of the ward as rows: {number: income} for each of two years."""
    return [assessment(f"{number:015d}", 2026, salary_revenue=income) for number, income in sorted(state.items())]


def notices_of(state):
    """A notice for each number, paid the further the more it earns."""
    paid = {0: ("0|0", 0), 1: ("1000|0", 1000), 2: ("1000|900", 1900)}
    return [
        collection(f"{number:08d}", f"{number:015d}", paid=paid[income][0], paid_total=paid[income][1])
        for number, income in sorted(state.items())
    ]


def removed(rows):
    return [{**row, "change": "remove"} for row in rows]


def state_figures_of(connection, municipality):
    """By generation what the gates put on record of the whole state, without what happened on the way there."""
    names = {*chain.from_iterable(state_store.figure_names(kind) for kind in FeedKind)}
    rows = connection.execute(
        "SELECT data_generation, name, value FROM issuing_feed_figure WHERE municipality_code = %s", (municipality,)
    )
    return {(generation, name): value for generation, name, value in rows if name in names}


histories = st.lists(st.dictionaries(st.integers(1, 4), st.integers(0, 2), max_size=4), min_size=1, max_size=4)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories)
def test_a_chain_of_differences_equals_a_full_load_at_every_generation(connect, tmp_path_factory, states):
    """Differences and full loads of the same history leave the same facts readable at every generation.

    And the same figures on record: a difference adds what it changed to those of the generation before.
    """
    folder = tmp_path_factory.mktemp("history")
    full, differences = "131041", "131059"

    def load(municipality, number, rows, notices, base=None):
        feed = tax_feed(
            folder / f"{municipality}-{number}", rows, notices, generation=number, base=base, municipality=municipality
        )
        report = import_feed(
            connect, feed, keys=KEYS, municipality_code=municipality, now=NOW, actor="test", judging=UNBOUND
        )
        assert report.outcome is ImportOutcome.ACTIVATED, report.problems

    with connect() as connection:
        connection.execute("ALTER TABLE generation DISABLE TRIGGER USER")
        connection.execute(
            "TRUNCATE fact_assessments, fact_collections, generation, active_generation, issuing_feed_figure"
        )
        connection.execute("ALTER TABLE generation ENABLE TRIGGER USER")
    before = {}
    for number, state in enumerate(states, 1):
        load(full, number, rows_of(state), notices_of(state))
        if number == 1:
            load(differences, number, rows_of(state), notices_of(state))
        else:
            changed = {key: value for key, value in state.items() if before.get(key) != value}
            gone = {key: value for key, value in before.items() if key not in state}
            load(
                differences,
                number,
                rows_of(changed) + removed(rows_of(gone)),
                notices_of(changed) + removed(notices_of(gone)),
                base=number - 1,
            )
        before = state
    with connect() as connection:
        for number, state in enumerate(states, 1):
            expected = {f"{key:015d}": value for key, value in state.items()}
            for municipality in (full, differences):
                found = connection.execute(
                    "SELECT addressee_number, salary_revenue FROM fact_assessments"
                    " WHERE municipality_code = %s AND from_generation <= %s AND to_generation > %s",
                    (municipality, number, number),
                ).fetchall()
                assert dict(found) == expected
        versions = connection.execute("SELECT municipality_code, count(*) FROM fact_assessments GROUP BY 1").fetchall()
        assert len({count for _, count in versions}) <= 1
        assert state_figures_of(connection, full) == state_figures_of(connection, differences) != {}
