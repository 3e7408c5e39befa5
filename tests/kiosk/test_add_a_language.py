"""docs/how-to/add-a-language.md, followed step by step in a copy of the texts: it leads to a language that is shown."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from tests.kiosk.doubles import Clock, FakeCenter, desk_of
from tests.kiosk.touching import Browser, touch

from kofu.core.errors import OurFault
from kofu.kiosk import wording
from kofu.kiosk.app import build
from kofu.kiosk.speech import clips
from kofu.kiosk.visit import Visits
from kofu.kiosk.wording import load_wordings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "add-a-language.md").read_text(encoding="utf-8")


@pytest.fixture
def texts(tmp_path, monkeypatch):
    """A copy of the texts' folder, which the kiosk reads."""
    folder = tmp_path / "texts"
    shutil.copytree(wording.FOLDER, folder)
    monkeypatch.setattr(wording, "FOLDER", folder)
    load_wordings.cache_clear()
    yield folder
    load_wordings.cache_clear()


def test_every_file_and_command_the_page_names_is_there() -> None:
    named = re.findall(r"`((?:src|scripts|tests|docs)/[^`<*]+)`", PAGE) + re.findall(r"pytest ([\w/.]+)", PAGE)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_a_language_added_as_the_page_says_is_on_the_first_screen_in_its_fonts(texts, tmp_path) -> None:
    """Steps 1 and 2, with Indonesian: a copy, its own tag, name and fonts. No program and no test names languages."""
    new = (texts / "vi.toml").read_text(encoding="utf-8")
    new = new.replace('lang = "vi"', 'lang = "id"', 1).replace(
        'language = "Tiếng Việt"', 'language = "Bahasa Indonesia"'
    )
    new = new.replace('voice = "vi"', 'voice = "id"', 1)
    (texts / "id.toml").write_text(new, encoding="utf-8")
    assert "id" in load_wordings()
    clock = Clock()
    browser = Browser(build(desk_of(FakeCenter(), clock, tmp_path), Visits(clock)))
    assert "Bahasa Indonesia" in browser.get("/").text
    assert '<html lang="id">' in touch(browser, "language", "id")
    assert ":lang(id)" in browser.get("/languages.css").text
    assert len(clips(load_wordings()["id"], {})) > 200  # step 3 speaks these
    touch(browser, "display", "by_voice")  # before step 3 it is silent, not broken
    assert 'data-clips=""' in browser.get("/").text


def test_a_language_that_lacks_a_text_keeps_the_kiosk_from_starting(texts) -> None:
    """Step 5: the texts are whole or the kiosk says what is missing."""
    new = (texts / "vi.toml").read_text(encoding="utf-8").replace('more_time = "Thêm thời gian"\n', "", 1)
    (texts / "id.toml").write_text(new, encoding="utf-8")
    with pytest.raises(OurFault, match=r"id.toml .* more_time"):
        load_wordings()
