"""過誤納 in the browser: found, looked into, proposed, approved by another, notified, claimed, paid out, come back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import urljoin
from uuid import uuid4

import psycopg
import pypdfium2
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import Arrangement
from tests.browser.staff_login import demo_account, log_in
from tests.ledger.posted_payments import post_payments

from kofu.core.calendar import day_in_japan, is_business_day
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.books.accounting import posting_now
from kofu.ledger.books.domain.claims import Channel, Payment
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.rates_file import rates
from kofu.ledger.books.verify import verify_ledger

pytestmark = [pytest.mark.browser, pytest.mark.storage, pytest.mark.font, pytest.mark.slow]

WARD = "139998"


@pytest.fixture
def paid_twice(stack: Arrangement) -> str:
    """A person who paid a settled installment of 100,000 yen or more a second time; gives the 宛名番号."""
    with psycopg.connect(stack.stack._databases["ledger"].app_url, autocommit=True) as connection:
        number, installment, addressee = connection.execute(
            "SELECT notice_number, installment, addressee_number FROM claim_balance"
            " JOIN claim ON claim.id = claim_id JOIN notice ON notice.id = notice_id"
            " WHERE due = 0 AND paid > 0 AND tax = 'resident' AND collection_method = 'ordinary'"
            " AND NOT EXISTS (SELECT FROM claim_balance AS other JOIN claim AS c ON c.id = other.claim_id"
            " JOIN notice AS n ON n.id = c.notice_id"
            " WHERE n.addressee_number = notice.addressee_number AND other.due > 0)"
            " ORDER BY claim.id LIMIT 1"
        ).fetchone()
        today = day_in_japan(datetime.now(UTC))
        booked_on = posting_now(connection, WARD, Acting("t", "test", datetime.now(UTC))).booked_on
        payment = Payment(
            payment_id=uuid4(),
            municipality_code=WARD,
            key=f"test/{uuid4()}",
            channel=Channel.CONVENIENCE,
            received_on=today - timedelta(days=200),
            booked_on=booked_on,
            amount=600_000,
            notice_number=number,
            installment=installment,
            source="konbini-見本.txt:2",
        )
        post_payments(
            connection,
            [payment],
            municipality_code=WARD,
            rules=MatchingRules(rates()),
            actor="夜間処理",
            now=datetime.now(UTC),
            booked_on=booked_on,
            source="konbini-見本.txt",
        )
    return str(addressee)


def second_window(browser: Browser) -> Page:
    return browser.new_context(viewport={"width": 1280, "height": 960}, locale="ja-JP").new_page()


def on(page: Page, heading: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text(heading)


def find(page: Page, stack: Arrangement, addressee: str) -> None:
    """Search by 宛名番号 and open the page, giving a purpose where one is asked for."""
    page.goto(f"{stack.ledger}/person/")
    page.get_by_label("フリガナ・氏名・宛名番号・通知書番号").fill(addressee)
    page.get_by_role("button", name="探す").click()
    page.get_by_role("link", name=addressee).click()
    if "目的" in page.get_by_role("heading", level=1).inner_text():
        page.get_by_label("還付・充当の事務").check()
        page.get_by_role("button", name="表示する").click()


def next_business_day_after(day: date) -> date:
    day += timedelta(days=3)
    while not is_business_day(day):
        day += timedelta(days=1)
    return day


def test_money_paid_twice_goes_back_by_the_hands_of_two_people(
    page: Page, browser: Browser, stack: Arrangement, paid_twice: str, look
) -> None:
    log_in(page, stack.ledger, demo_account(stack.var, "ledger", "shunou1"))
    case = propose(page, stack, paid_twice, look)
    chief = second_window(browser)
    log_in(chief, stack.ledger, demo_account(stack.var, "ledger", "kessai1"))
    chief.goto(case)
    chief.get_by_role("button", name="決裁する").click()
    expect(chief.get_by_text("決裁しました。")).to_be_visible()
    expect(chief.get_by_role("button", name="還付決定を取り消す")).to_be_visible()
    look(chief, "refund-revocable")

    page.goto(case)
    print_notice(page, look)
    page.get_by_role("button", name="通知書の送付を記録する").click()
    expect(page.get_by_text("還付通知書の送付を記録しました。")).to_be_visible()
    claim(page, look)
    pay_out(chief, stack, look)
    page.goto(case)
    expect(page.get_by_text("支払済").first).to_be_visible()
    page.get_by_label("理由").fill("口座名義相違")
    page.get_by_role("button", name="振込不能を記録する").click()
    expect(page.get_by_text("振込不能を記録しました。")).to_be_visible()
    look(page, "refund-returned")
    chief.context.close()
    with psycopg.connect(stack.stack._databases["ledger"].owner_url) as connection:
        report = verify_ledger(connection)
    assert report.holds, report.differences


def propose(page: Page, stack: Arrangement, addressee: str, look) -> str:
    """Find the person, look at the page, propose; gives the address of the case."""
    page.goto(f"{stack.ledger}/person/")
    look(page, "person-search")
    find(page, stack, addressee)
    expect(page.get_by_role("region", name="本日納付する額")).to_contain_text("600,000 円")
    look(page, "person-page")
    assert addressee not in page.url
    page.get_by_role("link", name="充当・還付を起案する").click()
    on(page, "充当・還付の起案")
    look(page, "refund-propose")
    page.get_by_role("button", name="起案する").click()
    on(page, "充当・還付　第")
    expect(page.get_by_text("決裁待ち")).to_be_visible()
    assert page.get_by_role("button", name="決裁する").count() == 0
    look(page, "refund-proposed")
    return page.url


def print_notice(page: Page, look) -> None:
    """還付通知書 comes as a PDF in a tab of its own; there is no 充当通知書 of a case without 充当."""
    look(page, "refund-approved")
    assert page.get_by_role("link", name="充当通知書を印刷する").count() == 0
    link = page.get_by_role("link", name="還付通知書を印刷する")
    assert link.get_attribute("target") == "_blank"
    answer = page.request.get(urljoin(page.url, link.get_attribute("href") or ""))
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    with pypdfium2.PdfDocument(answer.body()) as document:
        words = ["".join(sheet.get_textpage().get_text_bounded().split()) for sheet in document]
    assert "過誤納金還付通知書" in words[0]
    assert "600,000円" in words[0]
    assert "還付請求書兼口座振込依頼書" in words[1]


def claim(page: Page, look) -> None:
    """Register the 還付請求書, first with no such branch, then with a passbook too, then by the passbook."""
    page.get_by_label("金融機関コード").fill("0001")
    page.get_by_label("店舗コード").fill("999")
    page.get_by_label("普通").check()
    page.get_by_label("口座番号").fill("1234567")
    page.get_by_label("口座名義（カナ）").fill("ミホン タロウ")
    page.get_by_role("button", name="登録する").click()
    expect(page.get_by_text("みずほにこの店舗コードはありません。")).to_be_visible()
    page.get_by_label("ゆうちょ銀行の記号").fill("10530")
    page.get_by_role("button", name="登録する").click()
    expect(page.get_by_text("どちらか一方を記入してください。").first).to_be_visible()
    look(page, "refund-claim-wrong")
    for label in ("金融機関コード", "店舗コード", "口座番号"):
        page.get_by_label(label).fill("")
    page.get_by_label("ゆうちょ銀行の番号").fill("12345671")
    page.get_by_role("button", name="登録する").click()
    expect(page.get_by_text("口座名義が本人の氏名と違います。").first).to_be_visible()
    look(page, "refund-holder-differs")
    page.get_by_label("名義が本人と違うときの理由").fill("成年後見人の口座。登記事項証明書を確認")
    page.get_by_role("button", name="登録する").click()
    expect(page.get_by_text("還付請求を登録しました。")).to_be_visible()
    expect(page.get_by_text("9900-058")).to_be_visible()


def pay_out(chief: Page, stack: Arrangement, look) -> None:
    """Make the file for the bank: records of 120 bytes."""
    chief.goto(f"{stack.ledger}/refund/transfers/")
    chief.get_by_label("振込指定日").fill(next_business_day_after(day_in_japan(datetime.now(UTC))).isoformat())
    look(chief, "refund-transfers")
    with chief.expect_download() as download:
        chief.get_by_role("button", name="振込ファイルを作る").click()
    content = Path(download.value.path()).read_bytes()
    assert {len(record) for record in content.split(b"\r\n") if record} == {120}


def test_a_number_leads_to_the_entries_behind_it(page: Page, stack: Arrangement, paid_twice: str, look) -> None:
    """Why is this what it is: every entry, every calculation line by line."""
    log_in(page, stack.ledger, demo_account(stack.var, "ledger", "shunou2"))
    find(page, stack, paid_twice)
    page.locator(".timeline li").filter(has_text="コンビニ").get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="この納付の行き先（古い順）")).to_be_visible()
    expect(page.get_by_text("借方 未充当／貸方 誤納金")).to_be_visible()
    look(page, "payment")
    page.go_back()
    page.locator("details.year:not([open]) > summary").first.click()
    page.locator("details.year[open]").get_by_role("table").first.get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="この金額になるまで（古い順）")).to_be_visible()
    look(page, "claim")
