"""The start page: ten things to try that are really there, and every card within reach."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import httpx
import msgspec
import pytest

from kofu.cli.up.start_page import CARDS_SHOWN, THINGS, create_app
from kofu.staff.demo import TABLE, DemoTable
from kofu.ward.make import DemoCard

ROOT = Path(__file__).parents[3]

#: Gives the page for what is looked for.
Ask = Callable[..., httpx.Response]


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Serve the page over a folder with more cards than are shown at once."""
    labels = ["給与のみ・完納"] * (CARDS_SHOWN + 10) + ["給与のみ・完納・支援措置", "年金のみ・支援措置"]
    cards = [DemoCard(serial=f"{n:032d}", pin="1234", device="card", label=label) for n, label in enumerate(labels)]
    (tmp_path / "ward").mkdir()
    (tmp_path / "ward" / "cards.json").write_bytes(msgspec.json.encode(cards))
    (tmp_path / "demo").mkdir()
    monkeypatch.setenv("KOFU_CARDS", str(tmp_path / "ward" / "cards.json"))
    monkeypatch.setenv("KOFU_PROFILE", str(ROOT / "profiles" / "mihon.toml"))
    monkeypatch.setattr("kofu.cli.up.start_page.maintenance_password_file", lambda _: tmp_path / "password")
    (tmp_path / "password").write_text("abcdef", encoding="ascii")
    app = create_app()

    async def get(words: str, host: str) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{host}") as client:
            return await client.get("/", params={"q": words})

    return lambda words, host="127.0.0.1:8800": asyncio.run(get(words, host))


def test_there_are_ten_things_and_the_logins_they_name_exist(page: Ask) -> None:
    shown = page("").text
    assert len(THINGS) == 10
    assert all(thing.title in shown for thing in THINGS)
    logins = {account.login for account in msgspec.toml.decode(TABLE.read_bytes(), type=DemoTable).accounts}
    named = {login for thing in THINGS for login in re.findall(r"<code>([a-z]+[0-9])</code>", thing.text)}
    assert named <= logins
    assert named


def test_every_screen_a_thing_names_is_called_so_in_the_code() -> None:
    code = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("ledger", "issuing", "staff", "ward")
        for pattern in ("*.py", "*.html", "*.toml")
        for path in (ROOT / "src" / "kofu" / folder).rglob(pattern)
    )
    named = {name for thing in THINGS for name in re.findall("「([^」]+)」", thing.text)}
    assert {name for name in named if not all(part in code for part in name.split("・"))} == set()


def test_a_card_is_found_by_the_words_of_its_label(page: Ask) -> None:
    found = page("支援措置 年金").text
    assert "年金のみ・支援措置" in found
    assert "給与のみ・完納・支援措置" not in found
    assert f"{CARDS_SHOWN + 12}枚のうち1枚" in found
    assert f"{CARDS_SHOWN}枚を表示（言葉で絞り込めます）" in page("").text


def test_what_is_looked_for_is_text_and_never_markup(page: Ask) -> None:
    answer = page('"><script>alert(1)</script>')
    assert "<script>" not in answer.text
    assert "script-src" not in answer.headers["content-security-policy"]
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_a_page_from_elsewhere_whose_name_leads_here_is_not_answered(page: Ask) -> None:
    """It shows passwords: by a name of its own that resolves to 127.0.0.1, a foreign page could read them."""
    assert page("", host="localhost:8800").status_code == 200
    refused = page("", host="evil.example:8800")
    assert refused.status_code == 400
    assert "ワンタイムコード" not in refused.text
