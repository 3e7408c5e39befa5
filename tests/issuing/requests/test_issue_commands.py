"""The operator's verbs on a real database: issue, stop, case, recheck, attest."""

from __future__ import annotations

import re

import pytest
from tests.issuing.world import ROOT, World, people
from typer.testing import CliRunner

from kofu.cli import build
from kofu.cli.up.stack import open_around_the_clock

pytestmark = [pytest.mark.storage, pytest.mark.font]
FIRST = ["--by", "sato", "--finding", "read the paper back by hand"]
SECOND = ["--by", "ito", "--finding", "compared digest and journal"]


@pytest.fixture(scope="module")
def ward(system_database, tmp_path_factory):
    world = World(system_database("issuing"), tmp_path_factory.mktemp("feeds"))
    residents, cards, assessments = people(2)
    world.load_residents(residents, cards)
    world.load_tax(assessments)
    return world


@pytest.fixture
def kofu(ward, monkeypatch, tmp_path):
    """Run a verb; give exit status and what it said."""
    profile = open_around_the_clock(ROOT / "profiles" / "mihon.toml", tmp_path / "profile")
    monkeypatch.setenv("KOFU_PROFILE", str(profile))
    monkeypatch.setenv("KOFU_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("KOFU_ISSUING_DATABASE_URL", ward.database.app_url)
    monkeypatch.setenv("KOFU_ISSUING_OWNER_DATABASE_URL", ward.database.owner_url)

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(build(), list(words), catch_exceptions=False)
        return done.exit_code, done.output

    return run


def test_a_refusal_is_said_in_the_residents_words(kofu, tmp_path):
    status, said = kofu("issue", "--serial", "ffff", "--out", str(tmp_path / "paper.pdf"))
    assert (status, said.splitlines()[0]) == (1, "refused: card_unknown")
    assert not (tmp_path / "paper.pdf").exists()


def test_a_stop_is_set_by_one_and_lifted_by_two(kofu):
    status, said = kofu("stop", "set", "--by", "sato", "--reason", "drill")
    assert status == 0
    stop_id = re.search(r"[0-9a-f]{32}", said)[0]
    assert stop_id in kofu("stop", "list")[1]
    assert kofu("issue", "--serial", "ffff")[1].startswith("refused: issuance_halted")
    assert "another person" in kofu("stop", "lift", stop_id, *FIRST)[1]
    assert kofu("stop", "lift", stop_id, *FIRST)[0] == 2
    assert "lifted" in kofu("stop", "lift", stop_id, *SECOND)[1]
    assert "nothing is stopped" in kofu("stop", "list")[1]


def test_a_case_is_opened_worked_on_and_closed_by_two(kofu):
    status, said = kofu("case", "open", "--by", "sato", "--summary", "the centre asks about a paper")
    assert status == 0
    case_id = said.strip()
    assert case_id in kofu("case", "list")[1]
    kofu("case", "add", case_id, "--by", "sato", "--text", "asked the store")
    kofu("case", "sign", case_id, *FIRST)
    assert "1 signature(s) to go" in kofu("case", "show", case_id)[1]
    assert "closed" in kofu("case", "sign", case_id, *SECOND)[1]
    assert case_id not in kofu("case", "list")[1]


def test_the_night_run_says_what_it_looked_at(kofu):
    status, said = kofu("recheck", "--day", "2026-11-23", "--sweep")
    assert status == 0
    assert "0 mismatches" in said


def test_what_may_serve_is_shown_and_registered(kofu):
    assert "nothing is registered" in kofu("attest", "show")[1]
    assert kofu("attest", "register", "--by", "sato") == (0, "registered\n")
    assert "the same" in kofu("attest", "show")[1]


def test_without_a_database_the_words_say_what_to_do(kofu, monkeypatch):
    monkeypatch.delenv("KOFU_ISSUING_DATABASE_URL")
    status, said = kofu("stop", "list")
    assert status == 2
    assert "KOFU_ISSUING_DATABASE_URL" in said
