"""A verb starts alone: on a machine that is busy the kill switch does not wait for what other verbs need."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from kofu.cli import VERBS, build


@pytest.mark.parametrize("words", [["stop", "set", "--help"], ["font", "--help"], ["staff", "--help"]])
def test_a_verb_is_the_same_command_with_and_without_the_other_verbs(words: list[str]) -> None:
    alone, among_others = (CliRunner().invoke(made, words).output for made in (build(words[0]), build()))
    assert alone == among_others
    assert "--help" in alone


def test_without_a_verb_or_with_a_wrong_one_all_are_told() -> None:
    assert [len(build(asked).registered_commands) + len(build(asked).registered_groups) for asked in ("", "stpo")] == [
        len(VERBS),
        len(VERBS),
    ]


@pytest.mark.parametrize("verb", ["stop", "whoami"])
def test_a_verb_draws_in_nothing_of_the_others(verb: str) -> None:
    words = f"import sys; from kofu.cli import build; build({verb!r}); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", words], check=True, capture_output=True, text=True).stdout.split()
    assert not {"httpx", "polars", "django", "uvicorn", "kofu.cli.registry.hold", "kofu.cli.ward"} & set(loaded)
