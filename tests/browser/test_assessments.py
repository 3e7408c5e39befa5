"""① 賦課情報の登録 in the browser: a file with a wrong row is held, a second person decides, a right one is posted."""

from __future__ import annotations

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import Arrangement
from tests.browser.staff_login import demo_account, log_in

from kofu.contracts.assessment_tables import LIGHT_VEHICLE_CHANGES

pytestmark = [pytest.mark.browser, pytest.mark.storage, pytest.mark.font, pytest.mark.slow]


def vehicles(*rows: tuple[str, str]) -> bytes:
    """A file of 軽自動車税管理情報: (通知書番号, 宛名番号), each a new notice of 10,800 yen."""
    lines = [",".join(LIGHT_VEHICLE_CHANGES.column_names)]
    for notice, addressee in rows:
        cells = {
            "change": "new",
            "notice_number": notice,
            "addressee_number": addressee,
            "fiscal_year": "2026",
            "origin_year": "2026",
            "effective_on": "2026-05-01",
            "statutory_due_date": "2026-06-01",
            "plate_number": "見本580あ1234",
            "chassis_last4": "1234",
            "inspected": "1",
            "due_date": "2026-06-01",
            "annual_amount": "10800",
        }
        lines.append(",".join(cells.get(name, "") for name in LIGHT_VEHICLE_CHANGES.column_names))
    return ("\n".join(lines) + "\n").encode()


def send(page: Page, stack: Arrangement, name: str, content: bytes) -> None:
    page.goto(f"{stack.ledger}/assessments/")
    page.locator("input[name=file]").set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})
    page.get_by_role("button", name="受け付けて検査する").click()


def test_a_file_with_a_wrong_row_waits_for_a_second_person(
    page: Page, browser: Browser, stack: Arrangement, look
) -> None:
    with psycopg.connect(stack.stack._databases["ledger"].app_url) as connection:
        (known,) = connection.execute("SELECT addressee_number FROM taxpayer ORDER BY id DESC LIMIT 1").fetchone()
    log_in(page, stack.ledger, demo_account(stack.var, "ledger", "shunou1"))
    send(page, stack, "写真.csv", b"not,a,table\n1,2,3\n")
    expect(page.get_by_text("この表ではありません")).to_be_visible()
    look(page, "assessments-refused")
    send(page, stack, "keiji-1.csv", vehicles(("99000000000001", known), ("99000000000002", "999999999999999")))
    expect(page.get_by_text("留保（不備あり）")).to_be_visible()
    expect(page.get_by_text("台帳にない宛名番号です。")).to_be_visible()
    look(page, "assessments-held")
    held = page.url
    chief = browser.new_context(viewport={"width": 1280, "height": 960}, locale="ja-JP").new_page()
    log_in(chief, stack.ledger, demo_account(stack.var, "ledger", "kessai1"))
    chief.goto(held)
    chief.get_by_label("理由").first.fill("納税通知書の発送に間に合わせるため")
    chief.get_by_role("button", name="除いて登録する").click()
    expect(chief.get_by_text("登録しました。新規 1 件")).to_be_visible()
    look(chief, "assessments-posted")
    chief.context.close()
    send(page, stack, "keiji-2.csv", vehicles(("99000000000003", known)))
    page.get_by_role("button", name="全件を登録する").click()
    expect(page.get_by_text("登録しました。新規 1 件")).to_be_visible()
    page.goto(f"{stack.ledger}/assessments/")
    look(page, "assessments")
