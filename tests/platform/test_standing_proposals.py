"""When what an account proposed lapses (`staff_lapsed_at`): its reset, its end, another role, the end of its roster."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from tests.resets import account_until, another_role, reset

from kofu.core.calendar import JST, day_in_japan
from kofu.core.four_eyes import PendingProposal
from kofu.platform.standing_proposals import lapsed_at
from kofu.staff.domain.contractors import RosterLine
from kofu.staff.operators.domain.operator_sessions import why_not
from kofu.staff.operators.sessions import OsUser, find_session, open_session

pytestmark = pytest.mark.storage
PROPOSED = datetime(2021, 6, 10, 3, tzinfo=UTC)
MOMENT, HOUR = timedelta(milliseconds=2), timedelta(hours=1)


@pytest.fixture(scope="module")
def database(system_database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(system_database("registry").owner_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def owner(database) -> Iterator[psycopg.Connection]:
    with database.transaction(force_rollback=True):
        yield database


def lapsed(connection: psycopg.Connection, at: datetime = PROPOSED) -> datetime | None:
    return lapsed_at(connection, PendingProposal("who", at))


@pytest.mark.parametrize("change", [reset, another_role])
@pytest.mark.parametrize(
    ("decided", "known", "when"),
    [
        (PROPOSED + HOUR, None, PROPOSED + HOUR),
        (PROPOSED + HOUR, PROPOSED + 2 * HOUR, PROPOSED + HOUR),
        (PROPOSED - MOMENT, None, PROPOSED),  # begun by who had the account, stored a moment after the decision
        (PROPOSED - MOMENT, PROPOSED + HOUR, PROPOSED),
        (PROPOSED - 2 * HOUR, PROPOSED - HOUR, None),  # its owner had read of it, and proposed after that
    ],
)
def test_a_reset_and_another_role_lapse_what_came_before_the_owner_had_read_of_it(owner, change, decided, known, when):
    """No window: nothing opens to the owner before the change is read, so what came till then is not the owner's."""
    account_until(owner, "who", None)
    change(owner, "who", decided, known_at=known)
    assert lapsed(owner) == when
    assert lapsed_at(owner, PendingProposal("another", PROPOSED)) is None


def test_an_account_lapses_with_the_end_of_its_last_day_in_japan(owner):
    account_until(owner, "who", date(2021, 6, 30))
    assert lapsed(owner) == datetime(2021, 7, 1, tzinfo=JST)
    account_until(owner, "who", day_in_japan(datetime.now(UTC)) + timedelta(days=1))
    assert lapsed(owner) is None, "it is in use still"


def test_an_account_of_the_demonstration_whose_password_was_taken_counts_no_more_on_that_day(owner):
    account_until(owner, "who", day_in_japan(datetime.now(UTC)), demonstration=True)
    assert lapsed(owner) == datetime.combine(day_in_japan(datetime.now(UTC)), datetime.min.time(), JST)


def test_nobodys_account_is_never_reset(owner):
    """What an unattended job drew up waits for people; a job has no account that could end."""
    assert lapsed_at(owner, PendingProposal("service:night", PROPOSED)) is None


WHOLE = RosterLine(
    starts_on=date(2021, 1, 1), ends_on=None, contract_starts_on=date(2020, 4, 1), contract_ends_on=date(9999, 12, 31),
    trained_on=date(2021, 1, 5), pledged_on=date(2021, 1, 5), confirmed=True,
)  # fmt: skip


@pytest.mark.parametrize(
    "lines",
    [
        [WHOLE],
        [],
        [replace(WHOLE, confirmed=False)],
        [replace(WHOLE, pledged_on=None)],
        [replace(WHOLE, trained_on=date(2021, 6, 11))],
        [replace(WHOLE, ends_on=date(2021, 8, 1))],
        [replace(WHOLE, contract_ends_on=date(2021, 9, 1))],
        [replace(WHOLE, ends_on=date(2021, 8, 1)), replace(WHOLE, starts_on=date(2021, 8, 2))],
        [replace(WHOLE, ends_on=date(2021, 8, 1)), replace(WHOLE, starts_on=date(2021, 8, 4))],
    ],
)
def test_a_contractors_worker_lapses_on_the_first_day_no_line_of_the_roster_holds(owner, lines):
    """The database's rule is that of `RosterLine.holds_on`, day by day; a new line after a gap revives nothing."""
    account_until(owner, "who", None, role="contractor")
    for line in lines:
        put_on_roster(owner, line)
    first, today = day_in_japan(PROPOSED), day_in_japan(datetime.now(UTC))
    days = (first + timedelta(days=passed) for passed in range((today - first).days + 1))
    without = next((day for day in days if not any(line.holds_on(day) for line in lines)), None)
    start = None if without is None else datetime.combine(without, datetime.min.time(), JST)
    assert lapsed(owner) == (None if start is None else max(start, PROPOSED))


@pytest.mark.parametrize(("last", "works"), [(1, True), (0, True), (-1, False)], ids=["tomorrow", "today", "yesterday"])
def test_an_open_session_at_the_command_line_ends_with_the_roster(owner, last, works):
    """A worker whose line ended at midnight runs no command more, though the session was opened before."""
    now = datetime.now(UTC)
    today = day_in_japan(now)
    account_until(owner, "who", None, role="contractor")
    put_on_roster(owner, replace(WHOLE, ends_on=today + timedelta(days=last)))
    (account_id,) = owner.execute("SELECT id FROM staff_account WHERE login = 'who'").fetchone()
    user, ends = OsUser(uid=7, name="who"), now + HOUR
    open_session(owner, account_id=account_id, token="token", os_user=user, now=now, expires_at=ends)
    session = find_session(owner, "token")
    assert session is not None
    assert (why_not(session, uid=7, now=now, today=today, specimen=True) is None) is works


def put_on_roster(connection: psycopg.Connection, line: RosterLine) -> None:
    connection.execute(
        "WITH company AS (INSERT INTO staff_contractor (name) VALUES ('x') ON CONFLICT (name)"
        " DO UPDATE SET name = 'x' RETURNING id), work AS (INSERT INTO staff_service_contract (contractor_id, title,"
        " work, starts_on, ends_on, responsible, recorded_by, recorded_at) SELECT id, 'x', 'maintenance', %s, %s, 'x',"
        " 'a', now() FROM company RETURNING id) INSERT INTO staff_roster_worker (contract_id, name, login, starts_on,"
        " ends_on, trained_on, pledged_on, recorded_by, recorded_at, confirmed_by) SELECT id, 'x', 'who', %s, %s, %s,"
        " %s, 'a', now(), %s FROM work",
        [line.contract_starts_on, line.contract_ends_on, line.starts_on, line.ends_on, line.trained_on, line.pledged_on,
         "b" if line.confirmed else ""],
    )  # fmt: skip
