"""Judged feeds on the console: a feed that mixes two people is refused, a held one is released by two people."""

from __future__ import annotations

import os
import subprocess
import sys

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import Arrangement
from tests.browser.staff_login import demo_account, log_in

from kofu.ward.faults import make_fault

pytestmark = [pytest.mark.browser, pytest.mark.storage, pytest.mark.font, pytest.mark.slow]


def feed(stack: Arrangement, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `kofu feed …` as the timer does: an unattended job with a key of its own."""
    environment = os.environ | {
        "KOFU_VAR": str(stack.var),
        "KOFU_PROFILE": str(stack.stack.profile),
        "KOFU_ISSUING_OWNER_DATABASE_URL": stack.stack._databases["issuing"].owner_url,
    }
    if not (stack.var / "keys" / "service-take-feeds.key").exists():
        make_key = [sys.executable, "-m", "kofu", "service", "key", "issuing", "take-feeds"]
        subprocess.run(make_key, check=True, env=environment, timeout=120)
    command, environment["KOFU_SERVICE"] = [sys.executable, "-m", "kofu", "feed", *words], "take-feeds"
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=120)


def active(stack: Arrangement) -> tuple[int, int]:
    with psycopg.connect(stack.stack._databases["issuing"].owner_url) as connection:
        return connection.execute("SELECT tax_feed_generation, data_generation FROM active_generation").fetchone()


def test_a_feed_that_mixes_two_people_is_refused_and_a_held_one_released_by_two(
    stack: Arrangement, page: Page, browser: Browser, look, tmp_path
):
    second = browser.new_context(viewport={"width": 1280, "height": 960}, locale="ja-JP").new_page()
    log_in(page, stack.console, demo_account(stack.var, "issuing", "shomei1"))
    log_in(second, stack.console, demo_account(stack.var, "issuing", "shomei2"))
    sound = max(path for path in (stack.var / "ward").glob("tax-*") if path.is_dir())
    keys = stack.var / "keys"
    before = active(stack)

    mixed = make_fault(sound, tmp_path / "mixed", "people-exchanged", keys=keys)
    said = feed(stack, "import", str(mixed))
    assert said.returncode == 1, said.stderr
    page.goto(f"{stack.console}/feeds/")
    look(page, "console-feeds")
    page.locator("table", has_text="取込拒否").get_by_role("link").first.click()
    expect(page.get_by_text("取り込んでいません。これまでの世代で交付を続けています。")).to_be_visible()
    expect(page.get_by_role("cell", name="assessments.csv").first).to_be_visible()
    look(page, "console-feed-refused")
    assert active(stack) == before

    paid = make_fault(sound, tmp_path / "paid", "all-paid", keys=keys, announce=True)
    said = feed(stack, "import", str(paid))
    assert said.returncode == 3, said.stderr
    assert active(stack) == before
    page.goto(f"{stack.console}/")
    expect(page.get_by_text("保留中の連携データ").first).to_be_visible()
    page.goto(f"{stack.console}/feeds/")
    page.get_by_role("row", name="保留").get_by_role("link").click()
    expect(page.get_by_role("cell", name="超過").first).to_be_visible()
    look(page, "console-feed-held")
    held = page.url
    release = page.get_by_role("button", name="解除に署名する")
    page.locator("#id_release-finding").fill("収納係に消込の全件処理を確認した。")
    release.click()
    expect(page.get_by_text("別の職員の署名で解除されます").first).to_be_visible()
    expect(release).to_have_count(0)
    assert feed(stack, "activate").stdout.strip() == "no released feed waits"
    second.goto(held)
    second.locator("#id_release-finding").fill("決算資料の完納件数と一致することを確認した。")
    second.get_by_role("button", name="解除に署名する").click()
    expect(second.get_by_text("保留を解除しました。")).to_be_visible()
    said = feed(stack, "activate")
    assert said.returncode == 0, said.stderr
    assert active(stack) == (before[0] + 1, before[1] + 1)
    second.reload()
    expect(second.get_by_text("切替済")).to_be_visible()
    look(second, "console-feed-released")
    page.goto(f"{stack.console}/feeds/rows/")
    look(page, "console-rows")
    page.goto(f"{stack.console}/feeds/undrawable/")
    expect(page.get_by_text("U+").first).to_be_visible()
    look(page, "console-undrawable")
