"""確認ページ: whoever was given a certificate sends a scan of its back and sees the front as it was issued.

Open to everybody, without an account and without a certificate of the client. It has the keys and no database: nothing
of an upload is stored, logged or counted by its content. Uploads are decoded by `kofu.center.scan` in a process apart.

One address has one upload read at a time and `UPLOADS_MAX` in `UPLOADS_SECONDS`, so that a stranger with bad files
keeps one reader busy for seconds and the others stay free. Behind a proxy `KOFU_PROXY` says whose word on the address
of a browser is taken.
"""

from __future__ import annotations

import asyncio
import base64
import os
import signal
import sys
import time
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv6Address, ip_address

import msgspec
import structlog
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.applications import Starlette
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from kofu.center.back.keys import BackKeys, keys_dir, read_keys
from kofu.center.back.sealed import NotOpened, unseal
from kofu.center.scan import UPLOAD_BYTES_MAX, ScanRead, SheetRead
from kofu.core.calendar import in_japan

READERS_MAX = 2
WAIT_SECONDS_MAX = 20.0
READ_SECONDS_MAX = 45.0  # of the clock; `scan` bounds its processor time
UPLOADS_MAX = 20
UPLOADS_SECONDS = 600.0
ADDRESSES_MAX = 10_000  # remembered at once; beyond that those that came first are forgotten
KILLED_FOR_TIME = frozenset({-signal.SIGPROF, -signal.SIGXCPU, -signal.SIGKILL})
FORM_BYTES_MORE = 4096  # of a form around its file
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; "
        "base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetVerdict:
    """What the page says about one sheet. `verdict` names the words; what does not apply is "" or 0."""

    verdict: str
    found: int = 0
    needed: int = 0
    picture: str = ""
    certificate_number: str = ""
    municipality_code: str = ""
    made_at: datetime | None = None
    sheet: int = 0
    sheets: int = 0


class _NotTakenError(Exception):
    def __init__(self, status: int, verdict: str) -> None:
        super().__init__(verdict)
        self.status, self.verdict = status, verdict


@dataclass(slots=True)
class _Visitor:
    """What one address did lately: when its uploads came (monotonic seconds), and whether one is being read."""

    came: deque[float] = field(default_factory=deque)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(slots=True)
class Visitors:
    """Keeps each address to its share. Of one process: a limit of load, no promise."""

    ticks: Callable[[], float] = time.monotonic
    known: OrderedDict[str, _Visitor] = field(default_factory=OrderedDict)

    @asynccontextmanager
    async def turn_of(self, address: str) -> AsyncGenerator[None, None]:
        """Wait for the turn of an address. Raises `_NotTakenError`: 429 for too many uploads or turns waited for."""
        visitor = self._visitor(_network_of(address))
        now = self.ticks()
        while visitor.came and now - visitor.came[0] > UPLOADS_SECONDS:
            visitor.came.popleft()
        if len(visitor.came) >= UPLOADS_MAX:
            raise _NotTakenError(429, "busy")
        visitor.came.append(now)
        try:
            await asyncio.wait_for(visitor.turn.acquire(), WAIT_SECONDS_MAX)
        except TimeoutError:
            raise _NotTakenError(429, "busy") from None
        try:
            yield
        finally:
            visitor.turn.release()

    def _visitor(self, address: str) -> _Visitor:
        found = self.known.setdefault(address, _Visitor())
        self.known.move_to_end(address)
        while len(self.known) > ADDRESSES_MAX:
            self.known.popitem(last=False)
        return found


def _network_of(address: str) -> str:
    """Whom an address counts as: itself, or its /64 in IPv6, of which one customer has all."""
    try:
        one = ip_address(address)
    except ValueError:
        return address
    return str(int(one) >> 64) if isinstance(one, IPv6Address) else address


@dataclass(slots=True)
class VerificationPage:
    """The page, around the keys. At most `READERS_MAX` uploads are read at once, others wait a while."""

    keys: BackKeys
    visitors: Visitors = field(default_factory=Visitors)
    readers: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(READERS_MAX))
    pages: Environment = field(
        default_factory=lambda: Environment(
            loader=PackageLoader("kofu.center"), autoescape=select_autoescape(), undefined=StrictUndefined
        )
    )

    async def show(self, _: Request) -> Response:
        """Show the page that asks for a scan."""
        return self._page([])

    async def check(self, request: Request) -> Response:
        """Read the upload and show what is in it."""
        try:
            async with self.visitors.turn_of(request.client.host if request.client else ""):
                upload = await _upload(request)
                answers = self._answers(await self._read(upload))
        except _NotTakenError as refused:
            return self._page([SheetVerdict(verdict=refused.verdict)], refused.status)
        return self._page(answers)

    async def _read(self, upload: bytes) -> ScanRead:
        try:
            await asyncio.wait_for(self.readers.acquire(), WAIT_SECONDS_MAX)
        except TimeoutError:
            raise _NotTakenError(503, "busy") from None
        try:
            return await _read_apart(upload)
        finally:
            self.readers.release()

    def _answers(self, read: ScanRead) -> list[SheetVerdict]:
        if read.problem:
            return [SheetVerdict(verdict=read.problem)]
        if not read.sheets:
            return [SheetVerdict(verdict="nothing_found")]
        return [self._answer(sheet) for sheet in read.sheets]

    def _answer(self, sheet: SheetRead) -> SheetVerdict:
        if not sheet.sealed:
            return SheetVerdict(verdict="too_few", found=sheet.found, needed=sheet.needed)
        try:
            front = unseal(sheet.sealed, sheet.nonce, self.keys)
        except NotOpened as closed:
            return SheetVerdict(verdict=closed.reason)
        return SheetVerdict(
            verdict="opened",
            picture=base64.b64encode(front.picture).decode("ascii"),
            certificate_number=front.certificate_number,
            municipality_code=front.municipality_code,
            made_at=in_japan(front.made_at),
            sheet=front.sheet,
            sheets=front.sheets,
        )

    def _page(self, answers: list[SheetVerdict], status: int = 200) -> Response:
        megabytes = UPLOAD_BYTES_MAX // (1024 * 1024)
        page = self.pages.get_template("verification.html").render(answers=answers, megabytes=megabytes)
        return HTMLResponse(page, status, headers=HEADERS)


async def _upload(request: Request) -> bytes:
    """Take the file of the form, in memory: a parser left to itself would lay a large one on the disk."""
    limit = UPLOAD_BYTES_MAX + FORM_BYTES_MORE
    received = 0

    async def limited() -> AsyncGenerator[bytes, None]:
        nonlocal received
        async for part in request.stream():
            received += len(part)
            if received > limit:
                raise _NotTakenError(413, "too_large")
            yield part

    parser = MultiPartParser(request.headers, limited(), max_files=1, max_fields=4)
    parser.spool_max_size = limit
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, UnicodeDecodeError):
        raise _NotTakenError(400, "no_file") from None
    try:
        file = form.get("scan")
        data = b"" if file is None or isinstance(file, str) else await file.read()
    finally:
        await form.close()
    if not data:
        raise _NotTakenError(400, "no_file")
    return data


async def _read_apart(upload: bytes) -> ScanRead:
    """Let a process of its own read it. One that dies or takes too long has read nothing."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "kofu.center.scan",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,  # it could quote what was uploaded
        env={name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ},
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(upload), READ_SECONDS_MAX)
        return msgspec.msgpack.decode(output, type=ScanRead)
    except TimeoutError:
        raise _NotTakenError(503, "busy") from None
    except msgspec.DecodeError:
        log.warning("verification.reader_died", returncode=process.returncode)
        return ScanRead("too_slow" if process.returncode in KILLED_FOR_TIME else "not_a_picture", ())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def build(keys: BackKeys) -> Starlette:
    """Put the app together around the keys."""
    page = VerificationPage(keys)

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok")

    return Starlette(
        routes=[
            Route("/", page.show),
            Route("/", page.check, methods=["POST"]),
            Route("/healthz", healthz),
            Mount("/static", StaticFiles(packages=[("kofu.platform", "static")])),
        ]
    )


def create_app() -> Starlette:
    """Build the app from the environment."""
    return build(read_keys(keys_dir()))
