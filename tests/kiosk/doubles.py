"""A centre that says what a test wants, behind the kiosk's real client; and a clock that stands still."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec

from kofu.contracts.center import (
    CenterDocument,
    CenterIssued,
    CenterRefused,
    Challenge,
    Session,
    SessionPrintResult,
    SessionRequest,
)
from kofu.contracts.issuing import CertificateKind, ErrorBody, Menu, MenuKind, MenuYear, Text
from kofu.core.errors import ResidentFault
from kofu.kiosk.card.reader import TRIES_MAX, PinAnswer
from kofu.kiosk.cards import Card, Device, Reader
from kofu.kiosk.center_client import CenterClient
from kofu.kiosk.desk import KioskDesk
from kofu.kiosk.machine import Machine, MachineNote
from kofu.kiosk.printing import SimulatedPrinter
from kofu.kiosk.service import Service
from kofu.kiosk.underway import Journal
from kofu.platform.tls import TlsFiles

WARD = "139998"
SESSION = "5" * 32
REFERENCE = "7K3M9QX4"
NOWHERE = TlsFiles(Path("ca"), Path("cert"), Path("key"))
Answer = Callable[[httpx.Request], httpx.Response]


def body(message: msgspec.Struct, status: int = 200) -> httpx.Response:
    """Answer with a message of the contract."""
    return httpx.Response(status, content=msgspec.json.encode(message))


def error(status: int, code: str) -> httpx.Response:
    """Answer with an error of the contract."""
    return body(ErrorBody(code=code, blame="peer", message="no"), status)


def menu(*, is_open: bool = True, max_copies: int = 3) -> Menu:
    """Offer two kinds."""
    kinds = (CertificateKind.TAXATION, CertificateKind.VEHICLE_INSPECTION)
    return Menu(
        municipality_code=WARD,
        municipality_name="東京都見本区",
        open=is_open,
        closed_text=None,
        kinds=tuple(
            MenuKind(
                kind=kind,
                label=Text(ja="証明書", en="Certificate"),
                fee=200 if kind is CertificateKind.TAXATION else 0,
                years=tuple(
                    MenuYear(
                        fiscal_year=year,
                        label=f"令和{year - 2018}年度",
                        income_label=f"令和{year - 2019}年中の所得" if kind is CertificateKind.TAXATION else "",
                    )
                    for year in (2026, 2025)
                ),
            )
            for kind in kinds
        ),
        max_copies=max_copies,
    )


@dataclass(slots=True)
class FakeCenter:
    """Answers by the contract. `instead` replaces the answer of one path's last word."""

    pdf: bytes = b"%PDF-1.4 of somebody"
    refuse: bool = False
    menu: Menu = field(default_factory=menu)
    instead: dict[str, Answer] = field(default_factory=dict)
    requests: list[SessionRequest] = field(default_factory=list)
    reports: list[SessionPrintResult] = field(default_factory=list)
    ended: int = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer as the centre would."""
        word = "end" if request.method == "DELETE" else request.url.path.rsplit("/", 1)[-1]
        if word in self.instead:
            return self.instead[word](request)
        ways = {
            "menu": lambda: body(self.menu),
            "challenges": lambda: body(
                Challenge(challenge_id="7" * 32, nonce=b"n" * 32, expires_at=datetime.now(UTC)), 201
            ),
            "sessions": lambda: body(Session(session_id=SESSION, expires_at=datetime.now(UTC)), 201),
            "certificate": lambda: self._certificate(msgspec.json.decode(request.content, type=SessionRequest)),
            "print-result": lambda: self._report(msgspec.json.decode(request.content, type=SessionPrintResult)),
            "end": self._end,
        }
        return ways[word]()

    def _report(self, result: SessionPrintResult) -> httpx.Response:
        self.reports.append(result)
        return httpx.Response(204)

    def _end(self) -> httpx.Response:
        self.ended += 1
        return httpx.Response(204)

    def _certificate(self, asked: SessionRequest) -> httpx.Response:
        self.requests.append(asked)
        if self.refuse:
            text = Text(ja="できません", en="No")
            return body(
                CenterRefused(
                    request_id=asked.request_id,
                    reference=REFERENCE,
                    code="undeclared",
                    resident_text=text,
                    next_step=text,
                )
            )
        return body(issued(asked.request_id, self.pdf, asked.copies))


def issued(request_id: str, pdf: bytes, copies: int = 1) -> CenterIssued:
    """Give the answer with the documents."""
    digest = hashlib.sha256(pdf).hexdigest()
    documents = tuple(
        CenterDocument(
            certificate_number=f"20261123-139998-{copy:09}", pages=2, sha256=digest, front_bytes=len(pdf), pdf=pdf
        )
        for copy in range(1, copies + 1)
    )
    return CenterIssued(
        request_id=request_id,
        reference=REFERENCE,
        title="課税証明書",
        fee_per_copy=200,
        documents=documents,
    )


def client_of(center: Answer) -> CenterClient:
    """Give the kiosk's own client, its line replaced by the fake centre."""
    return CenterClient("https://center.invalid", NOWHERE, transport=httpx.MockTransport(center))


CARDS = (
    Card(serial="a1", pin="1234", device=Device.CARD, label="甲"),
    Card(serial="b2", pin="5678", device=Device.ANDROID, label="乙"),
    Card(serial="c3", pin="", device=Device.IPHONE, label="丙"),
)


@dataclass(slots=True)
class QuickCard:
    """A card whose key is no key: for what the kiosk does around it. The real one: tests/kiosk/card."""

    card: Card
    wrong: int = 0
    verified: bool = False
    certificate: bytes = b"c" * 64

    @property
    def tries_left(self) -> int:
        return TRIES_MAX - self.wrong

    def verify_pin(self, pin: str) -> PinAnswer:
        self.verified = pin == self.card.pin and self.tries_left > 0
        if self.verified:
            self.wrong = 0
            return PinAnswer.RIGHT
        self.wrong = min(self.wrong + 1, TRIES_MAX)
        return PinAnswer.WRONG if self.tries_left else PinAnswer.LOCKED

    def sign(self, _data: bytes) -> bytes:
        if not (self.verified or self.card.device is Device.IPHONE):
            raise ResidentFault("pin_needed", "the card signs only after its PIN")
        return b"s" * 64

    def take_off(self) -> None:
        self.verified = False


@dataclass(slots=True)
class Clock:
    """Seconds that pass when told to."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        """Give the time."""
        return self.seconds


def at_once(work: Callable[[], None]) -> None:
    """Let the printer end before the touch does."""
    work()


def desk_of(center: Answer, clock: Clock, folder: Path, *, sheets: int = 250, **parts: object) -> KioskDesk:
    """Put a desk together with three cards on its reader and a printer that takes no time."""
    machine = Machine(folder / "machine.json", MachineNote(sheets=sheets))
    client = client_of(center)
    desk = KioskDesk(
        reader=Reader(CARDS, QuickCard),
        center=client,
        service=Service(client, WARD, clock),
        kiosk_id="kiosk-0001",
        municipality_code=WARD,
        clock=clock,
        machine=machine,
        printer=SimulatedPrinter(machine, page_seconds=0.0),
        journal=Journal(folder / "underway"),
        run=at_once,
    )
    return replace(desk, **parts)
