"""The kiosk's pages: whose touch counts, what is never stored, what is gone."""

from __future__ import annotations

import asyncio
import io
import re
from datetime import UTC, datetime

import httpx
import msgspec
import pypdfium2
import pytest
from starlette.applications import Starlette
from tests.kiosk.doubles import Clock, FakeCenter, desk_of, error, menu
from tests.kiosk.test_desk import TO_PAY

from kofu.contracts.center import CenterRefused
from kofu.contracts.issuing import Text
from kofu.kiosk.app import build
from kofu.kiosk.domain.printing import Ended, Problem
from kofu.kiosk.domain.screens import Screen
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
BASE = "http://127.0.0.1:8801"


class Browser:
    """A browser with its own cookies, talking with the app itself."""

    def __init__(self, app: Starlette) -> None:
        self._client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE, follow_redirects=True)
        self.cookies = self._client.cookies

    def get(self, path: str) -> httpx.Response:
        return asyncio.run(self._client.get(path))

    def post(self, path: str, **how) -> httpx.Response:
        return asyncio.run(self._client.post(path, **how))


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


def hidden(page: str, name: str) -> str:
    found = re.search(f'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return found[1]


def screen_of(page: str) -> str:
    found = re.search('data-screen="([^"]*)"', page)
    assert found is not None
    return found[1]


def touch(browser, event: str, value: str = "", **changed: str) -> str:
    page = browser.get("/").text
    data = {"token": hidden(page, "token"), "screen": screen_of(page), "event": event, "value": value}
    return browser.post("/touch", data=data | changed).text


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
    assert '<body data-screen="welcome" data-seconds="0" class="">' in browser.get("/").text
    assert 'class="large"' in touch(browser, "display", "large")
    assert 'class="large contrast"' in touch(browser, "display", "contrast")
    for event, value in TO_PAY:
        assert 'class="large contrast"' in touch(browser, event, value)
    assert 'class=" contrast"' in touch(browser, "display", "large")
    touch(browser, "language", "ko")
    touch(browser, "cancel")
    page = touch(browser, "timeout")
    assert screen_of(page) == Screen.WELCOME
    assert '<html lang="ja">' in page
    assert 'data-seconds="0" class="">' in page


def test_the_progress_is_told_to_the_visits_own_browser(app, browser) -> None:
    assert browser.get("/progress").json() == {"screen": "", "page": 0, "pages": 0}
    to_paper(browser)
    assert browser.get("/progress").json() == {"screen": "paper", "page": 4, "pages": 4}
    assert Browser(app[0]).get("/progress").json() == {"screen": "", "page": 0, "pages": 0}


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
    visit.ended = Ended(1, Problem.JAM)
    visit.screen = screen
    page = browser.get("/")
    assert page.status_code == 200
    assert screen_of(page.text) == screen


def test_a_stopped_ward_says_why_in_its_own_words(center, browser) -> None:
    """The kill switch of the ward is on: its sentence stands on the screen, not a guess about the hour."""
    center.menu = msgspec.structs.replace(
        menu(is_open=False), kinds=(), closed_text=Text(ja="交付を停止しています。", en="Issuing is suspended.")
    )
    for event, value in TO_PAY[:4]:
        page = touch(browser, event, value)
    assert screen_of(page) == Screen.TROUBLE
    assert "交付を停止しています。" in page


@pytest.mark.parametrize(
    ("code", "words"),
    [("certificate_tampered", "窓口へお越しください"), ("certificate_revoked", "失効"), ("odd", "もう一度お試し")],
)
def test_whatever_is_wrong_with_a_card_sends_to_the_counter_and_not_to_try_again(center, browser, code, words) -> None:
    center.instead["sessions"] = lambda _: error(403, code)
    for event, value in TO_PAY[:3]:
        page = touch(browser, event, value)
    assert screen_of(page) == Screen.TROUBLE
    assert words in page


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
