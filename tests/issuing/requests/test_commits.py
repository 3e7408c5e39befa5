"""What the database says of a commit is taken at its word, and a warning is no success (faults C12)."""

from __future__ import annotations

import threading
import time

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from tests.issuing.world import World, people

from kofu.contracts.issuing import Issued, Refused
from kofu.issuing.requests import release as release_module
from kofu.issuing.requests.issue import READINGS_MAX, issue_certificate
from kofu.platform.commit import CommitInDoubtError, certain

pytestmark = [pytest.mark.storage, pytest.mark.font]


@pytest.fixture
def ward(system_database, tmp_path):
    world = World(system_database("issuing"), tmp_path)
    residents, cards, assessments = people(3)
    world.load_residents(residents, cards)
    world.load_tax(assessments)
    return world


@pytest.fixture
def standby_away(postgres):
    """A primary whose only synchronous standby is away: commits that wait for it wait."""

    def set_to(value: str) -> None:
        with psycopg.connect(postgres, autocommit=True) as admin:
            admin.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{value}'")
            admin.execute("SELECT pg_reload_conf()")

    set_to("nobody")
    yield
    set_to("")


def cut_off_the_wait(postgres: str, database: str) -> None:
    """Cancel the one backend of this database that waits for its standby, as a person or a limit does."""
    with psycopg.connect(postgres, autocommit=True) as admin:
        for _ in range(400):
            row = admin.execute(
                "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = %s AND wait_event = 'SyncRep'",
                [database],
            ).fetchone()
            if row:
                return
            time.sleep(0.05)
    raise AssertionError("no commit waited for its standby")


def test_a_release_the_standby_does_not_know_leaves_no_paper_and_the_repeat_gives_it(
    ward, press, postgres, standby_away
):
    name = str(conninfo_to_dict(ward.database.app_url)["dbname"])
    asked = ward.request()
    cutter = threading.Thread(target=cut_off_the_wait, args=(postgres, name))
    with ward.connect() as connection:
        cutter.start()
        with pytest.raises(CommitInDoubtError), certain(connection):
            issue_certificate(connection, ward.issuer(press), asked)
        cutter.join()
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute("ALTER SYSTEM SET synchronous_standby_names = ''")
        admin.execute("SELECT pg_reload_conf()")
    with ward.connect() as connection, certain(connection):
        assert isinstance(issue_certificate(connection, ward.issuer(press), asked), Issued)


def test_without_the_look_at_warnings_the_paper_would_leave(ward, press, postgres, standby_away):
    """The twin: the statement itself reports success."""
    name = str(conninfo_to_dict(ward.database.app_url)["dbname"])
    cutter = threading.Thread(target=cut_off_the_wait, args=(postgres, name))
    with ward.connect() as connection:
        cutter.start()
        assert isinstance(issue_certificate(connection, ward.issuer(press), ward.request()), Issued)
        cutter.join()


class Breaks:
    """Stands in for the release's statement: rolled back so many times, then the real one."""

    def __init__(self, error: type[psycopg.Error], times: int) -> None:
        self.error, self.left, self.real = error, times, release_module.release

    def __call__(self, *arguments):
        if self.left:
            self.left -= 1
            raise self.error
        return self.real(*arguments)


@pytest.mark.parametrize(
    "error",
    [
        psycopg.errors.SerializationFailure,
        psycopg.errors.DeadlockDetected,
        psycopg.errors.LockNotAvailable,
        psycopg.errors.QueryCanceled,
    ],
)
def test_what_was_rolled_back_is_tried_again(ward, press, monkeypatch, error):
    monkeypatch.setattr(release_module, "release", Breaks(error, READINGS_MAX - 1))
    with ward.connect() as connection:
        assert isinstance(issue_certificate(connection, ward.issuer(press), ward.request()), Issued)
        assert connection.execute("SELECT count(*) FROM issuing_case").fetchone() == (0,)


def test_what_is_rolled_back_every_time_is_refused_with_a_case(ward, press, monkeypatch):
    monkeypatch.setattr(release_module, "release", Breaks(psycopg.errors.DeadlockDetected, READINGS_MAX))
    with ward.connect() as connection:
        assert isinstance(issue_certificate(connection, ward.issuer(press), ward.request()), Refused)
        assert connection.execute("SELECT count(*) FROM issuing_case").fetchone() == (1,)


def test_a_statement_that_does_not_warn_is_certain(ward):
    with ward.connect() as connection:
        with certain(connection):
            connection.execute("DO $$ BEGIN RAISE NOTICE 'no warning'; END $$")
        with pytest.raises(CommitInDoubtError), certain(connection):
            connection.execute("DO $$ BEGIN RAISE WARNING 'a warning'; END $$")
        with certain(connection):
            connection.execute("SELECT 1")
