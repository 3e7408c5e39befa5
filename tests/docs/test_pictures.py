"""The pictures of the docs show what there is now: a command takes each; one drawn from something else is stale."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from tests.docs import pictures
from tests.docs.pictures import FOLDER, HELD_ELSEWHERE, PICTURES, ROOT, Picture, digest_of_sources, made, source_files

PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


def stale(picture: Picture) -> str:
    """Say why a picture is not what its source would draw now, "" where it is."""
    kept = made().get(picture.name)
    if kept is None:
        return "was never taken"
    if hashlib.sha256((FOLDER / picture.name).read_bytes()).hexdigest() != kept["picture"]:
        return "is not the file that was taken"
    return "" if digest_of_sources(picture) == kept["drawn_from"] else "was drawn from what is another now"


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_a_picture_was_drawn_from_what_there_is_now(picture: Picture) -> None:
    assert stale(picture) == "", f"{picture.name}: take the pictures anew by `make pictures`, and look at them"


def test_a_change_of_what_a_picture_is_drawn_from_is_seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The twin: one character more in a template, and a picture that was exchanged by hand."""
    picture = PICTURES[0]
    for path in source_files(picture):
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    monkeypatch.setattr(pictures, "ROOT", tmp_path)
    assert stale(picture) == ""
    copy.write_bytes(copy.read_bytes() + b"\n")
    assert stale(picture) == "was drawn from what is another now"
    monkeypatch.setattr("tests.docs.test_pictures.FOLDER", tmp_path)
    (tmp_path / picture.name).write_bytes(b"another")
    assert stale(picture) == "is not the file that was taken"


def test_every_picture_is_known_drawn_from_something_and_shown_on_a_page() -> None:
    there = {path.name for path in FOLDER.iterdir()} - {"made.json"}
    assert there == {picture.name for picture in PICTURES} | set(HELD_ELSEWHERE)
    assert set(made()) == {picture.name for picture in PICTURES}
    assert [one.name for one in PICTURES if len(source_files(one)) < len(one.sources)] == []
    assert [test for test in HELD_ELSEWHERE.values() if not (ROOT / test).exists()] == []
    shown = {name for page in PAGES for name in re.findall(r"pictures/([\w-]+\.\w+)", page.read_text(encoding="utf-8"))}
    assert sorted(there - shown) == []


def test_every_screen_a_picture_is_of_is_taken_by_a_browser_test() -> None:
    taken = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "browser").glob("test_*.py"))
    loose = [re.sub("ko|zh|jam", "{", one.screen) for one in PICTURES]  # of every language, of every trouble
    assert [screen for screen in loose if screen and screen.split("{")[0] not in taken] == []
