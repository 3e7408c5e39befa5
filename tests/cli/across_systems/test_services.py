"""Unattended jobs have a name, just their rights, and a key that proves the name; people's work is none of theirs."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from tests.operators import log_in
from typer.testing import CliRunner

from kofu.cli import build

pytestmark = [pytest.mark.storage, pytest.mark.font]
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def database(system_database):
    return system_database("issuing")


@pytest.fixture
def kofu(database, monkeypatch, tmp_path):
    """Run a verb as an unattended job; "" for nobody in particular."""
    monkeypatch.setenv("KOFU_ISSUING_DATABASE_URL", database.app_url)
    monkeypatch.setenv("KOFU_ISSUING_OWNER_DATABASE_URL", database.owner_url)
    monkeypatch.setenv("KOFU_PROFILE", str(ROOT / "profiles" / "mihon.toml"))
    monkeypatch.setenv("KOFU_VAR", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "nobody"))
    monkeypatch.delenv("KOFU_SERVICE_KEY", raising=False)

    def run(*words: str, job: str = "recheck") -> tuple[int, str]:
        monkeypatch.setenv("KOFU_SERVICE", job)
        done = CliRunner().invoke(build(), list(words), catch_exceptions=False)
        return done.exit_code, done.output

    return run


@pytest.fixture
def key(kofu, tmp_path) -> Path:
    """The key of `recheck`, made before there is an administrator."""
    status, said = kofu("service", "key", "issuing", "recheck", job="")
    assert status == 0, said
    return tmp_path / "keys" / "service-recheck.key"


def entries(database, actor: str) -> list[tuple[str, str]]:
    with psycopg.connect(database.owner_url) as owner:
        return owner.execute(
            "SELECT body::json->>'action', body::json->>'result' FROM audit_entry"
            " WHERE body::json->>'actor' = %s ORDER BY recorded_at",
            [actor],
        ).fetchall()


def test_a_job_does_its_own_work_under_its_name_and_nothing_else(kofu, key, database) -> None:
    assert key.stat().st_mode & 0o777 == 0o600
    status, said = kofu("recheck", "--day", "2026-11-23")
    assert (status, "0 mismatches" in said) == (0, True), said
    status, said = kofu("stop", "set", "--reason", "drill")
    assert (status, "not_allowed" in said) == (2, True)
    found = entries(database, "service:recheck")
    assert {("recheck.run", "allowed"), ("stop.set", "refused")} <= set(found)


def test_a_key_that_is_missing_open_wrong_or_replaced_proves_nothing(kofu, key) -> None:
    day = ("recheck", "--day", "2026-11-23")
    assert kofu(*day)[0] == 0
    key.chmod(0o640)
    assert "service_key_open" in kofu(*day)[1]
    key.chmod(0o600)
    was = key.read_text()
    key.write_text("f" * 64)
    assert "service_key_refused" in kofu(*day)[1]
    assert kofu("service", "key", "issuing", "recheck", job="")[0] == 0
    assert kofu(*day)[0] == 0
    key.write_text(was)
    assert "service_key_refused" in kofu(*day)[1], "the key before is over"
    key.unlink()
    assert "no_service_key" in kofu(*day)[1]


def test_a_name_that_is_none_or_works_elsewhere_is_refused(kofu, key) -> None:
    assert "no_such_service" in kofu("recheck", job="chronos")[1]
    assert "works in ledger" in kofu("service", "key", "issuing", "night", job="")[1]


def test_once_there_is_an_administrator_keys_are_made_by_one_who_is_logged_in(
    kofu, system_database, monkeypatch, tmp_path
) -> None:
    fresh = system_database("issuing")
    monkeypatch.setenv("KOFU_ISSUING_DATABASE_URL", fresh.app_url)
    monkeypatch.setenv("KOFU_ISSUING_OWNER_DATABASE_URL", fresh.owner_url)
    make = ("service", "key", "issuing", "recheck")
    assert kofu(*make, job="")[0] == 0
    assert [result for _, result in entries(fresh, next(iter(beginners(fresh))))] == ["first"]
    people = log_in("issuing", fresh, tmp_path, kanri="administrator", sato="certificate_operator")
    for who, status in (("", 2), ("sato", 2), ("kanri", 0)):
        people.be(monkeypatch, who)
        assert kofu(*make, job="")[0] == status, who
    assert ("service.key", "allowed") in entries(fresh, "kanri")


def beginners(database) -> set[str]:
    with psycopg.connect(database.owner_url) as owner:
        rows = owner.execute("SELECT body::json->>'actor' FROM audit_entry").fetchall()
    return {actor for (actor,) in rows if actor.startswith("owner:")}
