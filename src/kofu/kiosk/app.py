"""The kiosk's screen: pages for the browser of this very device.

It listens on loopback alone and speaks plain HTTP: browser and server are one machine. What leaves the machine goes to
the centre over TLS with certificates on both ends (`center_client`). Every answer is `no-store`; scripts, styles and
pictures come from here and nowhere else.
"""

from __future__ import annotations

import asyncio
import hmac
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from kofu.core.calendar import JST
from kofu.core.errors import ResidentFault
from kofu.kiosk.card.drawer import Drawer
from kofu.kiosk.card.pcsc import PcscTransport
from kofu.kiosk.card.slot import CardSlot
from kofu.kiosk.cards import CardReader, Device, read_cards
from kofu.kiosk.center_client import CenterClient
from kofu.kiosk.desk import KioskDesk
from kofu.kiosk.domain.plate import LETTERS, places
from kofu.kiosk.domain.printing import PrintFailure
from kofu.kiosk.domain.screens import Screen
from kofu.kiosk.domain.till import ACCEPTED
from kofu.kiosk.machine import read_machine
from kofu.kiosk.maintenance import Maintenance
from kofu.kiosk.paper import page_picture
from kofu.kiosk.printing import PrinterFault, printer_of
from kofu.kiosk.service import Service
from kofu.kiosk.speech import bundled, spoken
from kofu.kiosk.underway import Journal, report_left
from kofu.kiosk.visit import FIRST, KioskVisit, Visits
from kofu.kiosk.wording import MADE, load_wordings
from kofu.platform.profiles import load_profile
from kofu.platform.settings import profile_path, url_of, var_dir
from kofu.platform.tls import tls_files
from kofu.platform.wiped_memory import let_go

COOKIE = "kofu_visit"
#: How the screens can be for one resident: name of the switch, which is the visit's too → class of the page.
LOOKS = {"large": "large", "contrast": "contrast", "reach": "reach", "by_voice": "by-voice"}
CARDS_SHOWN = 60
SWEEP_SECONDS = 5.0
#: The steps a resident is told of, and the screens of each.
STEPS: tuple[tuple[Screen, ...], ...] = (
    (Screen.CARDS, Screen.PIN, Screen.LOCKED, Screen.TAKE_CARD),
    (Screen.KIND, Screen.YEAR, Screen.PLATE, Screen.COPIES, Screen.CONFIRM, Screen.REFUSED),
    (Screen.PAY, Screen.STUCK),
    (Screen.PRINTING, Screen.PAPER, Screen.LEFT_PAPER, Screen.PRINT_FAILED),
)
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; media-src 'self'; "
        "connect-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class _NothingKept(BaseHTTPMiddleware):
    """Say on every answer that it is not to be stored, and load nothing from elsewhere."""

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        response.headers.update(HEADERS)
        return response


class KioskScreen:
    """The pages: one address shows the screen of the visit, one takes the touches."""

    def __init__(self, desk: KioskDesk, visits: Visits) -> None:
        """Serve the visits of one kiosk."""
        self._desk = desk
        self._visits = visits
        self._wordings = load_wordings()
        self._pages = Environment(
            loader=PackageLoader("kofu.kiosk"), autoescape=select_autoescape(), undefined=StrictUndefined
        )
        self._pages.filters |= {"yen": _yen, "local_time": _local_time}

    def show(self, request: Request) -> Response:
        """Show the screen the visit is on; begin a visit where there is none."""
        cookie = request.cookies.get(COOKIE, "")
        visit = self._visits.find(cookie)
        if visit is None:
            cookie, visit = self._visits.begin()
        with visit.lock:
            response = HTMLResponse(self._page(visit))
        response.set_cookie(COOKIE, cookie, httponly=True, samesite="strict")
        return response

    async def touch(self, request: Request) -> Response:
        """Take a touch and show what follows."""
        visit = self._visits.find(request.cookies.get(COOKIE, ""))
        async with request.form(max_files=0, max_fields=8) as form:
            if visit is None or not hmac.compare_digest(visit.token.encode(), _text(form, "token").encode()):
                return RedirectResponse("/", status_code=303)  # another visit's page: show what is now
            await run_in_threadpool(
                self._touch, visit, _text(form, "screen"), _text(form, "event"), _text(form, "value")
            )
        return RedirectResponse("/", status_code=303)

    def _touch(self, visit: KioskVisit, screen: str, event: str, value: str) -> None:
        with visit.lock:
            had_answer = visit.answer is not None
            if event == "language" and value in self._wordings:
                visit.language = value
            elif event == "display" and value in LOOKS:
                setattr(visit, value, not getattr(visit, value))
            elif event == "printer" and visit.screen is Screen.PAY:
                visit.fault = _fault(value)
            elif screen == visit.screen:  # a second touch on a page already left does nothing
                try:
                    self._desk.touch(visit, event, value)
                except ResidentFault:
                    return  # the same screen again
            if had_answer and visit.answer is None:
                let_go()

    def languages(self, _request: Request) -> Response:
        """Give each language's fonts, as its file names them: a language is added without touching a style sheet."""
        rules = (
            f":lang({one.code}) {{ font-family: {one.texts[MADE]['fonts']}, system-ui, sans-serif; }}\n"
            for one in self._wordings.values()
        )
        return Response("".join(rules), media_type="text/css")

    def progress(self, request: Request) -> Response:
        """Say which screen it is and how far the printer has come: the page being printed, of all."""
        visit = self._visits.find(request.cookies.get(COOKIE, ""))
        if visit is None or visit.job is None:
            open_now = visit is None or visit.screen is not Screen.WELCOME or self._desk.service.now().open
            screen = "" if visit is None else visit.screen.value
            return JSONResponse({"screen": screen, "page": 0, "pages": 0, "open": open_now})
        return JSONResponse({"screen": visit.screen.value, "page": visit.page, "pages": visit.job.pages, "open": True})

    def page_image(self, request: Request) -> Response:
        """Give a page of the certificate, while its paper is being taken."""
        visit = self._visits.find(request.cookies.get(COOKIE, ""))
        with_paper = visit.answer if visit is not None and visit.screen is Screen.PAPER else None
        copy, page = request.path_params["copy"], request.path_params["page"]
        if with_paper is None or not 0 <= copy < len(with_paper.documents):
            return PlainTextResponse("", status_code=404)
        document = with_paper.documents[copy]
        if not 0 <= page < document.pages:
            return PlainTextResponse("", status_code=404)
        return Response(page_picture(document.pdf, page), media_type="image/png")

    def pdf(self, request: Request) -> Response:
        """Give what was printed, while its paper is being taken."""
        visit = self._visits.find(request.cookies.get(COOKIE, ""))
        with_paper = visit.answer if visit is not None and visit.screen is Screen.PAPER else None
        copy = request.path_params["copy"]
        if with_paper is None or not 0 <= copy < len(with_paper.documents):
            return PlainTextResponse("", status_code=404)
        return Response(with_paper.documents[copy].pdf, media_type="application/pdf")

    def _page(self, visit: KioskVisit) -> str:
        pages = (
            tuple(
                (copy, page) for copy, document in enumerate(visit.answer.documents) for page in range(document.pages)
            )
            if visit.screen is Screen.PAPER and visit.answer is not None
            else ()
        )
        reader, machine, wording = self._desk.reader, self._desk.machine, self._wordings[visit.language]
        name = visit.screen.value
        trouble, menu = visit.trouble, visit.menu
        if visit.screen is Screen.WELCOME and not machine.serving:
            name = "out_of_service"
        elif visit.screen is Screen.WELCOME and not (offer := self._desk.service.now()).open:
            name, trouble, menu = "closed", offer.trouble, offer.menu
        phone = visit.card is not None and visit.card.device is not Device.CARD
        tries_left = reader.tries_left(visit.card) if visit.card is not None else 0
        copies_max, said = self._desk.copies_max(visit), wording.trouble(trouble, menu)
        there = bundled().get(visit.language, frozenset())
        speech = spoken(name, visit, said, phone=phone, tries_left=tries_left, copies_max=copies_max)
        return self._pages.get_template(f"{name}.html").render(
            visit=visit,
            japanese=self._wordings[FIRST].texts,
            looks=" ".join(name for look, name in LOOKS.items() if getattr(visit, look)),
            speech=" ".join(clip for clip in speech if clip in there) if visit.by_voice else "",
            service_open=name != "closed",
            wording=wording,
            text=wording.texts,
            languages=[(code, one) for code, one in self._wordings.items()],
            seconds=visit.seconds_left(self._visits.now()),
            step=next((number for number, step in enumerate(STEPS, start=1) if visit.screen in step), 0),
            steps=len(STEPS),
            cards=reader.cards[:CARDS_SHOWN],
            locked=[reader.locked(card) for card in reader.cards[:CARDS_SHOWN]],
            tries_left=tries_left,
            faults=_faults(visit),
            accepted=ACCEPTED,
            copies_max=copies_max,
            kiosk_id=self._desk.kiosk_id,
            phone=phone,
            trouble=said,
            may_ask_for_time=visit.may_ask_for_time,
            letters=LETTERS,
            places=places(visit.menu.municipality_name) if visit.menu is not None else (),
            pages=pages,
        )


def _yen(amount: int) -> str:
    return f"{amount:,}"


def _local_time(at: datetime) -> str:
    return at.astimezone(JST).strftime("%Y-%m-%d %H:%M")


def _fault(value: str) -> PrinterFault:
    """Read the demonstration's choice: `jam:2` jams at the second page. Anything else prints well."""
    problem, _, page = value.partition(":")
    known = problem in set(PrintFailure) and page.isascii() and page.isdigit()
    return PrinterFault(PrintFailure(problem), int(page)) if known and problem else PrinterFault()


def _faults(visit: KioskVisit) -> tuple[tuple[PrintFailure, int], ...]:
    pages = visit.job.pages if visit.job is not None else 0
    return tuple(
        (problem, page)
        for problem in (PrintFailure.JAM, PrintFailure.OUT_OF_PAPER, PrintFailure.POWER_CUT)
        for page in range(1, pages + 1)
    )


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


async def leave_the_abandoned(desk: KioskDesk, visits: Visits) -> None:
    """End, round after round, the visits whose browser has gone: nothing waits for somebody who left.

    What an earlier process was printing when it died is reported first; what ended while the centre could not be
    reached is reported as soon as it can be.
    """
    died = [job for job in desk.journal.left() if job.result is None]
    while True:
        if waiting := [*died, *await run_in_threadpool(desk.journal.concluded)]:
            left = await run_in_threadpool(report_left, desk.journal, desk.center, waiting, datetime.now(UTC))
            died = [job for job in left if job.result is None]
        for visit in visits.overdue():
            await run_in_threadpool(desk.abandon, visit)
        await asyncio.sleep(SWEEP_SECONDS)


def build(desk: KioskDesk, visits: Visits, password_hash: str = "") -> Starlette:
    """Put the app together around a desk; without a password's hash there is no maintenance mode."""
    screen = KioskScreen(desk, visits)
    maintenance = Maintenance(desk, visits, password_hash)

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok")

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        sweeper = asyncio.create_task(leave_the_abandoned(desk, visits))
        try:
            yield
        finally:
            sweeper.cancel()
            await asyncio.gather(sweeper, return_exceptions=True)
            desk.center.close()

    return Starlette(
        routes=[
            Route("/", screen.show),
            Route("/touch", screen.touch, methods=["POST"]),
            Route("/progress", screen.progress),
            Route("/languages.css", screen.languages),
            Route("/page/{copy:int}/{page:int}.png", screen.page_image),
            Route("/certificate/{copy:int}.pdf", screen.pdf),
            Route("/maintenance", maintenance.show),
            Route("/maintenance", maintenance.act, methods=["POST"]),
            Route("/healthz", healthz),
            Mount("/static", StaticFiles(packages=[("kofu.kiosk", "static")])),
        ],
        middleware=[Middleware(_NothingKept)],
        lifespan=lifespan,
    )


def reader_of(named: str, cards: Path, kiosk_id: str) -> CardReader:
    """Give the reader KOFU_CARD_READER names, a real one; without it the demo's, with the cards of a file."""
    if named:
        return CardSlot(partial(PcscTransport, named))
    return read_cards(cards, Drawer(url_of("registry"), tls_files(kiosk_id), var_dir() / "kiosk" / "chips"))


def create_app() -> Starlette:
    """Build the app from the environment; docs/how-to/use-the-kiosk.md lists its variables."""
    visits = Visits()
    cards = Path(os.environ.get("KOFU_CARDS", str(var_dir() / "ward" / "cards.json")))
    kiosk_id = os.environ.get("KOFU_KIOSK_ID", "kiosk-0001")
    machine = read_machine(var_dir() / "kiosk" / kiosk_id / "machine.json")
    center, municipality_code = CenterClient(url_of("center"), tls_files(kiosk_id)), load_profile(profile_path()).code
    desk = KioskDesk(
        reader=reader_of(os.environ.get("KOFU_CARD_READER", ""), cards, kiosk_id),
        center=center,
        kiosk_id=kiosk_id,
        municipality_code=municipality_code,
        service=Service(center, municipality_code, visits.now),
        clock=visits.now,
        machine=machine,
        printer=printer_of(machine, queue=os.environ.get("KOFU_KIOSK_PRINTER", "")),
        journal=Journal(var_dir() / "kiosk" / kiosk_id / "underway"),
    )
    app = build(desk, visits, os.environ.get("KOFU_KIOSK_PASSWORD_HASH", ""))
    # browser and server are one device; a page from elsewhere whose name leads here is not answered
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"], www_redirect=False)
    return app
