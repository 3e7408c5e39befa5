"""The centre that asks: open loop, over mutual TLS, every answer kept. A process of its own on a machine of its own.

    python -m bench.topology.asking FOLDER TLS URL MUNICIPALITY RATE SEED

It asks by the reference centre's own line (`kofu.center.neighbours`), with the same id until an answer comes or the
deadline has passed, prints what it took, tells the print result until it is taken, and sends holds and their ends. It
goes on until its input closes, brings what is under way to its end, and leaves in the folder:

==================  ==============================================================================================
`events.jsonl`      what it saw, in order, as a history has it (`docs/how-to/check-a-history.md`)
`papers/`           each paper that came
`tries.jsonl`       each time it asked: when, for how long, and what was said
==================  ==============================================================================================
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import secrets
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec

from kofu.center.neighbours import NO_QUEUE, Neighbours
from kofu.contracts.issuing import (
    AnsweredBefore,
    CertificateRequest,
    Hold,
    HoldAccepted,
    Issued,
    Menu,
    PrintOutcome,
    PrintResult,
)
from kofu.core.errors import PeerFault
from kofu.core.kinds import CertificateKind, HoldKind
from kofu.platform.tls import TlsFiles, client_context
from kofu.simulation.ward_feeds import UNKNOWN_PLATE
from kofu_proof.history import Event

DEADLINE_SECONDS = 10.0
AGAIN_SECONDS = 0.15
HOLD_EVERY_SECONDS = 2.0
HOLD_STANDS_SECONDS = 1.0
REPORTS_MAX = 2000
STARVED_SECONDS = 0.1
"""A loop that turns every few milliseconds and did not for so long had no processor time: what it reads came before."""
CATCHES_UP_SECONDS = 1.0
"""How long after that it may still read what came meanwhile."""
LATEST_SECONDS = 90.0
"""How long after the last visit somebody may still be at it: longer than any deadline."""
ANY_KIND = 0.3
"""Which part asks for any kind of certificate; the others for those of income and tax, which most people can have."""
USUAL = frozenset({CertificateKind.TAXATION, CertificateKind.INCOME})
OF_VEHICLES = frozenset({CertificateKind.VEHICLE_INSPECTION, CertificateKind.VEHICLE_PAYMENT})


class CardThere(msgspec.Struct, frozen=True, array_like=True):
    """A card that comes to the kiosks: its serial, the owner's 宛名番号, the plate of a vehicle of theirs or ""."""

    serial: str
    person: str
    plate: str


class Try(msgspec.Struct, frozen=True):
    """One time something was asked. Epoch seconds; `said`: `issued`, an outcome with its code, or an error's code."""

    began: float
    seconds: float
    what: str
    said: str


def noted(event: str, **what: Any) -> Event:
    """Word something seen now, in microseconds of the counter that all processes of this machine share."""
    return Event(at=time.monotonic_ns() // 1000, event=event, **what)


@dataclass(slots=True)
class Asking:
    """The centre."""

    folder: Path
    url: str
    code: str
    rate: float
    chance: random.Random
    centre: Neighbours
    registry: httpx.AsyncClient
    cards: Sequence[CardThere]
    offers: list[tuple[CertificateKind, int]] = field(default_factory=list)
    usual: list[tuple[CertificateKind, int]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    tries: list[Try] = field(default_factory=list)
    given_up: int = 0
    ticks: Callable[[], float] = time.monotonic
    turned: float = 0.0
    behind_until: float = 0.0

    def turn(self) -> None:
        """Note that the loop turns; where it was held up, it is behind for a while."""
        now = self.ticks()
        if self.turned and now - self.turned > STARVED_SECONDS:
            self.behind_until = now + CATCHES_UP_SECONDS
        self.turned = now

    @property
    def behind(self) -> bool:
        """Whether what is seen now may have come well before."""
        now = self.ticks()
        return now < self.behind_until or bool(self.turned and now - self.turned > STARVED_SECONDS)

    def note(self, event: str, **what: Any) -> None:
        """Note something seen."""
        self.events.append(noted(event, **what))

    def tried(self, began: float, what: str, said: str) -> None:
        """Note a time that something was asked."""
        self.tries.append(Try(round(began, 4), round(time.time() - began, 4), what, said))

    async def begin(self) -> None:
        """Ask what the ward offers, until it answers."""
        while not self.offers:
            try:
                menu: Menu = await self.centre.menu(self.url, self.code)
            except PeerFault:
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            self.offers = [(one.kind, year.fiscal_year) for one in menu.kinds for year in one.years]
            self.usual = [(kind, year) for kind, year in self.offers if kind in USUAL]

    async def visit(self, number: int) -> None:
        """Let a person come to a kiosk: ask, print, report."""
        kind, year = self.chance.choice(self.offers if self.chance.random() < ANY_KIND else self.usual)
        owners = [one for one in self.cards if one.plate] if kind in OF_VEHICLES else []
        card = self.chance.choice(owners or self.cards)
        request = CertificateRequest(
            request_id=secrets.token_hex(16),
            municipality_code=self.code,
            serial=card.serial,
            kind=kind,
            fiscal_year=year,
            copies=self.chance.choice((1, 1, 1, 2)),
            plate_number=card.plate or UNKNOWN_PLATE if kind is CertificateKind.VEHICLE_INSPECTION else None,
            kiosk_id=f"K-{number % 50}",
            deadline=datetime.now(UTC) + timedelta(seconds=DEADLINE_SECONDS),
        )
        taken = await self._ask(request)
        if isinstance(taken, Issued):
            self.note("printed", request=request.request_id, copies=request.copies)
            await self._report(request, PrintOutcome.PRINTED, request.copies, taken.fee_per_copy * request.copies)
        elif taken is None or isinstance(taken, AnsweredBefore):
            await self._report(request, PrintOutcome.FAILED, 0, 0)

    async def _ask(self, request: CertificateRequest) -> object | None:
        """Ask until a definite answer came in time; None where none did."""
        for attempt in range(1000):
            left = (request.deadline - datetime.now(UTC)).total_seconds()
            if left <= 0:
                return None
            message, began = f"{request.request_id[:8]} {attempt}", time.time()
            self.note("ask", request=request.request_id, message=message)
            try:
                answer = await self.centre.request(self.url, request, left)
            except PeerFault as fault:
                self.tried(began, "paper", fault.code)
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            in_time = datetime.now(UTC) < request.deadline
            told = {"request": request.request_id, "message": message}
            if isinstance(answer, Issued):
                self._keep(answer, told, in_time=in_time)
                self.tried(began, "paper", "issued")
            else:
                outcome = "answered_before" if isinstance(answer, AnsweredBefore) else "refused"
                self.note("left", outcome=outcome, code=answer.code, **told)
                self.tried(began, "paper", f"{outcome} {answer.code}")
                if in_time:
                    self.note("answer", outcome=outcome, **told)
            return answer if in_time else None
        return None

    def _keep(self, issued: Issued, told: dict[str, str], *, in_time: bool) -> None:
        documents = tuple((one.certificate_number, one.sha256) for one in issued.documents)
        for one in issued.documents:
            (self.folder / "papers" / f"{hashlib.sha256(one.pdf).hexdigest()}.pdf").write_bytes(one.pdf)
        self.note("left", outcome="issued", documents=documents, late=self.behind, **told)
        if in_time:
            self.note("answer", outcome="issued", documents=documents, **told)

    async def _report(self, request: CertificateRequest, outcome: PrintOutcome, copies: int, yen: int) -> None:
        """Tell the print result until the ward has it."""
        result = PrintResult(
            request_id=request.request_id,
            outcome=outcome,
            copies_printed=copies,
            fee_paid=yen,
            occurred_at=datetime.now(UTC),
        )
        body = msgspec.json.encode(result)
        for _ in range(REPORTS_MAX):
            began = time.time()
            told = await self.centre.deliver(self.url, body)
            if told.taken:
                if not told.failure:  # a result nobody knows the request of is a case of the ward's
                    self.note("report_taken", request=request.request_id, outcome=outcome.value, copies=copies, yen=yen)
                return
            self.tried(began, "report", told.failure)
            await asyncio.sleep(AGAIN_SECONDS * 2)
        self.given_up += 1

    async def hold(self) -> None:
        """Send a hold on somebody until it is acknowledged, and a little later its end."""
        card = self.chance.choice(self.cards)
        on_card = self.chance.random() < 0.5
        now = datetime.now(UTC)
        hold = Hold(
            hold_id=secrets.token_hex(16),
            revision=1,
            municipality_code=self.code,
            kind=HoldKind.PROTECTION,
            addressee_number=None if on_card else card.person,
            serial=card.serial if on_card else None,
            released=False,
            effective_from=now.date(),
            sent_at=now,
        )
        await self._send(hold)
        await asyncio.sleep(HOLD_STANDS_SECONDS)
        self.note("hold_releasing", hold=hold.hold_id)
        await self._send(msgspec.structs.replace(hold, revision=2, released=True))

    async def _send(self, hold: Hold) -> None:
        body = msgspec.json.encode(hold)
        for _ in range(REPORTS_MAX):
            began = time.time()
            try:
                answer = await self.registry.post(f"{self.url}/v1/holds", content=body, timeout=DEADLINE_SECONDS * 2)
                if answer.status_code == 200:
                    msgspec.json.decode(answer.content, type=HoldAccepted)
                    self.note("hold_acknowledged", hold=hold.hold_id, revision=hold.revision, released=hold.released)
                    return
                self.tried(began, "hold", f"status {answer.status_code}")
            except httpx.TransportError:
                self.tried(began, "hold", "ward_unreachable")
            await asyncio.sleep(AGAIN_SECONDS)
        self.given_up += 1

    async def go_on(self, over: asyncio.Event) -> None:
        """Let people come at a steady rate, whatever became of those before, until it is over; then see all out."""
        under_way: set[asyncio.Task[None]] = set()
        began, number, next_hold = time.monotonic(), 0, HOLD_EVERY_SECONDS

        def enter(task: asyncio.Task[None]) -> None:
            under_way.add(task)
            task.add_done_callback(under_way.discard)

        while not over.is_set():
            self.turn()
            passed = time.monotonic() - began
            while number < passed * self.rate:
                number += 1
                enter(asyncio.create_task(self.visit(number)))
            if passed >= next_hold:
                next_hold += HOLD_EVERY_SECONDS
                enter(asyncio.create_task(self.hold()))
            await asyncio.sleep(0.005)
        ends = time.monotonic() + LATEST_SECONDS
        while under_way and time.monotonic() < ends:
            self.turn()
            await asyncio.sleep(0.005)
        self.given_up += len(under_way)
        for task in list(under_way):
            task.cancel()

    def leave(self) -> None:
        """Write what was seen."""
        (self.folder / "events.jsonl").write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in self.events))
        (self.folder / "tries.jsonl").write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in self.tries))


async def ask(folder: Path, tls: Path, ward: tuple[str, str], rate: float, seed: int) -> int:
    """Ask a ward (its address and municipality code) until the input closes; give how many messages were given up."""
    (folder / "papers").mkdir(exist_ok=True)
    url, code = ward

    def client(name: str) -> httpx.AsyncClient:
        files = TlsFiles(tls / "ca.pem", tls / f"{name}.pem", tls / f"{name}.key")
        return httpx.AsyncClient(
            verify=client_context(files), limits=NO_QUEUE, headers={"Content-Type": "application/json"}
        )

    cards = msgspec.json.decode((folder / "cards.json").read_bytes(), type=list[CardThere])
    async with client("center") as centre, client("registry") as registry:
        line = Neighbours(centre, {code: url}, "")
        asking = Asking(folder, url, code, rate, random.Random(seed), line, registry, cards)  # noqa: S311 - by its seed
        await asking.begin()
        print("asks", flush=True)
        over = asyncio.Event()
        loop = asyncio.get_running_loop()
        watching = loop.run_in_executor(None, sys.stdin.read)
        watching.add_done_callback(lambda _: over.set())
        await asking.go_on(over)
    asking.leave()
    return asking.given_up


def main() -> int:
    folder, tls, url, code, rate, seed = sys.argv[1:]
    given_up = asyncio.run(ask(Path(folder), Path(tls), (url, code), float(rate), int(seed)))
    if given_up:
        print(f"{given_up} messages were never taken", file=sys.stderr)
    return 1 if given_up else 0


if __name__ == "__main__":
    raise SystemExit(main())
