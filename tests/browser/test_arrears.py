"""督促 and 不納欠損 in the browser: drawn and approved by two people, each ended claim with its steps."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urljoin

import psycopg
import pypdfium2
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import STAFF_PICTURES, Arrangement
from tests.browser.staff_login import demo_account, log_in
from tests.ledger.dividend import a_dividend_whose_claim_was_cancelled

from kofu.core.calendar import day_in_japan
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.arrears.events import add_event
from kofu.ledger.books.accounting import last_closed_day, posting_now
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.claims import Notice, Tax
from kofu.ledger.books.domain.prescription import Happening, PrescriptionEvent
from kofu.ledger.books.journal import add_notices, open_books, store_books
from kofu.ledger.payments.close_day import close_day

pytestmark = [pytest.mark.browser, pytest.mark.storage, pytest.mark.font, pytest.mark.slow]

WARD = "139998"
LONG_AGO = date(2020, 8, 31)


@pytest.fixture
def an_old_debt(stack: Arrangement) -> str:
    """A claim of 2020 nobody paid, and a day closed; gives the notice number."""
    now = datetime.now(UTC)
    with psycopg.connect(stack.stack._databases["ledger"].app_url, autocommit=True) as connection:
        (addressee,) = connection.execute("SELECT addressee_number FROM taxpayer ORDER BY id DESC LIMIT 1").fetchone()
        notice = Notice(
            municipality_code=WARD,
            notice_number="20201234567890",
            addressee_number=addressee,
            tax=Tax.RESIDENT,
            fiscal_year=2020,
            origin_year=2020,
            collection_method="ordinary",
            statutory_due_date=LONG_AGO,
        )
        with connection.transaction():
            ((claim,),) = add_notices(connection, [(notice, [("2", LONG_AGO)])])
            books = open_books(connection, claim_ids=[claim.claim_id])
            books.post(posting.assess(claim.claim_id, 25_000, LONG_AGO))
            store_books(connection, books, posting_now(connection, WARD, Acting("t", "test", now)))
        if last_closed_day(connection, WARD) is None:  # another test may have closed today, but nobody yesterday
            yesterday = now - timedelta(days=1)
            close_day(
                connection, WARD, day_in_japan(yesterday), channels=(), acting=Acting("kessai1", "test", yesterday)
            )
    return notice.notice_number


@pytest.fixture
def an_open_debt(stack: Arrangement) -> int:
    """A claim that is overdue and far from its end; gives the claim's number."""
    now = datetime.now(UTC)
    due = day_in_japan(now) - timedelta(days=200)
    with psycopg.connect(stack.stack._databases["ledger"].app_url, autocommit=True) as connection:
        (addressee,) = connection.execute(
            "SELECT addressee_number FROM taxpayer WHERE NOT protected AND status = 'resident' ORDER BY id LIMIT 1"
        ).fetchone()
        notice = Notice(
            municipality_code=WARD,
            notice_number="99999999999999901",
            addressee_number=addressee,
            tax=Tax.RESIDENT,
            fiscal_year=due.year,
            origin_year=due.year,
            collection_method="ordinary",
            statutory_due_date=due,
        )
        with connection.transaction():
            ((claim,),) = add_notices(connection, [(notice, [("1", due)])])
            books = open_books(connection, claim_ids=[claim.claim_id])
            books.post(posting.assess(claim.claim_id, 25_000, due - timedelta(days=20)))
            store_books(connection, books, posting_now(connection, WARD, Acting("t", "test", now)))
    return claim.claim_id


def test_a_seizure_is_recorded_ended_and_taken_back_by_two_people(
    page: Page, browser: Browser, stack: Arrangement, an_open_debt: int, look
) -> None:
    today = day_in_japan(datetime.now(UTC))
    log_in(page, stack.ledger, demo_account(stack.var, "ledger", "shunou1"))
    chief = browser.new_context(viewport={"width": 1280, "height": 960}, locale="ja-JP").new_page()
    log_in(chief, stack.ledger, demo_account(stack.var, "ledger", "kessai1"))

    def approved(kind: str) -> None:
        chief.goto(f"{stack.ledger}/arrears/ended/")
        chief.get_by_role("row").filter(has_text=kind).get_by_role("button", name="決裁する").click()
        expect(chief.get_by_text("決裁し、記録しました。")).to_be_visible()

    claim = f"{stack.ledger}/arrears/ended/{an_open_debt}/"
    page.goto(claim)
    page.get_by_label("出来事").select_option(label="即時消滅")
    page.get_by_label("その日").fill(today.isoformat())
    page.get_by_label("理由・根拠の書類").fill("調査書")
    page.get_by_role("button", name="記録する").click()
    expect(page.get_by_text("執行停止が続いているときに限ります")).to_be_visible()
    page.get_by_label("出来事").select_option(label="差押")
    page.get_by_label("その日").fill((today - timedelta(days=40)).isoformat())
    page.get_by_label("理由・根拠の書類").fill("差押調書 8-12")
    page.get_by_role("button", name="記録する").click()
    expect(page.get_by_text("起案しました。")).to_be_visible()
    expect(page.get_by_text("繰上徴収の事由（法13条の2）があったかどうかを確かめてください。")).to_be_visible()
    chief.goto(f"{stack.ledger}/arrears/ended/")
    look(chief, "event-waiting")
    approved("差押")

    page.goto(f"{stack.ledger}/arrears/stays/")
    look(page, "stays")
    page.get_by_role("row").filter(has_text="差押調書 8-12").get_by_role("link", name="終わりを記録する").click()
    page.get_by_label("解除（取下げを含む）").check()
    page.get_by_label("終わりの日").fill((today - timedelta(days=10)).isoformat())
    page.get_by_label("理由・根拠の書類").fill("差押解除通知書 8-3")
    look(page, "stay-end")
    page.get_by_role("button", name="登録する").click()
    expect(page.get_by_text("起案しました。")).to_be_visible()
    approved("解除・取消")

    page.goto(claim)
    page.get_by_text("終わりの記録を取り消す").click()
    page.get_by_label("取消の理由").fill("別の方の差押解除通知書")
    look(page, "event-take-back")
    page.get_by_role("button", name="取消を起案する").click()
    expect(page.get_by_text("記録の取消を起案しました。")).to_be_visible()
    approved("記録の取消")
    page.goto(claim)
    expect(page.get_by_role("heading", name="続いているもの")).to_be_visible()
    chief.context.close()


def grace_comes(stack: Arrangement) -> None:
    """徴収猶予 of the first claim on the list, after it was drawn."""
    now = datetime.now(UTC)
    with psycopg.connect(stack.stack._databases["ledger"].app_url, autocommit=True) as connection:
        (claim,) = connection.execute(
            "SELECT (lines->0->>'claim_id')::bigint FROM dunning_run WHERE state = 'drawn'"
        ).fetchone()
        grace = PrescriptionEvent(Happening.GRACE, day_in_japan(now), None)
        add_event(connection, claim, grace, reason="徴収猶予", acting=Acting("t", "test", now))


def takes_one_out(page: Page) -> None:
    """One of the list, with its reason."""
    row = page.get_by_role("row").filter(has=page.get_by_text("この1件を外す")).last
    row.get_by_text("外す", exact=True).click()
    row.get_by_label("外す理由").fill("分納の約束")
    row.get_by_role("button", name="この1件を外す").click()
    expect(page.get_by_text("外しました。理由とともに、この一覧に残ります。")).to_be_visible()
    expect(page.get_by_role("cell", name="取り出した：分納の約束")).to_be_visible()


def prints_all(page: Page, look: Callable[[Page, str], None]) -> None:
    """The whole run as one file: the page says how far it is; the file is looked at."""
    page.get_by_label("両面に印刷する").check()
    look(page, "dunning-to-print")
    with page.expect_popup():
        page.get_by_role("button", name="まとめて印刷する").click()
    expect(page.get_by_role("heading", name="印刷した束（新しい順）")).to_be_visible(timeout=120_000)
    expect(page.get_by_role("cell", name="ページを印刷しました。")).to_be_visible()
    look(page, "dunning-printed")
    form = page.locator("form[data-progress]")
    file = page.request.post(
        urljoin(page.url, form.get_attribute("action")),
        form={
            "csrfmiddlewaretoken": form.locator("input[name=csrfmiddlewaretoken]").input_value(),
            "batch_id": form.locator("input[name=batch_id]").input_value(),
        },
        headers={"Referer": page.url},
        timeout=120_000,
    )
    assert file.headers["content-type"] == "application/pdf"
    (STAFF_PICTURES / "dunning-letters.pdf").write_bytes(file.body())
    with pypdfium2.PdfDocument(file.body()) as document:
        pages = [page_of.get_textpage().get_text_bounded() for page_of in document]
    codes = [found[1] for text in pages if (found := re.search(r"〒(\d{3}-\d{4})", text))]
    assert codes
    assert codes == sorted(codes), "the order of the post"
    page.goto(f"{page.url.split('/arrears/')[0]}/refund/batch/")
    look(page, "refund-batch")


def test_two_people_send_letters_and_take_an_ended_claim_out_of_the_books(
    page: Page, browser: Browser, stack: Arrangement, an_old_debt: str, look
) -> None:
    log_in(page, stack.ledger, demo_account(stack.var, "ledger", "shunou1"))
    page.goto(f"{stack.ledger}/arrears/")
    page.get_by_role("button", name="対象を抽出する").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("督促の一覧")
    assert page.get_by_role("button", name="決裁する").count() == 0
    expect(page.get_by_text("時効等により消滅")).to_be_visible()
    look(page, "dunning-drawn")
    run = page.url
    takes_one_out(page)
    grace_comes(stack)

    page.goto(f"{stack.ledger}/arrears/ended/")
    row = page.get_by_role("row").filter(has_text=an_old_debt)
    look(page, "ended")
    row.get_by_role("link", name="経過を見て起案").click()
    expect(page.get_by_text("起算（納期限の翌日）")).to_be_visible()
    look(page, "write-off")
    page.get_by_label("出来事").select_option(label="催告")
    page.get_by_label("その日").fill("2025-10-01")
    page.get_by_label("理由・根拠の書類").fill("催告書の控え")
    page.get_by_role("button", name="記録する").click()
    expect(page.get_by_text("すでに法により消滅しています")).to_be_visible()
    page.get_by_role("button", name="起案する").click()
    expect(page.get_by_text("起案しました。")).to_be_visible()

    chief = browser.new_context(viewport={"width": 1280, "height": 960}, locale="ja-JP").new_page()
    log_in(chief, stack.ledger, demo_account(stack.var, "ledger", "kessai1"))
    chief.goto(run)
    chief.get_by_role("button", name="決裁する").click()
    expect(chief.get_by_text("決裁しました。督促状")).to_be_visible()
    expect(chief.get_by_text("抽出の後に外れたもの 1 件。")).to_be_visible()
    expect(chief.get_by_role("heading", name="外れたもの")).to_be_visible()
    expect(chief.get_by_role("cell", name="猶予中")).to_be_visible()
    look(chief, "dunning-approved")
    letter = chief.request.get(chief.get_by_role("link", name="督促状").first.evaluate("link => link.href"))
    assert letter.headers["content-type"] == "application/pdf"
    assert letter.body().startswith(b"%PDF-1.4")
    chief.goto(f"{stack.ledger}/arrears/ended/")
    look(chief, "ended-waiting")
    chief.get_by_role("button", name="決裁する").click()
    expect(chief.get_by_text("決裁しました。25,000 円。")).to_be_visible()
    chief.context.close()

    page.goto(run)
    prints_all(page, look)
    page.goto(run)
    page.get_by_role("button", name="発送を記録する").click()
    expect(page.get_by_text("発送を記録しました。")).to_be_visible()
    page.goto(f"{stack.ledger}/arrears/")
    look(page, "dunning")


@pytest.fixture
def a_dividend(stack: Arrangement) -> int:
    """A person whose seizure paid a year that was cancelled; gives the number screens use."""
    with psycopg.connect(stack.stack._databases["ledger"].app_url, autocommit=True) as connection:
        (number, addressee) = connection.execute(
            "SELECT id, addressee_number FROM taxpayer WHERE NOT protected AND status = 'resident' ORDER BY id LIMIT 1"
        ).fetchone()
        booked = posting_now(connection, WARD, Acting("t", "test", datetime.now(UTC)))
        a_dividend_whose_claim_was_cancelled(connection, addressee, booked)
    return number


def test_two_people_give_the_money_of_a_seizure_anew(
    page: Page, browser: Browser, stack: Arrangement, a_dividend: int, look
) -> None:
    """最判令和3年6月22日: the plan is shown, proposed for a reason, approved by another person."""
    log_in(page, stack.ledger, demo_account(stack.var, "ledger", "shunou1"))
    page.goto(f"{stack.ledger}/person/{a_dividend}/")
    if "目的" in page.get_by_role("heading", level=1).inner_text():
        page.get_by_label("納付相談・窓口対応").check()
        page.get_by_role("button", name="表示する").click()
        expect(page.get_by_role("heading", level=1)).not_to_contain_text("目的")
    look(page, "person-with-a-dividend")
    page.get_by_role("link", name="配当の再充当を起案する").click()
    expect(page.get_by_role("heading", name="配当を充て直す期別")).to_be_visible()
    page.get_by_label("理由・根拠の書類").fill("令和4年度分の賦課取消（更正決議書 令8-15）")
    look(page, "reallocation-plan")
    page.get_by_role("button", name="起案する").click()
    expect(page.get_by_text("起案しました。")).to_be_visible()
    assert page.get_by_role("button", name="決裁する").count() == 0
    proposal = page.url
    chief = browser.new_context(viewport={"width": 1280, "height": 960}, locale="ja-JP").new_page()
    log_in(chief, stack.ledger, demo_account(stack.var, "ledger", "kessai1"))
    chief.goto(f"{stack.ledger}/arrears/ended/")
    chief.get_by_role("link", name="内容を見る").click()
    expect(chief).to_have_url(proposal)
    look(chief, "reallocation")
    chief.get_by_role("button", name="決裁する").click()
    expect(chief.get_by_text("50,000 円を再充当しました。")).to_be_visible()
    chief.context.close()


def test_what_employers_have_not_remitted_is_a_list_of_its_own_and_never_the_employees(
    page: Page, stack: Arrangement, look
) -> None:
    """A fresh demonstration ward: 地方税法321条の5."""
    log_in(page, stack.ledger, demo_account(stack.var, "ledger", "shunou1"))
    page.goto(f"{stack.ledger}/arrears/unremitted/")
    expect(page.get_by_role("cell", name="給与特別徴収").first).to_be_visible()
    look(page, "unremitted")
    page.locator("table.list tbody").last.get_by_role("link").first.click()
    page.get_by_label("督促・催告の事務").check()
    page.get_by_role("button", name="表示する").click()
    expect(page.get_by_text("特別徴収の未納入（本人の滞納ではありません）")).to_be_visible()
    page.locator("details.year > summary").filter(has_text="納入待ち").last.click()
    expect(page.locator("details.year[open]").get_by_text("未納入（特別徴収義務者）").first).to_be_visible()
    look(page, "person-unremitted")
    page.goto(f"{stack.ledger}/debit/")
    look(page, "debit-dead")
