"""Log in to the staff screens as a demo account, by password and one-time code, as a person does."""

from __future__ import annotations

import time
from pathlib import Path

from playwright.sync_api import Page, expect

from kofu.staff.demo import DemoAccount, read_demo_accounts
from kofu.staff.one_time import PERIOD_SECONDS, one_time_code

LATER = (0, PERIOD_SECONDS, -PERIOD_SECONDS, PERIOD_SECONDS)
"""Which code each attempt takes, in seconds from now: after the wait before the last, only the one ahead is new."""
ATTEMPTS_MAX = len(LATER)  # more in a row lock the account


def demo_account(var: Path, system: str, login: str) -> DemoAccount:
    """Find a demo account of a system."""
    return next(account for account in read_demo_accounts(var, system) if account.login == login)


def give_password(page: Page, address: str, account: DemoAccount) -> None:
    """Go to the login page and give login and password."""
    page.goto(f"{address}/")
    page.get_by_label("ログインID").fill(account.login)
    page.get_by_label("パスワード").fill(account.password)
    page.get_by_role("button", name="次へ").click()


def give_code(page: Page, account: DemoAccount) -> None:
    """Give the one-time code and wait for the home page. A code counts once: a second login takes the next one.

    The server takes the codes of the period before and after, too. Where tests have used those up, the next is waited
    for, as a person would.
    """
    for attempt in range(ATTEMPTS_MAX):
        expect(page.get_by_role("heading", level=1)).to_have_text("ワンタイムコード")
        later = LATER[min(attempt, len(LATER) - 1)]
        page.get_by_label("ワンタイムコード").fill(one_time_code(account.secret, time.time() + later))
        with page.expect_navigation():  # or the heading of the page before would be read
            page.get_by_role("button", name="ログイン").click()
        expect(page.locator("html[data-ready]")).to_be_attached()
        if page.get_by_role("heading", level=1).inner_text() != "ワンタイムコード":
            break
        if attempt == len(LATER) - 2:  # all three that are taken now are used up
            following = (int(time.time() // PERIOD_SECONDS) + 1) * PERIOD_SECONDS
            page.wait_for_timeout(1000 * max(0.0, following - time.time()))  # the pages let no script wait for it
    expect(page.get_by_role("heading", level=1)).to_have_text("業務トップ")


def log_in(page: Page, address: str, account: DemoAccount) -> None:
    """Log in and wait for the home page."""
    give_password(page, address, account)
    give_code(page, account)
