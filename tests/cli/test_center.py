"""The commands of the centre: a stop is entered, shown in the calendar and lifted; a key is made and read."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from tests.operators import Operators, log_in
from typer.testing import CliRunner

from kofu.center.back.keys import read_keys
from kofu.cli.center import app
from kofu.core.calendar import day_in_japan

pytestmark = pytest.mark.storage
WORDS = ("--reason-ja", "保守のため", "--reason-en", "Maintenance")


@pytest.fixture(scope="module")
def people(system_database, tmp_path_factory) -> Operators:
    """Who is logged in, in a database nobody works on: each test has a copy."""
    folder = tmp_path_factory.mktemp("people")
    return log_in("center", system_database("center"), folder, unyo="center_operator", kanri="administrator")


@pytest.fixture
def run(system_database, people, monkeypatch):
    database = system_database("center", like=people.database)
    monkeypatch.setenv("KOFU_CENTER_OWNER_DATABASE_URL", database.owner_url)
    people.be(monkeypatch, "unyo")

    def running(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, list(words))
        return done.exit_code, done.output

    return running


def test_a_stop_is_entered_listed_shown_in_the_calendar_and_lifted(run):
    code, said = run(
        "stop", "set", *WORDS, "--municipality", "139998", "--kind", "taxation",
        "--begins", "2126-12-05T20:00", "--ends", "2126-12-06T06:30",
    )  # fmt: skip
    assert (code, said.startswith("kind stop: ")) == (0, True)
    stop_id = said.split()[-1]
    shown = "kind 139998 taxation 2126-12-05 20:00 - 2126-12-06 06:30: 保守のため"
    assert shown in run("stop", "list")[1]
    days = run("calendar", "2126-12")[1].splitlines()
    assert len(days) == 31
    assert days[3] == "2126-12-04 水  06:30-23:00"
    assert days[4] == f"2126-12-05 木  06:30-23:00  {shown}"
    assert days[28] == "2126-12-29 日  closed"
    assert run("stop", "lift", stop_id) == (0, "lifted\n")
    assert run("stop", "list") == (0, "nothing is stopped\n")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("stop", "set", *WORDS, "--kind", "passport"), 2),
        (("stop", "set", *WORDS, "--municipality", "13"), 2),
        (("stop", "set", *WORDS, "--ends", "tomorrow"), 2),
        (("stop", "set", *WORDS, "--ends", "2020-01-01T00:00"), 2),
        (("stop", "lift", "f" * 32), 2),
        (("calendar", "2026-13"), 2),
    ],
)
def test_wrong_words_are_told(run, words, code):
    assert run(*words)[0] == code


def test_nothing_waits_in_a_new_centre(run):
    assert run("waiting") == (0, "0 waiting\n")


def test_a_key_made_here_seals_from_its_day_on(run, people, monkeypatch, tmp_path):
    people.be(monkeypatch, "kanri")
    monkeypatch.setenv("KOFU_CENTER_KEYS", str(tmp_path / "keys"))
    done = CliRunner().invoke(app, ["new-key", "--begins", "2026-04-01"])
    assert done.exit_code == 0
    key = read_keys(tmp_path / "keys").sealing_on(date(2026, 4, 1))
    assert key.key_id.hex() in done.output
    CliRunner().invoke(app, ["new-key"])
    assert read_keys(tmp_path / "keys").sealing_on(day_in_japan(datetime.now(UTC))) != key
