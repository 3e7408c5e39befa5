"""閲覧の許可: what is out of reach is read only for a reason and a time two people agreed on, each time on record."""

from __future__ import annotations

from datetime import date

import psycopg
import pytest
from tests.ledger.books.settled_long_ago import seen, settled
from tests.ledger.year_of_four import NOTICE, WARD, by

from kofu.core.errors import OperatorFault
from kofu.ledger.acting.reached_day import reach_day
from kofu.ledger.openings import openings
from kofu.ledger.openings.openings import WantedOpening, list_openings
from kofu.ledger.person.page import entries_of_claim

pytestmark = pytest.mark.storage

TODAY = date(2026, 7, 1)
CLERK, CHIEF = by("clerk", TODAY), by("chief", TODAY)
WANTED = WantedOpening(notice_number=NOTICE, installment="1", reason="官公署からの照会への回答", minutes=30)


@pytest.fixture
def database(system_database):
    return system_database("ledger")


@pytest.fixture
def connection(database):
    with psycopg.connect(database.app_url, autocommit=True) as opened:
        yield opened


@pytest.fixture
def claim(connection) -> int:
    hidden = settled(connection, date(2019, 6, 30)).claim("1")
    settled(connection, date(2019, 6, 28), number="20190000002")
    reach_day(connection, TODAY)
    assert not seen(connection, hidden)
    return hidden


def opened(connection):
    proposed = openings.propose(connection, WARD, WANTED, acting=CLERK)
    openings.approve(connection, proposed, acting=CHIEF)
    return proposed


def test_two_people_open_one_claim_and_a_reading_sees_it_and_nothing_else(connection, claim):
    opening = opened(connection)
    assert not seen(connection, claim), "an opening alone shows nothing"
    with openings.reading(connection, opening, acting=CLERK):
        assert seen(connection, claim)
        assert len(entries_of_claim(connection, claim)) == 2
        assert connection.execute("SELECT count(*) FROM claim").fetchone() == (1,)
    assert not seen(connection, claim)
    (listed,) = list_openings(connection, WARD)
    assert (listed.standing, listed.readings, listed.since) == ("open", 1, date(2019, 6, 30))
    assert (listed.proposed_by, listed.approved_by, listed.out_of_reach_from) == ("clerk", "chief", TODAY)


def test_nobody_approves_what_they_proposed_and_nothing_is_read_before(connection, claim):
    proposed = openings.propose(connection, WARD, WANTED, acting=CLERK)
    with pytest.raises(OperatorFault, match="second_person_needed"):
        openings.approve(connection, proposed, acting=CLERK)
    with pytest.raises(OperatorFault, match="not approved"), openings.reading(connection, proposed, acting=CLERK):
        pytest.fail("nobody approved it")


def test_an_opening_ends_by_itself(connection, database, claim):
    opening = opened(connection)
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("UPDATE record_opening SET ends_at = statement_timestamp()")
    with pytest.raises(OperatorFault, match="over"), openings.reading(connection, opening, acting=CLERK):
        pytest.fail("its time is over")
    assert [one.standing for one in list_openings(connection, WARD)] == ["ended"]


def test_an_opening_that_ends_or_is_closed_ends_the_reading_under_way(connection, database, claim):
    opening = opened(connection)
    with openings.reading(connection, opening, acting=CLERK):
        assert seen(connection, claim)
        with psycopg.connect(database.app_url, autocommit=True) as other:
            openings.close(other, opening, acting=CHIEF)
        assert not seen(connection, claim)
    with pytest.raises(OperatorFault, match="closed already"):
        openings.close(connection, opening, acting=CHIEF)


def test_a_reading_counts_only_once_it_is_committed(connection, claim):
    """The twin of the record: a transaction that could roll its reading back sees nothing."""
    opening = opened(connection)
    with connection.transaction(force_rollback=True):
        (token,) = connection.execute("SELECT ledger_read_opening(%s, 'clerk')", [opening]).fetchone()
        connection.execute("SELECT set_config('kofu.reading', %s, true)", [str(token)])
        assert not seen(connection, claim)
    with connection.transaction():
        connection.execute("SELECT set_config('kofu.reading', %s, true)", [str(token)])
        assert not seen(connection, claim), "the reading was rolled back"


def test_another_session_does_not_share_a_reading_and_cannot_find_its_token(connection, database, claim):
    opening = opened(connection)
    with (
        openings.reading(connection, opening, acting=CLERK),
        psycopg.connect(database.app_url, autocommit=True) as other,
    ):
        assert not seen(other, claim)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            other.execute("SELECT token FROM record_reading")


def test_what_is_within_reach_or_unknown_is_not_opened(connection, claim):
    for number in ("20240000001", "no-such"):
        with pytest.raises(OperatorFault, match="search for it as usual"):
            openings.propose(
                connection,
                WARD,
                WantedOpening(notice_number=number, installment="1", reason="照会", minutes=30),
                acting=CLERK,
            )


def test_every_step_stands_in_the_audit_record(connection, claim):
    opening = opened(connection)
    with openings.reading(connection, opening, acting=CLERK):
        pass
    openings.close(connection, opening, acting=CHIEF)
    bodies = [row[0] for row in connection.execute("SELECT body FROM audit_entry ORDER BY recorded_at")]
    for action in ("opening.propose", "opening.approve", "opening.read", "opening.close"):
        assert any(action in body for body in bodies), action
