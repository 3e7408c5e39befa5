"""What the feed reads of all notices at once is what is stated of each, and nothing that is out of reach."""

from __future__ import annotations

from datetime import UTC, date, datetime

import psycopg
import pytest
from tests.ledger.assessments.assessed import connection, database, increased, pay, register, row
from tests.ledger.books.settled_long_ago import seen, settled
from tests.ledger.year_of_four import NOTICE, WARD, by

from kofu.ledger.acting.reached_day import reach_day
from kofu.ledger.feed.feed_rows import collection_totals
from kofu.ledger.openings import openings
from kofu.ledger.openings.openings import WantedOpening

pytestmark = pytest.mark.storage

__all__ = ["connection", "database", "increased"]

TODAY = date(2026, 7, 1)
CLERK, CHIEF = by("clerk", TODAY), by("chief", TODAY)


def notices(connection: psycopg.Connection, view: str) -> list[tuple[object, ...]]:
    return connection.execute(f"SELECT * FROM {view} ORDER BY notice_number").fetchall()


def both(connection: psycopg.Connection) -> list[tuple[object, ...]]:
    """What is stated: the same of all at once as of one after another, and in sum what the balances say."""
    of_all = notices(connection, "stated_collections_of_all")
    assert of_all == notices(connection, "stated_collections")
    totals = connection.execute(
        "SELECT coalesce(sum(assessed_total), 0)::bigint, coalesce(sum(paid_total), 0)::bigint"
        " FROM stated_collections_of_all"
    ).fetchone()
    assert totals == tuple(collection_totals(connection, WARD).values())
    return of_all


@pytest.fixture
def long_ago(connection) -> int:
    """A claim that went out of reach today beside one that has not, and the day is reached."""
    hidden = settled(connection, date(2019, 6, 28)).claim("1")
    settled(connection, date(2019, 6, 30), number="20190000002")
    reach_day(connection, date(2026, 6, 30))
    assert not seen(connection, hidden)
    return hidden


def test_increases_and_extended_days_are_stated_alike(increased) -> None:
    assert both(increased)
    pay(increased, date(2026, 10, 20), 150_000)
    register(
        increased,
        row("increase", "2026-10-20", [("1", "2026-11-30", 760_000)]),
        datetime(2026, 10, 20, tzinfo=UTC),
    )
    assert both(increased)


def test_what_is_out_of_reach_is_in_neither(connection, database, long_ago) -> None:
    assert len(both(connection)) == 1
    with psycopg.connect(database.owner_url) as owner:  # whom no rule of a row holds back
        assert len(notices(owner, "stated_collections")) == 2, "the twin: it is there"
        assert len(notices(owner, "stated_collections_of_all")) == 1


def test_what_keeps_a_claim_open_keeps_it_in_both(connection, database, long_ago) -> None:
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("UPDATE share SET overpaid = 1 WHERE claim_id = %s", [long_ago])
    assert len(both(connection)) == 2


def test_a_reading_two_people_opened_sees_it_in_both_and_nobody_else_does(connection, long_ago) -> None:
    wanted = WantedOpening(notice_number=NOTICE, installment="1", reason="官公署からの照会への回答", minutes=30)
    opening = openings.propose(connection, WARD, wanted, acting=CLERK)
    openings.approve(connection, opening, acting=CHIEF)
    with openings.reading(connection, opening, acting=CLERK):
        assert len(both(connection)) == 2
    assert len(both(connection)) == 1
