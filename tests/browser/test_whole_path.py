"""A resident at the kiosk: every screen of the real arrangement, clicked as a person clicks it."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable

import psycopg
import pypdfium2
import pytest
from playwright.sync_api import Page, expect
from psycopg import sql
from tests.browser.conftest import Arrangement

pytestmark = [pytest.mark.browser, pytest.mark.storage, pytest.mark.font, pytest.mark.slow]

Picture = Callable[[Page, str], None]
PAID_IN_FULL = "給与のみ・完納"
OWNER = "給与のみ・完納・軽自動車（継続検査対象）"
UNDECLARED = "未申告"


def on(page: Page, screen: str) -> None:
    """Wait for the screen, and until its script hears keys and touches."""
    expect(page.locator(f'body[data-screen="{screen}"][data-ready]')).to_be_attached()


def touch(page: Page) -> None:
    """Touch what the screen asks for most."""
    page.locator("main button.primary").first.click()


def lay_card(page: Page, stack: Arrangement, label: str, device: str = "card") -> None:
    """Go from the first screen to the certificates with a card and its PIN, by the keypad."""
    place, card = stack.card(label, device)
    page.goto(stack.kiosk)
    on(page, "welcome")
    touch(page)
    on(page, "cards")
    page.locator(f'button.card[value="{place}"]').click()
    if device != "iphone":
        on(page, "pin")
        for digit in card.pin:
            page.locator(f'[data-digit="{digit}"]').click()
        touch(page)
    on(page, "take_card")


def choose(page: Page, kind: str, *, copies: int = 1) -> None:
    """Go on from the card to the request of a kind, newest year."""
    touch(page)
    on(page, "kind")
    page.locator(f'button.choice[value="{kind}"]').click()
    on(page, "year")
    page.locator("button.choice").first.click()
    if kind == "vehicle_inspection":
        return
    on(page, "copies")
    page.locator(f'button.choice[value="{copies}"]').click()
    on(page, "confirm")


def printed(page: Page, stack: Arrangement) -> str:
    """Read the text of what was printed, by the browser's own cookie."""
    answer = page.request.get(f"{stack.kiosk}/certificate/0.pdf")
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    document = pypdfium2.PdfDocument(io.BytesIO(answer.body()))
    try:
        text = "".join(document[number].get_textpage().get_text_range() for number in range(len(document)))
    finally:
        document.close()
    return unicodedata.normalize("NFKC", re.sub(r"\s", "", text))


def resident_of(stack: Arrangement, serial: str) -> tuple[str, str]:
    """Name and address of the person whose card it is, from the ward's own feed."""
    feed = next(stack.var.glob("ward/resident-*"))
    with (feed / "card_certificates.csv").open(encoding="utf-8", newline="") as file:
        number = next(row["addressee_number"] for row in csv.DictReader(file) if row["serial"] == serial)
    with (feed / "residents.csv").open(encoding="utf-8", newline="") as file:
        row = next(row for row in csv.DictReader(file) if row["addressee_number"] == number)
    return row["name"], row["address"]


def print_outcomes(stack: Arrangement) -> list[str]:
    """Give how the requests of the centre ended, newest first."""
    with psycopg.connect(stack.stack._databases["center"].owner_url) as connection:
        rows = connection.execute("SELECT print_outcome FROM center_request ORDER BY asked_at DESC").fetchall()
    return [row[0] for row in rows]


def gone(page: Page, stack: Arrangement) -> None:
    """Nothing of the certificate can be asked for any more."""
    assert page.request.get(f"{stack.kiosk}/certificate/0.pdf").status == 404
    assert page.request.get(f"{stack.kiosk}/page/0/0.png").status == 404


def test_a_resident_gets_her_taxation_certificate_and_the_kiosk_keeps_nothing(
    page: Page, stack: Arrangement, picture: Picture
) -> None:
    """Every screen of the whole path; the paper is the person's own; afterwards no place holds her."""
    _, card = stack.card(PAID_IN_FULL)
    page.goto(stack.kiosk)
    on(page, "welcome")
    picture(page, "01-welcome")
    touch(page)
    card_and_pin(page, stack, picture)
    choices(page, picture)
    expect(page.locator(".total b")).to_have_text("400")
    picture(page, "09-pay")
    gone(page, stack)  # not paid yet: nothing can be had
    touch(page)
    on(page, "printing")
    picture(page, "10-printing")
    on(page, "paper")
    expect(page.locator(".sheets img")).to_have_count(2)
    assert all(
        page.locator(".sheets img").evaluate_all(
            "all => Promise.all(all.map(one => one.decode().then(() => one.naturalWidth > 900)))"
        )
    )
    picture(page, "11-paper")

    name, address = resident_of(stack, card.serial)
    text = printed(page, stack)
    assert unicodedata.normalize("NFKC", name.replace("　", "").replace(" ", "")) in text
    assert unicodedata.normalize("NFKC", re.sub(r"\s", "", address)) in text
    assert "課税証明書" in text
    number = re.search(r"\d{8}-139998-\d{9}", page.locator("dl.facts").inner_text())
    assert number is not None
    assert number[0].replace("-", "") in text.replace("-", "")
    pdf = page.request.get(f"{stack.kiosk}/certificate/0.pdf").body()

    touch(page)
    on(page, "erased")
    picture(page, "12-erased")
    gone(page, stack)
    assert name not in page.content()
    assert print_outcomes(stack)[0] == "printed"
    nothing_is_kept(stack, name=name, address=address, serial=card.serial, pdf=pdf)


def card_and_pin(page: Page, stack: Arrangement, picture: Picture) -> None:
    place, card = stack.card(PAID_IN_FULL)
    on(page, "cards")
    picture(page, "02-cards")
    page.locator(f'button.card[value="{place}"]').click()
    on(page, "pin")
    picture(page, "03-pin")
    for digit in card.pin:
        page.locator(f'[data-digit="{digit}"]').click()
    touch(page)
    on(page, "take_card")
    picture(page, "04-take-card")


def choices(page: Page, picture: Picture) -> None:
    touch(page)
    on(page, "kind")
    picture(page, "05-kind")
    page.locator('button.choice[value="taxation"]').click()
    on(page, "year")
    picture(page, "06-year")
    page.locator("button.choice").first.click()
    on(page, "copies")
    picture(page, "07-copies")
    page.locator('button.choice[value="2"]').click()
    on(page, "confirm")
    picture(page, "08-confirm")
    touch(page)
    on(page, "pay")


def nothing_is_kept(stack: Arrangement, *, name: str, address: str, serial: str, pdf: bytes) -> None:
    """Neither the kiosk's and centre's logs nor any column of the centre's database holds the person or the PDF."""
    logs = sorted((stack.var / "log").iterdir())
    assert logs
    for log in logs:
        said = log.read_bytes()
        for secret in (name.encode(), address.encode(), b"%PDF-", pdf[-200:]):
            assert secret not in said, log.name
    files = [path for path in stack.var.rglob("*") if path.is_file() and "postgres" not in path.parts]
    assert [path for path in files if path.suffix == ".pdf" or path.read_bytes()[:5] == b"%PDF-"] == []
    with psycopg.connect(stack.stack._databases["center"].owner_url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        assert ("center_request",) in tables
        for (table,) in tables:
            whole = sql.SQL("SELECT coalesce(string_agg(t::text, ''), '') FROM {} t").format(sql.Identifier(table))
            row = connection.execute(whole).fetchone()
            assert row is not None
            for secret in (name, address, serial, pdf[:64].hex(), "255044462d"):  # %PDF- as bytea shows it
                assert secret not in row[0], table


@pytest.mark.parametrize(
    ("kind", "title"),
    [("payment", "納税証明書"), ("vehicle_payment", "納税証明書")],  # income: by keyboard, below,
)
def test_every_kind_on_the_menu_comes_out(
    page: Page, stack: Arrangement, picture: Picture, kind: str, title: str
) -> None:
    lay_card(page, stack, OWNER)
    choose(page, kind)
    touch(page)
    on(page, "pay")
    touch(page)
    on(page, "paper")
    assert title in printed(page, stack)
    picture(page, f"13-paper-{kind}")
    touch(page)
    on(page, "erased")
    gone(page, stack)


def test_the_inspection_certificate_asks_for_the_plate_and_costs_nothing(
    page: Page, stack: Arrangement, picture: Picture
) -> None:
    """継続検査用 is for one vehicle: the plate is entered on the screen's own keys."""
    _, card = stack.card(OWNER)
    plate = plate_of(stack, card.serial)
    lay_card(page, stack, OWNER)
    choose(page, "vehicle_inspection")
    on(page, "plate")
    place, series, letter, digits = plate.split(" ")
    for key in (f"{place} ", *series, f" {letter} ", *digits):
        page.locator(f'[data-key="{key}"]').click()
    expect(page.locator("#plate")).to_have_value(plate)
    picture(page, "14-plate")
    touch(page)
    on(page, "copies")
    page.locator("button.choice").first.click()
    on(page, "confirm")
    expect(page.locator("dl.facts")).to_contain_text(plate)
    picture(page, "15-confirm-inspection")
    touch(page)
    on(page, "pay")
    expect(page.locator("h1")).to_have_text("手数料はかかりません")
    picture(page, "16-free")
    touch(page)
    on(page, "paper")
    text = printed(page, stack)
    assert "継続検査用" in text
    assert plate.replace(" ", "") in text
    picture(page, "17-paper-inspection")
    touch(page)
    on(page, "erased")


def plate_of(stack: Arrangement, serial: str) -> str:
    """Number plate of the person's vehicle, from the ward's own feed."""
    resident, tax = next(stack.var.glob("ward/resident-*")), next(stack.var.glob("ward/tax-*"))
    with (resident / "card_certificates.csv").open(encoding="utf-8", newline="") as file:
        number = next(row["addressee_number"] for row in csv.DictReader(file) if row["serial"] == serial)
    with (tax / "collections.csv").open(encoding="utf-8", newline="") as file:
        return next(
            row["plate_number"]
            for row in csv.DictReader(file)
            if row["addressee_number"] == number and row["plate_number"]
        )


def test_a_refusal_comes_before_paying_in_english_too(page: Page, stack: Arrangement, picture: Picture) -> None:
    lay_card(page, stack, UNDECLARED)
    choose(page, "taxation")
    touch(page)
    on(page, "refused")
    expect(page.locator("h1")).to_have_text("この証明書は発行できません")
    expect(page.locator("code")).to_have_text("undeclared")
    picture(page, "20-refused")
    page.locator(".languages button").click()
    expect(page.locator("h1")).to_have_text("This certificate cannot be issued")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    picture(page, "21-refused-english")
    page.get_by_role("button", name="Choose another certificate").click()
    on(page, "kind")
    picture(page, "22-kind-english")
    page.get_by_role("button", name="Cancel and leave").click()
    on(page, "erased")


def test_three_wrong_pins_lock_the_card(page: Page, stack: Arrangement, picture: Picture) -> None:
    place, card = stack.card("年金のみ・完納")
    wrong = "0000" if card.pin != "0000" else "1111"
    page.goto(stack.kiosk)
    touch(page)
    page.locator(f'button.card[value="{place}"]').click()
    for left in (2, 1):
        page.locator("#pin").fill(wrong)
        touch(page)
        expect(page.locator(".wrong")).to_contain_text(str(left))
    picture(page, "23-pin-wrong")
    page.locator("#pin").fill(wrong)
    touch(page)
    on(page, "locked")
    picture(page, "24-locked")
    page.get_by_role("button", name="はじめの画面へ").click()
    on(page, "erased")
    touch(page)
    on(page, "welcome")
    touch(page)
    page.locator(f'button.card[value="{place}"]').click()
    on(page, "locked")  # the card stays locked, whoever lays it


def test_giving_up_at_the_payment_is_reported_as_cancelled(page: Page, stack: Arrangement) -> None:
    lay_card(page, stack, PAID_IN_FULL)
    choose(page, "taxation")
    touch(page)
    on(page, "pay")
    page.get_by_role("button", name="取り消して終わる").click()
    on(page, "erased")
    gone(page, stack)
    assert print_outcomes(stack)[0] == "cancelled"


@pytest.mark.parametrize(
    "ending",
    [("jam", "failed", "返金されます"), ("power_cut", "unknown", "確かめられません")],
)
def test_a_printer_that_fails_hands_over_nothing(
    page: Page, stack: Arrangement, picture: Picture, ending: tuple[str, str, str]
) -> None:
    printer, outcome, words = ending
    lay_card(page, stack, PAID_IN_FULL)
    choose(page, "taxation")
    touch(page)
    on(page, "pay")
    page.locator("details.demo summary").click()
    page.locator(f'details.demo button[value="{printer}"]').click()
    on(page, "pay")
    touch(page)
    on(page, "print_failed")
    expect(page.get_by_role("alert")).to_contain_text(words)
    picture(page, f"25-{printer}")
    gone(page, stack)
    assert print_outcomes(stack)[0] == outcome


def test_the_keyboard_alone_is_enough(page: Page, stack: Arrangement) -> None:
    """Tab, Enter and digits reach everything: WCAG 2.1.1."""
    place, card = stack.card(PAID_IN_FULL)

    def press_until(selector: str) -> None:
        for _ in range(90):
            page.keyboard.press("Tab")
            if page.locator(f"{selector}:focus").count():
                page.keyboard.press("Enter")
                return
        raise AssertionError(selector)

    page.goto(stack.kiosk)
    press_until("main button.primary")
    on(page, "cards")
    press_until(f'button.card[value="{place}"]')
    on(page, "pin")
    page.keyboard.type(card.pin)
    page.keyboard.press("Enter")
    on(page, "take_card")
    press_until("main button.primary")
    on(page, "kind")
    press_until('button.choice[value="income"]')
    on(page, "year")
    press_until("button.choice")
    on(page, "copies")
    press_until("button.choice")
    on(page, "confirm")
    press_until("main button.primary")
    on(page, "pay")
    press_until("main button.primary")
    on(page, "paper")
    assert "所得証明書" in printed(page, stack)
    press_until("main button.primary")
    on(page, "erased")


def test_a_phone_that_checks_the_face_asks_for_no_pin(page: Page, stack: Arrangement) -> None:
    lay_card(page, stack, "給与のみ・完納・カードとAndroidとiPhone", "iphone")
    page.get_by_role("button", name="取り消して終わる").click()
    on(page, "erased")


def test_a_page_left_open_does_nothing_to_the_next_visit(page: Page, stack: Arrangement) -> None:
    """A stale window's touch belongs to a screen that is over."""
    lay_card(page, stack, PAID_IN_FULL)
    second = page.context.new_page()
    second.goto(stack.kiosk)
    on(second, "take_card")
    page.get_by_role("button", name="取り消して終わる").click()
    on(page, "erased")
    touch(second)
    on(second, "erased")


def test_touch_targets_are_large_and_nothing_is_cut_off(page: Page, stack: Arrangement) -> None:
    """Targets of at least 44 by 44 px (WCAG 2.5.5); no screen scrolls sideways."""
    lay_card(page, stack, PAID_IN_FULL)
    touch(page)
    on(page, "kind")
    sizes = page.locator("button:visible").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect()).map(box => Math.min(box.width, box.height))"
    )
    assert min(sizes) >= 44
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_start_page_names_the_cards_and_leads_to_the_kiosk(
    page: Page, stack: Arrangement, picture: Picture
) -> None:
    page.goto(stack.start)
    expect(page.get_by_role("link", name="キオスク端末を開く")).to_be_visible()
    expect(page.get_by_text(UNDECLARED, exact=True).first).to_be_visible()
    picture(page, "30-start-page")
    page.get_by_role("link", name="キオスク端末を開く").click()
    on(page, "welcome")
