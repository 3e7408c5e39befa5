"""確認ページ: whoever was given a certificate sends a scan of its back and sees the front as it was issued.

Open to everybody, without an account and without a certificate of the client. It has the keys and no database: nothing
of an upload is stored, logged or counted by its content. Uploads are decoded by `kofu.center.scan` in a process apart.
"""

from __future__ import annotations

import asyncio
import base64
import os
import sys
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import datetime

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
READ_SECONDS_MAX = 60.0
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
class VerificationPage:
    """The page, around the keys. At most `READERS_MAX` uploads are read at once, others wait a while."""

    keys: BackKeys
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
        return ScanRead("not_a_picture", ())
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
