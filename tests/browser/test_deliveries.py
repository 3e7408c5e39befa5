"""パンチ委託 in the browser: bundles are entered, numbered, listed for printing, their slips saved."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import Arrangement
from tests.browser.staff_login import demo_account, log_in

pytestmark = [pytest.mark.browser, pytest.mark.storage, pytest.mark.font, pytest.mark.slow]


def test_a_clerk_sends_two_bundles_to_the_contractor(page: Page, stack: Arrangement, look) -> None:
    log_in(page, stack.ledger, demo_account(stack.var, "ledger", "shunou2"))
    page.goto(f"{stack.ledger}/deliveries/")
    page.get_by_label("納付済通知書").check()
    for number, (count, total, origin) in enumerate(
        (("12", "345600", "税務課窓口"), ("7", "98000", "桜橋特別出張所")), 1
    ):
        page.get_by_label(f"束{number}の枚数").fill(count)
        page.get_by_label(f"束{number}の金額").fill(total)
        page.get_by_label(f"束{number}はどこの束か").fill(origin)
    look(page, "deliveries")
    page.get_by_role("button", name="バッチ票を作る").click()
    expect(page.get_by_text("2 束に番号を付け、バッチ票を作りました。")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="計 2 束")).to_contain_text("443,600")
    look(page, "delivery")
    with page.expect_download() as download:
        page.get_by_role("button", name="バッチ票のファイルを保存する").click()
    assert download.value.suggested_filename.startswith("batch-hyo-")
