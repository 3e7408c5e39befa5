"""`kofu evidence`: what is within reach is looked at and put on record, what is not says so, who may not is refused."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest
from tests.operators import log_in
from typer.testing import CliRunner

from kofu.cli import build

pytestmark = pytest.mark.storage
PROFILE = Path(__file__).parents[3] / "profiles" / "mihon.toml"


def test_one_system_alone_is_looked_at_and_the_others_are_not_seen(system_database, tmp_path, monkeypatch):
    database = system_database("ledger")
    people = log_in("ledger", database, tmp_path, kansa="auditor", kakari="clerk")
    monkeypatch.setenv("KOFU_LEDGER_DATABASE_URL", database.app_url)
    monkeypatch.setenv("KOFU_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("KOFU_PROFILE", str(PROFILE))
    told = tmp_path / "evidence.json"

    people.be(monkeypatch, "kakari")
    refused = CliRunner().invoke(build(), ["evidence", "--json", str(told)])
    assert (refused.exit_code == 0, told.exists()) == (False, False)

    people.be(monkeypatch, "kansa")
    done = CliRunner().invoke(build(), ["evidence", "--json", str(told)])
    assert done.exit_code == 1, "no night ran here, so what it erases was not erased"
    found = {
        (look["check"], look["system"]): look["verdict"]
        for promise in json.loads(told.read_bytes())["promises"]
        for look in promise["looks"]
    }
    assert found["record.append_only", "ledger"] == "holds"
    assert found["retention.jobs_ran", "ledger"] == "broken"
    assert found["record.append_only", "issuing"] == "not_seen"
    assert found["center.no_place_for_content", "center"] == "not_seen"
    with psycopg.connect(database.app_url) as connection:
        kept = connection.execute("SELECT DISTINCT system, looked_by FROM evidence_look").fetchall()
    assert kept == [("ledger", "kansa")], "looks at other systems are kept where those belong"
