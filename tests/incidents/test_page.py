"""The page of incidents keeps its word: each test is there and names its incident, each thing seen unguarded too."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from tests.mutants.planted import mutants

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "incidents.md").read_text(encoding="utf-8")
ROWS = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if re.match(r"\| `\w+`", line)]
#: konbini §8.1: the tests derived from what happened.
NAMED = {
    "yokohama_timeout_release", "kawasaki_same_second", "adachi_update_during_issue", "takamatsu_topology",
    "munakata_patch_missing", "niigata_cancelled_still_issued", "otaru_old_arrears", "kunitachi_missing_feed",
    "adachi_dismissed_error", "bunkyo_era_label", "toshima_due_split",
}  # fmt: skip


def docstring_of(file: str, function: str) -> str:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    (found,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == function]
    return ast.get_docstring(found) or ""


def all_tests() -> set[str]:
    files = (ROOT / "tests").rglob("test_*.py")
    return {name for path in files for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)}


def test_the_eleven_incidents_stand_on_the_page():
    assert {row[0].strip("`") for row in ROWS} == NAMED
    assert {len(row) for row in ROWS} == {5}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip("`"))
def test_the_test_of_an_incident_names_it(row: list[str]):
    file, function = row[3].strip("`").split("::")
    assert row[0].strip("`") in docstring_of(file, function)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip("`"))
def test_what_is_seen_without_the_guard_is_shown_by_a_twin_or_a_mutant(row: list[str]):
    shown = re.findall(r"`([\w-]+)`", row[4])
    known = all_tests() | {one.name.split("-", 1)[1] for one in mutants()}
    assert shown
    assert set(shown) <= known
