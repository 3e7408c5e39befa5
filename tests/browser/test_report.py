"""収納率 in the browser: counted by a clerk, drawn without inline style, its numbers beside it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import Arrangement
from tests.browser.staff_login import demo_account, log_in

pytestmark = [pytest.mark.browser, pytest.mark.storage, pytest.mark.font, pytest.mark.slow]


def test_a_clerk_counts_what_was_collected_and_sees_it_by_month(page: Page, stack: Arrangement, look) -> None:
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    log_in(page, stack.ledger, demo_account(stack.var, "ledger", "shunou1"))
    page.goto(f"{stack.ledger}/report/")
    page.get_by_role("button", name="いまの収納状況で集計する").click()
    expect(page.get_by_text("集計しました。")).to_be_visible()
    chart = page.get_by_role("img", name="特別区民税")
    expect(chart).to_be_visible()
    expect(chart.locator("polyline").first).to_be_visible()
    expect(page.get_by_role("table").filter(has_text="収入未済額").first.get_by_role("row").nth(1)).to_contain_text("%")
    look(page, "report")
    assert refused == []
