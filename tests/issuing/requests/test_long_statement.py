"""A long statement has the values it names, each in its place, and is read by psycopg once."""

from __future__ import annotations

from unittest.mock import patch

import psycopg
import pytest
from psycopg import _queries

from kofu.core.errors import InvariantBroken
from kofu.issuing.requests import fact_store, receive
from kofu.issuing.requests.long_statement import LongStatement

STATEMENT = "SELECT %(two)s::text, %(one)s::int, %(two)s::text" + " " * 4_096


@pytest.mark.storage
def test_each_name_stands_for_its_value_wherever_it_stands(ward):
    with ward.connect() as connection:
        found = LongStatement(STATEMENT).execute(connection, {"one": 1, "two": "b", "three": "not asked for"})
        assert found.fetchall() == [("b", 1, "b")]


@pytest.mark.storage
def test_psycopg_reads_it_no_more_and_would_read_it_every_time_as_it_stands(ward):
    """The twin: the same words given to psycopg itself."""
    with ward.connect() as connection, patch.object(_queries, "_split_query", wraps=_queries._split_query) as reading:
        for _ in range(3):
            LongStatement(STATEMENT).execute(connection, {"one": 1, "two": "b"})
        assert reading.call_count == 0
        for _ in range(3):
            connection.execute(STATEMENT, {"one": 1, "two": "b"})
        assert reading.call_count == 3


def test_a_value_without_a_name_is_not_taken() -> None:
    with pytest.raises(InvariantBroken):
        LongStatement("SELECT %s")


@pytest.mark.parametrize("statement", [fact_store.SUBJECT, receive._RECEIVE])
def test_the_statements_of_every_certificate_are_too_long_for_psycopg_to_remember(statement) -> None:
    assert len(statement.words) > psycopg._queries.MAX_CACHED_STATEMENT_LENGTH
