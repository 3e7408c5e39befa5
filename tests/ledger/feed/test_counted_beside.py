"""The ledger's own counts of a night: of its very snapshot, beside its rows, and never left running."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import IsolationLevel
from tests.ledger.feed.night_payments import pay_something
from tests.ledger.feeding import CODE, fed_ledger, opened, small_ward

from kofu.ledger.feed import counted_beside as module
from kofu.ledger.feed.counted_beside import Counted, counted_beside
from kofu.ledger.feed.feed_rows import collection_totals
from kofu.platform.postgres import SystemDatabase

pytestmark = pytest.mark.storage


@pytest.fixture(scope="module")
def ward(tmp_path_factory):
    return small_ward(tmp_path_factory.mktemp("ward"))


@pytest.fixture
def database(system_database, ward) -> SystemDatabase:
    return fed_ledger(system_database, ward)


@contextmanager
def counting(database: SystemDatabase) -> Iterator[Callable[[], Counted]]:
    """A transaction of a night, and the counting beside it."""
    with psycopg.connect(database.app_url) as work:
        work.isolation_level = IsolationLevel.REPEATABLE_READ

        def connect() -> psycopg.Connection:
            return psycopg.connect(database.app_url, autocommit=True)

        with counted_beside(work, connect, CODE, full=True) as counted:
            yield counted


def test_what_is_paid_after_the_snapshot_is_not_counted(database, monkeypatch) -> None:
    """Planted beside it: counted without the night's snapshot, the same payment shows."""
    with opened(database) as connection:
        before = collection_totals(connection, CODE)
    count = module._count

    def late(*words, **named):
        pay_something(database)
        return count(*words, **named)

    monkeypatch.setattr(module, "_count", late)
    with counting(database) as counted:
        assert counted().totals == before
        assert counted().figures["resident_paid"] + counted().figures["light_vehicle_paid"] == before["paid_total"]
    with opened(database) as connection:
        assert collection_totals(connection, CODE)["paid_total"] == before["paid_total"] + 1


def test_what_counting_raises_is_raised_where_it_is_asked_for(database, monkeypatch) -> None:
    monkeypatch.setattr(module, "state_figures", lambda *_: 1 / 0)
    with counting(database) as counted, pytest.raises(ZeroDivisionError):
        counted()


def test_a_night_that_ends_early_does_not_wait_for_the_counting(database, monkeypatch) -> None:
    monkeypatch.setattr(module, "state_figures", lambda connection, _: connection.execute("SELECT pg_sleep(60)"))
    began = time.monotonic()
    with pytest.raises(KeyError), counting(database):
        raise KeyError
    assert time.monotonic() - began < 30
    with opened(database) as connection:
        left = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%'").fetchone()
    assert left == (1,)  # this very question
