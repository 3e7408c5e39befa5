"""Verbs of issuing given what is wrong: one line that says so, never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.operators import log_in
from typer.testing import CliRunner

from kofu.cli import build

pytestmark = pytest.mark.storage
PROFILE = Path(__file__).parents[3] / "profiles" / "mihon.toml"
WORDS = ["--finding", "前日の集計と照合した。差はない。"]


@pytest.fixture(scope="module")
def urls(system_database):
    return system_database("issuing")


@pytest.fixture(scope="module")
def operators(urls, tmp_path_factory):
    return log_in(
        "issuing", urls, tmp_path_factory.mktemp("operators"), hanako="certificate_approver", kanri="administrator"
    )


@pytest.fixture
def run(urls, operators, monkeypatch, tmp_path):
    operators.be(monkeypatch, "hanako")
    monkeypatch.setenv("KOFU_VAR", str(tmp_path))
    monkeypatch.setenv("KOFU_PROFILE", str(PROFILE))
    monkeypatch.setenv("KOFU_ISSUING_DATABASE_URL", urls.app_url)
    monkeypatch.delenv("KOFU_ISSUING_OWNER_DATABASE_URL", raising=False)
    return lambda *words: CliRunner().invoke(build(), list(words))


WRONG = {
    "a feed nobody knows": ["feed", "release", "5", *WORDS],
    "a number no feed can have": ["feed", "release", "99999999999999999999", *WORDS],
    "a feed refused that nobody knows": ["feed", "reject", "5", *WORDS],
    "a case nobody knows": ["case", "show", "nope"],
    "a case signed that nobody knows": ["case", "sign", "nope", *WORDS],
    "a case nobody knows gets evidence": ["case", "add", "nope", "--text", "何もない"],
    "a stop nobody knows": ["stop", "lift", "nope", *WORDS],
    "a stop without words": ["stop", "set", "--reason", " "],
    "a stop with a character no text can have": ["stop", "set", "--reason", "a\0b"],
    "a day to come": ["recheck", "--day", "9999-12-31"],
    "a print result that takes for ever": ["recheck", "--result-within-minutes", "99999999999"],
    "a case about a request nobody knows": ["case", "open", "--summary", " ", "--request", "no\0pe"],
}


@pytest.mark.parametrize("words", WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_in_a_line(run, words) -> None:
    done = run(*words)
    assert done.exit_code == 2, (done.output, done.exception)
    assert isinstance(done.exception, SystemExit), repr(done.exception)
    assert done.output.strip()


@pytest.mark.parametrize("words", [["feed", "take"], ["erasure", "tonight", "--feeds"]])
@pytest.mark.parametrize("name", ["mistyped", "a-file"])
def test_a_folder_that_is_none_is_no_night_without_news(run, tmp_path, words, name) -> None:
    """A timer with a mistyped folder said every night that nothing is newer, with 0, until the feed was too old."""
    (tmp_path / "a-file").touch()
    done = run(*words, str(tmp_path / name))
    said = "".join(done.output.replace("│", "").split())  # a long folder is broken in its frame, where it happens to be
    assert (done.exit_code, name in said) == (2, True), done.output


@pytest.mark.parametrize("words", [["fence", "pass"], ["attest", "register"]])
def test_what_the_administrator_asks_for_in_vain_is_said_in_a_line(run, operators, monkeypatch, words) -> None:
    operators.be(monkeypatch, "kanri")
    test_what_is_wrong_is_said_in_a_line(run, words)


@pytest.mark.parametrize("number", ["5", "99999999999999999999"])
def test_a_feed_nobody_knows_is_said_with_the_owners_rights_too(run, urls, monkeypatch, number) -> None:
    monkeypatch.setenv("KOFU_ISSUING_OWNER_DATABASE_URL", urls.owner_url)
    done = run("feed", "release", number, *WORDS)
    assert (done.exit_code, f"no judged feed {number}" in done.output) == (2, True), (done.output, done.exception)
