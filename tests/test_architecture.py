"""What `docs/architecture.md` says of the rooms is what the tree and import-linter's contracts say."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]


def rooms_of_the_contract(system: str) -> list[str]:
    """The layers of a system from the ground up."""
    (found,) = [one for one in CONTRACTS if one["type"] == "layers" and one.get("containers") == [f"kofu.{system}"]]
    return list(reversed(found["layers"]))


def rooms_of_the_page(title: str) -> list[str]:
    part = PAGE.split(f"## The rooms of {title}")[1].split("\n## ")[0]
    return re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE)


@pytest.mark.parametrize(("system", "title"), [("ledger", "the ledger"), ("issuing", "`issuing`")])
def test_the_page_shows_every_room_in_its_order(system: str, title: str) -> None:
    folders = {path.parent.name for path in (ROOT / "src" / "kofu" / system).glob("*/__init__.py")} - {"migrations"}
    assert rooms_of_the_page(title) == rooms_of_the_contract(system)
    assert set(rooms_of_the_page(title)) == folders


def test_every_module_the_page_walks_through_is_there() -> None:
    """Names in the walks are modules (or packages) of `kofu`."""
    walks = "".join(re.findall(r"## A \w+(?: \w+)?, walked\n(.*?)(?=\n## |\Z)", PAGE, re.DOTALL))
    named = set(re.findall(r"`([a-z_]+(?:\.[a-z_]+)+)`", walks))
    assert len(named) > 15
    missing = []
    for name in named:
        parts = Path(*name.split("."))
        heads = (Path(), Path("ledger"), Path("issuing"))
        places = [ROOT / "src" / "kofu" / head / parts for head in heads]
        if not any(place.with_suffix(".py").is_file() or place.is_dir() for place in places):
            missing.append(name)
    assert missing == []


def test_the_folders_of_the_layers_stand_in_the_page_too() -> None:
    (whole,) = [one for one in CONTRACTS if one["type"] == "layers" and one.get("containers") == ["kofu"]]
    for layer in whole["layers"]:
        for package in layer.split(" | "):
            assert f"| `{package}` |" in PAGE
