"""`kofu glyphs`: what the ledger exports is what the issuing side takes, and nothing else is."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from tests.certificates.drawings import BOTH
from tests.operators import log_in
from typer.testing import CliRunner

from kofu.cli import build
from kofu.issuing.glyphs.glyph_sets import drawn_glyphs

pytestmark = pytest.mark.storage
PROFILE = Path(__file__).parents[3] / "profiles" / "mihon.toml"
RUN = CliRunner()


@pytest.fixture
def ledger(system_database, tmp_path, monkeypatch: pytest.MonkeyPatch) -> str:
    database, issuing = system_database("ledger"), system_database("issuing")
    log_in("ledger", database, tmp_path, hanako="certificate_approver")
    log_in("issuing", issuing, tmp_path, hanako="certificate_approver").be(monkeypatch, "hanako")
    monkeypatch.setenv("KOFU_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("KOFU_PROFILE", str(PROFILE))
    monkeypatch.setenv("KOFU_LEDGER_OWNER_DATABASE_URL", database.app_url)
    monkeypatch.setenv("KOFU_ISSUING_OWNER_DATABASE_URL", issuing.owner_url)
    return database.app_url


def said(*words: str, code: int = 0) -> str:
    done = RUN.invoke(build(), ["glyphs", *words])
    assert done.exit_code == code, done.output
    return done.output


def add_set(url: str, version: int) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO glyph_set (municipality_code, version, sha256, content, made_at)"
            " VALUES ('139998', %s, %s, %s, now())",
            [version, BOTH.sha256, BOTH.data],
        )


def test_what_is_exported_is_taken_and_shown(ledger: str, tmp_path: Path) -> None:
    assert "nothing to export" in said("export")
    assert "no set was taken" in said("show")
    add_set(ledger, 1)
    folder = said("export", "--to", str(tmp_path / "out")).splitlines()[0]
    assert "version 1 is held: 2 characters" in said("take", folder)
    with psycopg.connect(os.environ["KOFU_ISSUING_OWNER_DATABASE_URL"]) as connection:
        assert drawn_glyphs(connection, "139998") == BOTH
    shown = said("show")
    assert BOTH.sha256 in shown
    assert "U+8FBB U+E0100" in shown


def test_an_older_set_and_one_without_a_signature_are_refused(ledger: str, tmp_path: Path) -> None:
    add_set(ledger, 1)
    first = said("export", "--to", str(tmp_path)).splitlines()[0]
    add_set(ledger, 2)
    second = said("export", "--to", str(tmp_path)).splitlines()[0]
    (Path(second) / "glyphs.sig").rename(tmp_path / str(uuid4()))
    assert "glyphs.sig cannot be read" in said("take", second, code=2)
    assert "version 1 is held" in said("take", first)
    (Path(second) / "glyphs.sig").write_bytes((Path(first) / "glyphs.sig").read_bytes())
    assert "did not sign it" in said("take", second, code=2)
