"""書類の送付先 in the browser: the dead are held, designated for by two people, then sent to; an agent approved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin

import psycopg
import pypdfium2
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import Arrangement
from tests.browser.staff_login import demo_account, log_in

from kofu.core.calendar import day_in_japan

pytestmark = [pytest.mark.browser, pytest.mark.storage, pytest.mark.font, pytest.mark.slow]

OWING = (
    "SELECT taxpayer.id, addressee_number FROM taxpayer JOIN notice USING (municipality_code, addressee_number)"
    " JOIN claim ON claim.notice_id = notice.id JOIN claim_balance ON claim_balance.claim_id = claim.id"
    " WHERE due > 0 AND NOT protected AND status = 'resident' AND NOT EXISTS"
    " (SELECT FROM tax_agent WHERE tax_agent.addressee_number = taxpayer.addressee_number)"
    " GROUP BY taxpayer.id ORDER BY taxpayer.id DESC LIMIT 1"
)


def owing(stack: Arrangement, *, dead: bool) -> tuple[int, str]:
    """A person who owes tax; `dead`: the resident record now says that they died."""
    with psycopg.connect(stack.stack._databases["ledger"].app_url, autocommit=True) as connection:
        person, addressee = connection.execute(OWING).fetchone()
        if dead:
            connection.execute(
                "UPDATE taxpayer SET status = 'dead', status_date = current_date - 120 WHERE id = %s", [person]
            )
    return person, addressee


def second_window(browser: Browser) -> Page:
    return browser.new_context(viewport={"width": 1280, "height": 960}, locale="ja-JP").new_page()


def go(page: Page, address: str) -> None:
    """Open a page about a person, giving a purpose where one is asked for."""
    page.goto(address)
    if "目的" in page.get_by_role("heading", level=1).inner_text():
        page.get_by_label("納付相談・窓口対応").check()
        page.get_by_role("button", name="表示する").click()
        expect(page.get_by_role("heading", level=1)).not_to_contain_text("目的")


def day(days: int) -> str:
    return (day_in_japan(datetime.now(UTC)) + timedelta(days=days)).isoformat()


def words_of_pdf(page: Page, link: str) -> str:
    answer = page.request.get(urljoin(page.url, link))
    assert answer.headers["content-type"] == "application/pdf"
    with pypdfium2.PdfDocument(answer.body()) as document:
        return "".join("".join(sheet.get_textpage().get_text_bounded().split()) for sheet in document)


def test_papers_of_the_dead_wait_until_two_people_have_designated_who_receives(
    page: Page, browser: Browser, stack: Arrangement, look
) -> None:
    log_in(page, stack.ledger, demo_account(stack.var, "ledger", "shunou1"))
    person, _ = owing(stack, dead=True)
    go(page, f"{stack.ledger}/person/{person}/")
    expect(page.get_by_text("保留").first).to_be_visible()
    look(page, "person-page-dead")
    page.get_by_role("link", name="送付先・相続人代表者・納税管理人").click()
    page.get_by_role("link", name="相続人代表者指定届・相続人を登録する").click()
    page.get_by_label("職権の調査").check()
    page.get_by_label("届出を求めた期限").fill(day(-10))
    for number, name, relation, share in ((1, "見本 花子", "妻", "1/2"), (2, "見本 一郎", "長男", "1/4")):
        page.get_by_label(f"{number}人目の氏名").fill(name)
        page.get_by_label(f"{number}人目の続柄").fill(relation)
        page.get_by_label(f"{number}人目の相続分").fill(share)
        page.get_by_label(f"{number}人目の郵便番号").fill("1600001")
        page.get_by_label(f"{number}人目の住所").fill("東京都見本区花園二丁目３番４号")
    page.get_by_role("button", name="登録する").click()
    expect(page.get_by_text("相続分の合計が 1 になりません。")).to_be_visible()
    look(page, "heirs-wrong")
    page.get_by_label("2人目の相続分").fill("1/2")
    page.get_by_role("button", name="登録する").click()
    page.get_by_label("指定の理由").fill("被相続人と同居していた配偶者であるため")
    look(page, "heirs-surveyed")
    page.get_by_role("button", name="指定を起案する").click()
    expect(page.get_by_text("指定を起案しました。")).to_be_visible()

    chief = second_window(browser)
    log_in(chief, stack.ledger, demo_account(stack.var, "ledger", "kessai1"))
    chief.goto(f"{stack.ledger}/representatives/")
    look(chief, "representatives-waiting")
    go(chief, f"{stack.ledger}/representatives/{person}/")
    chief.get_by_role("button", name="指定を決裁する").click()
    expect(chief.get_by_text("指定しました。")).to_be_visible()
    chief.context.close()

    go(page, f"{stack.ledger}/representatives/{person}/")
    expect(page.get_by_text("相続人代表者（地方税法第9条の2）").first).to_be_visible()
    link = page.get_by_role("link", name="印刷する").last.get_attribute("href") or ""
    told = words_of_pdf(page, link)
    assert "相続人代表者指定通知書" in told
    assert "見本一郎様" in told
    page.reload()
    look(page, "heirs-designated")


def test_a_tax_agent_outside_the_area_receives_once_a_second_person_approved(
    page: Page, browser: Browser, stack: Arrangement, look
) -> None:
    log_in(page, stack.ledger, demo_account(stack.var, "ledger", "shunou1"))
    person, _ = owing(stack, dead=False)
    go(page, f"{stack.ledger}/representatives/{person}/")
    page.get_by_role("link", name="納税管理人の申告・申請・変更を登録する").click()
    page.get_by_label("承認の申請").check()
    page.get_by_label("納税管理人の氏名").fill("見本 代理")
    page.get_by_label("郵便番号").fill("5300001")
    page.get_by_role("textbox", name="納税管理人の住所").fill("大阪府見本市北町一丁目２番３号")
    page.get_by_label("特別区民税・都民税・森林環境税").check()
    look(page, "tax-agent-form")
    page.get_by_role("button", name="登録する").click()
    expect(page.get_by_text("承認の申請を受け付けました。")).to_be_visible()

    chief = second_window(browser)
    log_in(chief, stack.ledger, demo_account(stack.var, "ledger", "kessai1"))
    go(chief, f"{stack.ledger}/representatives/{person}/")
    look(chief, "tax-agent-applied")
    chief.get_by_role("button", name="承認する").click()
    expect(chief.get_by_text("納税管理人を承認しました。")).to_be_visible()
    chief.context.close()

    go(page, f"{stack.ledger}/representatives/{person}/")
    expect(page.get_by_text("納税管理人（地方税法第20条第1項ただし書）").first).to_be_visible()
    page.get_by_role("link", name="送付先変更を登録する").click()
    look(page, "forwarding-form")
    page.go_back()
    look(page, "tax-agent-approved")
