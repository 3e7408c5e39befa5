"""`kofu feed` as an operator meets it."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from tests.issuing.feed_maker import KEYS, assessment, tax_feed
from tests.operators import log_in
from typer.testing import CliRunner

from kofu.cli.issuing.feed import app
from kofu.platform.profiles import load_profile

PROFILE = Path(__file__).parents[3] / "profiles" / "mihon.toml"


@pytest.fixture
def keys(tmp_path):
    folder = tmp_path / "keys"
    folder.mkdir()
    for kind, key in KEYS.items():
        pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        (folder / f"feed-{kind}.pub.pem").write_bytes(pem)
    return folder


@pytest.fixture
def run(keys):
    return lambda *arguments: CliRunner().invoke(app, [*map(str, arguments)], catch_exceptions=False)


@pytest.fixture
def feed(tmp_path):
    return tax_feed(tmp_path / "feed", [assessment()], municipality=load_profile(PROFILE).code)


def test_a_sound_feed_verifies(run, feed, keys):
    result = run("verify", feed, "--keys", keys)
    assert result.exit_code == 0
    assert "sound, 1 rows" in result.stdout


def test_a_wrong_feed_names_the_place_and_leaves_with_one(run, feed, keys):
    (feed / "collections.csv").unlink()
    result = run("verify", feed, "--keys", keys)
    assert result.exit_code == 1
    assert "collections.csv: the file is missing [missing_file]" in result.stderr


def test_a_missing_folder_or_key_or_database_says_so_and_leaves_with_two(run, feed, keys, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    for arguments, words in (
        (("verify", tmp_path / "nowhere", "--keys", keys), "there is no folder"),
        (("verify", feed, "--keys", tmp_path), "no sender's key"),
        (("import", feed, "--keys", keys, "--profile", PROFILE), "name the database"),
        (
            ("import", feed, "--keys", keys, "--profile", PROFILE, "--database", "host=127.0.0.1 port=1 dbname=x"),
            "nobody is logged in",
        ),
    ):
        result = run(*arguments)
        assert result.exit_code == 2
        assert words in result.stderr


@pytest.fixture
def database(system_database, tmp_path, monkeypatch) -> str:
    """A database of issuing in which somebody is logged in who may take feeds."""
    made = system_database("issuing")
    monkeypatch.delenv("KOFU_ISSUING_DATABASE_URL", raising=False)
    log_in("issuing", made, tmp_path, hanako="certificate_operator").be(monkeypatch, "hanako")
    return made.owner_url


@pytest.mark.storage
def test_a_feed_is_taken_in_once_and_the_status_shows_it(run, feed, keys, database):
    acting = ("--profile", PROFILE, "--database", database)
    assert "no data generation" in run("status", *acting).stdout
    assert "activated as data generation 1" in run("import", feed, "--keys", keys, *acting).stdout
    assert "already active" in run("import", feed, "--keys", keys, *acting).stdout
    shown = run("status", *acting).stdout
    assert "data generation 1" in shown
    assert "tax 1 (full): 1 rows, 1 written, 0 closed" in shown


@pytest.mark.storage
def test_feeds_in_a_folder_are_taken_in_order_from_the_newest_full_one(run, keys, tmp_path, database):
    code = load_profile(PROFILE).code
    out = tmp_path / "feeds"
    acting = ("--keys", keys, "--profile", PROFILE, "--database", database)
    missing = run("take", out, *acting)
    assert (missing.exit_code, "not exist." in missing.output) == (2, True)
    out.mkdir()
    assert "no tax feed" in run("take", out, *acting).stdout
    tax_feed(out / "tax-000001", [assessment()], municipality=code, generation=1)
    tax_feed(out / "tax-000002", [assessment()], municipality=code, generation=2)
    tax_feed(out / "tax-000003", [assessment()], municipality=code, generation=3, base=2)
    (out / ".tax-000004.abc.unfinished").mkdir()
    said = run("take", out, *acting).stdout.splitlines()
    assert [line.partition(":")[0] for line in said] == ["tax feed, generation 2", "tax feed, generation 3"]
    assert "no tax feed" in run("take", out, *acting).stdout
    (out / "tax-000003" / "manifest.json").write_bytes(b"{}")
    refused = run("take", out, *acting)
    assert (refused.exit_code, "InvalidSignature" in refused.stderr) == (2, True)
