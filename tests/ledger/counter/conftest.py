"""A ledger taken over and a desk before it, for the tests of the counter that bring none of their own."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from tests.ledger.counter.counter_desk import NOW, PROFILE, RULES
from tests.ledger.counter_ward import nothing_stands, take_ward_over

from kofu.ledger.counter.desk import CounterDesk, certificate_press, desk_of
from kofu.platform.fonts import find_font


@pytest.fixture(scope="module")
def connection(system_database, tmp_path_factory) -> Iterator[psycopg.Connection]:
    database = system_database("ledger")
    take_ward_over(database, tmp_path_factory.mktemp("ward"), NOW)
    with psycopg.connect(database.app_url, autocommit=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def desk() -> CounterDesk:
    return desk_of(PROFILE, RULES, certificate_press(find_font(), signed_code=False), nothing_stands)
