"""宛名 in the browser: a person outside the ward is looked up and taken over; two numbers become one person."""

from __future__ import annotations

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import Arrangement
from tests.browser.staff_login import demo_account, log_in

pytestmark = [pytest.mark.browser, pytest.mark.storage, pytest.mark.font, pytest.mark.slow]


@pytest.fixture
def moved_out(stack: Arrangement) -> tuple[int, str]:
    """Somebody who moved out and is found outside: the screens' number, and the address the network knows."""
    databases = stack.stack._databases
    with psycopg.connect(databases["registry"].owner_url) as registry:
        outside = registry.execute(
            "SELECT name, birthday, address FROM outside_person WHERE birthday NOT LIKE '%?%' AND name IN"
            " (SELECT name FROM outside_person GROUP BY name HAVING count(*) = 1)"
        ).fetchall()
    with psycopg.connect(databases["ledger"].app_url) as ledger:
        for name, birthday, address in outside:
            row = ledger.execute(
                "SELECT id FROM taxpayer WHERE name = %s AND birthday = %s AND status = 'moved_out'", [name, birthday]
            ).fetchone()
            if row:
                return row[0], address
    raise AssertionError("nobody of the demonstration ward moved out")


def test_a_person_outside_is_looked_up_compared_and_taken_over_with_history(
    page: Page, stack: Arrangement, moved_out: tuple[int, str], look
) -> None:
    person_id, address = moved_out
    log_in(page, stack.ledger, demo_account(stack.var, "ledger", "shunou2"))
    page.goto(f"{stack.ledger}/addressees/person/{person_id}/")
    page.get_by_label("督促・催告の事務").check()
    page.get_by_role("button", name="表示する").click()
    page.get_by_role("button", name="照会する").click()
    expect(page.get_by_role("heading", name="照会の結果")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="住所").first).to_contain_text(address)
    look(page, "look-up")
    page.get_by_label("登録の理由").fill("転出先を確認")
    page.get_by_role("button", name="この内容を宛名に登録する").click()
    expect(page.get_by_text("照会の結果を宛名に登録しました。")).to_be_visible()
    history = page.get_by_role("table").filter(has_text="住基ネット照会")
    expect(history).to_contain_text("転出先を確認")
    expect(history).to_contain_text("登録時")
    look(page, "addressee-history")
    databases = stack.stack._databases
    with psycopg.connect(databases["registry"].app_url) as registry:
        asked = registry.execute("SELECT clerk, purpose, found FROM look_up ORDER BY asked_at").fetchall()
    assert asked[-2:] == [("shunou2", "consultation", 1), ("shunou2", "consultation", 1)]


def test_an_unregistered_person_is_entered_and_merged_by_two_people(
    page: Page, browser: Browser, stack: Arrangement, look
) -> None:
    with psycopg.connect(stack.stack._databases["ledger"].app_url) as ledger:
        name, kana, number = ledger.execute(
            "SELECT name, kana, addressee_number FROM taxpayer WHERE kana <> '' ORDER BY id OFFSET 31 LIMIT 1"
        ).fetchone()
    log_in(page, stack.ledger, demo_account(stack.var, "ledger", "shunou2"))
    page.goto(f"{stack.ledger}/addressees/register/")
    page.get_by_label("氏名・名称").fill(name)
    page.get_by_label("フリガナ").fill(kana)
    page.get_by_label("住所・所在地").fill("架空市雛形町2番地3")
    page.get_by_label("登録の理由").fill("軽自動車の所有者")
    page.get_by_role("button", name="登録する").click()
    expect(page.get_by_role("heading", name="似ている方")).to_be_visible()
    look(page, "similar")
    page.get_by_label("似ている方とは別の方です").check()
    page.get_by_role("button", name="登録する").click()
    page.get_by_label("誤りの調査・訂正").check()
    page.get_by_role("button", name="表示する").click()
    made = page.locator("table.facts td.code").first.inner_text()
    assert (len(made), made[:2]) == (12, "99")

    page.goto(f"{stack.ledger}/addressees/merges/")
    page.get_by_label("統合される宛名番号").fill(made)
    page.get_by_label("統合先の宛名番号").fill(number)
    page.get_by_role("button", name="二つを並べて比べる").click()
    expect(page.get_by_text("二つの宛名の内容")).to_be_visible()
    expect(page.get_by_text("生年月日が一方にしかありません。")).to_be_visible()
    look(page, "merge-compared")
    page.get_by_label("同一人とした理由").fill("本人の申出と車検証で確認")
    page.get_by_role("button", name="起案する").click()
    expect(page.get_by_text("確かめたことに印を付けてください")).to_be_visible()
    page.get_by_label("違いを見て、同じ方であることを書類で確かめました").check()
    page.get_by_role("button", name="起案する").click()
    expect(page.get_by_text("統合を起案しました。")).to_be_visible()
    look(page, "merge-proposed")
    chief = browser.new_page(ignore_https_errors=True, locale="ja-JP")
    log_in(chief, stack.ledger, demo_account(stack.var, "ledger", "kessai1"))
    chief.goto(f"{stack.ledger}/addressees/merges/")
    look(chief, "merge-to-decide")
    chief.get_by_label("違いを見て、同じ方であることを書類で確かめました").check()
    chief.get_by_role("button", name="統合を決裁する").click()
    expect(chief.get_by_text("統合しました。")).to_be_visible()
    chief.get_by_label("取消の理由").fill("試験のため")
    chief.get_by_role("button", name="取り消す").click()
    expect(chief.get_by_text("統合を取り消しました。")).to_be_visible()
    look(chief, "merge-undone")
    chief.close()
