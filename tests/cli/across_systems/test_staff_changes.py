"""`kofu staff`: accounts of a system without screens, made and changed by two administrators at the command line."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from tests.operators import Operators, log_in

from kofu.staff.one_time import PERIOD_SECONDS, one_time_code

pytestmark = pytest.mark.storage
ROOT = Path(__file__).parents[3]
CREATE = ("staff", "create", "registry", "--login", "t.sato", "--name", "見本 太郎", "--office", "shomei")


@pytest.fixture(scope="module")
def operators(system_database, tmp_path_factory) -> Operators:
    return log_in(
        "registry", system_database("registry"), tmp_path_factory.mktemp("operators"),
        kanri="administrator", kanji="administrator", juki="registrar",
    )  # fmt: skip


@pytest.fixture
def kofu(operators):
    """Run a command as somebody, in a process of its own; give exit status and all it said."""

    def run(*words: str, who: str, typed: str = "") -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "kofu", *words],
            env={
                **os.environ, **operators.urls, "PYTHONPATH": str(ROOT / "src"), "KOFU_VAR": str(operators.var),
                "KOFU_PROFILE": str(ROOT / "profiles" / "mihon.toml"), "PYTHONWARNINGS": "ignore",
                "XDG_RUNTIME_DIR": str(operators.folder / who),
            },
            input=typed, capture_output=True, text=True, check=False, start_new_session=True, cwd=ROOT,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    return run


def test_an_account_is_made_by_two_at_the_command_line_each_with_half_of_its_password(operators, kofu):
    status, said = kofu(*CREATE, "--role", "registrar", "--reason", "採用", who="kanri")
    assert status == 0, said
    number = re.search(r"change (\d+) waits", said).group(1)
    assert re.search(r"first half of the initial password: \w{10}$", said, re.MULTILINE)
    assert f"{number}: create t.sato as registrar" in kofu("staff", "changes", "registry", who="kanji")[1]
    status, said = kofu("staff", "confirm", "registry", number, who="kanri")
    assert (status, "second_person_needed" in said) == (1, True)
    assert kofu("staff", "confirm", "registry", number, who="juki")[0] == 2, "a registrar confirms no account"
    with psycopg.connect(operators.database.owner_url) as owner:
        assert owner.execute("SELECT count(*) FROM staff_account WHERE login = 't.sato'").fetchone() == (0,)
    status, said = kofu("staff", "confirm", "registry", number, who="kanji")
    assert status == 0, said
    assert re.search(r"second half of the initial password: \w{10}$", said, re.MULTILINE)
    with psycopg.connect(operators.database.owner_url) as owner:
        assert owner.execute("SELECT role, created_by FROM staff_account WHERE login = 't.sato'").fetchone() == (
            "registrar",
            "kanji",
        )


@pytest.mark.parametrize("name", ["", " 　", "見" * 65], ids=["empty", "spaces", "too long"])
def test_nobody_gets_an_account_without_a_name_at_the_command_line_either(operators, kofu, name):
    """「職員を特定し個人ごとにユーザIDを」 (III-7⑥): the screens ask for a name, and so do commands."""
    made = ("staff", "create", "registry", "--login", "nameless", "--name", name, "--office", "shomei")
    status, said = kofu(*made, "--role", "registrar", "--reason", "採用", who="kanri")
    assert (status, "name_form" in said, "Traceback" in said) == (1, True, False), said


def test_what_was_proposed_is_sent_back_or_withdrawn_and_an_account_is_reset_and_ended_by_name(operators, kofu):
    """Each verb leaves its own entry: of whom, by whom."""

    def proposed(*words: str) -> str:
        status, said = kofu(*words, who="kanri")
        assert status == 0, said
        return re.search(r"change (\d+) waits", said).group(1)

    assert kofu("staff", "office", "registry", "koseki", "戸籍住民課", who="kanri")[0] == 0
    made = ("staff", "create", "registry", "--login", "gone", "--name", "見本 去", "--office", "koseki")
    number = proposed(*made, "--role", "registrar", "--reason", "採用")
    assert kofu("staff", "send-back", "registry", number, "--reason", "所属が違う", who="kanji")[0] == 0
    number = proposed(*made, "--role", "registrar", "--reason", "採用")
    assert kofu("staff", "withdraw", "registry", number, who="kanri")[0] == 0
    number = proposed(*made, "--role", "registrar", "--reason", "採用")
    assert kofu("staff", "confirm", "registry", number, who="kanji")[0] == 0
    number = proposed("staff", "reset", "registry", "gone", "--reason", "端末の紛失")
    assert kofu("staff", "confirm", "registry", number, who="kanji")[0] == 0
    assert kofu("staff", "end", "registry", "gone", "--last-day", "2021-03-31", who="kanri")[0] == 0
    assert kofu("staff", "clean", "registry", who="kanri") == (0, "0 sessions, 0 attempts\n")
    assert kofu("staff", "end-demo", "registry", who="kanri")[0] == 0
    with psycopg.connect(operators.database.owner_url) as owner:
        entries = owner.execute(
            "SELECT body::json->>'action', body::json->>'actor', body::json->'detail'->>'account' FROM audit_entry"
            " WHERE body::json->'detail'->>'account' = 'gone' AND body::json->'detail'->>'command' IS NULL"
        ).fetchall()
    assert {(action, actor) for action, actor, _ in entries} >= {
        ("account.create", "kanri"), ("account.create", "kanji"), ("account.reset", "kanri"),
        ("account.reset", "kanji"), ("account.change", "kanri"),
    }  # fmt: skip


def test_the_owner_reads_what_was_changed_at_the_next_login_before_a_session_opens(operators, kofu):
    changed = ("staff", "change", "registry", "juki", "--role", "registrar_approver", "--reason", "昇任")
    said = kofu(*changed, who="kanri")[1]
    number = re.search(r"change (\d+) waits", said).group(1)
    assert kofu("staff", "confirm", "registry", number, who="kanji")[0] == 0
    secret = operators.secrets["juki"]
    for answer, opens in (("n", False), ("y", True)):
        with psycopg.connect(operators.database.owner_url) as owner:
            owner.execute("DELETE FROM staff_cache")  # a code counts once: this one may count again
        code = one_time_code(secret["secret"], time.time() + PERIOD_SECONDS)  # right for a minute and more
        typed = f"{secret['password']}\n{code}\n{answer}\n"
        status, said = kofu("login", "registry", "--login", "juki", who="juki", typed=typed)
        assert "change (昇任), proposed by kanri, confirmed by kanji" in said
        assert ("is logged in to registry" in said) is opens, said
        assert (status == 0) is opens
