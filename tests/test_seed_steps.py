"""docs/seed-steps: one page for each step ①–㉑, and nothing on them that is not there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kofu.cli import build

ROOT = Path(__file__).parent.parent
PAGES = sorted((ROOT / "docs" / "seed-steps").glob("[0-9]*.md"))
STEPS = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳㉑"
NAMED = re.compile(r"`([^`]+)`")


@cache
def screens() -> frozenset[str]:
    """Every address of the ledger's staff screens, as the program itself lists them."""
    done = subprocess.run(
        [sys.executable, "-m", "kofu", "staff", "screens", "ledger"],
        env={**os.environ, "PYTHONPATH": "src", "KOFU_LEDGER_DATABASE_URL": "postgresql:///nowhere"},
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return frozenset(line.split("\t")[0] for line in done.stdout.splitlines())


def is_there(name: str) -> bool:
    if name.startswith("/"):
        return name in screens()
    if name.startswith("kofu "):
        return CliRunner().invoke(build(), [*name.split()[1:], "--help"]).exit_code == 0
    if name.startswith(("src/", "tests/")):
        return (ROOT / name).exists()
    return name == "issuing"  # a system, by its name


def test_every_step_has_its_page_in_order() -> None:
    assert [page.read_text(encoding="utf-8")[2] for page in PAGES] == list(STEPS)
    index = (ROOT / "docs" / "seed-steps" / "index.md").read_text(encoding="utf-8")
    for step, page in zip(STEPS, PAGES, strict=True):
        title = page.read_text(encoding="utf-8").splitlines()[0].removeprefix(f"# {step} ")
        assert f"| [{step}]({page.name}) | {title} |" in index


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_names_is_there(page: Path) -> None:
    names = NAMED.findall(page.read_text(encoding="utf-8"))
    assert names
    assert [name for name in names if not is_there(name)] == []


@pytest.mark.parametrize("name", ["/nowhere/", "kofu nothing", "src/kofu/nothing.py", "tests/test_nothing.py", "word"])
def test_what_is_not_there_is_found(name: str) -> None:
    assert not is_there(name)
