"""A day of the counter and of 収納管理係 in the browser: scan, void, close, post, decide, assign, reconcile, close."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import Arrangement
from tests.browser.staff_login import demo_account, log_in

from kofu.core.calendar import JST
from kofu.ledger.books.verify import verify_ledger
from kofu.ledger.formats.layouts_in_use import Layouts
from kofu.ledger.payments.codecs import convenience_reports, electronic
from kofu.ledger.payments.codecs.convenience_reports import ReportFile, StoreReport, reports_layout
from kofu.ledger.payments.codecs.electronic import ElectronicFile, ElectronicPayment, electronic_layout
from kofu.ledger.payments.domain.convenience import ReportEvent
from kofu.ledger.slips.codecs.barcode import Barcode
from kofu.ledger.slips.codecs.convenience import Slip, SlipKey, barcode_for, barcode_profile

pytestmark = [pytest.mark.browser, pytest.mark.storage, pytest.mark.font, pytest.mark.slow]

LAYOUTS = Layouts(None, specimen=True)
NOBODY = "9" * 17


@dataclass(frozen=True, slots=True)
class Open:
    """An installment somebody owes."""

    notice_number: str
    installment: str
    fiscal_year: int
    tax: str
    due: int

    def barcode(self, today: date) -> str:
        key = SlipKey(
            fiscal_year=self.fiscal_year,
            tax=self.tax,
            notice_number=self.notice_number,
            installment=self.installment,
        )
        pay_by = today + timedelta(days=14)
        made = barcode_for(barcode_profile(LAYOUTS), Slip(key=key, amount=self.due, pay_by=pay_by), printed_on=today)
        assert isinstance(made, Barcode)
        return made.digits


@pytest.fixture
def today() -> date:
    return datetime.now(JST).date()


@pytest.fixture
def owed(stack: Arrangement, today: date) -> list[Open]:
    """Three installments of three people that are due and not late, with nothing open before them."""
    with psycopg.connect(stack.stack._databases["ledger"].app_url) as connection:
        rows = connection.execute(
            "SELECT DISTINCT ON (notice.id) notice_number, installment, fiscal_year, tax, due FROM claim_balance"
            " JOIN claim ON claim.id = claim_id JOIN notice ON notice.id = notice_id"
            " WHERE due BETWEEN 1000 AND 300000 AND due = assessed AND collection_method = 'ordinary'"
            " AND installment IN ('1', '2', '3', '4') AND due_date >= %s"
            " ORDER BY notice.id, due_date LIMIT 3",
            [today],
        ).fetchall()
    assert len(rows) == 3
    return [Open(*row) for row in rows]


def on(page: Page, heading: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text(heading)
    expect(page.locator("html[data-ready]")).to_be_attached()


def window(browser: Browser, stack: Arrangement, login: str) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 960}, locale="ja-JP").new_page()
    log_in(page, stack.ledger, demo_account(stack.var, "ledger", login))
    return page


def test_a_day_is_lived_from_the_first_paper_to_the_closing(
    page: Page, browser: Browser, stack: Arrangement, owed: list[Open], today: date, look, tmp_path: Path
) -> None:
    log_in(page, stack.ledger, demo_account(stack.var, "ledger", "branch1"))
    cash = at_the_counter(page, stack, owed[0], today, look)
    clerk, chief = window(browser, stack, "shunou1"), window(browser, stack, "kessai1")
    post_the_counter(clerk, stack, look)
    a_file_is_held_and_decided(clerk, chief, stack, owed[1], today, look, tmp_path)
    assign_what_nobody_was_credited_with(clerk, stack, owed[2], look)
    take_out_by_two(clerk, chief, stack, look)
    reconcile_and_close(clerk, chief, stack, {"窓口（出張所）": (2, cash), "電子納付": (1, owed[1].due)}, look)
    with psycopg.connect(stack.stack._databases["ledger"].app_url) as connection:
        left = connection.execute(
            "SELECT due FROM claim_balance JOIN claim ON claim.id = claim_id JOIN notice ON notice.id = notice_id"
            " WHERE (notice_number, installment) IN ((%s, %s), (%s, %s))",
            [owed[0].notice_number, owed[0].installment, owed[1].notice_number, owed[1].installment],
        ).fetchall()
        assert left == [(0,), (0,)]
        assert verify_ledger(connection).holds


def at_the_counter(page: Page, stack: Arrangement, first: Open, today: date, look) -> int:
    """Scan one paper, key another, take a third back, close; gives the cash."""
    page.goto(f"{stack.ledger}/payments/counter/")
    on(page, "窓口収納")
    page.get_by_role("button", name="束を開く").click()
    on(page, "窓口収納の入力")
    expect(page.get_by_label("バーコード")).to_be_focused()
    page.keyboard.type(first.barcode(today))
    page.keyboard.press("Enter")
    expect(page.get_by_role("cell", name=f"{first.notice_number}-{first.installment}")).to_be_visible()
    expect(page.get_by_label("バーコード")).to_be_focused()
    key_in(page, NOBODY, "1", 1_000)
    expect(page.get_by_text("台帳にない通知書番号")).to_be_visible()
    key_in(page, NOBODY, "2", 99_999)
    page.get_by_role("button", name=re.compile(r"^3 行目を\s*取消$")).click()
    expect(page.get_by_text("3 行目を取り消しました。")).to_be_visible()
    look(page, "payments-entry")
    page.get_by_label("バーコード").fill("9" * 44)
    page.keyboard.press("Enter")
    expect(page.get_by_text("バーコードを読み取れません。")).to_be_visible()
    look(page, "payments-entry-wrong")
    cash = first.due + 1_000
    for counted, said in ((cash - 500, "一致しません"), (cash, "締めました")):
        page.get_by_label("納付書の枚数").fill("2")
        page.get_by_label("現金の合計").fill(str(counted))
        page.get_by_role("button", name="数えて締める").click()
        expect(page.get_by_text(said).first).to_be_visible()
    return cash


def key_in(page: Page, notice_number: str, installment: str, amount: int) -> None:
    page.get_by_label("通知書番号").fill(notice_number)
    page.get_by_label("期別").fill(installment)
    page.get_by_label("税額").fill(str(amount))
    page.get_by_role("button", name="登録する").click()
    expect(page.get_by_role("cell", name=f"{notice_number}-{installment}")).to_be_visible()


def post_the_counter(page: Page, stack: Arrangement, look) -> None:
    page.goto(f"{stack.ledger}/payments/")
    on(page, "収納ファイル")
    look(page, "payments-files")
    page.get_by_role("link", name="第1束").click()
    page.get_by_role("button", name="消込・登録する").click()
    expect(page.get_by_text("2件")).to_be_visible()
    expect(page.get_by_text("登録済").first).to_be_visible()
    look(page, "payments-batch")


def a_file_is_held_and_decided(
    clerk: Page, chief: Page, stack: Arrangement, second: Open, today: date, look, folder: Path
) -> None:
    """One row of a file has a day to come: nothing of it is posted before another person has decided."""
    good = ElectronicPayment(
        transaction="T-0001",
        notice_number=second.notice_number,
        installment=second.installment,
        received_on=today,
        amount=second.due,
        fiscal_year=second.fiscal_year,
        tax=second.tax,
        method="ペイジー",
    )
    bad = replace(good, transaction="T-0002", received_on=today + timedelta(days=400))
    path = folder / "electronic.csv"
    path.write_bytes(electronic.encode(electronic_layout(LAYOUTS), ElectronicFile(payments=(good, bad))))
    clerk.goto(f"{stack.ledger}/payments/")
    clerk.locator("form.card").get_by_label("種類").select_option("electronic")
    clerk.get_by_label("ファイル", exact=False).first.set_input_files(path)
    clerk.get_by_role("button", name="受け付けて検査する").click()
    on(clerk, "electronic.csv")
    expect(clerk.get_by_text("領収日が先の日付です。")).to_be_visible()
    look(clerk, "payments-held")
    address = clerk.url
    chief.goto(address)
    chief.get_by_label("理由").first.fill("送付元に確認済み。2行目は再送される。")
    chief.get_by_role("button", name="登録を決定する").click()
    expect(chief.get_by_text("登録を決定しました。")).to_be_visible()
    clerk.goto(address)
    clerk.get_by_role("button", name="消込・登録する").click()
    expect(clerk.get_by_text("完納 1件")).to_be_visible()
    clerk.goto(f"{stack.ledger}/payments/left-out/")
    look(clerk, "payments-left-out")
    clerk.get_by_label("処理の内容").fill("再送を受けて登録予定")
    clerk.get_by_role("button", name="記録").click()
    expect(clerk.get_by_text("除いた行はありません。")).to_be_visible()


def assign_what_nobody_was_credited_with(page: Page, stack: Arrangement, third: Open, look) -> None:
    page.goto(f"{stack.ledger}/payments/suspense/")
    look(page, "payments-suspense")
    page.get_by_role("link", name="充てる先を決める").click()
    page.get_by_label("通知書番号または宛名番号").fill(third.notice_number)
    page.get_by_role("button", name="探す").click()
    line = page.get_by_role("row").filter(has_text=f"{third.notice_number}-{third.installment}")
    line.get_by_label("充てる理由").fill("納付済通知書の写しで確認")
    look(page, "payments-suspended")
    line.get_by_role("button", name="充てる").click()
    expect(page.get_by_text("一部納付")).to_be_visible()
    expect(page.get_by_text("仮受金はありません。")).to_be_visible()


def take_out_by_two(clerk: Page, chief: Page, stack: Arrangement, look) -> None:
    """The payment that was assigned turns out to be none: one proposes to take it out, another approves."""
    clerk.goto(f"{stack.ledger}/payments/")
    clerk.get_by_role("link", name="第1束").click()
    clerk.get_by_role("link", name="訂正", exact=True).nth(1).click()
    on(clerk, "収納の訂正の起案")
    clerk.get_by_label("理由").fill("領収印のない控えを入力したため")
    look(clerk, "payments-propose")
    clerk.get_by_role("button", name="訂正を起案する").click()
    expect(clerk.get_by_text("訂正を起案しました。")).to_be_visible()
    chief.goto(f"{stack.ledger}/payments/corrections/")
    look(chief, "payments-corrections")
    chief.get_by_role("button", name="決裁する").click()
    expect(chief.get_by_text("訂正を決裁しました。")).to_be_visible()


def reconcile_and_close(clerk: Page, chief: Page, stack: Arrangement, stated: dict[str, tuple[int, int]], look) -> None:
    clerk.goto(f"{stack.ledger}/payments/closing/")
    on(clerk, "日次締め")
    expect(clerk.get_by_text("締められません")).to_be_visible()
    for channel, (rows, total) in stated.items():
        clerk.get_by_label("チャネル").select_option(label=channel)
        clerk.get_by_label("件数").fill(str(rows))
        clerk.get_by_label("金額").fill(str(total))
        clerk.get_by_role("button", name="記録する").click()
        expect(clerk.get_by_text(f"{channel}の突合を記録しました。")).to_be_visible()
    look(clerk, "payments-closing")
    decide_about_missing_files(clerk, chief, stack)
    chief.goto(f"{stack.ledger}/payments/closing/")
    chief.get_by_role("button", name="この日を締める").click()
    expect(chief.get_by_text("締め済")).to_be_visible()
    look(chief, "payments-closed")


def decide_about_missing_files(clerk: Page, chief: Page, stack: Arrangement) -> None:
    """Which files a day expects is a matter of the calendar: what is missing today is decided by two."""
    wanted = clerk.locator("input[name=wanted]")
    if not wanted.count():
        return
    for box in wanted.all():
        box.check()
    clerk.get_by_label("収納がなく、ファイルはない").check()
    clerk.get_by_label("理由・確かめた相手").fill("電話で確認")
    clerk.get_by_role("button", name="起案する").click()
    expect(clerk.get_by_text("件を起案しました。")).to_be_visible()
    chief.goto(f"{stack.ledger}/payments/closing/")
    while chief.get_by_role("button", name="を決裁する").count():
        chief.get_by_role("button", name="を決裁する").first.click()
        expect(chief.get_by_text("決裁しました。")).to_be_visible()


def test_a_slip_is_printed_after_the_purpose_was_given(page: Page, stack: Arrangement, owed: list[Open], look) -> None:
    log_in(page, stack.ledger, demo_account(stack.var, "ledger", "shunou2"))
    page.goto(f"{stack.ledger}/payments/slip/")
    page.get_by_label("通知書番号").fill(owed[0].notice_number)
    page.get_by_label("期別").fill(owed[0].installment)
    page.get_by_role("button", name="探す").click()
    page.get_by_label("納付相談・窓口対応").check()
    page.get_by_role("button", name="表示する").click()
    on(page, "納付書の発行")
    look(page, "payments-slip")
    form = {"csrfmiddlewaretoken": page.locator("form.card input[name=csrfmiddlewaretoken]").input_value()}
    pay_by = page.get_by_label("使用期限").input_value()
    answer = page.request.post(page.url, form=form | {"pay_by": pay_by}, headers={"Referer": page.url})
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.body().startswith(b"%PDF-1.4")


def test_an_advice_of_a_store_is_listed_and_pays_nothing(
    page: Page, stack: Arrangement, owed: list[Open], today: date, look, tmp_path: Path
) -> None:
    """速報 never makes 完納."""
    log_in(page, stack.ledger, demo_account(stack.var, "ledger", "shunou1"))
    path = tmp_path / "sokuhou.dat"
    report = StoreReport(
        event=ReportEvent.ADVISE,
        barcode=owed[1].barcode(today),
        received_on=today,
        received_at="101500",
        amount=owed[1].due,
        chain="0001",
        store="00000012",
    )
    header = (("created_on", today), ("agency", "MIHON"))
    path.write_bytes(convenience_reports.encode(reports_layout(LAYOUTS), ReportFile(reports=(report,), header=header)))
    page.goto(f"{stack.ledger}/payments/")
    page.locator("form.card").get_by_label("種類").select_option("convenience")
    page.get_by_label("ファイル", exact=False).first.set_input_files(path)
    page.get_by_role("button", name="受け付けて検査する").click()
    on(page, "sokuhou.dat")
    page.get_by_role("button", name="消込・登録する").click()
    expect(page.get_by_text("速報 1件を記録しました。")).to_be_visible()
    page.goto(f"{stack.ledger}/payments/advised/")
    expect(page.get_by_text("確報待ち")).to_be_visible()
    expect(page.get_by_role("cell", name=f"{owed[1].notice_number}-{owed[1].installment}")).to_be_visible()
    look(page, "payments-advised")
    with psycopg.connect(stack.stack._databases["ledger"].app_url) as connection:
        due = connection.execute(
            "SELECT due FROM claim_balance JOIN claim ON claim.id = claim_id JOIN notice ON notice.id = notice_id"
            " WHERE notice_number = %s AND installment = %s",
            [owed[1].notice_number, owed[1].installment],
        ).fetchone()
    assert due == (owed[1].due,)
