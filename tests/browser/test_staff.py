"""Staff screens in the real arrangement: entrance, refusals, records, the console."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Page, expect
from tests.browser.axe import axe_finds_nothing
from tests.browser.conftest import Arrangement
from tests.browser.staff_login import demo_account, give_code, give_password

pytestmark = [pytest.mark.browser, pytest.mark.storage, pytest.mark.font, pytest.mark.slow]

PICTURES = Path(__file__).parents[1] / "artefacts" / "staff"


@pytest.fixture
def look() -> Callable[[Page, str], None]:
    """Store a screen under tests/artefacts/staff, and let axe look at it."""
    PICTURES.mkdir(parents=True, exist_ok=True)

    def store(window: Page, name: str) -> None:
        window.screenshot(path=PICTURES / f"{name}.png", animations="disabled", full_page=True)
        axe_finds_nothing(window)

    return store


def entries(stack: Arrangement, system: str, actor: str) -> list[tuple[str, str, dict[str, object]]]:
    """Read what the audit log says about a login: action, result, detail."""
    with psycopg.connect(stack.stack._databases[system].app_url) as connection:
        rows = connection.execute(
            "SELECT body::json->>'action', body::json->>'result', body::json->'detail' FROM audit_entry"
            " WHERE body::json->>'actor' = %s ORDER BY recorded_at, sequence",
            [actor],
        ).fetchall()
    return [(action, result, detail) for action, result, detail in rows]


def test_a_clerk_enters_by_password_and_one_time_code_and_every_step_is_recorded(stack, page, look):
    clerk = demo_account(stack.var, "ledger", "shunou1")
    page.goto(f"{stack.ledger}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("ログイン")
    look(page, "login")
    give_password(page, stack.ledger, clerk)
    expect(page.get_by_role("heading", level=1)).to_have_text("ワンタイムコード")
    look(page, "one-time-code")
    give_code(page, clerk)
    look(page, "home-clerk")
    page.get_by_role("link", name="権限表").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("権限表")
    look(page, "permissions")
    page.get_by_role("link", name="自分のアカウント").first.click()
    look(page, "own-account")
    found = [(action, result) for action, result, _ in entries(stack, "ledger", "shunou1")]
    assert ("login.second_factor", "accepted") in found
    assert ("login", "accepted") in found
    assert ("home.view", "shown") in found
    assert ("permissions.view", "shown") in found
    assert all(detail["office"] == "shunou" for _, _, detail in entries(stack, "ledger", "shunou1"))


def test_a_password_alone_opens_nothing(stack, page):
    give_password(page, stack.ledger, demo_account(stack.var, "ledger", "shunou2"))
    expect(page.get_by_role("heading", level=1)).to_have_text("ワンタイムコード")
    page.goto(f"{stack.ledger}/staff/permissions/")
    expect(page.get_by_role("heading", level=1)).to_have_text("ワンタイムコード")
