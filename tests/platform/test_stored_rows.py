"""Rows a list shows: narrowed, ordered, summed and cut by the database, by its own columns alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

import psycopg
import pytest

from kofu.core.errors import InvariantBroken
from kofu.platform.stored_rows import OneOf, Range, StoredRows, Wanted

pytestmark = pytest.mark.storage


@dataclass(frozen=True)
class Sent:
    """A row; the query knows a column more, for its own order."""

    name: str
    yen: int | None
    state: str
    at: datetime


SENT = StoredRows(
    row=Sent,
    query=(
        "SELECT * FROM (VALUES ('a', 300, 'open', timestamptz '2026-05-31T14:59:00Z', 2),"
        " ('b', NULL, 'open', timestamptz '2026-05-31T15:00:00Z', 1), ('c', 20, 'shut', timestamptz '2026-06-02Z', 3))"
        " AS sent (name, yen, state, at, place) WHERE place > %(after)s"
    ),
    order="place",
    instants=frozenset({"at"}),
)
ALL = {"after": 0}


@pytest.fixture(scope="module")
def connection(postgres: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(postgres, autocommit=True) as opened:
        yield opened


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (Wanted(), "bac"),
        (Wanted(order="name"), "abc"),
        (Wanted(order="name", descending=True), "cba"),
        (Wanted(order="yen"), "cab"),  # what is empty stands last, either way round
        (Wanted(order="yen", descending=True), "acb"),
        (Wanted(ranges=(Range("yen", 20, 20),)), "c"),
        (Wanted(ranges=(Range("yen", None, 299),)), "c"),
        (Wanted(ranges=(Range("at", date(2026, 6, 1), date(2026, 6, 1)),)), "b"),  # midnight in Japan
        (Wanted(words=(OneOf("state", ("open",)),), order="name"), "ab"),
        (Wanted(words=(OneOf("state", ("'; DROP TABLE sent; --",)),)), ""),
    ],
)
def test_rows_come_as_wanted(connection: psycopg.Connection, wanted: Wanted, names: str) -> None:
    assert "".join(row.name for row in SENT.rows(connection, ALL, wanted)) == names
    assert SENT.tally(connection, ALL, wanted, summed=()).rows == len(names)


def test_a_page_is_cut_from_the_whole_and_the_sum_is_of_the_whole(connection: psycopg.Connection) -> None:
    assert [row.name for row in SENT.rows(connection, ALL, limit=1, offset=1)] == ["a"]
    assert SENT.tally(connection, ALL, Wanted(), summed=("yen",)).sums == {"yen": 320}
    assert SENT.tally(connection, {"after": 9}, Wanted(), summed=("yen",)).sums == {"yen": 0}


@pytest.mark.parametrize("name", ["place", "yen; DROP TABLE claim", '"yen', "", "1"])
def test_no_name_but_a_column_of_its_rows_gets_into_a_statement(connection: psycopg.Connection, name: str) -> None:
    """CWE-89. The twin is `Wanted(order="yen")` above: what is a column of theirs orders them."""
    for wanted in (Wanted(ranges=(Range(name, 1, 2),)), Wanted(words=(OneOf(name, ("x",)),))):
        with pytest.raises(InvariantBroken):
            SENT.rows(connection, ALL, wanted)
    with pytest.raises(InvariantBroken):
        SENT.tally(connection, ALL, Wanted(), summed=(name,))
    if name:
        with pytest.raises(InvariantBroken):
            SENT.rows(connection, ALL, Wanted(order=name))
