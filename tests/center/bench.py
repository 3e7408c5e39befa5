"""A centre on a bench: a ward, the store it serves and the clock, for the tests of what they say to each other."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import httpx
import msgspec
import psycopg
from psycopg_pool import AsyncConnectionPool
from tests.center.cards import card_authority, ocsp_answer, opening
from tests.center.papers import NUMBER, backs, document

from kofu.center.app import Center, build
from kofu.center.neighbours import Neighbours
from kofu.contracts.center import AskChallenge, Challenge, SessionPrintResult, SessionRequest
from kofu.contracts.issuing import (
    CertificateKind,
    CertificateRequest,
    ErrorBody,
    Issued,
    PrintOutcome,
    PrintResult,
)
from kofu.platform.answer_record import AnswerRecord
from kofu.platform.pseudonym import Pseudonyms

CITY = "139998"
NOON = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
REFERENCE = "7K3M9QX4"
ANSWERS = AnswerRecord(Pseudonyms(b"tests only " * 4), "center-answers-1")


class Ward:
    """A test peer: answers as told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[CertificateRequest] = []
        self.results: list[PrintResult] = []
        self.validity = "valid"
        self.clock = lambda: NOON
        self.ocsp = lambda question: ocsp_answer(question, self.validity, self.clock())
        self.answer = self.issue
        self.deliverable = True

    def issue(self, request: CertificateRequest) -> httpx.Response:
        issued = Issued(
            request_id=request.request_id,
            reference=REFERENCE,
            title="課税証明書",
            fee_per_copy=300,
            documents=tuple(
                msgspec.structs.replace(document(), certificate_number=f"{NUMBER[:-1]}{copy + 1}")
                for copy in range(request.copies)
            ),
        )
        return httpx.Response(200, content=msgspec.json.encode(issued))

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/v1/ocsp":
            return httpx.Response(200, content=self.ocsp(request.content))
        if path == "/v1/print-results":
            if not self.deliverable:
                raise httpx.ConnectError("down")
            self.results.append(msgspec.json.decode(request.content, type=PrintResult))
            return httpx.Response(204)
        question = msgspec.json.decode(request.content, type=CertificateRequest)
        self.asked.append(question)
        return self.answer(question)


class Bench:
    """The centre in this process, its ward, its clock, and a kiosk that asks."""

    def __init__(self, url: str) -> None:
        self.url, self.ward, self.now, self.ticks = url, Ward(), NOON, 0.0
        self.kiosk = "kiosk-0001"
        self.ward.clock = lambda: self.now

    def run(self, scenario):
        async def go():
            pool = AsyncConnectionPool(self.url, min_size=1, max_size=4, open=False, kwargs={"autocommit": True})
            client = httpx.AsyncClient(transport=httpx.MockTransport(self.ward))
            neighbours = Neighbours(client=client, routes={CITY: "https://ward"}, validity="https://registry")
            center = Center(
                pool=pool,
                neighbours=neighbours,
                clock=lambda: self.now,
                ticks=lambda: self.ticks,
                backs=backs(),
                cards=card_authority(),
                record=ANSWERS,
            )
            app = build(center)

            async def named(scope, receive, send):
                scope["extensions"] = {"kofu.peer": self.kiosk}
                await app(scope, receive, send)

            await pool.open()
            try:
                async with httpx.AsyncClient(
                    transport=httpx.ASGITransport(named, raise_app_exceptions=False), base_url="https://center"
                ) as kiosk:
                    return await scenario(kiosk, center)
            finally:
                await pool.close()

        return asyncio.run(go())

    def rows(self, query: str) -> list[tuple]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(query).fetchall()


async def post(kiosk: httpx.AsyncClient, path: str, message) -> httpx.Response:
    body = message if isinstance(message, bytes) else msgspec.json.encode(message)
    return await kiosk.post(path, content=body)


async def challenged(kiosk: httpx.AsyncClient, kiosk_id: str = "kiosk-0001", code: str = CITY) -> Challenge:
    asked = AskChallenge(kiosk_id=kiosk_id, municipality_code=code)
    return msgspec.json.decode((await post(kiosk, "/v1/challenges", asked)).content, type=Challenge)


async def opened(kiosk: httpx.AsyncClient, **changes) -> httpx.Response:
    """Open a session as a kiosk does: a challenge, the card's signature over it."""
    name, code = changes.pop("kiosk_id", "kiosk-0001"), changes.pop("municipality_code", CITY)
    asked = await post(kiosk, "/v1/challenges", AskChallenge(kiosk_id=name, municipality_code=code))
    if not asked.is_success:
        return asked
    given = msgspec.json.decode(asked.content, type=Challenge)
    return await post(kiosk, "/v1/sessions", opening(given, kiosk=name, municipality=code, **changes))


def asking(number: int = 1, copies: int = 1) -> SessionRequest:
    return SessionRequest(request_id=f"{number:032x}", kind=CertificateKind.TAXATION, fiscal_year=2026, copies=copies)


def result(number: int = 1, outcome: PrintOutcome = PrintOutcome.PRINTED) -> SessionPrintResult:
    return SessionPrintResult(
        request_id=f"{number:032x}", outcome=outcome, copies_printed=1, fee_paid=300, occurred_at=NOON
    )


def code_of(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, msgspec.json.decode(response.content, type=ErrorBody).code


async def issue_once(kiosk: httpx.AsyncClient, number: int = 1) -> tuple[str, httpx.Response]:
    session = (await opened(kiosk)).json()["session_id"]
    return session, await post(kiosk, f"/v1/sessions/{session}/certificate", asking(number))


def timeout(_: CertificateRequest) -> httpx.Response:
    raise httpx.ReadTimeout("late")


def error_body(_: CertificateRequest) -> httpx.Response:
    body = ErrorBody(code="busy", blame="ours", message="too much to do")
    return httpx.Response(503, content=msgspec.json.encode(body))
