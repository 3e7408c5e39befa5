"""The embedded PostgreSQL: ours alone, durable, found again; and each system in a database of its own (P5, P10)."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from kofu.core.errors import OperatorFault
from kofu.platform import postgres
from kofu.platform.made_once import secret_file
from kofu.platform.postgres import ensure_system_database, role_password, start_embedded

pytestmark = pytest.mark.storage


@pytest.fixture(scope="module")
def folder():
    place = Path(tempfile.mkdtemp(prefix="kofu-test-"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place, ignore_errors=True)


def test_what_was_committed_is_there_after_a_restart_and_nothing_runs_after_stop(folder):
    server = start_embedded(folder / "kept", durable=True)
    try:
        with psycopg.connect(server.admin_url, autocommit=True) as admin:
            admin.execute("CREATE TABLE kept (number int)")
            admin.execute("INSERT INTO kept VALUES (7)")
    finally:
        server.stop()
    assert not server.running()
    again = start_embedded(folder / "kept", durable=True)
    try:
        with psycopg.connect(again.admin_url) as admin:
            assert admin.execute("SELECT number FROM kept").fetchone() == (7,)
            durable = ("fsync", "synchronous_commit", "full_page_writes", "data_checksums")
            assert [admin.execute(f"SHOW {name}").fetchone() for name in durable] == [("on",)] * 4
            # a second start on the same folder finds the server that runs
            start_embedded(folder / "kept", durable=True)
            assert admin.execute("SELECT 1").fetchone() == (1,)
    finally:
        again.stop()


def test_a_server_whose_starter_was_killed_is_taken_over(folder):
    left = start_embedded(folder / "left", durable=True)
    found = start_embedded(folder / "left", durable=True)
    with psycopg.connect(found.admin_url) as admin:
        assert admin.execute("SELECT 1").fetchone() == (1,)
    found.stop()
    assert not left.running()


def test_a_pid_file_left_by_a_crash_does_not_stop_the_next_start(folder):
    server = start_embedded(folder / "crashed", durable=True)
    pid_file = server.data_dir / "postmaster.pid"
    lines = pid_file.read_text(encoding="utf-8").splitlines()
    server.stop()
    ended = subprocess.Popen(["true"])
    ended.wait()
    pid_file.write_text("\n".join([str(ended.pid), *lines[1:], ""]), encoding="utf-8")
    shutil.chown(pid_file, user=server.data_dir.stat().st_uid)
    again = start_embedded(folder / "crashed", durable=True)
    try:
        assert again.running()
    finally:
        again.stop()


def test_the_server_listens_on_no_network_and_asks_for_a_password(folder):
    server = start_embedded(folder / "shut", durable=True)
    try:
        with psycopg.connect(server.admin_url) as admin:
            assert admin.execute("SHOW listen_addresses").fetchone() == ("",)
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(make_conninfo(server.admin_url, password="wrong"))
        assert stat.S_IMODE(server.data_dir.stat().st_mode) == 0o700
        secrets = list(folder.glob("*.secret"))
        assert secrets
        assert {stat.S_IMODE(path.stat().st_mode) for path in secrets} == {0o600}
    finally:
        server.stop()


def test_a_statement_that_fails_does_not_write_its_values_into_the_log(folder):
    """Personal data never in logs: a broken row is somebody's row."""
    server = start_embedded(folder / "silent", durable=True)
    try:
        with psycopg.connect(server.admin_url, autocommit=True) as admin, pytest.raises(psycopg.Error):
            admin.execute("SELECT 'a resident'::int")
        with psycopg.connect(server.admin_url, autocommit=True) as admin:
            admin.execute("CREATE TABLE one (name text PRIMARY KEY)")
        with psycopg.connect(server.admin_url, autocommit=True) as admin, pytest.raises(psycopg.errors.UniqueViolation):
            admin.execute("INSERT INTO one VALUES ('a resident'), ('a resident')")
        log = (server.data_dir / "server.log").read_text(encoding="utf-8")
        assert "a resident" not in log
        assert "ready to accept connections" in log
    finally:
        server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts the server under another account")
def test_root_starts_the_server_under_an_account_without_rights_even_from_a_closed_folder(folder):
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    server = start_embedded(closed / "data", durable=True)
    try:
        assert not server.data_dir.is_relative_to(closed)
        assert pwd.getpwuid(server.data_dir.stat().st_uid).pw_name in {"postgres", "nobody"}
    finally:
        server.stop()
        shutil.rmtree(server.data_dir.parent)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts the server under another account")
def test_programs_in_a_closed_folder_are_copied_with_their_libraries(folder, monkeypatch):
    """A clone in root's home: the wheel finds its libraries by a path relative to itself."""
    closed = folder / "closed-wheel"
    closed.mkdir(mode=0o700)
    package = postgres._programs().parent.parent
    for name in (package.name, f"{package.name}.libs"):
        (closed / name).symlink_to(package.with_name(name))
    monkeypatch.setattr(postgres, "_programs", lambda: closed / package.name / "pginstall" / "bin")
    server = start_embedded(folder / "copied", durable=True)
    try:
        assert not server._programs.is_relative_to(closed)
        with psycopg.connect(server.admin_url) as admin:
            assert admin.execute("SELECT 1").fetchone() == (1,)
    finally:
        server.stop()
        shutil.rmtree(server._programs.parents[3])


def test_a_folder_somebody_else_laid_out_is_refused(tmp_path):
    (tmp_path / "trap").symlink_to("/etc", target_is_directory=True)
    with pytest.raises(OperatorFault, match="another account or is a link"):
        postgres._require_own(tmp_path / "trap", os.geteuid())


def test_a_secret_is_made_once_and_for_its_owner_alone(tmp_path):
    first = secret_file(tmp_path / "secrets" / "roles.key")
    assert secret_file(tmp_path / "secrets" / "roles.key") == first
    assert len(first) == 32
    assert stat.S_IMODE((tmp_path / "secrets" / "roles.key").stat().st_mode) == 0o600
    assert role_password(first, "kofu_issuing") != role_password(first, "kofu_issuing_owner")


def test_the_running_system_cannot_change_its_schema(system_database):
    with psycopg.connect(system_database("ledger").app_url) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE mine (number int)")
        connection.rollback()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("ALTER TABLE audit_entry DISABLE TRIGGER ALL")


def test_a_system_cannot_enter_the_database_of_another(system_database):
    ledger, registry = system_database("ledger"), system_database("registry")
    name = conninfo_to_dict(registry.app_url)["dbname"]
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(make_conninfo(ledger.app_url, dbname=name))


def test_preparing_a_database_twice_changes_nothing(postgres):
    first = ensure_system_database(postgres, "center", secret=b"tests only", database="kofu_test_twice")
    try:
        assert ensure_system_database(postgres, "center", secret=b"tests only", database="kofu_test_twice") == first
        with psycopg.connect(first.app_url) as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("kofu_center",)
    finally:
        with psycopg.connect(postgres, autocommit=True) as admin:
            admin.execute("DROP DATABASE kofu_test_twice WITH (FORCE)")
