"""A request is stored, read for and numbered by one statement; and stored all the same where reading fails."""

from __future__ import annotations

import contextlib

import psycopg
import pytest
from tests.issuing.feed_maker import WARD
from tests.issuing.world import World, people

from kofu.contracts.issuing import Issued, Refused
from kofu.core.kinds import CertificateKind
from kofu.issuing.requests import issue, journal_store
from kofu.issuing.requests.domain.states import RequestState
from kofu.issuing.requests.issue import body_digest, issue_certificate
from kofu.issuing.requests.read_facts import read_facts
from kofu.issuing.requests.receive import _receive, receive

pytestmark = [pytest.mark.storage, pytest.mark.font]


@pytest.fixture(scope="module")
def ward(system_database, tmp_path_factory):
    world = World(system_database("issuing"), tmp_path_factory.mktemp("feeds"))
    residents, cards, assessments = people(3)
    world.load_residents(residents, cards)
    world.load_tax(assessments)
    return world


def last_number(connection: psycopg.Connection) -> int:
    return connection.execute("SELECT last_value FROM issuing_certificate_number").fetchone()[0]


@pytest.mark.parametrize(("kind", "paid"), [(CertificateKind.TAXATION, False), (CertificateKind.PAYMENT, True)])
def test_what_is_received_is_durable_with_the_facts_of_one_moment_and_a_number_for_each_copy(ward, kind, paid):
    request = ward.request("00a1", copies=2, kind=kind)
    with ward.connect() as connection, ward.connect() as other:
        received = receive(connection, request, body_digest(request), ward.clock.now)
        assert journal_store.read_request(other, request.request_id) == received.stored
        of = {"municipality_code": WARD, "serial": request.serial, "fiscal_year": request.fiscal_year, "notices": paid}
        assert read_facts(connection, first=received.first.facts, **of) == read_facts(connection, **of)
        first, second = received.first.sequences
        assert second == first + 1 == last_number(connection)


def test_of_a_request_known_already_nothing_is_read_and_no_number_drawn(ward):
    request = ward.request("00a1")
    with ward.connect() as connection:
        assert receive(connection, request, body_digest(request), ward.clock.now) is not None
        before = last_number(connection)
        assert receive(connection, request, body_digest(request), ward.clock.now) is None
        assert last_number(connection) == before


def test_a_certificate_takes_two_ways_to_the_database(ward, press, monkeypatch):
    """Issue 13 §3: stored and read by one statement, released by one, each durable when it returns."""
    sent: list[str] = []

    execute = psycopg.Cursor.execute

    def counting(self, query, *words, **options):
        sent.append((query if isinstance(query, str) else query.decode()).split()[0])
        return execute(self, query, *words, **options)

    with ward.connect() as connection:
        monkeypatch.setattr(psycopg.Cursor, "execute", counting)
        assert isinstance(issue_certificate(connection, ward.issuer(press), ward.request("00a1")), Issued)
    assert sent == ["WITH", "SELECT"]


@contextlib.contextmanager
def unreadable(ward, table: str):
    with psycopg.connect(ward.database.owner_url, autocommit=True) as owner:
        owner.execute(f"REVOKE SELECT ON {table} FROM kofu_issuing")
        try:
            yield
        finally:
            owner.execute(f"GRANT SELECT ON {table} TO kofu_issuing")


def test_a_request_whose_facts_cannot_be_read_is_stored_and_refused_with_a_case(ward, press):
    """P3, P4: what breaks while facts are read is a refusal on record, not a request nobody knows of."""
    request = ward.request("00a1")
    with ward.connect() as connection, unreadable(ward, "fact_collections"):
        assert isinstance(issue_certificate(connection, ward.issuer(press), request), Refused)
        assert journal_store.read_request(connection, request.request_id).state is RequestState.ABORTED
        assert connection.execute("SELECT count(*) FROM issuing_case").fetchone() == (1,)


def test_without_the_second_way_of_storing_it_the_request_would_be_lost(ward, press, monkeypatch):
    """The twin: the one statement alone."""
    monkeypatch.setattr(issue, "receive", _receive)
    request = ward.request("00a1")
    with ward.connect() as connection, unreadable(ward, "fact_collections"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            issue_certificate(connection, ward.issuer(press), request)
        assert journal_store.read_request(connection, request.request_id) is None


def test_a_request_whose_facts_stand_twice_is_refused_with_a_case(ward, press):
    """P3, P6: it is stored by then, so it must not end as a failure nobody decided."""
    request = ward.request("00a2")
    twice = (
        "INSERT INTO fact_residents SELECT (jsonb_populate_record(one, jsonb_build_object('to_generation', 1000000))).*"
        " FROM fact_residents AS one WHERE addressee_number ="
        " (SELECT addressee_number FROM fact_card_certificates WHERE serial = %s)"
    )
    with psycopg.connect(ward.database.owner_url, autocommit=True) as owner:
        assert owner.execute(twice, [request.serial]).rowcount == 1
    with ward.connect() as connection:
        assert isinstance(issue_certificate(connection, ward.issuer(press), request), Refused)
        assert journal_store.read_request(connection, request.request_id).state is RequestState.ABORTED
