"""A resident at the kiosk: every screen, clicked as a person clicks it, and every kind in one of the languages."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.axe import axe_finds_nothing
from tests.browser.conftest import Arrangement
from tests.browser.resident import (
    OWNER,
    PAID_IN_FULL,
    UNDECLARED,
    Picture,
    choose,
    document,
    gone,
    insert,
    lay_card,
    on,
    plain,
    plate_of,
    print_outcomes,
    resident_of,
    text_of,
    to_pay,
    touch,
)
from tests.browser.staff_login import demo_account, log_in

from kofu.kiosk.domain.told_numbers import told_number

pytestmark = [pytest.mark.browser, pytest.mark.storage, pytest.mark.font, pytest.mark.slow]


def test_a_resident_gets_her_taxation_certificate_and_the_kiosk_keeps_nothing(
    page: Page, stack: Arrangement, picture: Picture
) -> None:
    """Every screen of the whole path; the paper is the person's own; afterwards nothing can be had any more."""
    _, card = stack.card(PAID_IN_FULL)
    page.goto(stack.kiosk)
    on(page, "welcome")
    picture(page, "01-welcome")
    touch(page)
    card_and_pin(page, stack, picture)
    year = choices(page, picture)
    expect(page.locator(".total b")).to_have_text("400")
    gone(page, stack)  # not paid yet: nothing can be had
    insert(page, 100)
    expect(page.locator("#remaining")).to_have_text("300 円")
    on(page, "pay")
    picture(page, "09-pay")
    insert(page, 500)
    on(page, "printing")
    gone(page, stack)
    expect(page.locator("#page")).to_have_text(re.compile("4ページのうち[2-4]ページ"))
    picture(page, "10-printing")
    on(page, "paper")
    expect(page.locator(".sheets img")).to_have_count(4)
    assert all(
        page.locator(".sheets img").evaluate_all(
            "all => Promise.all(all.map(one => one.decode().then(() => one.naturalWidth > 900)))"
        )
    )
    expect(page.locator(".receipt")).to_contain_text("600 円")
    expect(page.locator(".receipt")).to_contain_text("200 円")  # お釣り
    picture(page, "11-paper")

    name, address = resident_of(stack, card.serial)
    first, second = (text_of(document(page, stack, copy)) for copy in (0, 1))
    for text in (first, second):
        assert plain(name.replace("　", "")) in text
        assert plain(address) in text
        assert "課税証明書" in text
        assert plain(year) in text  # 文京区: menu and certificate name the year alike
    numbers = {number for text in (first, second) for number in re.findall(r"\d{8}-?139998-?\d{9}", text)}
    assert len(numbers) == 2  # 一部ずつ異なる発行番号

    touch(page)
    on(page, "erased")
    picture(page, "12-erased")
    gone(page, stack)
    assert name not in page.content()
    assert print_outcomes(stack)[0] == ("printed", 2, 400)


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


def choices(page: Page, picture: Picture) -> str:
    """Choose a kind, the newest year and two copies; give the year as the screen names it."""
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
    year = page.locator('dl.facts span[lang="ja"]').inner_text().partition("・")[0]
    touch(page)
    on(page, "pay")
    return year


#: Every kind and every language come out once: the language decides the words, the kind decides the paper.
KINDS_AND_LANGUAGES = [
    ("income", "en", "所得証明書"),
    ("payment", "zh", "納税証明書"),
    ("vehicle_payment", "ko", "納税証明書"),
    ("vehicle_inspection", "vi", "継続検査用"),
]


@pytest.mark.parametrize(("kind", "language", "title"), KINDS_AND_LANGUAGES)
def test_every_kind_comes_out_and_every_language_leads_there(
    page: Page, stack: Arrangement, picture: Picture, kind: str, language: str, title: str
) -> None:
    _, card = stack.card(OWNER)
    plate = plate_of(stack, card.serial)
    lay_card(page, stack, OWNER, language=language)
    axe_finds_nothing(page)
    touch(page)
    on(page, "kind")
    picture(page, f"13-kind-{language}")
    page.go_back()
    page.goto(stack.kiosk)  # the way back of the browser leads nowhere but here
    on(page, "kind")
    page.locator(f'button.choice[value="{kind}"]').click()
    on(page, "year")
    page.locator("button.choice").first.click()
    if kind == "vehicle_inspection":
        plate_by_its_keys(page, plate, picture)
    on(page, "copies")
    page.locator('button.choice[value="1"]').click()
    on(page, "confirm")
    axe_finds_nothing(page)
    picture(page, f"14-confirm-{language}")
    touch(page)
    on(page, "pay")
    picture(page, f"15-pay-{language}")
    touch(page)  # by e-money, or free of charge
    on(page, "paper")
    axe_finds_nothing(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    picture(page, f"16-paper-{language}")
    text = text_of(document(page, stack))
    assert title in text
    assert kind != "vehicle_inspection" or plain(plate) in text
    touch(page)
    on(page, "erased")
    assert page.locator("html").get_attribute("lang").startswith(language)
    touch(page)
    on(page, "welcome")
    expect(page.locator("html")).to_have_attribute("lang", "ja")  # the next resident begins as everybody does


def plate_by_its_keys(page: Page, plate: str, picture: Picture) -> None:
    """継続検査用 is for one vehicle: its plate is entered on the screen's own keys."""
    on(page, "plate")
    place, series, letter, digits = plate.split(" ")
    for key in (f"{place} ", *series, f" {letter} ", *digits):
        page.locator(f'[data-key="{key}"]').click()
    expect(page.locator("#plate")).to_have_value(plate)
    picture(page, "17-plate")
    axe_finds_nothing(page)
    touch(page)


def test_a_refusal_comes_before_paying_and_in_every_language(page: Page, stack: Arrangement, picture: Picture) -> None:
    lay_card(page, stack, UNDECLARED)
    choose(page, "taxation")
    touch(page)
    on(page, "refused")
    expect(page.locator("h1")).to_have_text("この証明書は発行できません")
    expect(page.locator("code")).to_have_text(str(told_number("undeclared")))
    picture(page, "20-refused")
    for language, words in (
        ("en", "There is no declaration"),
        ("zh", "没有所选年度的申报记录"),
        ("ko", "신고 기록이 없어"),
        ("vi", "Không có hồ sơ khai thuế"),
    ):
        page.locator(f'.languages button[value="{language}"]').click()
        expect(page.get_by_role("alert")).to_contain_text(words)
        on(page, "refused")
        axe_finds_nothing(page)
        picture(page, f"21-refused-{language}")
    page.locator('form:has([value="back"]) button').click()
    on(page, "kind")
    page.locator('form:has([value="cancel"]) button').click()
    on(page, "erased")


def test_the_number_on_a_refusal_and_on_a_receipt_leads_staff_to_the_request(
    page: Page, stack: Arrangement, browser: Browser
) -> None:
    """D8: kiosk → centre → ward → console. What the resident reads out is what the staff's search finds."""
    lay_card(page, stack, UNDECLARED)
    choose(page, "taxation")
    touch(page)
    on(page, "refused")
    numbers = [page.locator(".reference").inner_text()]
    page.locator('form:has([value="cancel"]) button').click()
    on(page, "erased")
    touch(page)
    to_pay(page, stack)
    insert(page, 500)
    on(page, "paper")
    numbers.append(page.locator(".receipt .reference").inner_text())
    touch(page)
    on(page, "erased")
    console = browser.new_context(ignore_https_errors=True, locale="ja-JP").new_page()
    log_in(console, stack.console, demo_account(stack.var, "issuing", "kanri1"))
    for number, state in zip(numbers, ("交付不可", "印刷完了"), strict=True):
        console.goto(f"{stack.console}/requests/")
        console.get_by_label("受付番号").fill(number.lower().replace("-", " "))  # as it is said at a telephone
        console.get_by_role("button", name="表示").click()
        expect(console.locator("table.facts")).to_contain_text(number)
        expect(console.locator("table.facts")).to_contain_text(state)
    console.context.close()


def test_three_wrong_pins_lock_the_card(page: Page, stack: Arrangement, picture: Picture) -> None:
    place, card = stack.card("年金のみ・完納")
    wrong = "0000" if card.pin != "0000" else "1111"
    page.goto(stack.kiosk)
    on(page, "welcome")
    touch(page)
    on(page, "cards")
    page.locator(f'button.card[value="{place}"]').click()
    for left in (2, 1):
        on(page, "pin")
        page.locator("#pin").fill(wrong)
        touch(page)
        expect(page.locator(".wrong")).to_contain_text(str(left))
    on(page, "pin")
    axe_finds_nothing(page)
    picture(page, "23-pin-wrong")
    page.locator("#pin").fill(wrong)
    touch(page)
    on(page, "locked")
    axe_finds_nothing(page)
    picture(page, "24-locked")
    page.get_by_role("button", name="はじめの画面へ").click()
    on(page, "left_card")  # the lock is no way past the card
    axe_finds_nothing(page)
    picture(page, "28-left-card")
    expect(page.locator("#voice[data-said='1']")).to_be_attached(timeout=20_000)
    touch(page)
    on(page, "erased")
    touch(page)
    on(page, "welcome")
    touch(page)
    on(page, "cards")
    page.locator(f'button.card[value="{place}"]').click()
    on(page, "locked")  # the card stays locked, whoever lays it


def test_a_phone_that_checks_the_face_asks_for_no_pin(page: Page, stack: Arrangement) -> None:
    """D4: who holds a phone is not told to take a card off."""
    lay_card(page, stack, "給与のみ・完納・カードとAndroidとiPhone", "iphone")
    expect(page.locator("h1")).to_have_text("スマートフォンを読み取り部から離してください")
    page.get_by_role("button", name="取り消して終わる").click()
    on(page, "left_card")
    expect(page.locator("h1")).to_have_text("スマートフォンをお取りください")
    touch(page)
    on(page, "erased")


def test_two_residents_in_the_same_second_get_each_her_own(page: Page, stack: Arrangement, browser: Browser) -> None:
    """川崎市, 横浜市: two requests at one moment. Each paper bears its own name and number, and not the other's."""
    other = browser.new_context(locale="ja-JP").new_page()
    people = []
    for window, label in ((page, PAID_IN_FULL), (other, OWNER)):
        lay_card(window, stack, label)
        choose(window, "taxation")
        people.append(plain(resident_of(stack, stack.card(label)[1].serial)[0].replace("　", "")))
    for window in (page, other):  # both touches are on their way before either is answered
        window.evaluate("document.querySelector('main button.primary').click()")
    papers = []
    for window in (page, other):
        on(window, "pay")
        touch(window)
    for window in (page, other):
        on(window, "paper")
        papers.append(text_of(document(window, stack)))
        touch(window)
        on(window, "erased")
    other.context.close()
    assert [[name in paper for name in people] for paper in papers] == [[True, False], [False, True]]
    numbers = [set(re.findall(r"\d{8}-?139998-?\d{9}", paper)) for paper in papers]
    assert numbers[0].isdisjoint(numbers[1])


def test_a_page_left_open_does_nothing_to_the_next_visit(page: Page, stack: Arrangement) -> None:
    """A stale window's touch belongs to a screen that is over."""
    lay_card(page, stack, PAID_IN_FULL)
    second = page.context.new_page()
    second.goto(stack.kiosk)
    on(second, "take_card")
    page.get_by_role("button", name="取り消して終わる").click()
    on(page, "left_card")
    touch(second)  # a page of the screen before: it does nothing but show what is now
    on(second, "left_card")
    touch(second)
    on(second, "erased")


def test_a_countdown_that_ends_gives_everything_back_and_erases(page: Page, stack: Arrangement) -> None:
    """The page's own clock runs out: the visit ends by itself and the ward hears of it."""
    page.clock.install()
    to_pay(page, stack)
    expect(page.locator("#left")).to_have_text(re.compile("1(1[0-9]|20)"))
    insert(page, 100)
    expect(page.locator("#remaining")).to_have_text("100 円")
    on(page, "pay")
    page.clock.run_for(106_000)
    expect(page.locator("#soon")).to_contain_text("まもなく時間切れ")
    page.clock.run_for(15_000)
    on(page, "erased")
    expect(page.locator("main")).to_contain_text("100円をお返しします")
    assert print_outcomes(stack)[0] == ("cancelled", 0, 0)


def test_the_start_page_names_the_cards_and_leads_to_the_kiosk(
    page: Page, stack: Arrangement, picture: Picture
) -> None:
    page.goto(stack.start)
    expect(page.get_by_role("link", name="キオスク端末を開く")).to_be_visible()
    expect(page.get_by_text(UNDECLARED, exact=True).first).to_be_visible()
    picture(page, "30-start-page")
    page.get_by_role("link", name="キオスク端末を開く").click()
    on(page, "welcome")
