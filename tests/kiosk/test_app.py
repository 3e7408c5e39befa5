"""The kiosk's pages: whose touch counts, what is never stored, what is gone."""

from __future__ import annotations

import asyncio
import io
from datetime import UTC, datetime

import httpx
import msgspec
import pypdfium2
import pytest
from tests.kiosk.desks import TO_PAY
from tests.kiosk.doubles import REFERENCE, Clock, FakeCenter, desk_of, error, menu
from tests.kiosk.touching import Browser, hidden, screen_of, touch

from kofu.contracts.center import CenterRefused
from kofu.contracts.issuing import Text
from kofu.core.reference_number import shown_reference
from kofu.kiosk.app import build
from kofu.kiosk.domain.printing import Ended, PrintFailure
from kofu.kiosk.domain.screens import Screen
from kofu.kiosk.service import KEPT_SECONDS
from kofu.kiosk.underway import Underway
from kofu.kiosk.visit import Visits
from kofu.kiosk.wording import load_wordings


def one_sheet() -> bytes:
    """Draw an empty A4 sheet: front and back."""
    document = pypdfium2.PdfDocument.new()
    for _ in range(2):
        document.new_page(595, 842)
    out = io.BytesIO()
    document.save(out)
    document.close()
    return out.getvalue()


PDF = one_sheet()
SHOWN = shown_reference(REFERENCE)


@pytest.fixture
def center():
    return FakeCenter(pdf=PDF)


@pytest.fixture
def app(center, tmp_path):
    clock = Clock()
    visits = Visits(clock)
    return build(desk_of(center, clock, tmp_path), visits), visits


@pytest.fixture
def browser(app):
    return Browser(app[0])


def to_paper(browser) -> None:
    for event, value in (*TO_PAY, ("insert", "500")):
        page = touch(browser, event, value)
    assert screen_of(page) == Screen.PAPER


def test_the_paper_can_be_seen_until_it_is_taken_and_not_after(browser) -> None:
    to_paper(browser)
    assert browser.get("/certificate/0.pdf").content == PDF
    assert browser.get("/page/1/0.png").content.startswith(b"\x89PNG")
    for path in ("/certificate/2.pdf", "/page/0/2.png", "/page/2/0.png"):
        assert browser.get(path).status_code == 404
    assert screen_of(touch(browser, "taken")) == Screen.ERASED
    for path in ("/certificate/0.pdf", "/page/0/0.png"):
        answer = browser.get(path)
        assert (answer.status_code, answer.content) == (404, b"")


def test_another_browser_sees_nothing_of_it(app, browser) -> None:
    to_paper(browser)
    stranger = Browser(app[0])
    assert stranger.get("/certificate/0.pdf").status_code == 404
    assert screen_of(stranger.get("/").text) == Screen.WELCOME
    assert stranger.get("/certificate/0.pdf").status_code == 404


@pytest.mark.parametrize("token", ["", "x" * 32, "日本語"])
def test_a_touch_without_the_pages_own_token_does_nothing(browser, token) -> None:
    assert screen_of(touch(browser, "start", token=token)) == Screen.WELCOME


def test_a_touch_without_a_cookie_does_nothing(browser) -> None:
    answer = browser.post("/touch", data={"event": "start", "screen": "welcome"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_a_touch_on_a_page_already_left_does_nothing(browser, center) -> None:
    """Two quick touches on 「この内容で申請する」 ask for one certificate."""
    for event, value in TO_PAY:
        touch(browser, event, value)
    assert screen_of(touch(browser, "request", screen="confirm")) == Screen.PAY
    assert screen_of(touch(browser, "cancel", screen="confirm")) == Screen.PAY
    assert len(center.requests) == 1


@pytest.mark.parametrize("path", ["/", "/healthz", "/certificate/0.pdf", "/static/kiosk.css", "/nowhere"])
def test_nothing_is_to_be_stored_and_nothing_comes_from_elsewhere(browser, path) -> None:
    headers = browser.get(path).headers
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(browser) -> None:
    cookie = browser.get("/").headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "max-age" not in cookie  # gone with the browser


def test_the_language_changes_on_every_screen_and_stays(browser) -> None:
    touch(browser, "start")
    page = touch(browser, "language", "en", screen="kind")
    assert '<html lang="en">' in page
    assert screen_of(page) == Screen.CARDS
    assert '<html lang="en">' in touch(browser, "card", "0")
    assert '<html lang="en">' in touch(browser, "language", "xx")
    assert '<html lang="zh-Hans">' in touch(browser, "language", "zh")


def test_large_text_and_contrast_stay_for_the_visit_and_not_for_the_next_resident(browser) -> None:
    assert '<body data-screen="welcome" data-seconds="0" data-open="yes" class="">' in browser.get("/").text
    assert 'class="large"' in touch(browser, "display", "large")
    assert 'class="large contrast"' in touch(browser, "display", "contrast")
    for event, value in TO_PAY:
        assert 'class="large contrast"' in touch(browser, event, value)
    assert (
        'class="large contrast reach by-voice"'
        in (touch(browser, "display", "reach"), touch(browser, "display", "by_voice"))[1]
    )
    touch(browser, "display", "reach")
    touch(browser, "display", "by_voice")
    assert 'class="contrast"' in touch(browser, "display", "large")
    touch(browser, "language", "ko")
    touch(browser, "cancel")
    page = touch(browser, "timeout")
    assert screen_of(page) == Screen.WELCOME
    assert '<html lang="ja">' in page
    assert 'data-seconds="0" data-open="yes" class="">' in page


def test_the_progress_is_told_to_the_visits_own_browser(app, browser) -> None:
    assert browser.get("/progress").json() == {"screen": "", "page": 0, "pages": 0, "open": True}
    to_paper(browser)
    assert browser.get("/progress").json() == {"screen": "paper", "page": 4, "pages": 4, "open": True}
    assert Browser(app[0]).get("/progress").json() == {"screen": "", "page": 0, "pages": 0, "open": True}


@pytest.mark.parametrize("chosen", ["jam:3", "power_cut:1"])
def test_the_demonstration_chooses_what_the_printer_does_wrong(app, browser, chosen) -> None:
    for event, value in TO_PAY:
        touch(browser, event, value)
    touch(browser, "printer", chosen)
    visit = app[1].find(browser.cookies["kofu_visit"])
    assert f"{visit.fault.problem}:{visit.fault.page}" == chosen
    assert screen_of(touch(browser, "insert", "500")) == Screen.PRINT_FAILED
    assert browser.get("/certificate/0.pdf").status_code == 404


@pytest.mark.parametrize("chosen", ["", "fire:1", "jam", "jam:x", ":1"])
def test_anything_else_prints_well(browser, chosen) -> None:
    for event, value in TO_PAY:
        touch(browser, event, value)
    touch(browser, "printer", chosen)
    assert screen_of(touch(browser, "insert", "500")) == Screen.PAPER


def test_without_paper_the_first_screen_says_so(center, tmp_path) -> None:
    clock = Clock()
    browser = Browser(build(desk_of(center, clock, tmp_path, sheets=0), Visits(clock)))
    page = browser.get("/").text
    assert screen_of(page) == "out_of_service"
    assert "ただいま休止しています" in page
    data = {"token": hidden(page, "token"), "screen": "welcome", "event": "start", "value": ""}
    assert screen_of(browser.post("/touch", data=data).text) == "out_of_service"


def test_a_kiosk_started_again_reports_what_it_was_printing_as_unknown(center, tmp_path) -> None:
    """停電: the process died between the first page and the end; nothing but ids and the fee is left of it."""
    clock = Clock()
    visits = Visits(clock)
    desk = desk_of(center, clock, tmp_path)
    desk.journal.begin(Underway("5" * 32, "7" * 32, 400, datetime.now(UTC)))
    app = build(desk, visits)

    async def run() -> None:
        async with app.router.lifespan_context(app):
            for _ in range(200):
                if desk.journal.left() == []:
                    return
                await asyncio.sleep(0.01)

    asyncio.run(run())
    assert [(r.request_id, r.outcome, r.fee_paid) for r in center.reports] == [("7" * 32, "unknown", 400)]
    assert (center.ended, desk.journal.left()) == (1, [])


@pytest.mark.parametrize("language", load_wordings())
@pytest.mark.parametrize("screen", list(Screen))
def test_every_screen_can_be_drawn_in_every_language(app, language, screen) -> None:
    """Each template names only texts and values that are there: an unknown name is an error, not an empty place."""
    browser = Browser(app[0])
    browser.get("/")
    to_paper(browser)
    visit = app[1].find(browser.cookies["kofu_visit"])
    visit.language = language
    if screen is Screen.REFUSED:
        no = Text(ja="できません", en="No")
        visit.refusal = CenterRefused(
            request_id="1" * 32, reference=None, code="undeclared", resident_text=no, next_step=no
        )
    visit.ended = Ended(1, PrintFailure.JAM)
    visit.screen = screen
    page = browser.get("/")
    assert page.status_code == 200
    assert screen_of(page.text) == screen


STOPPED = msgspec.structs.replace(
    menu(is_open=False), kinds=(), closed_text=Text(ja="交付を停止しています。", en="Issuing is suspended.")
)


def test_a_stopped_ward_says_so_on_the_first_screen_in_its_own_words(center, browser) -> None:
    """D6: before card and PIN. The ward's sentence stands on the screen, not a guess about the hour."""
    center.menu = STOPPED
    page = browser.get("/").text
    assert screen_of(page) == "closed"
    assert "交付を停止しています。" in page
    assert "ただいまサービスを停止しています" in page
    assert 'value="start"' not in page
    assert browser.get("/progress").json()["open"] is False
    data = {"token": hidden(page, "token"), "screen": "welcome", "event": "start", "value": ""}
    assert screen_of(browser.post("/touch", data=data).text) == "closed"


def test_a_ward_stopped_while_somebody_reads_the_first_screen_begins_no_visit(center, browser) -> None:
    """The first screen is some seconds old; the touch that begins a visit asks anew."""
    assert screen_of(browser.get("/").text) == Screen.WELCOME
    center.menu = STOPPED
    assert screen_of(touch(browser, "start")) == "closed"


def test_a_centre_that_cannot_be_reached_is_said_on_the_first_screen_and_comes_back_by_itself(
    app, center, browser
) -> None:
    visits = app[1]

    def away(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("away")

    center.instead["menu"] = away
    page = browser.get("/").text
    assert screen_of(page) == "closed"
    assert "証明書交付センターにつながりません" in page
    del center.instead["menu"]
    assert screen_of(browser.get("/").text) == "closed"  # asked some seconds ago
    visits._clock.seconds += KEPT_SECONDS + 1
    assert screen_of(browser.get("/").text) == Screen.WELCOME


def test_a_ward_stopped_in_the_middle_of_a_visit_still_says_why(center, browser) -> None:
    for event, value in TO_PAY[:3]:
        touch(browser, event, value)
    center.menu = STOPPED
    page = touch(browser, "taken")
    assert screen_of(page) == Screen.TROUBLE
    assert "交付を停止しています。" in page


@pytest.mark.parametrize(
    ("code", "title", "what_to_do"),
    [
        ("certificate_revoked", "この電子証明書は失効しています", "電子証明書の発行の手続き"),
        ("certificate_expired", "この電子証明書は有効期限が切れています", "電子証明書の更新の手続き"),
        ("certificate_tampered", "この電子証明書は確かめられません", "窓口でご相談ください"),
        ("certificate_foreign", "この電子証明書は確かめられません", "窓口でご相談ください"),
        ("validity_unproven", "ただいまご利用いただけません", "もう一度お試し"),
        ("odd", "ただいまご利用いただけません", "もう一度お試し"),
    ],
)
def test_what_is_wrong_with_a_card_has_its_own_heading_and_its_own_thing_to_do(
    center, browser, code, title, what_to_do
) -> None:
    """D7: a revoked or expired card is no fault of the service, and is not told to try again later."""
    center.instead["sessions"] = lambda _: error(403, code)
    for event, value in TO_PAY[:3]:
        page = touch(browser, event, value)
    assert screen_of(page) == Screen.TROUBLE
    assert f'id="title">{title}</h1>' in page
    assert what_to_do in page
    assert ("もう一度お試し" in page) == ("もう一度お試し" in what_to_do)


@pytest.mark.parametrize("language", load_wordings())
@pytest.mark.parametrize("card", ["0", "1", "2"])
@pytest.mark.parametrize("screen", [Screen.TAKE_CARD, Screen.LEFT_CARD])
def test_who_holds_a_phone_is_not_told_to_take_a_card_off(browser, screen, card, language) -> None:
    """D4: cards 1 and 2 of the doubles are an Android and an iPhone."""
    touch(browser, "language", language)
    for event, value in (("start", ""), ("card", card)):
        page = touch(browser, event, value)
    if screen_of(page) == Screen.PIN:
        page = touch(browser, "pin", "1234" if card == "0" else "5678")
    if screen is Screen.LEFT_CARD:
        page = touch(browser, "cancel")
    assert screen_of(page) == screen
    texts = load_wordings()[language].texts
    of_a_card, of_a_phone = texts[screen.value], texts[screen.value.replace("card", "phone")]
    shown, hidden_from = (of_a_card, of_a_phone) if card == "0" else (of_a_phone, of_a_card)
    for key in ("lead", "done"):
        assert shown[key] in page
        assert hidden_from[key] not in page


def test_a_refusal_and_a_receipt_bear_the_reference_number_staff_look_for(center, browser) -> None:
    """D8: in two groups of four, as it is said at a telephone."""
    to_paper(browser)
    assert SHOWN in browser.get("/").text
    touch(browser, "taken")
    touch(browser, "timeout")
    center.refuse = True
    for event, value in TO_PAY:
        page = touch(browser, event, value)
    assert screen_of(page) == Screen.REFUSED
    assert SHOWN in page


@pytest.mark.parametrize(("fault", "money"), [("jam:1", "500"), ("power_cut:1", "500"), ("", "jam")])
def test_a_print_that_failed_and_money_that_is_stuck_bear_it_too(browser, fault, money) -> None:
    for event, value in TO_PAY:
        touch(browser, event, value)
    touch(browser, "printer", fault)
    page = touch(browser, "jam") if money == "jam" else touch(browser, "insert", money)
    assert screen_of(page) in {Screen.PRINT_FAILED, Screen.STUCK}
    assert SHOWN in page


@pytest.mark.parametrize("language", load_wordings())
def test_the_year_of_income_the_purpose_and_the_japanese_title_stand_on_the_screens(browser, language) -> None:
    """令和8年度 is about 令和7年中の所得: who asks for a year must see which income it states."""
    touch(browser, "language", language)
    wordings = load_wordings()
    for event, value in TO_PAY[:4]:
        page = touch(browser, event, value)
    assert wordings[language].texts["purpose"]["taxation"] in page
    assert (f'lang="ja">{wordings["ja"].texts["kind"]["title"]}</p>' in page) == (language != "ja")
    page = touch(browser, "choose", "taxation")
    assert "令和8年度" in page
    assert "令和7年中の所得" in page
    touch(browser, "back")
    assert "年中の所得" not in touch(browser, "choose", "vehicle_inspection")  # states no income


@pytest.mark.parametrize("kind", ["taxation", "vehicle_inspection"])
@pytest.mark.parametrize("screen", [Screen.COPIES, Screen.CONFIRM])
@pytest.mark.parametrize("language", load_wordings())
def test_the_year_stands_in_figures_beside_the_era_of_japan(app, language, screen, kind) -> None:
    """令和8年度 says little to who reads no Japanese: the year they chose from is 2026 on every screen after it."""
    browser = Browser(app[0])
    browser.get("/")
    to_paper(browser)
    visit = app[1].find(browser.cookies["kofu_visit"])
    visit.kind = next(one for one in menu().kinds if one.kind.value == kind)
    visit.language, visit.screen = language, screen
    page = browser.get("/").text
    assert "令和8年度" in page
    assert (f"<small>{visit.fiscal_year}" in page) == (language != "ja")


def test_the_fonts_of_each_language_come_from_its_file(browser) -> None:
    sheet = browser.get("/languages.css")
    assert sheet.headers["content-type"].startswith("text/css")
    assert [line.partition(")")[0] for line in sheet.text.splitlines()] == [f":lang({code}" for code in load_wordings()]


def test_a_wrong_form_is_refused_and_breaks_nothing(browser) -> None:
    browser.get("/")
    assert browser.post("/touch", data={f"f{number}": "x" for number in range(40)}).status_code in {200, 400}
    assert browser.post("/touch", content=b"\xff\xfe", headers={"Content-Type": "text/plain"}).status_code == 200
    assert browser.get("/touch").status_code == 405


def test_visits_left_behind_are_ended_while_the_kiosk_runs(center, tmp_path) -> None:
    clock = Clock()
    visits = Visits(clock)
    _, visit = visits.begin()
    desk = desk_of(center, clock, tmp_path)
    for event, value in TO_PAY:
        desk.touch(visit, event, value)
    clock.seconds += 200
    app = build(desk, visits)

    async def run() -> None:
        async with app.router.lifespan_context(app):
            for _ in range(200):
                if visit.screen is Screen.ERASED:
                    return
                await asyncio.sleep(0.01)

    asyncio.run(run())
    assert visit.screen is Screen.ERASED
    assert [report.outcome for report in center.reports] == ["cancelled"]
