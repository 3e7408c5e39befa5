"""`kofu hold`: a hold is stored before anything else, and what could not be sent is said."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from kofu.cli.hold import app, registry_app
from kofu.platform.tls import make_development_ca

pytestmark = pytest.mark.storage


@pytest.fixture
def database(system_database, tmp_path, monkeypatch):
    made = system_database("registry")
    make_development_ca(tmp_path / "tls")
    monkeypatch.setenv("KOFU_VAR", str(tmp_path))
    monkeypatch.setenv("KOFU_PROFILE", str(Path(__file__).parents[2] / "profiles" / "mihon.toml"))
    monkeypatch.setenv("KOFU_REGISTRY_DATABASE_URL", made.app_url)
    monkeypatch.setenv("KOFU_REGISTRY_OWNER_DATABASE_URL", made.owner_url)
    monkeypatch.setenv("KOFU_ISSUING_URL", "https://127.0.0.1:1")
    return made


def stored(database) -> list[tuple]:
    with psycopg.connect(database.app_url) as connection:
        query = "SELECT hold_id, revision, attempts, last_failure FROM hold_outbox ORDER BY id"
        return connection.execute(query).fetchall()


def run(*arguments, **more):
    return CliRunner().invoke(app, list(arguments), **more)


def test_a_hold_is_kept_where_issuing_cannot_be_reached(database) -> None:
    done = run("put", "--kind", "protection", "--addressee", "-", input="0000000001\n")
    assert done.exit_code == 1
    hold_id = done.output.splitlines()[0]
    assert "1 holds wait (unreachable)" in done.output
    assert stored(database) == [(hold_id, 1, 1, "unreachable")]
    released = run("release", hold_id)
    assert "2 holds wait" in released.output
    assert [row[:2] for row in stored(database)] == [(hold_id, 1), (hold_id, 2)]


def test_a_hold_on_nobody_is_refused_and_not_stored(database) -> None:
    done = run("put", "--kind", "death")
    assert done.exit_code == 1
    assert "hold_subject" in done.output
    assert stored(database) == []


def test_serials_are_loaded_by_the_owner(database, tmp_path) -> None:
    path = tmp_path / "serials.csv"
    path.write_text("serial,valid_from,valid_to,status\nab,2024-01-01,2029-01-01,valid\n", encoding="utf-8")
    assert CliRunner().invoke(registry_app, ["load", str(path)]).output == "1 serials\n"
