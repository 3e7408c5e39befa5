"""Verbs of the centre, the signed code, the glyphs and the font given what is wrong: a line, never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.operators import log_in
from typer.testing import CliRunner

from kofu.cli import build
from kofu.cli.shared.faults import word_faults

pytestmark = pytest.mark.storage
PROFILE = Path(__file__).parents[3] / "profiles" / "mihon.toml"
NUMBER = "20261123-139998-000000001"
ELSEWHERE = "20261123-131016-000000001"
REFUND = ["--reason", "x"]
WORDS = ["--reason-ja", "保守", "--reason-en", "maintenance"]


@pytest.fixture(scope="module")
def urls(system_database):
    return {system: system_database(system) for system in ("center", "ledger", "issuing")}


@pytest.fixture(scope="module")
def operators(urls, tmp_path_factory):
    """Two people, with an account in each system."""
    folder = tmp_path_factory.mktemp("operators")
    roles = {"center": "center_operator", "ledger": "certificate_approver", "issuing": "certificate_approver"}
    return [log_in(system, urls[system], folder, hanako=role, kanri="administrator") for system, role in roles.items()]


@pytest.fixture
def run(urls, operators, monkeypatch, tmp_path):
    """Run a verb in a folder where `file` is a file, so that nothing can be written below it."""
    (tmp_path / "file").write_bytes(b"no folder, no picture, no key")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KOFU_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("KOFU_PROFILE", str(PROFILE))
    monkeypatch.setenv("KOFU_FONT_DIR", str(tmp_path / "nothing"))
    monkeypatch.setenv("KOFU_SIGNING_KEYS", str(tmp_path / "keys"))
    monkeypatch.setenv("KOFU_CENTER_OWNER_DATABASE_URL", urls["center"].owner_url)
    monkeypatch.setenv("KOFU_LEDGER_OWNER_DATABASE_URL", urls["ledger"].owner_url)
    monkeypatch.setenv("KOFU_ISSUING_DATABASE_URL", urls["issuing"].app_url)

    def running(*words: str):
        operators[0].be(monkeypatch, "kanri" if "new-key" in words else "hanako")
        return CliRunner().invoke(build(), list(words))

    return running


def said(done, *, code: int) -> str:
    assert isinstance(done.exception, SystemExit), repr(done.exception)
    assert done.exit_code == code, done.output
    assert done.output.strip()
    return done.output


WRONG = {
    "a day that is none": (["center", "new-key", "--begins", "2026-02-30"], "2026-02-30"),
    "a stop nobody knows": (["center", "stop", "lift", "nope"], "kofu center stop list"),
    "a stop named by what no text can be": (["center", "stop", "lift", "no\0pe"], "nothing was changed"),
    "a stop without words": (["center", "stop", "set", *WORDS[:-1], " "], "reason"),
    "a stop with a character no text can have": (["center", "stop", "set", *WORDS[:-1], "a\0b"], "nothing was changed"),
    "a stop before all times": (["center", "stop", "set", *WORDS, "--begins", "0001-01-01T00:00"], "--begins"),
    "a calendar past the end of time": (["center", "calendar", "9999-12"], "9999-12"),
    "a refund for a request nobody knows": (["center", "refund", "nope", *REFUND, "--yen", "100"], "no such request"),
    "a refund without a reason": (["center", "refund", "nope", "--yen", "1", "--reason", " "], "reason"),
    "a statement of a month that is not over": (["center", "statement", "2126-01"], "not over yet"),
    "a statement past the end of time": (["center", "statement", "9999-12"], "9999-12"),
    "a statement for no municipality": (["center", "statement", "2026-01", "--municipality", "13"], "six digits"),
    "a statement into what is no folder": (["center", "statement", "2026-01", "--out", "file/below"], "file/below"),
    "a key that ends before it begins": (
        ["code", "new-key", "--begins", "2026-12-02", "--ends", "2026-12-01"], "ends after it begins",
    ),
    "a revocation without a key": (["code", "revoke", NUMBER], "kofu code new-key"),
    "a revocation of another municipality's paper": (["code", "revoke", ELSEWHERE], "another municipality's"),
    "a revocation of what is no number": (["code", "revoke", "1"], "no 発行番号"),
    "a page without keys": (["code", "page", "--out", "page.html"], "no public key"),
    "glyphs taken without the ledger's key": (["glyphs", "take", "nothing"], "feed-tax.pub.pem"),
    "a font folder without the font": (["font"], "nothing"),
    "a maintenance password too short": (["kiosk-password", "--password", "short"], "at least 12 characters"),
    "a system served without its certificate": (["serve", "registry"], "`kofu up` makes"),
}  # fmt: skip


@pytest.mark.parametrize(("words", "part"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_in_a_line(run, words, part) -> None:
    assert part in said(run(*words), code=2)


def test_a_revocation_list_or_a_key_that_is_broken_is_named_by_its_file(run, tmp_path) -> None:
    assert run("code", "new-key").exit_code == 0
    keys = tmp_path / "keys"
    (keys / "revoked.json").write_bytes(b"{}")
    assert "revoked.json" in said(run("code", "revoke", NUMBER), code=2)
    (keys / "revoked.json").unlink()
    for path in keys.iterdir():
        path.write_bytes(b"no key")
    assert ".pem holds no private key" in said(run("code", "revoke", NUMBER), code=2)
    for words in (["code", "page", "--out", "page.html"], ["code", "check", "file"]):
        assert ".pub.pem holds no public key" in said(run(*words), code=2)


def test_a_path_that_cannot_be_used_is_named(run, tmp_path, monkeypatch) -> None:
    assert run("code", "new-key").exit_code == 0
    assert "file/page.html" in said(run("code", "page", "--out", "file/page.html"), code=2)
    assert "nothing.png" in said(run("code", "check", "nothing.png"), code=2)
    monkeypatch.setenv("KOFU_FONT_DIR", str(tmp_path / "nothing"))
    monkeypatch.setenv("KOFU_SIGNING_KEYS", str(tmp_path / "file" / "keys"))
    assert "file/keys" in said(run("code", "new-key"), code=2)
    monkeypatch.setenv("KOFU_VAR", str(tmp_path / "file"))
    monkeypatch.delenv("KOFU_BACK_KEYS", raising=False)
    assert str(tmp_path / "file") in said(run("center", "new-key"), code=2)
    monkeypatch.setenv("KOFU_PROFILE", str(tmp_path / "nothing.toml"))
    for words in (["center", "statement", "2026-01"], ["code", "revoke", NUMBER]):
        assert "nothing.toml" in said(run(*words), code=2)


def test_who_has_not_the_owners_rights_is_told_which_address_to_name(run, urls, monkeypatch) -> None:
    monkeypatch.setenv("KOFU_CENTER_OWNER_DATABASE_URL", urls["center"].app_url)
    for words in (["center", "stop", "set", *WORDS], ["center", "statement", "2026-01"]):
        assert "KOFU_CENTER_OWNER_DATABASE_URL" in said(run(*words), code=2)


DATABASES = {
    "another system's": (lambda urls: urls["center"].owner_url, "nobody is logged in"),
    "no address": (lambda _urls: "secret nonsense", "no PostgreSQL URL"),
    "nobody's": (lambda _urls: "postgresql://127.0.0.1:1/x", "kofu up"),
}


@pytest.mark.parametrize(("address", "part"), DATABASES.values(), ids=DATABASES)
def test_a_database_that_is_not_the_ledgers_is_told(run, urls, monkeypatch, address, part) -> None:
    """The address may bear a password: it is never repeated."""
    assert run("code", "new-key").exit_code == 0
    monkeypatch.setenv("KOFU_LEDGER_OWNER_DATABASE_URL", address(urls))
    for words in (["glyphs", "export"], ["code", "revoke", "--voided-at-counter"]):
        told_so = said(run(*words), code=2)
        assert part in told_so
        assert "secret" not in told_so


def test_a_fault_that_is_nobodys_input_stays_a_traceback() -> None:
    """Twin: what only a programmer can mend is not turned into friendly words."""
    with pytest.raises(OSError, match="out of thin air"), word_faults():
        raise OSError("out of thin air")
