"""The checker of the counters holds on what the use cases did, and finds what a hand in the database did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from tests.ledger.counter.domain.counter_requests import ASKED
from tests.ledger.counter_ward import WARD, nothing_stands, person, take_ward_over

from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.counter import issue, preview, steps
from kofu.ledger.counter.desk import certificate_press, desk_of
from kofu.ledger.counter.domain.states import COUNTER_LIFE
from kofu.ledger.counter.verify import _ARROWS, verify_counter
from kofu.ledger.profile.ledger_profile import ledger_profile
from kofu.platform.fonts import find_font
from kofu.platform.postgres import SystemDatabase
from kofu.platform.profiles import load_profile

pytestmark = [pytest.mark.storage, pytest.mark.font]

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
CLERK = Acting("clerk", "test", NOW)
HERE = "shunou"
TABLES = ("counter_application", "counter_copy", "counter_event")


@pytest.fixture(scope="module")
def database(system_database, tmp_path_factory) -> SystemDatabase:
    made = system_database("ledger")
    take_ward_over(made, tmp_path_factory.mktemp("ward"), NOW)
    return made


@pytest.fixture(scope="module")
def handed_over(database: SystemDatabase) -> UUID:
    """One application with two papers, handed over."""
    profile = load_profile(Path(__file__).parents[3] / "profiles" / "mihon.toml")
    rules = ledger_profile(WARD).certificates.decided_by
    desk = desk_of(profile, rules, certificate_press(find_font(), signed_code=False), nothing_stands)
    asked = replace(ASKED, copies=2)
    made = uuid4()
    with psycopg.connect(database.app_url, autocommit=True) as connection:
        issue.apply(connection, desk, made, asked, addressee_number=person(connection), office=HERE, acting=CLERK)
        seen = preview.preview(connection, desk, made, today=NOW.date()).seen
        issue.issue(connection, desk, made, seen=seen, office=HERE, acting=CLERK)
        for position in (1, 2):
            issue.print_copy(connection, desk, made, position, office=HERE, acting=CLERK)
        steps.hand_over(connection, made, fee_taken=600, office=HERE, acting=CLERK)
    return made


@pytest.fixture
def owner(database: SystemDatabase, handed_over: UUID) -> Iterator[psycopg.Connection]:
    """A hand in the database: the owner, who took the triggers away."""
    with psycopg.connect(database.owner_url, autocommit=True) as opened:
        for table in TABLES:
            opened.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_append_only")
        yield opened
        for table in TABLES:
            opened.execute(f"ALTER TABLE {table} ENABLE TRIGGER {table}_append_only")


def test_what_the_use_cases_did_holds(owner) -> None:
    report = verify_counter(owner, WARD)
    assert report.holds, report.differences
    assert (report.applications, report.papers) == (1, 2)


def test_what_was_taken_later_is_checked_alone(owner) -> None:
    assert verify_counter(owner, WARD, since=NOW + timedelta(seconds=1)).applications == 0


def test_the_checkers_arrows_are_those_of_the_use_cases() -> None:
    """Written twice on purpose; a change of one must be a change of both."""
    used = {(state.value, event.value, after.value) for (state, event), after in COUNTER_LIFE.table.items()}
    assert _ARROWS - {("", "apply", "applied")} == used


@pytest.mark.parametrize(
    ("tampering", "undoing", "found"),
    [
        (
            "UPDATE counter_copy SET certificate_number = replace(certificate_number, '-C-', '-')",
            "UPDATE counter_copy SET certificate_number = replace(certificate_number, '8-0', '8-C-0')",
            {"number", "record"},
        ),
        (
            "UPDATE counter_copy SET sha256 = reverse(sha256) WHERE position = 2",
            "UPDATE counter_copy SET sha256 = reverse(sha256) WHERE position = 2",
            {"record", "print"},
        ),
        (
            "UPDATE counter_event SET fee = 300 WHERE event = 'hand_over'",
            "UPDATE counter_event SET fee = 600 WHERE event = 'hand_over'",
            {"fee"},
        ),
        (
            "UPDATE counter_event SET state = 'approved' WHERE event = 'issue'",
            "UPDATE counter_event SET state = 'issued' WHERE event = 'issue'",
            {"story"},
        ),
        (
            "UPDATE counter_event SET position = 99 WHERE event = 'hand_over'",
            "UPDATE counter_event SET position = 5 WHERE event = 'hand_over'",
            {"story"},
        ),
        (
            "UPDATE counter_application SET copies = 3",
            "UPDATE counter_application SET copies = 2",
            {"papers"},
        ),
    ],
)
def test_a_hand_in_the_database_is_found(owner, tampering: str, undoing: str, found: set[str]) -> None:
    """Every check has a test that it detects."""
    owner.execute(tampering)
    try:
        assert {difference.check for difference in verify_counter(owner, WARD).differences} == found
    finally:
        owner.execute(undoing)
    assert verify_counter(owner, WARD).holds


def test_an_approval_by_the_one_who_took_the_application_is_found(owner, handed_over: UUID) -> None:
    with owner.transaction(force_rollback=True):
        owner.execute("UPDATE counter_event SET position = position + 10 WHERE application_id = %s", [handed_over])
        owner.execute("UPDATE counter_event SET position = position - 8 WHERE event <> 'apply'")
        owner.execute("UPDATE counter_event SET position = 1 WHERE event = 'apply'")
        owner.execute(
            "INSERT INTO counter_event (application_id, position, event, state, actor, office, occurred_at, reason,"
            " fee, detail) VALUES (%(id)s, 2, 'ask_approval', 'waiting', 'clerk', 'x', now(), '', 0, '{}'),"
            " (%(id)s, 3, 'approve', 'approved', 'clerk', 'x', now(), '', 0, '{}')",
            {"id": handed_over},
        )
        report = _inside(owner)
    assert report == {"approval"}


def _inside(owner: psycopg.Connection) -> set[str]:
    """Check within the test's own transaction, which is taken back."""
    from kofu.ledger.counter.verify import _cases, _check

    return {difference.check for case in _cases(owner, WARD, None) for difference in _check(case)}
