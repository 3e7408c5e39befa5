"""Every bug that `make mutants` plants can be planted: its text stands where it says, its test is there."""

from __future__ import annotations

import ast
import re
import subprocess

import pytest
from tests.mutants import run
from tests.mutants.planted import ROOT, Mutant, mutants

ALL = mutants()


def test_there_are_at_least_forty_of_every_invariant_some():
    assert len(ALL) >= 40
    assert {one.invariant for one in ALL} == {f"P{number}" for number in range(1, 13)}
    assert len({one.name.split("-", 1)[1] for one in ALL}) == len(ALL)


@pytest.mark.parametrize("mutant", ALL, ids=lambda one: one.name)
def test_a_bug_can_be_planted_and_leaves_a_program_that_can_be_read(mutant: Mutant, tmp_path):
    """Where the program was changed, change the text of the bug with it, or choose another of its kind."""
    target = tmp_path / mutant.file
    target.parent.mkdir(parents=True)
    target.write_text((ROOT / mutant.file).read_text(encoding="utf-8"), encoding="utf-8")
    mutant.plant(tmp_path)
    ast.parse(target.read_text(encoding="utf-8"))
    assert mutant.bad in target.read_text(encoding="utf-8")


@pytest.mark.parametrize("mutant", ALL, ids=lambda one: one.name)
def test_the_test_that_must_fail_is_there(mutant: Mutant):
    file, function = mutant.test.split("::")
    assert re.search(rf"^def {function}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)


def test_seeds_that_are_not_played_to_their_end_are_a_verdict_and_lose_no_other_row(tmp_path, monkeypatch):
    def hangs(*_words: object, **_more: object) -> None:
        raise subprocess.TimeoutExpired("kofu simulate", 900)

    monkeypatch.setattr(run.subprocess, "run", hangs)
    mutant = next(one for one in ALL if one.played)
    target = tmp_path / mutant.file
    target.parent.mkdir(parents=True)
    healthy = (ROOT / mutant.file).read_text(encoding="utf-8")
    target.write_text(healthy, encoding="utf-8")
    assert run.played_verdict(mutant, tmp_path, "no database") == run.BROKEN
    assert target.read_text(encoding="utf-8") == healthy
