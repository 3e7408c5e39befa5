"""The ledger's screens, walked by everybody who should not, and by who may but sends nonsense.

Abuse that was tried by hand once stays tried: another municipality's objects and the search for leaks among it.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import psycopg
import pytest
from tests.abuse.held import HeldAgainstAbuse, Walk, walk
from tests.ledger.worked_ledger import ledger_of

from kofu.cli.up.day_in_progress.story import leave_stories
from kofu.platform.postgres import SystemDatabase

pytestmark = [pytest.mark.storage, pytest.mark.slow]
DAY = date(2026, 11, 29)


@pytest.fixture(scope="module")
def var(tmp_path_factory) -> Path:
    """Where the keys are: what was sealed while the ledger was made is opened by the walk."""
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def ledger_database(system_database, tmp_path_factory, var) -> SystemDatabase:
    """A ledger with four hundred people and something at every step of its work."""
    folder = tmp_path_factory.mktemp("ward")
    database = system_database("ledger")
    with pytest.MonkeyPatch.context() as patch, psycopg.connect(database.owner_url, autocommit=True) as connection:
        patch.setenv("KOFU_VAR", str(var))
        assert leave_stories(ledger_of(connection, folder / "ward", DAY), folder / "day.json") == []
        connection.execute("ANALYZE")  # as a server that runs for more than a minute does by itself
    return database


@pytest.fixture(scope="module")
def people(ledger_database) -> tuple[str, ...]:
    with psycopg.connect(ledger_database.owner_url) as connection:
        rows = connection.execute("SELECT DISTINCT name FROM taxpayer WHERE length(name) > 3").fetchall()
    return tuple(str(name) for (name,) in rows)


@pytest.fixture(scope="module")
def walked(ledger_database, var, people) -> Walk:
    return walk("ledger", ledger_database, var, people)


class TestTheLedger(HeldAgainstAbuse):
    seen_min = 16


def test_its_twin_that_takes_every_municipality_for_its_own_shows_people(ledger_database, var, people):
    """The guard off: screens that did not ask whose a person is would show 見本区's people under 青空市."""
    assert walk("ledger", ledger_database, var, people, "municipality").of("another's person")


# -- where people's data must not be ----------------------------------------------------------------------------------


def test_no_person_is_in_a_log_an_address_a_temporary_file_or_the_record(walked: Walk):
    """After thousands of requests, nonsense among them: names and numbers of all people are looked for everywhere."""
    with psycopg.connect(walked.database.owner_url) as connection:
        numbers = [str(one) for (one,) in connection.execute("SELECT DISTINCT addressee_number FROM taxpayer")]
        bodies = "\n".join(str(one) for (one,) in connection.execute("SELECT body FROM audit_entry"))
    planted = [*walked.people, *(number for number in numbers if len(number) >= 10)]
    assert len(planted) > 300
    places = {
        "logs": walked.log,
        "addresses": "\n".join(walked.walked.urls),
        "the record": bodies,
        "temporary files": "".join(
            path.read_bytes().decode(errors="replace") for path in walked.scratch.rglob("*") if path.is_file()
        ),
    }
    assert bodies.count("screen") > 500
    found = {place: [one for one in planted if one in text] for place, text in places.items()}
    assert found == {place: [] for place in places}


def test_a_planted_leak_is_found(walked: Walk):
    """The twin: the same search over a text with one of them in it."""
    leaking = walked.log + f"\nerror: no claim of {walked.people[0]}\n"
    assert [one for one in walked.people if one in leaking] == [walked.people[0]]
