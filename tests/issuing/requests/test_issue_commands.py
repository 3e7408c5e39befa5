"""The operator's verbs on a real database: issue, stop, case, recheck, attest."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time

import psycopg
import pytest
from tests.issuing.world import ROOT, World, people
from tests.operators import log_in
from typer.testing import CliRunner

from kofu.cli import build
from kofu.cli.up.demo_profile import open_around_the_clock
from kofu.staff.one_time import one_time_code

pytestmark = [pytest.mark.storage, pytest.mark.font]
FIRST = ["--finding", "read the paper back by hand"]
SECOND = ["--finding", "compared digest and journal"]
WHAT_FOR = ["--purpose", "certificate"]


@pytest.fixture(scope="module")
def ward(system_database, tmp_path_factory):
    world = World(system_database("issuing"), tmp_path_factory.mktemp("feeds"))
    residents, cards, assessments = people(2)
    world.load_residents(residents, cards)
    world.load_tax(assessments)
    return world


@pytest.fixture(scope="module")
def operators(ward, tmp_path_factory):
    return log_in(
        "issuing", ward.database, tmp_path_factory.mktemp("operators"),
        sato="certificate_operator", ito="certificate_approver", kanri="administrator",
    )  # fmt: skip


@pytest.fixture
def kofu(ward, operators, monkeypatch, tmp_path):
    """Run a verb as somebody, sato where nobody is named; give exit status and what it said."""
    profile = open_around_the_clock(ROOT / "profiles" / "mihon.toml", tmp_path / "profile")
    monkeypatch.setenv("KOFU_PROFILE", str(profile))
    monkeypatch.setenv("KOFU_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("KOFU_ISSUING_DATABASE_URL", ward.database.app_url)
    monkeypatch.setenv("KOFU_ISSUING_OWNER_DATABASE_URL", ward.database.owner_url)

    def run(*words: str, who: str = "sato") -> tuple[int, str]:
        operators.be(monkeypatch, who)
        done = CliRunner().invoke(build(), list(words), catch_exceptions=False)
        return done.exit_code, done.output

    return run


def test_a_refusal_is_said_in_the_residents_words(kofu, tmp_path):
    status, said = kofu("issue", "--serial", "ffff", *WHAT_FOR, "--out", str(tmp_path / "paper.pdf"))
    assert (status, said.splitlines()[0]) == (1, "refused: card_unknown")
    assert not (tmp_path / "paper.pdf").exists()


def test_a_stop_is_set_by_one_and_lifted_by_two(kofu):
    status, said = kofu("stop", "set", "--reason", "drill")
    assert status == 0
    stop_id = re.search(r"[0-9a-f]{32}", said)[0]
    assert stop_id in kofu("stop", "list")[1]
    assert kofu("issue", "--serial", "ffff", *WHAT_FOR)[1].startswith("refused: issuance_halted")
    assert "another person" in kofu("stop", "lift", stop_id, *FIRST)[1]
    assert kofu("stop", "lift", stop_id, *FIRST)[0] == 2
    assert "lifted" in kofu("stop", "lift", stop_id, *SECOND, who="ito")[1]
    assert "nothing is stopped" in kofu("stop", "list")[1]


def test_a_case_is_opened_worked_on_and_closed_by_two(kofu):
    status, said = kofu("case", "open", "--summary", "the centre asks about a paper")
    assert status == 0
    case_id = said.strip()
    assert case_id in kofu("case", "list")[1]
    kofu("case", "add", case_id, "--text", "asked the store")
    kofu("case", "sign", case_id, *FIRST)
    assert "1 signature(s) to go" in kofu("case", "show", case_id)[1]
    assert "closed" in kofu("case", "sign", case_id, *SECOND, who="ito")[1]
    assert case_id not in kofu("case", "list")[1]


def test_the_night_run_says_what_it_looked_at(kofu):
    status, said = kofu("recheck", "--day", "2026-11-23", "--sweep")
    assert status == 0
    assert "0 mismatches" in said


def test_where_papers_are_real_a_second_person_logs_in_beside_the_first(kofu, operators, ward, tmp_path):
    """A process of its own: what is asked for is read from its input."""
    shutil.copytree(ROOT / "profiles" / "seals", tmp_path / "seals")
    real = tmp_path / "real.toml"
    text = (ROOT / "profiles" / "mihon.toml").read_text(encoding="utf-8")
    real.write_text(text.replace("specimen = true", "specimen = false"), encoding="utf-8")
    environment = {
        **os.environ, **operators.urls, "PYTHONPATH": str(ROOT / "src"), "KOFU_VAR": str(operators.var),
        "KOFU_PROFILE": str(real), "XDG_RUNTIME_DIR": str(operators.folder / "sato"), "PYTHONWARNINGS": "ignore",
    }  # fmt: skip

    def issue(login: str, *, purpose: str = "certificate") -> subprocess.CompletedProcess[str]:
        secret = operators.secrets[login]
        code = one_time_code(secret["secret"], time.time())
        return subprocess.run(
            [sys.executable, "-m", "kofu", "issue", "--serial", "ffff", "--purpose", purpose],
            env=environment, input=f"{login}\n{secret['password']}\n{code}\n", cwd=ROOT,
            capture_output=True, text=True, check=False, start_new_session=True,
        )  # fmt: skip

    assert "no_purpose" in issue("ito", purpose="curiosity").stderr
    same = issue("sato")
    assert (same.returncode, "second_person_needed" in same.stderr) == (2, True), same.stderr
    other = issue("kanri")
    assert (other.returncode, "not_allowed" in other.stderr) == (2, True), other.stderr
    both = issue("ito")
    assert "refused: " in both.stdout, both.stderr
    with psycopg.connect(ward.database.owner_url) as owner:
        found = owner.execute(
            "SELECT body::json->>'actor', body::json->>'result', body::json->'detail'->>'purpose' FROM audit_entry"
            " WHERE body::json->>'action' = 'paper.issue' ORDER BY recorded_at DESC LIMIT 2"
        ).fetchall()
    assert found == [("ito", "signed_beside", None), ("sato", "allowed", "certificate")]


def test_what_may_serve_is_shown_and_registered(kofu, monkeypatch, tmp_path):
    assert "nothing is registered" in kofu("attest", "show")[1]
    assert kofu("attest", "register", who="kanri") == (0, "registered\n")
    assert "the same" in kofu("attest", "show")[1]
    other = tmp_path / "other.toml"
    other.write_text((ROOT / "profiles" / "mihon.toml").read_text(encoding="utf-8") + "\n", encoding="utf-8")
    shutil.copytree(ROOT / "profiles" / "seals", tmp_path / "seals")
    monkeypatch.setenv("KOFU_PROFILE", str(other))
    said = kofu("issue", "--serial", "ffff", *WHAT_FOR)[1]
    assert "other_profile" in said, "whether papers are real is not for the environment of a command to say"


def test_without_a_database_the_words_say_what_to_do(kofu, monkeypatch):
    monkeypatch.delenv("KOFU_ISSUING_DATABASE_URL")
    status, said = kofu("stop", "list")
    assert status == 2
    assert "KOFU_ISSUING_DATABASE_URL" in said


def test_a_paper_is_written_for_its_owner_alone_and_over_nothing(tmp_path):
    from kofu.cli.issuing.issue import _write

    _write(tmp_path / "paper.pdf", b"paper")
    assert (tmp_path / "paper.pdf").stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        _write(tmp_path / "paper.pdf", b"another")
