"""Take the pictures of the docs that a demonstration shows: `python -m tests.docs.take_pictures` (`make pictures`).

A demonstration is brought up as a newcomer's, looked at by a browser, and ended. Look at the pictures, then keep them.
"""

from __future__ import annotations

import hashlib
import json
import socket
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pypdfium2
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.browser.conftest import ARGUMENTS, CHROMIUM, Arrangement, arrangement
from tests.browser.staff_login import demo_account, log_in
from tests.center.back.sheets import drawn, scanned
from tests.center.papers import NUMBER
from tests.docs.pictures import PICTURES, ROOT, keep

from kofu.center.back.keys import read_keys
from kofu.center.back.make import Backs
from kofu.center.back.sheet import Sheets
from kofu.certificates.render import FORMS_ROOT
from kofu.contracts.issuing import Document
from kofu.platform.fonts import find_font, read_font
from kofu.press.engine import Press

PEOPLE = 400
HEIGHT = 900
BY_NAME = {one.name: one for one in PICTURES}


def free_port() -> int:
    """Find a port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def take(page: Page, name: str, folder: Path, *, height: int = HEIGHT) -> None:
    """Take the top of a page, as a window shows it."""
    page.wait_for_load_state("networkidle")
    page.evaluate("scrollTo(0, 0)")
    page.set_viewport_size({"width": 1280, "height": height})
    page.screenshot(path=folder / name, animations="disabled")
    keep(BY_NAME[name], folder / name)


def window(browser: Browser, address: str, stack: Arrangement, system: str, login: str) -> Page:
    """Open a window of a demo account."""
    page = browser.new_context(viewport={"width": 1280, "height": HEIGHT}, locale="ja-JP").new_page()
    log_in(page, address, demo_account(stack.var, system, login))
    return page


def ledger(browser: Browser, stack: Arrangement, folder: Path) -> None:
    """Somebody in arrears, the 延滞金 of a 期別 line by line, a refund that waits for its decision."""
    page = window(browser, stack.ledger, stack, "ledger", "shunou1")
    with psycopg.connect(stack.stack._databases["ledger"].owner_url) as connection:
        row = connection.execute(
            "SELECT taxpayer.id FROM taxpayer JOIN notice USING (municipality_code, addressee_number)"
            " JOIN claim ON claim.notice_id = notice.id JOIN claim_balance AS owed ON owed.claim_id = claim.id"
            " WHERE claim.due_date < current_date AND collection_method = 'ordinary' AND taxpayer.kana <> ''"
            " GROUP BY taxpayer.id ORDER BY sum(owed.due) DESC LIMIT 1"
        ).fetchone()
    assert row is not None
    page.goto(f"{stack.ledger}/person/{row[0]}/")
    page.get_by_label("納付相談・窓口対応").check()
    page.get_by_role("button", name="表示する").click()
    expect(page.get_by_role("heading", name="経過")).to_be_visible()
    take(page, "ledger-person.png", folder)
    page.evaluate("document.querySelectorAll('details.year').forEach(year => { year.open = true })")
    page.get_by_role("row").filter(has_text="滞納").last.get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="この金額になるまで（古い順）")).to_be_visible()
    take(page, "ledger-interest.png", folder)
    page.goto(f"{stack.ledger}/refund/")
    page.get_by_role("row", name="決裁待ち").first.get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="充当・還付")).to_be_visible()
    take(page, "ledger-refund.png", folder)


def console(browser: Browser, stack: Arrangement, folder: Path) -> None:
    """A feed that is held, and the lift of a stop that waits for its second person."""
    page = window(browser, stack.console, stack, "issuing", "shomei1")
    page.goto(f"{stack.console}/feeds/")
    page.get_by_role("row", name="保留").get_by_role("link").click()
    expect(page.get_by_role("heading", name="保留の理由")).to_be_visible()
    take(page, "console-feed-held.png", folder)
    page.goto(f"{stack.console}/stops/")
    page.get_by_label("理由").fill("印刷の結果が分からない証明書の調査")
    page.get_by_label("全ての証明書の交付が直ちに止まる").check()
    page.get_by_role("button", name="全ての交付を停止する").click()
    page.get_by_label("解除してよいと判断した根拠").fill("端末の記録と台帳を照合し、印刷されなかったことを確かめた。")
    page.get_by_role("button", name="解除に署名する").click()
    expect(page.get_by_text("別の職員の署名で解除されます").first).to_be_visible()
    take(page, "console-lift.png", folder, height=700)


def paper_back(browser: Browser, stack: Arrangement, folder: Path) -> None:
    """The receiver's page with the scan of a back, and the front that came out of it."""
    front = sample("taxation")
    now = datetime.now(UTC)
    document = Document(certificate_number=NUMBER, pages=1, sha256=hashlib.sha256(front).hexdigest(), pdf=front)
    backs = Backs(
        Sheets(find_font(), f"{stack.stack.address_of('verification')}/"), read_keys(stack.var / "center-keys")
    )
    scan = scanned(drawn(backs.add_to(document, "139998", now).pdf, 1), turn=1.2)
    scan.save(folder / "back.jpg", quality=80)
    page = browser.new_context(viewport={"width": 1280, "height": HEIGHT}, locale="ja-JP").new_page()
    page.goto(stack.stack.address_of("verification"))
    page.get_by_label("裏面のスキャン").set_input_files(folder / "back.jpg")
    page.get_by_role("button", name="確認する").click()
    expect(page.get_by_role("heading", name="交付したときのおもて面です")).to_be_visible()
    take(page, "paper-back.png", folder)


def sample(form: str) -> bytes:
    """Press the first page of a form with its sample, as `scripts/render_form.py` does."""
    fields = json.loads((FORMS_ROOT / form / "standard_r8" / "sample.json").read_text(encoding="utf-8"))
    seal = (ROOT / "profiles" / "seals" / "mihon-mayor.svg").read_text(encoding="utf-8")
    press = Press(read_font(find_font()), FORMS_ROOT)
    extra = {"specimen": True, "seal_svg": seal, "seal_mm": 24}
    return press.render(form, "standard_r8", fields, extra, datetime(2026, 11, 23, tzinfo=UTC))


def certificates(folder: Path) -> None:
    """Each form with its sample."""
    for form in ("taxation", "payment"):
        page = pypdfium2.PdfDocument(sample(form))[0]
        name = f"certificate-{form}.png"
        page.render(scale=1600 / page.get_width()).to_pil().save(folder / name)
        keep(BY_NAME[name], folder / name)


def main() -> None:
    """Take them all."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        certificates(folder)
        with arrangement(free_port, PEOPLE, day_in_progress=True) as stack, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
            start = browser.new_context(viewport={"width": 1280, "height": HEIGHT}, locale="ja-JP").new_page()
            start.goto(stack.start)
            start.evaluate(
                "var_ => { document.body.innerHTML = document.body.innerHTML.replaceAll(var_, 'var') }", str(stack.var)
            )
            take(start, "start-page.png", folder)
            ledger(browser, stack, folder)
            console(browser, stack, folder)
            paper_back(browser, stack, folder)
            browser.close()


if __name__ == "__main__":
    main()
