"""Abuse that was tried by hand once stays tried: every screen, by everybody who should not, and nonsense by who may.

One walk of each system's whole URL map gives what all of these tests look at. Each has a twin: the same walk with
guards taken away finds something, so that an empty list of findings says something.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec
import psycopg
import pytest
from tests.abuse.walk import Walked
from tests.ledger.worked_ledger import ledger_of
from tests.staff_screens import OFFICES, PROFILE

from kofu.cli.up.day_in_progress.story import leave_stories
from kofu.platform.postgres import SystemDatabase

pytestmark = [pytest.mark.storage, pytest.mark.slow]
DAY = date(2026, 11, 29)


@dataclass(frozen=True)
class Walk:
    """A walk that was made: what it found, what the process said, its folders, its database."""

    walked: Walked
    log: str
    scratch: Path
    database: SystemDatabase
    people: tuple[str, ...]

    def of(self, *kinds: str) -> list[str]:
        found = [one for one in self.walked.findings if one.kind in kinds]
        return [f"{one.kind}: {one.who} {one.method} {one.url} ({one.detail})" for one in found]


def walk(system: str, database: SystemDatabase, var: Path, people: tuple[str, ...], guard: str = "") -> Walk:
    folder = var.with_name(f"{var.name}-{system}")
    scratch = folder / "tmp"
    scratch.mkdir(parents=True, exist_ok=True)
    (folder / "names.json").write_bytes(msgspec.json.encode(people))
    with psycopg.connect(database.owner_url) as owner:
        owner.cursor().executemany(
            "INSERT INTO staff_office (code, name, is_branch) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", OFFICES
        )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KOFU_")} | {
        "PYTHONPATH": f"src{os.pathsep}.",
        "TMPDIR": str(scratch),
        "KOFU_VAR": str(var),
        "KOFU_PROFILE": str(PROFILE),
        "KOFU_STAFF_SESSIONS": "many",  # the walk logs the same people in beside themselves
        f"KOFU_{system.upper()}_DATABASE_URL": database.screens_url,
        "KOFU_WALK_OWNER_URL": database.owner_url,
        "KOFU_WALK_NAMES": str(folder / "names.json"),
        "KOFU_WALK_OTHER_PROFILE": str(PROFILE.with_name("aozora.toml")),
    }
    words = [sys.executable, "-m", "tests.abuse.walk", system, str(folder / "walked.json"), *([guard] if guard else [])]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert (folder / "walked.json").exists(), done.stderr[-3000:]
    walked = msgspec.json.decode((folder / "walked.json").read_bytes(), type=Walked)
    return Walk(walked, done.stdout + done.stderr, scratch, database, people)


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
    return database


@pytest.fixture(scope="module")
def people(ledger_database) -> tuple[str, ...]:
    with psycopg.connect(ledger_database.owner_url) as connection:
        rows = connection.execute("SELECT DISTINCT name FROM taxpayer WHERE length(name) > 3").fetchall()
    return tuple(str(name) for (name,) in rows)


@pytest.fixture(scope="module", params=["ledger", "issuing"])
def walked(request, var) -> Walk:
    """The walk of each system. Databases are asked for where they are needed: the console's has no people in it."""
    if request.param == "ledger":
        return walk("ledger", request.getfixturevalue("ledger_database"), var, request.getfixturevalue("people"))
    return walk("issuing", request.getfixturevalue("system_database")("issuing"), var, ())


def test_the_whole_map_is_walked(walked: Walk):
    """An address that nobody asks for is one that nobody tests."""
    assert walked.walked.views >= 25
    assert walked.walked.requests > 600
    assert walked.walked.forms >= 5


def test_nobody_and_who_has_a_password_alone_is_sent_to_the_door(walked: Walk):
    assert walked.of("stranger", "stranger wrote") == []


def test_no_role_reaches_what_is_not_its_own_and_writes_nothing(walked: Walk):
    assert walked.of("unauthorised", "unauthorised wrote") == []


def test_a_form_from_elsewhere_changes_nothing(walked: Walk):
    assert walked.of("forged", "forged wrote") == []


def test_another_municipalitys_objects_are_neither_shown_nor_changed(walked: Walk):
    """The addresses of 見本区's people and papers, asked for where the screens serve 青空市."""
    assert walked.of("another's person", "another's object changed", "fault abroad") == []
    if walked.people:
        assert walked.walked.seen > 15, "under their own municipality the same addresses show people"
        assert walked.walked.foreign > 50


def test_nonsense_in_any_form_is_no_fault_of_ours(walked: Walk):
    assert walked.of("fault") == []
    assert walked.walked.fuzzed > 80


def test_its_twin_without_the_guards_is_found_out(system_database, tmp_path):
    """The same walk with the gate's permissions, its second factor and the forms' tokens taken away."""
    open_gates = walk("issuing", system_database("issuing"), tmp_path / "keys", (), "permissions,second factor,forms")
    assert {kind for kind in ("unauthorised", "stranger", "forged") if open_gates.of(kind)} == {
        "unauthorised",
        "stranger",
        "forged",
    }


# -- where people's data must not be ----------------------------------------------------------------------------------


def test_no_person_is_in_a_log_an_address_a_temporary_file_or_the_record(walked: Walk):
    """After thousands of requests, nonsense among them: names and numbers of all people are looked for everywhere."""
    if not walked.people:
        pytest.skip("the console of the empty system has no people")
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
    assert any(one in f"x {one} x" for one in planted), "the search finds what is there"


def test_a_planted_leak_is_found(walked: Walk):
    """The twin: the same search over a text with one of them in it."""
    if not walked.people:
        pytest.skip("the console of the empty system has no people")
    leaking = walked.log + f"\nerror: no claim of {walked.people[0]}\n"
    assert [one for one in walked.people if one in leaking] == [walked.people[0]]
