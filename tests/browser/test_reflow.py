"""At 320 CSS px (1,280 zoomed to 400 %, WCAG 1.4.10) no page is moved to and fro; tables move by themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import Arrangement
from tests.browser.staff_login import demo_account, log_in

pytestmark = [pytest.mark.browser, pytest.mark.storage, pytest.mark.font, pytest.mark.slow]

WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
PAST_THE_EDGE = (
    "[...document.querySelectorAll('main *')].filter(one => one.getBoundingClientRect().right > innerWidth + 1).length"
)


@pytest.fixture
def narrow(browser: Browser) -> Iterator[Page]:
    expect.set_options(timeout=10_000)
    context = browser.new_context(viewport={"width": 320, "height": 720}, locale="ja-JP")
    yield context.new_page()
    context.close()


def in_menu(page: Page) -> list[str]:
    """Every page the menu leads to."""
    paths: list[str] = page.eval_on_selector_all("nav.side a", "links => links.map(link => link.pathname)")
    return paths


def wide_pages(page: Page, address: str, paths: Sequence[str]) -> list[str]:
    """Name the pages that are wider than the window, by how many pixels."""
    found = []
    for path in paths:
        answer = page.goto(f"{address}{path}")
        assert answer is not None
        assert answer.status == 200, path
        if over := page.evaluate(WIDE):
            found.append(f"{path} {over}")
    return found


def test_the_screens_of_staff_fit_a_narrow_window(stack: Arrangement, narrow: Page) -> None:
    log_in(narrow, stack.ledger, demo_account(stack.var, "ledger", "shunou1"))
    menu = narrow.get_by_text("業務の一覧")
    expect(menu).to_be_visible()
    expect(narrow.locator("nav.side ul").first).to_be_hidden()
    assert len(paths := in_menu(narrow)) > 30
    assert wide_pages(narrow, stack.ledger, paths) == []
    narrow.goto(f"{stack.ledger}/arrears/overdue/")
    narrow.locator("main table.list a[href^='/person/']").first.click()
    narrow.get_by_label("納付相談・窓口対応").check()
    narrow.get_by_role("button", name="表示する").click()
    expect(narrow.get_by_role("heading", name="経過")).to_be_visible()
    assert narrow.evaluate(WIDE) == 0, "the page of a person"
    menu.click()
    expect(narrow.get_by_role("navigation", name="業務").get_by_role("link", name="収納率")).to_be_visible()
    narrow.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<pre>' + '–'.repeat(400))")
    assert narrow.evaluate(WIDE) > 0, "the look finds what is too wide"
    log_in(narrow, stack.console, demo_account(stack.var, "issuing", "shomei1"))
    assert wide_pages(narrow, stack.console, in_menu(narrow)) == []


def test_kiosk_and_start_page_fit_a_narrow_window(stack: Arrangement, narrow: Page) -> None:
    assert wide_pages(narrow, stack.kiosk, ("/",)) == []
    narrow.get_by_role("button", name="はじめる").click()
    for _ in range(2):  # cards, the PIN
        expect(narrow.get_by_role("heading", level=1)).to_be_visible()
        assert narrow.evaluate(WIDE) == 0, narrow.url
        assert narrow.evaluate(PAST_THE_EDGE) == 0, narrow.url
        if narrow.locator("button.card").count():
            narrow.locator("button.card").first.click()
    narrow.set_viewport_size({"width": 390, "height": 844})
    assert wide_pages(narrow, stack.start, ("/",)) == []
