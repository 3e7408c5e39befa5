"""Payments in bulk on the real database: matched, posted once, whatever happens in between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from uuid import uuid4

import psycopg
import pytest
from tests.ledger import posted_payments as module
from tests.ledger.posted_payments import post_payments
from tests.ledger.small_ledger import new_ledger

from kofu.ledger.books.domain.claims import Channel, Payment
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.rates_file import rates
from kofu.ledger.books.verify import verify_ledger
from kofu.ledger.payments.domain.matching import MatchOutcome
from kofu.platform.postgres import SystemDatabase

pytestmark = pytest.mark.storage

WARD = "139998"
NOW = datetime(2026, 6, 20, tzinfo=UTC)
DUE = date(2026, 6, 30)
PEOPLE = 60


@pytest.fixture
def database(system_database) -> SystemDatabase:
    """A ledger with one notice of 10,000 yen per person."""
    return new_ledger(system_database, numbers="N{:05d}", people=PEOPLE)


@pytest.fixture
def connection(database: SystemDatabase) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database.app_url, autocommit=True) as opened:
        yield opened


def payments(*, first: int = 0, count: int = PEOPLE, amount: int = 10_000) -> list[Payment]:
    return [
        Payment(
            payment_id=uuid4(),
            municipality_code=WARD,
            key=f"file/{number}",
            channel=Channel.BANK,
            received_on=date(2026, 6, 19),
            booked_on=date(2026, 6, 20),
            amount=amount,
            notice_number=f"N{number:05d}",
            installment="1",
        )
        for number in range(first, first + count)
    ]


def run(connection: psycopg.Connection, batch: list[Payment], **more):
    return post_payments(
        connection,
        batch,
        municipality_code=WARD,
        rules=MatchingRules(rates()),
        actor="test",
        now=NOW,
        booked_on=date(2026, 6, 20),
        source="file",
        **more,
    )


def test_payments_are_matched_and_posted(connection) -> None:
    done = run(connection, payments(count=PEOPLE + 2))
    assert done.counts == Counter({MatchOutcome.SETTLED: PEOPLE, MatchOutcome.UNKNOWN_NOTICE: 2})
    assert done.amount == (PEOPLE + 2) * 10_000
    assert connection.execute("SELECT sum(due), sum(paid) FROM claim_balance").fetchone() == (0, PEOPLE * 10_000)
    assert verify_ledger(connection, every_step=True).holds


def test_the_same_file_again_changes_nothing(connection) -> None:
    run(connection, payments())
    before = connection.execute("SELECT count(*) FROM entry").fetchone()
    again = run(connection, payments())
    assert (again.posted, again.known) == (0, PEOPLE)
    assert connection.execute("SELECT count(*) FROM entry").fetchone() == before


def test_after_a_crash_it_goes_on_where_it_stopped(connection, monkeypatch) -> None:
    monkeypatch.setattr(module, "PAYMENTS_PER_GROUP", 20)

    def die(done: int) -> None:
        if done == 40:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(connection, payments(), progress=die)
    assert connection.execute("SELECT count(*) FROM payment").fetchone() == (40,)
    rest = run(connection, payments())
    assert (rest.posted, rest.known) == (20, 40)
    assert verify_ledger(connection).holds


def test_two_processes_that_post_the_same_file_post_it_once(database: SystemDatabase, monkeypatch) -> None:
    """P5: the database decides, not memory."""
    monkeypatch.setattr(module, "PAYMENTS_PER_GROUP", 10)

    def worker(_: int) -> int:
        with psycopg.connect(database.app_url, autocommit=True) as own:
            return run(own, payments()).posted

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(worker, range(2))) == PEOPLE
    with psycopg.connect(database.app_url) as connection:
        assert connection.execute("SELECT count(*), sum(amount) FROM payment").fetchone() == (PEOPLE, PEOPLE * 10_000)
        assert verify_ledger(connection).holds
