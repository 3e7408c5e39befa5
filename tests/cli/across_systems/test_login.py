"""`kofu login`: whose command it is, is who is logged in. No option, user or other database says otherwise."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from tests.operators import Operators, log_in
from typer.testing import CliRunner

from kofu.cli import build
from kofu.staff.one_time import one_time_code

pytestmark = pytest.mark.storage
ROOT = Path(__file__).parents[3]
STOP = ("stop", "set", "--reason", "drill")


@pytest.fixture(scope="module")
def operators(system_database, tmp_path_factory) -> Operators:
    return log_in(
        "issuing", system_database("issuing"), tmp_path_factory.mktemp("operators"),
        sato="certificate_operator", kansa="auditor", late="certificate_operator", typed="certificate_operator",
    )  # fmt: skip


@pytest.fixture
def kofu(operators, monkeypatch, tmp_path):
    """Run a verb as somebody; give exit status and what it said."""
    for name, url in operators.urls.items():
        monkeypatch.setenv(name, url)
    monkeypatch.setenv("KOFU_VAR", str(tmp_path))
    monkeypatch.setenv("KOFU_PROFILE", str(ROOT / "profiles" / "mihon.toml"))
    monkeypatch.delenv("KOFU_SERVICE", raising=False)

    def run(*words: str, who: str) -> tuple[int, str]:
        operators.be(monkeypatch, who)
        done = CliRunner().invoke(build(), list(words), catch_exceptions=False)
        return done.exit_code, done.output

    return run


def entries(operators, actor: str) -> list[tuple[str, str, dict[str, object]]]:
    with psycopg.connect(operators.database.owner_url) as owner:
        return owner.execute(
            "SELECT body::json->>'action', body::json->>'result', body::json->'detail' FROM audit_entry"
            " WHERE body::json->>'actor' = %s ORDER BY recorded_at",
            [actor],
        ).fetchall()


def test_password_and_code_typed_in_open_a_session_and_logging_out_ends_it(operators, kofu, tmp_path) -> None:
    """A process of its own without a terminal: what is asked for is read from its input."""
    secret = operators.secrets["typed"]
    environment = {
        **os.environ, **operators.urls, "PYTHONPATH": str(ROOT / "src"), "KOFU_VAR": str(operators.var),
        "XDG_RUNTIME_DIR": str(tmp_path / "run"), "PYTHONWARNINGS": "ignore",
    }  # fmt: skip

    def run(*words: str, said: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "kofu", *words],
            env=environment, input=said, capture_output=True, text=True, check=False, start_new_session=True, cwd=ROOT,
        )  # fmt: skip

    code = one_time_code(secret["secret"], time.time())
    opened = run("login", "issuing", said=f"typed\n{secret['password']}\n{code}\n")
    assert opened.returncode == 0, opened.stderr
    assert "typed (証明係) is logged in to issuing until" in opened.stdout
    assert (tmp_path / "run" / "kofu" / "issuing.session").stat().st_mode & 0o777 == 0o600
    assert "issuing: typed" in run("whoami").stdout
    assert run("stop", "list").returncode == 0
    assert run("logout", "issuing").stdout == "logged out\n"
    assert run("whoami").stdout == "nobody is logged in\n"
    refused = run("stop", "list")
    assert (refused.returncode, "`kofu login issuing`" in refused.stderr) == (2, True)


def test_without_a_session_nothing_is_changed_and_nothing_shown(operators, kofu) -> None:
    for words in (STOP, ("stop", "list"), ("case", "list"), ("attest", "show"), ("feed", "status")):
        status, said = kofu(*words, who="")
        assert (status, "nobody is logged in here" in said) == (2, True), words
    with psycopg.connect(operators.database.owner_url) as owner:
        assert owner.execute("SELECT count(*) FROM issuing_stop").fetchone() == (0,)


def test_nobody_is_named_by_an_option(kofu) -> None:
    """Two invented people, `--by bob` and `--by carol`, once lifted a stop."""
    status, said = kofu("stop", "lift", "f" * 32, "--finding", "x", "--by", "bob", who="sato")
    assert (status, "nobody is named by an option" in said) == (2, True)


def test_what_the_role_may_not_is_refused_and_on_record(operators, kofu) -> None:
    status, said = kofu(*STOP, who="kansa")
    assert (status, "発行を停止する" in said) == (2, True)
    detail = {"command": "stop set", "role": "auditor", "os_uid": os.getuid()}
    (found,) = [
        more for action, result, more in entries(operators, "kansa") if (action, result) == ("stop.set", "refused")
    ]
    assert detail.items() <= found.items()
    assert kofu("stop", "list", who="kansa")[0] == 0


def test_what_is_allowed_is_on_record_before_it_runs(operators, kofu) -> None:
    """P10: also where the command then finds nothing to do."""
    assert kofu("stop", "lift", "f" * 32, "--finding", "x", who="sato")[0] == 2
    assert ("stop.lift", "allowed") in [(action, result) for action, result, _ in entries(operators, "sato")]


def test_a_session_another_user_copied_opens_nothing(operators, kofu, monkeypatch) -> None:
    """The token is bound to the OS user: here as if the file had come to another one, with its rights."""
    assert kofu("stop", "list", who="sato")[0] == 0
    monkeypatch.setattr("kofu.staff.operators.os_user.os.getuid", lambda: 4711)
    monkeypatch.setattr("kofu.staff.operators.tokens._ensure_own", lambda *_: None)
    status, said = kofu("stop", "list", who="sato")
    assert (status, "another user" in said) == (2, True)


def test_a_session_that_is_over_opens_nothing(operators, kofu) -> None:
    assert kofu("stop", "list", who="late")[0] == 0
    with psycopg.connect(operators.database.owner_url) as owner:
        owner.execute(
            "UPDATE staff_operator_session SET expires_at = now() FROM staff_account a"
            " WHERE a.id = account_id AND a.login = 'late'"
        )
    status, said = kofu("stop", "list", who="late")
    assert (status, "the session is over" in said) == (2, True)
    assert ("stop.view", "session_expired") in [(action, result) for action, result, _ in entries(operators, "late")]


def test_a_session_forged_in_another_database_opens_nothing_in_this_one(
    operators, kofu, monkeypatch, system_database, tmp_path
) -> None:
    """Whoever may choose the URLs may not choose who they are: the session must stand in every database in reach."""
    forged = log_in("issuing", system_database("issuing"), tmp_path, mallory="administrator")
    monkeypatch.setenv("KOFU_ISSUING_DATABASE_URL", forged.database.app_url)
    forged.be(monkeypatch, "mallory")
    done = CliRunner().invoke(build(), ["attest", "register"], catch_exceptions=False)
    assert (done.exit_code, "nobody is logged in here" in done.output) == (2, True)
    monkeypatch.delenv("KOFU_ISSUING_OWNER_DATABASE_URL")
    assert CliRunner().invoke(build(), ["stop", "list"]).exit_code == 0, "the twin: in the forged one alone it stands"
