"""The command as an operator meets it: each verb says in one line what it does, and what is wrong in words."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from kofu.cli import build
from kofu.platform.tls import make_development_ca

VERBS = (
    "up", "serve", "migrate", "font", "issue", "recheck", "ward", "feed", "hold", "registry", "stop", "case", "attest",
    "audit",
)  # fmt: skip


@pytest.fixture
def run(monkeypatch, tmp_path):
    for name in ("ISSUING", "ISSUING_OWNER", "LEDGER", "REGISTRY", "CENTER"):
        monkeypatch.delenv(f"KOFU_{name}_DATABASE_URL", raising=False)
    monkeypatch.setenv("KOFU_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TERM", "dumb")
    return lambda *arguments: CliRunner().invoke(build(), [*map(str, arguments)], catch_exceptions=False)


def test_help_shows_every_verb_with_a_line(run):
    result = run("--help")
    assert result.exit_code == 0
    for verb in VERBS:
        line = next(line for line in result.output.splitlines() if line.lstrip("│| ").startswith(f"{verb} "))
        assert len(line.strip("│| ").split()) > 3


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(run, verb):
    result = run(verb, "--help")
    assert result.exit_code == 0
    assert "Usage" in result.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["serve", "nothing"], "is none of issuing, registry, center, verification, kiosk, start"),
        (["serve", "registry"], "is missing; `kofu up` makes development certificates"),
        (["migrate", "nothing"], "is none of issuing, ledger, registry, center"),
        (["migrate", "issuing"], "KOFU_ISSUING_OWNER_DATABASE_URL is not set"),
        (["audit", "verify", "issuing"], "KOFU_ISSUING_DATABASE_URL is not set"),
        (["ledger", "verify-counter", "--days", "99999999"], "--days"),
        (["up", "--people", "3"], "--people"),
        (["up", "--hours", "never"], "'always' or 'profile'"),
    ],
)
def test_wrong_input_is_told_in_words_and_ends_with_an_exit_code(run, words, said):
    result = run(*words)
    assert result.exit_code != 0
    assert said in " ".join(result.output.split())
    assert "Traceback" not in result.output


def test_a_profile_that_is_not_there_ends_up_before_anything_is_started(run, monkeypatch, tmp_path):
    monkeypatch.setenv("KOFU_PROFILE", str(tmp_path / "none.toml"))
    result = run("up")
    assert result.exit_code == 1
    assert "no profile at" in result.output
    assert not (tmp_path / "var" / "postgres").exists()


def test_a_taken_port_is_named_with_the_way_out(run, monkeypatch, unused_port_factory):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for system in ("START", "KIOSK", "CENTER", "ISSUING"):
            monkeypatch.setenv(f"KOFU_{system}_PORT", str(unused_port_factory()))
        monkeypatch.setenv("KOFU_REGISTRY_PORT", str(port))
        result = run("up")
    assert result.exit_code == 1
    assert f"port {port} for registry is taken" in result.output
    assert "KOFU_REGISTRY_PORT" in result.output


def test_a_kiosk_without_cards_says_how_it_comes_to_some(tmp_path):
    """A process of its own: the kiosk starts anew with memory that is wiped."""
    make_development_ca(tmp_path / "tls")
    done = subprocess.run(
        [sys.executable, "-m", "kofu", "serve", "kiosk"],
        env={**os.environ, "KOFU_VAR": str(tmp_path), "KOFU_CARDS": str(tmp_path / "none.json")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert f"the file of virtual cards {tmp_path / 'none.json'} is missing; `kofu ward make` writes it" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_command_runs_as_a_module():
    done = subprocess.run([sys.executable, "-m", "kofu", "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "kofu" in done.stdout
