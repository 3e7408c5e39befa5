"""How the screens look, sound and are used: every screen in every mode, by keyboard, by voice, by finger."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from tests.browser.axe import axe_findings
from tests.browser.conftest import Arrangement
from tests.browser.resident import (
    PAID_IN_FULL,
    UNDECLARED,
    Picture,
    choose,
    document,
    insert,
    lay_card,
    on,
    printer_fails,
    text_of,
    to_pay,
    touch,
)

from kofu.kiosk.wording import load_wordings

pytestmark = [pytest.mark.browser, pytest.mark.storage, pytest.mark.font, pytest.mark.slow]
TARGET_PX_MIN = 44  # WCAG 2.5.5 and the Digital Agency's guideline

MODES = {"": "", "large": "large", "contrast": "contrast", "both": "large contrast", "reach": "reach"}
SIZES = {"low": (1024, 768), "upright": (1080, 1920)}


class Looked:
    """Looks at a screen in every mode: axe, targets, width, picture. Collects what is wrong to name all of it."""

    def __init__(self, page: Page, picture: Picture) -> None:
        self.page, self.picture, self.wrong = page, picture, []

    def at(self, screen: str) -> None:
        on(self.page, screen)
        for mode, classes in MODES.items():
            self.page.evaluate("names => { document.body.className = names; }", classes)
            if mode in {"", "contrast"}:  # large text changes no colour and no element
                self.wrong += [f"{screen} {mode}: {one}" for one in axe_findings(self.page)]
            self.wrong += [f"{screen} {mode}: {one}" for one in small_or_cut(self.page)]
            for size, (width, height) in SIZES.items():
                self.page.set_viewport_size({"width": width, "height": height})
                self.wrong += [f"{screen} {mode} {size}: {one}" for one in out_of_the_way(self.page, mode)]
                self.wrong += [f"{screen} {mode} {size}: {one}" for one in cramped(self.page)]
            if mode == "both":
                self.picture(self.page, f"40-{screen}-large-contrast")
        self.page.evaluate("document.body.className = ''")
        self.page.set_viewport_size({"width": 1280, "height": 960})


def out_of_the_way(page: Page, mode: str) -> list[str]:
    """Name what is not on the screen as it must be, from 1024 × 768 up: the ways out whole; by reach the lower half."""
    return list(
        page.evaluate(
            """(lower) => [...document.querySelectorAll("button, input, a, summary")]
              .filter((one) => one.checkVisibility())
              .flatMap((one) => {
                const box = one.getBoundingClientRect();
                const cut = box.top < 0 || box.bottom > innerHeight || box.right > innerWidth;
                const way = one.closest("footer") && cut;
                const high = lower && !one.closest("main") && box.top < innerHeight / 2;
                return [...(way ? ["a way out is cut: "] : []), ...(high ? ["out of reach: "] : [])]
                  .map((what) => what + one.outerHTML.slice(0, 90));
              })
              .concat(lower && document.querySelector("main").getBoundingClientRect().top < innerHeight / 2 - 1
                ? ["main reaches into the upper half"] : [])
              .concat(document.documentElement.scrollWidth > innerWidth ? ["scrolls sideways"] : [])""",
            mode == "reach",
        )
    )


def small_or_cut(page: Page) -> list[str]:
    """Name what a finger hits badly, and a screen that scrolls sideways."""
    small = page.locator("button:visible, a:visible, summary:visible, input:visible").evaluate_all(
        "(all, least) => all.filter(one => { const box = one.getBoundingClientRect();"
        " return Math.min(box.width, box.height) < least; }).map(one => 'small: ' + one.outerHTML.slice(0, 90))",
        TARGET_PX_MIN,
    )
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return [*small, *(["scrolls sideways"] if wide else [])]


def test_every_screen_of_a_visit_is_accessible_in_every_mode(page: Page, stack: Arrangement, picture: Picture) -> None:
    """WCAG 2.2 AA by axe, targets of 44 px, no sideways scrolling: as it is, large, high contrast, and both."""
    looked = Looked(page, picture)
    place, card = stack.card(PAID_IN_FULL)
    page.goto(stack.kiosk)
    for screen, do in (
        ("welcome", lambda: touch(page)),
        ("cards", lambda: page.locator(f'button.card[value="{place}"]').click()),
        ("pin", lambda: (page.locator("#pin").fill(card.pin), touch(page))),
        ("take_card", lambda: touch(page)),
        ("kind", lambda: page.locator('button.choice[value="vehicle_inspection"]').click()),
        ("year", page.locator("button.choice").first.click),
        ("plate", lambda: (page.locator("#plate").fill("見本 580 あ 12-34"), touch(page))),
        ("copies", page.locator("button.choice").first.click),
        ("confirm", lambda: touch(page)),
        ("refused", lambda: page.locator('form:has([value="cancel"]) button').click()),
        ("erased", lambda: touch(page)),
    ):
        looked.at(screen)
        do()
    on(page, "welcome")
    assert looked.wrong == [], "\n".join(looked.wrong)


def test_every_screen_about_money_and_paper_is_accessible_in_every_mode(
    page: Page, stack: Arrangement, picture: Picture
) -> None:
    looked = Looked(page, picture)
    to_pay(page, stack)
    page.locator("details.demo summary").click()
    looked.at("pay")
    page.locator('.coins button[value="empty_card"]').click()
    expect(page.locator(".wrong")).to_contain_text("残高が足りません")
    looked.at("pay")
    picture(page, "18-emoney-short")
    insert(page, 1000)
    on(page, "printing")
    looked.at("paper")
    touch(page)
    on(page, "erased")
    touch(page)
    on(page, "welcome")
    to_pay(page, stack)
    page.locator('.coins form:has([value="jam"]) button').click()
    looked.at("stuck")
    picture(page, "26-stuck")
    touch(page)
    on(page, "erased")
    touch(page)
    for problem in ("jam", "power_cut"):
        to_pay(page, stack, copies=2)
        printer_fails(page, problem, 3)
        insert(page, 500)
        looked.at("print_failed")
        picture(page, f"25-{problem}")
        touch(page)
        on(page, "erased")
        touch(page)
        on(page, "welcome")
    assert looked.wrong == [], "\n".join(looked.wrong)


def test_large_text_and_contrast_are_chosen_on_any_screen_and_stay(
    page: Page, stack: Arrangement, picture: Picture
) -> None:
    lay_card(page, stack, PAID_IN_FULL)
    for button in ("大きな文字", "はっきりした色"):
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("button", name=button)).to_have_attribute("aria-pressed", "true")
        on(page, "take_card")
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "32px"  # 1.6 times
    touch(page)
    on(page, "kind")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(0, 0, 0)"
    picture(page, "41-kind-large-contrast")
    page.locator('form:has([value="cancel"]) button').click()
    on(page, "erased")
    assert page.evaluate("document.body.className") == "large contrast"
    touch(page)
    on(page, "welcome")
    assert page.evaluate("document.body.className") == ""


LOW = (1024, 768)
#: Screens without a way out: nothing was begun, the printer works, or paper or card must be taken first.
NO_CANCEL = {"welcome", "printing", "paper", "erased"}


def cramped(page: Page) -> list[str]:
    """Name words that are cut off by their button, and headings that something else covers."""
    return list(
        page.evaluate(
            """() => [...document.querySelectorAll("button, .heading > *")].filter((one) => one.checkVisibility())
              .filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => "words are cut: " + one.textContent)
              .concat([...document.querySelectorAll(".heading > *")].flatMap((one) => {
                const range = document.createRange(); range.selectNodeContents(one);
                return [...range.getClientRects()].filter((box) => {
                  const over = document.elementFromPoint(box.right - 3, box.top + box.height / 2);
                  return !over || !(one.contains(over) || over.contains(one));
                }).map(() => "covered: " + one.textContent);
              }))"""
        )
    )


@pytest.mark.parametrize("language", [one for one in load_wordings() if one != "ja"])
def test_a_whole_visit_by_keypad_and_voice_fits_a_low_screen_in_every_language(
    page: Page, stack: Arrangement, picture: Picture, language: str
) -> None:
    """1024 × 768, as it is, large, in reach: the Japanese title beside it, cancel, nothing cut, nothing covered."""
    wording, japanese = load_wordings()[language], load_wordings()["ja"].texts
    place, card = stack.card(PAID_IN_FULL)
    wrong: list[str] = []

    def at(screen: str) -> None:
        on(page, screen)
        expect(page.locator(".heading .beside")).to_have_text(japanese[screen]["title"])
        expect(page.locator("h1")).to_have_text(wording.texts[screen]["title"])
        assert page.locator('form:has([value="cancel"]) button').count() >= (screen not in NO_CANCEL), screen
        for mode in ("", "large", "reach"):
            page.evaluate("names => { document.body.className = names; }", f"by-voice {mode}")
            found = [*small_or_cut(page), *out_of_the_way(page, mode), *cramped(page)]
            wrong.extend(f"{screen} {mode}: {one}" for one in found)
            picture(page, f"50-{language}-{screen}{mode and '-'}{mode}")
        page.evaluate("document.body.className = 'by-voice'")

    page.set_viewport_size({"width": LOW[0], "height": LOW[1]})
    page.goto(stack.kiosk)
    on(page, "welcome")
    page.locator(f'.languages button[value="{language}"]').press("Enter")
    expect(page.locator(f'html[lang="{wording.lang}"] body[data-ready]')).to_be_attached()
    page.keyboard.press("*")
    expect(page.locator("body.by-voice[data-ready]")).to_be_attached()
    for screen, keys in (
        ("welcome", ["Enter"]),
        ("cards", list(str(place + 1))),
        ("pin", [*card.pin, "Enter"]),
        ("take_card", ["Enter"]),
        ("kind", ["1"]),
        ("year", ["1"]),
        ("copies", ["1"]),
        ("confirm", ["Enter"]),
        ("pay", ["Enter"]),
        ("paper", ["Enter"]),
        ("erased", ["Enter"]),
    ):
        at(screen)
        if screen == "kind":
            expect(page.locator(".choice .purpose").first).to_have_text(wording.texts["purpose"]["taxation"])
        if screen == "year":  # the fiscal year and the year of its income, in Japanese and in the resident's language
            year = page.locator("button.choice").first
            expect(year.locator(".income")).to_have_text(re.compile(r"^令和\d+年中の所得$"))
            income = int(year.locator(".price").inner_text()) - 1
            expect(year.locator(".purpose")).to_contain_text(str(income))
        for key in keys:
            page.keyboard.press(key)
    on(page, "welcome")
    expect(page.locator("html")).to_have_attribute("lang", "ja")  # the next resident finds it as it is for everybody
    assert wrong == [], "\n".join(wrong)


def speak_quickly(page: Page) -> None:
    """Play every clip to its end, four times as fast: what is said and in which order stays, the waiting does not."""
    page.add_init_script(
        "const play = HTMLMediaElement.prototype.play;"
        "HTMLMediaElement.prototype.play = function () { this.playbackRate = 4; return play.call(this); };"
    )


@pytest.mark.parametrize("language", ["ja", "en", "zh", "ko", "vi"])
def test_the_voice_warns_in_the_residents_language_until_the_card_is_taken(
    page: Page, stack: Arrangement, language: str
) -> None:
    """個人番号カードの取り忘れ防止: the sound is really played, again and again, without the browser's own voices."""
    page.add_init_script("delete window.speechSynthesis;")
    if language != "en":  # one of them as a resident hears it
        speak_quickly(page)
    lay_card(page, stack, PAID_IN_FULL, language=language)
    voice = page.locator("#voice")
    assert voice.get_attribute("src") == f"/static/voice/{language}/take_card.opus"
    expect(page.locator("#voice[data-said='1']")).to_be_attached(timeout=15_000)
    assert voice.evaluate("one => one.error === null && one.volume === 0.8 && one.duration > 1")
    if language == "ja":
        expect(page.locator("#voice[data-said='2']")).to_be_attached(timeout=20_000)
    page.locator("#quiet").click()
    assert voice.evaluate("one => one.paused")
    expect(page.locator("#quiet")).to_be_disabled()
    touch(page)
    on(page, "kind")
    assert page.locator("audio").count() == 0
    page.locator('form:has([value="cancel"]) button').click()
    on(page, "erased")


def test_the_paper_is_warned_of_by_voice_and_the_voice_can_be_stopped(page: Page, stack: Arrangement) -> None:
    speak_quickly(page)
    to_pay(page, stack)
    insert(page, 500)
    on(page, "paper")
    expect(page.locator("#voice[data-said='1']")).to_be_attached(timeout=20_000)
    page.get_by_role("button", name="音声を止める").click()
    assert page.locator("#voice").evaluate("one => one.paused")
    touch(page)
    on(page, "erased")


def test_the_numeric_keypad_and_the_voice_are_enough(page: Page, stack: Arrangement) -> None:
    """Who cannot see: * begins it, every choice has a number, every screen is played to its end; no pointer, no Tab."""
    place, card = stack.card(PAID_IN_FULL)
    speak_quickly(page)
    page.goto(stack.kiosk)
    on(page, "welcome")
    page.keyboard.press("*")
    expect(page.locator("body.by-voice[data-ready]")).to_be_attached()

    def hears(*clips: str) -> None:
        said = page.locator("#speech").get_attribute("data-clips")
        assert said is not None
        assert set(clips) <= set(said.split()), said

    hears("welcome.title", "spoken.keys", "spoken.repeat")
    page.keyboard.press("Enter")
    on(page, "cards")
    for digit in str(place + 1):
        page.keyboard.press(digit)
    on(page, "pin")
    hears("pin.title")
    for digit in card.pin:
        page.keyboard.press(digit)
    expect(page.locator("#typed")).to_contain_text("4")
    page.keyboard.press("Enter")
    on(page, "take_card")
    expect(page.locator("#speech[data-ended='1']")).to_be_attached(timeout=30_000)  # really played, to the end
    expect(page.locator("#voice[data-said='1']")).to_be_attached(timeout=20_000)  # and then the warning
    page.keyboard.press("Enter")
    on(page, "kind")
    hears("choice.1", "spoken.kind_taxation", "choice.2", "yen")
    page.keyboard.press("2")
    on(page, "year")
    hears("choice.1")
    page.keyboard.press("*")
    on(page, "kind")
    page.keyboard.press("1")
    on(page, "year")
    page.keyboard.press("1")
    on(page, "copies")
    page.keyboard.press("1")
    on(page, "confirm")
    hears("confirm.fee", "confirm.request")
    page.keyboard.press("Enter")
    on(page, "pay")
    page.keyboard.press("/")
    on(page, "erased")
    page.keyboard.press("Enter")
    on(page, "welcome")


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
    on(page, "welcome")
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
    assert "所得証明書" in text_of(document(page, stack))
    press_until("main button.primary")
    on(page, "erased")


def test_nothing_is_asked_of_another_host(page: Page, stack: Arrangement) -> None:
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url.split("/")[2]))
    lay_card(page, stack, UNDECLARED)
    choose(page, "income")
    touch(page)
    on(page, "refused")
    page.locator('form:has([value="cancel"]) button').click()
    on(page, "erased")
    assert asked == {stack.kiosk.removeprefix("http://")}


def test_the_maintenance_worker_enters_by_password_and_takes_the_kiosk_out_of_service(
    page: Page, stack: Arrangement, picture: Picture
) -> None:
    looked = Looked(page, picture)
    password = (stack.var / "secrets" / "kiosk-maintenance").read_text(encoding="ascii")
    page.goto(f"{stack.kiosk}/maintenance")
    looked.at("maintenance_login")
    page.locator('input[name="password"]').fill(password)
    touch(page)
    looked.at("maintenance")
    picture(page, "31-maintenance")
    page.get_by_role("button", name="休止する").click()
    on(page, "maintenance")
    expect(page.locator("dl.facts")).to_contain_text("休止中")
    resident = page.context.browser.new_context(locale="ja-JP").new_page()
    resident.goto(stack.kiosk)
    Looked(resident, picture).at("out_of_service")
    picture(resident, "32-out-of-service")
    page.locator('input[name="sheets"]').fill("500")
    page.get_by_role("button", name="枚数を記録する").click()
    expect(page.locator("dl.facts")).to_contain_text("500 枚")
    on(page, "maintenance")
    page.get_by_role("button", name="サービスを再開する").click()
    expect(page.locator("dl.facts")).to_contain_text("提供中")
    on(page, "maintenance")
    page.get_by_role("button", name="保守モードを終わる").click()
    on(page, "welcome")
    resident.reload()
    on(resident, "welcome")
    resident.context.close()
    assert looked.wrong == [], "\n".join(looked.wrong)
