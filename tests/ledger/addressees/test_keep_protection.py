"""支援措置 in the ledger follows the registry; without an answer nothing changes (P3, P7)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import psycopg
import pytest
from tests.ledger.counter_ward import WARD, take_ward_over

from kofu.core.errors import PeerFault
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.addressees.ask_registry import protected_over
from kofu.ledger.addressees.keep_protection import ProtectionCounts, keep_protection

pytestmark = pytest.mark.storage

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
BY = Acting("registry", "test", NOW)


@pytest.fixture(scope="module")
def connection(system_database, tmp_path_factory) -> Iterator[psycopg.Connection]:
    database = system_database("ledger")
    take_ward_over(database, tmp_path_factory.mktemp("ward"), NOW)
    with psycopg.connect(database.app_url, autocommit=True) as opened:
        yield opened


def protected(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute("SELECT addressee_number FROM taxpayer WHERE protected ORDER BY 1").fetchall()
    return [number for (number,) in rows]


def entries(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT count(*) FROM audit_entry WHERE body LIKE '%protection.keep%'").fetchone()
    return int(row[0])


def test_who_is_protected_is_exactly_whom_the_registry_names(connection) -> None:
    people = [number for (number,) in connection.execute("SELECT addressee_number FROM taxpayer ORDER BY 1 LIMIT 3")]
    first, second, third = people
    assert keep_protection(connection, WARD, {first, second}, acting=BY) == ProtectionCounts(2, 0)
    assert protected(connection) == [first, second]
    assert keep_protection(connection, WARD, {second, third, "999"}, acting=BY) == ProtectionCounts(1, 1)
    assert protected(connection) == [second, third]
    before = entries(connection)
    assert keep_protection(connection, WARD, {second, third, "999"}, acting=BY) == ProtectionCounts(0, 0)
    assert entries(connection) == before == 3
    assert keep_protection(connection, WARD, frozenset(), acting=BY) == ProtectionCounts(0, 2)


def test_a_registry_that_forgot_everybody_is_not_believed(connection) -> None:
    """P7: negative facts are never lost; whom it still names is marked all the same."""
    people = [number for (number,) in connection.execute("SELECT addressee_number FROM taxpayer ORDER BY 1 LIMIT 40")]
    keep_protection(connection, WARD, set(people[:30]), acting=BY)
    with pytest.raises(PeerFault) as caught:
        keep_protection(connection, WARD, {people[35]}, acting=BY)
    assert caught.value.code == "too_many_lifted"
    assert protected(connection) == [*people[:30], people[35]]


@pytest.mark.parametrize(
    ("status", "content"),
    [(503, b"{}"), (200, b"<html>"), (200, b'{"numbers":[]}'), (200, b'{"addressee_numbers":["\xff"]}')],
)
def test_what_is_no_answer_never_reads_as_nobody(status: int, content: bytes) -> None:
    """An empty or a broken page must not lift anybody's protection."""
    transport = httpx.MockTransport(lambda _: httpx.Response(status, content=content))
    with pytest.raises(PeerFault):
        protected_over(httpx.Client(base_url="https://registry", transport=transport), WARD)
