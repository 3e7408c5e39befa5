"""`kofu staff`: the first administrator without any screen; `kofu serve`: screens over TLS where files are named."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import psycopg
import pytest
from tests.operators import log_in

from kofu.cli.up.demo_profile import open_around_the_clock
from kofu.cli.up.start_page import staff_tables
from kofu.core.errors import OperatorFault
from kofu.platform.settings import staff_tls, staff_url
from kofu.staff.demo import DemoAccount, demo_file, read_demo_accounts
from kofu.staff.one_time import one_time_code

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def staff(system_database, tmp_path_factory):
    """Run `kofu staff …` on a fresh database of the ledger, as its owner."""
    database = system_database("ledger")
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "src"),
        "KOFU_VAR": str(tmp_path_factory.mktemp("var")),
        "KOFU_PROFILE": str(ROOT / "profiles" / "mihon.toml"),
        "KOFU_LEDGER_DATABASE_URL": database.app_url,
        "KOFU_LEDGER_OWNER_DATABASE_URL": database.owner_url,
    }

    def run(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "kofu", "staff", *words],
            env={**environment, **more},
            capture_output=True,
            text=True,
            check=False,
        )

    run.database, run.environment = database, environment
    return run


CREATE = ("create", "ledger", "--login", "admin1", "--name", "見本 管理", "--office", "joho")


@pytest.mark.storage
def test_the_first_administrator_is_made_by_the_operator_and_recorded(staff, tmp_path):
    refused = staff(*CREATE)
    assert refused.returncode == 1
    assert "there is no office joho" in refused.stderr
    assert staff("office", "ledger", "joho", "情報システム課").returncode == 0
    made = staff(*CREATE)
    assert made.returncode == 0, made.stderr
    password = made.stdout.strip()
    assert len(password) == 20
    with psycopg.connect(staff.database.app_url) as connection:
        role, initial, stored = connection.execute(
            "SELECT role, password_is_initial, password FROM staff_account WHERE login = 'admin1'"
        ).fetchone()
        (body,) = connection.execute(
            "SELECT body FROM audit_entry WHERE body LIKE '%account.create%' AND body LIKE '%\"created\"%'"
        ).fetchone()
    assert (role, initial) == ("administrator", True)
    assert stored.startswith("scrypt$")
    assert "admin1" in body
    assert password not in body
    assert '"owner:' in body
    third = ("create", "ledger", "--name", "見本 管理", "--office", "joho", "--login")
    assert staff(*third, "admin2").returncode == 0, "one alone could confirm nothing"
    again = staff(*third, "admin3", XDG_RUNTIME_DIR=str(tmp_path))
    assert again.returncode == 2, "there are two administrators now"
    assert "kofu login ledger" in again.stderr


@pytest.mark.storage
def test_who_begins_makes_an_administrator_and_nobody_else(staff, system_database, tmp_path):
    fresh = system_database("ledger")
    urls = {"KOFU_LEDGER_DATABASE_URL": fresh.app_url, "KOFU_LEDGER_OWNER_DATABASE_URL": fresh.owner_url}
    assert staff("office", "ledger", "joho", "情報システム課", **urls).returncode == 0
    refused = staff(*CREATE, "--role", "approver", **urls)
    assert (refused.returncode, "first_is_administrator" in refused.stderr) == (1, True)
    with psycopg.connect(fresh.app_url) as connection:
        results = connection.execute(
            "SELECT body::json->>'action', body::json->>'result' FROM audit_entry ORDER BY recorded_at"
        ).fetchall()
    assert results == [("account.office", "first"), ("account.office", "created"), ("account.create", "first")]


@pytest.mark.storage
def test_demo_accounts_are_made_only_where_papers_say_specimen(staff, tmp_path):
    profile = (ROOT / "profiles" / "mihon.toml").read_text(encoding="utf-8")
    shutil.copytree(ROOT / "profiles" / "seals", tmp_path / "seals")
    real = tmp_path / "real.toml"
    real.write_text(profile.replace("specimen = true", "specimen = false"), encoding="utf-8")
    refused = staff("demo", "ledger", KOFU_PROFILE=str(real))
    assert refused.returncode == 1
    assert "specimen = true" in refused.stderr
    made = staff("demo", "ledger")
    assert made.stdout.strip() == "10 accounts", made.stderr
    assert staff("demo", "ledger").returncode == 0  # again: nothing changes
    with psycopg.connect(staff.database.app_url) as connection:
        (made,) = connection.execute("SELECT count(*) FROM audit_entry WHERE body LIKE '%kofu up%'").fetchone()
    assert made == 10


@pytest.mark.storage
def test_an_administrator_of_the_demonstration_who_is_logged_in_acts_under_their_own_name(staff, tmp_path):
    """The page of accounts says what to type; beside `kofu up` it was refused, and an office was the owner's doing."""
    assert staff("demo", "ledger").returncode == 0
    var = Path(staff.environment["KOFU_VAR"])
    (kanri,) = [one for one in read_demo_accounts(var, "ledger") if one.login == "kanri1"]
    entered = subprocess.run(
        [sys.executable, "-m", "kofu", "login", "ledger", "--login", "kanri1"],
        env={**staff.environment, "XDG_RUNTIME_DIR": str(tmp_path)},
        input=f"{kanri.password}\n{one_time_code(kanri.secret, time.time())}\n",
        capture_output=True, text=True, check=False, start_new_session=True,
    )  # fmt: skip
    assert "is logged in to ledger" in entered.stdout, entered.stderr
    made = ("create", "ledger", "--login", "t.sato", "--name", "見本 太郎", "--office", "shunou", "--role", "clerk")
    proposed = staff(*made, "--reason", "採用", XDG_RUNTIME_DIR=str(tmp_path))
    assert "first half of the initial password" in proposed.stdout, proposed.stderr
    assert staff("office", "ledger", "koseki", "戸籍住民課", XDG_RUNTIME_DIR=str(tmp_path)).returncode == 0
    with psycopg.connect(staff.database.app_url) as connection:
        named = connection.execute(
            "SELECT body::json->>'actor' FROM audit_entry WHERE body::json->'detail'->>'office_given' = 'koseki'"
        ).fetchall()
    assert named == [("kanri1",)]


@pytest.mark.storage
@pytest.mark.parametrize(
    ("code", "name", "said"),
    [
        ("", "課", "office_form"),
        ("../x", "課", "office_form"),
        ("x", " 　", "name_form"),
        ("x", "課" * 65, "name_form"),
    ],
)
def test_an_office_without_a_code_or_a_name_is_refused(staff, bare, code, name, said):
    """Answers to residents name offices: one without a name would say that somebody looked from nowhere."""
    urls = {"KOFU_LEDGER_DATABASE_URL": bare.app_url, "KOFU_LEDGER_OWNER_DATABASE_URL": bare.owner_url}
    refused = staff("office", "ledger", code, name, **urls)
    assert (refused.returncode, said in refused.stderr) == (1, True), refused.stderr
    with psycopg.connect(bare.app_url) as connection:
        assert connection.execute("SELECT FROM staff_office").fetchone() is None


@pytest.fixture(scope="module")
def bare(system_database):
    """A ledger nobody has an account in yet."""
    return system_database("ledger")


@pytest.mark.storage
def test_expired_sessions_are_removed_by_the_running_role(staff, tmp_path):
    with psycopg.connect(staff.database.owner_url) as owner:
        owner.execute(
            "INSERT INTO django_session (session_key, session_data, expire_date)"
            " VALUES ('old', '', now() - interval '1 day'), ('new', '', now() + interval '1 day')"
        )
    log_in("ledger", staff.database, tmp_path, kanri="administrator")
    assert (
        staff("clean", "ledger", XDG_RUNTIME_DIR=str(tmp_path / "runtime" / "kanri")).stdout.strip()
        == "1 sessions, 0 attempts"
    )


def test_the_start_page_shows_the_code_that_is_right_now(tmp_path):
    """The code of RFC 6238's example at 59 seconds."""
    account = DemoAccount(
        system="ledger",
        login="shunou1",
        name="見本 花子",
        office="区役所税務課収納管理係",
        role="収納係員",
        password="known",
        secret="GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
    )
    path = demo_file(tmp_path, "ledger")
    path.parent.mkdir()
    path.write_bytes(msgspec.json.encode([account]))
    page = staff_tables(tmp_path, 59)
    assert "<code>shunou1</code>" in page
    assert ">287082<" in page
    assert account.secret not in page


def test_staff_screens_speak_tls_where_both_files_are_named(tmp_path, monkeypatch):
    monkeypatch.delenv("KOFU_CONSOLE_PORT", raising=False)
    assert staff_tls("console") is None
    assert staff_url("console") == "http://127.0.0.1:8806"
    certificate, key = tmp_path / "console.pem", tmp_path / "console.key"
    certificate.write_text("certificate")
    monkeypatch.setenv("KOFU_CONSOLE_CERTIFICATE", str(certificate))
    with pytest.raises(OperatorFault, match="KOFU_CONSOLE_KEY"):
        staff_tls("console")
    key.write_text("key")
    monkeypatch.setenv("KOFU_CONSOLE_KEY", str(key))
    assert staff_tls("console") == (certificate, key)
    assert staff_url("console") == "https://127.0.0.1:8806"


@pytest.mark.storage
def test_the_operator_is_told_which_systems_have_staff(staff):
    done = staff("screens", "registry")
    assert done.returncode == 2
    assert "ledger, issuing" in done.stderr


def test_the_demonstrations_own_profile_can_be_started_again(tmp_path):
    """`source var/operator.sh && kofu up`: the file it names is the one written before."""
    first = open_around_the_clock(ROOT / "profiles" / "mihon.toml", tmp_path / "demo")
    assert open_around_the_clock(first, tmp_path / "demo") == first
