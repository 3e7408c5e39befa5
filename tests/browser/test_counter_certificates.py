"""窓口交付 in the browser: asked for, refused for a reason, issued, printed, handed over, voided, counted."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from urllib.parse import urljoin
from uuid import uuid4

import psycopg
import pypdfium2
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import STAFF_PICTURES, Arrangement
from tests.browser.staff_login import demo_account, log_in
from tests.ledger.counter_ward import WARD, person

from kofu.contracts.issuing import HoldKind
from kofu.core.calendar import day_in_japan
from kofu.platform.hold_outbox import new_hold, next_release
from kofu.registry.send_hold import queue

pytestmark = [pytest.mark.browser, pytest.mark.storage, pytest.mark.font, pytest.mark.slow]


@pytest.fixture
def ledger(stack: Arrangement):
    with psycopg.connect(stack.stack._databases["ledger"].owner_url, autocommit=True) as opened:
        yield opened


def on(page: Page, heading: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text(heading)


def open_form(page: Page, stack: Arrangement, addressee: str) -> None:
    """Search for a person, give the purpose, begin an application by the keyboard."""
    page.goto(f"{stack.ledger}/person/")
    page.get_by_label("フリガナ・氏名・宛名番号・通知書番号").fill(addressee)
    page.get_by_role("button", name="探す").click()
    page.get_by_role("link", name=addressee).click()
    if "目的" in page.get_by_role("heading", level=1).inner_text():
        page.get_by_label("証明書の交付").check()
        page.get_by_role("button", name="表示する").click()
    expect(page.locator("html[data-ready]")).to_be_attached()
    page.get_by_role("link", name="証明書の申請を受け付ける").click()
    on(page, "証明書の申請")


def fill(page: Page, *, kind: str, years: tuple[str, ...], identity: str = "運転免許証") -> None:
    page.get_by_label(kind).check()
    for year in years:
        page.get_by_label(year, exact=True).check()
    page.get_by_label(identity).check()
    page.get_by_label("使用目的").select_option(label="奨学金・就学支援")


def protect(stack: Arrangement, addressee: str) -> str:
    """Put 支援措置 on a person at the registry, as its staff do; gives the hold's id. The ledger hears by asking."""
    hold = new_hold(
        hold_id=uuid4().hex,
        municipality_code=WARD,
        kind=HoldKind.PROTECTION,
        addressee_number=addressee,
        serial=None,
        effective_from=day_in_japan(datetime.now(UTC)),
        sent_at=datetime.now(UTC),
    )
    with psycopg.connect(stack.stack._databases["registry"].owner_url) as registry:
        queue(registry, [hold], datetime.now(UTC))
    return hold.hold_id


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).click()
    expect(page.locator("html[data-ready]")).to_be_attached()


def printed(page: Page, row: int) -> str:
    """Print a copy as the button does, and read the paper's words."""
    form = page.locator(f"form[action$='/print/{row + 1}/']")
    assert form.get_attribute("target") == "_blank"
    token = form.locator("input[name=csrfmiddlewaretoken]").input_value()
    answer = page.request.post(
        urljoin(page.url, form.get_attribute("action") or ""),
        form={"csrfmiddlewaretoken": token},
        headers={"Referer": page.url},
    )
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    with pypdfium2.PdfDocument(BytesIO(answer.body())) as document:
        document[0].render(scale=1.3).to_pil().save(STAFF_PICTURES / "counter-paper.png")
        return "".join("".join(sheet.get_textpage().get_text_bounded().split()) for sheet in document)


def test_a_clerk_gives_certificates_over_the_counter(page: Page, stack: Arrangement, ledger, look) -> None:
    """⑪–⑭ from the form to the day's fees, and a paper that is voided afterwards."""
    log_in(page, stack.ledger, demo_account(stack.var, "ledger", "shomei1"))
    open_form(page, stack, person(ledger))
    look(page, "counter-form")
    page.get_by_role("button", name="受け付けて内容を確かめる").click()
    expect(page.get_by_text("このフィールドは必須です。").first).to_be_visible()
    look(page, "counter-form-wrong")
    fill(page, kind="課税（非課税）証明書", years=("令和8年度", "令和7年度"))
    press(page, "受け付けて内容を確かめる")
    expect(page.get_by_text("交付できます").first).to_be_visible()
    look(page, "counter-preview")
    press(page, "この内容で発行する")
    expect(page.get_by_text("2 通を発行しました。")).to_be_visible()
    look(page, "counter-issued")
    words = [printed(page, row) for row in range(2)]
    numbers = page.locator("td.code").all_inner_texts()
    for number, said in zip(numbers, words, strict=True):
        assert number in said
        assert "-C-" in number
    page.reload()
    expect(page.get_by_role("button", name="再印刷").first).to_be_visible()
    look(page, "counter-printed")
    press(page, "交付した")
    expect(page.get_by_text("交付しました。手数料 600 円。")).to_be_visible()
    address = page.url
    page.get_by_role("link", name="日計", exact=True).click()
    on(page, "窓口交付の日計")
    expect(page.get_by_role("row").filter(has_text="見本 進")).to_contain_text("600")
    look(page, "counter-report")

    page.goto(address)
    void = page.locator("form[action$='/void/']")
    void.get_by_label("理由").fill("年度の取違え")
    press(page, "無効にする")
    expect(page.get_by_text("無効にしました。")).to_be_visible()
    look(page, "counter-voided")
    page.get_by_role("link", name="窓口交付", exact=False).first.click()
    on(page, "窓口交付")
    look(page, "counter-list")
    page.goto(f"{stack.ledger}/certificates/report/")
    expect(page.get_by_role("row").filter(has_text="見本 進")).to_contain_text("600")


def test_a_refusal_says_why_and_what_helps(page: Page, stack: Arrangement, ledger, look) -> None:
    """未申告: the true reason for the clerk; the application ends without a paper."""
    row = ledger.execute(
        "SELECT addressee_number FROM stated_assessments JOIN taxpayer USING (municipality_code, addressee_number)"
        " WHERE declaration = 'undeclared' AND taxing_right AND fiscal_year = 2026 AND status = 'resident'"
        " AND NOT protected ORDER BY 1 LIMIT 1"
    ).fetchone()
    assert row is not None
    log_in(page, stack.ledger, demo_account(stack.var, "ledger", "branch1"))
    open_form(page, stack, row[0])
    fill(page, kind="所得証明書", years=("令和8年度",), identity="資格確認書")
    press(page, "受け付けて内容を確かめる")
    expect(page.get_by_text("本人確認書類が足りない。")).to_be_visible()
    expect(page.get_by_text("未申告。")).to_be_visible()
    expect(page.get_by_text("課税の係で申告していただくと")).to_be_visible()
    assert page.get_by_role("button", name="この内容で発行する").count() == 0
    look(page, "counter-refused")
    press(page, "直して受け付け直す")
    expect(page.get_by_label("資格確認書")).to_be_checked()
    page.get_by_label("年金手帳").check()
    press(page, "受け付けて内容を確かめる")
    expect(page.get_by_text("未申告。")).to_be_visible()
    expect(page.get_by_text("本人確認書類が足りない。")).to_have_count(0)
    press(page, "交付しないことを記録する")
    expect(page.get_by_text("交付しないことを記録しました。")).to_be_visible()


def test_under_protection_another_person_decides(
    page: Page, browser: Browser, stack: Arrangement, ledger, look
) -> None:
    """支援措置: the branch waits, the chief approves with a reason, the branch issues and reissues."""
    addressee = person(ledger, "t.addressee_number NOT IN (SELECT addressee_number FROM counter_application)")
    hold = protect(stack, addressee)
    log_in(page, stack.ledger, demo_account(stack.var, "ledger", "branch1"))
    open_form(page, stack, addressee)
    expect(page.get_by_text("支援措置の対象の方です。")).to_be_visible()
    look(page, "counter-form-protected")
    fill(page, kind="納税証明書（特別区民税・都民税・森林環境税）", years=("令和8年度",))
    page.get_by_label("申請者が了承した").check()
    press(page, "受け付けて内容を確かめる")
    expect(page.get_by_text("決裁者の決裁を待っています。")).to_be_visible()
    look(page, "counter-waiting")

    chief = browser.new_context(viewport={"width": 1280, "height": 960}, locale="ja-JP").new_page()
    log_in(chief, stack.ledger, demo_account(stack.var, "ledger", "shomei2"))
    chief.get_by_role("link", name="決裁待ちの窓口交付").click()
    chief.get_by_role("table", name="決裁を待つ申請").locator("tbody").get_by_role("link").first.click()
    chief.get_by_label("証明書の交付").check()
    chief.get_by_role("button", name="表示する").click()
    expect(chief.get_by_role("heading", name="決裁", exact=True)).to_be_visible()
    look(chief, "counter-approve")
    chief.get_by_label("理由").fill("写真で本人を確認した")
    chief.get_by_role("button", name="決裁する").click()
    expect(chief.get_by_text("決裁しました。")).to_be_visible()
    chief.context.close()

    page.reload()
    press(page, "この内容で発行する")
    expect(page.get_by_text("1 通を発行しました。")).to_be_visible()
    reissue = page.locator("form[action$='/reissue/']")
    reissue.get_by_label("理由").fill("印字のかすれ")
    reissue.get_by_label("新しい証明書の手数料").select_option(label="無料（区の誤りによる再交付）")
    press(page, "無効にして再交付する")
    expect(page.get_by_text("の再交付")).to_be_visible()
    look(page, "counter-reissue")
    with psycopg.connect(stack.stack._databases["registry"].owner_url) as registry:
        queue(registry, [next_release(registry, hold, datetime.now(UTC))], datetime.now(UTC))


def test_counters_stop_at_once_and_start_by_two_people(page: Page, browser: Browser, stack: Arrangement, look) -> None:
    """P2, P9."""
    log_in(page, stack.ledger, demo_account(stack.var, "ledger", "shomei1"))
    page.goto(f"{stack.ledger}/certificates/cases/")
    page.get_by_label("理由").fill("公印の誤りの疑い")
    press(page, "止める")
    expect(page.get_by_text("窓口交付を止めました。")).to_be_visible()
    case = page.url
    page.goto(f"{stack.ledger}/certificates/")
    expect(page.get_by_text("窓口交付を止めています。")).to_be_visible()
    look(page, "counter-stopped")
    page.goto(case)
    page.get_by_label("判明したこと").fill("公印の期間を確かめた。誤りはない。")
    press(page, "自分の名前で署名する")
    expect(page.get_by_text("もう一人の署名で完結します。")).to_be_visible()
    chief = browser.new_context(locale="ja-JP").new_page()
    log_in(chief, stack.ledger, demo_account(stack.var, "ledger", "shomei2"))
    chief.goto(case)
    chief.get_by_label("判明したこと").fill("別の職員として同じ期間を確かめた。")
    chief.get_by_role("button", name="自分の名前で署名する").click()
    expect(chief.get_by_text("調査票を完結しました。")).to_be_visible()
    look(chief, "counter-case")
    chief.context.close()
    page.goto(f"{stack.ledger}/certificates/")
    expect(page.get_by_text("窓口交付を止めています。")).to_have_count(0)
