"""`kofu up` does what a ward's timers erase: every job that notes its runs has run, or says why it could not."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
import pytest
from cryptography.hazmat.primitives import serialization
from tests.issuing.feed_maker import KEYS, UNBOUND, assessment, tax_feed

from kofu.cli.up.erasing import erase_as_timers_do
from kofu.issuing.feeds.import_feed import import_feed
from kofu.platform.profiles import load_profile
from kofu.platform.retention import last_runs, retention_rules

pytestmark = pytest.mark.storage
PROFILE = Path(__file__).parents[3] / "profiles" / "mihon.toml"


def test_every_job_that_notes_its_runs_runs_and_one_that_cannot_says_so(system_database, tmp_path, monkeypatch):
    monkeypatch.setenv("KOFU_VAR", str(tmp_path))
    (tmp_path / "keys").mkdir()
    for kind, key in KEYS.items():
        pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        (tmp_path / "keys" / f"feed-{kind}.pub.pem").write_bytes(pem)
    databases = {system: system_database(system) for system in ("issuing", "ledger")}

    def night() -> list[str]:
        return list(
            erase_as_timers_do(
                issuing_url=databases["issuing"].owner_url,
                ledger_url=databases["ledger"].app_url,
                profile=PROFILE,
                values=load_profile(PROFILE),
                var=tmp_path,
                day=date(2026, 11, 22),
            )
        )

    assert "assessments were not taken in yet" in night()[0], "a ward without data: nothing is erased, nothing ends"
    import_feed(
        lambda: psycopg.connect(databases["issuing"].owner_url),
        tax_feed(tmp_path / "feed", [assessment(year=year) for year in range(2021, 2027)]),
        keys=KEYS,
        municipality_code=load_profile(PROFILE).code,
        now=datetime(2026, 11, 22, 20, tzinfo=UTC),
        actor="test",
        judging=UNBOUND,
    )
    assert "years before 2023 wait for two signatures" in night()[0]
    for system, database in databases.items():
        with psycopg.connect(database.owner_url) as connection:
            ran = set(last_runs(connection))
        assert ran == {rule.code for rule in retention_rules() if rule.runs and rule.system == system}
