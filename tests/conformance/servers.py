"""The real gateway of `issuing` behind real TLS, and the same with one fault planted."""

from __future__ import annotations

import asyncio
import json
import secrets
import ssl
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import uvicorn

from kofu.contracts.papers_beside import PAPERS_BESIDE
from kofu.platform.serve import PEER, PeerProtocol, only_tls_1_3

REQUESTS = "/v1/certificate-requests"
PRINTS = "/v1/print-results"


@dataclass
class RunningClock:
    """A clock that begins at an instant of the tests' ward and goes on with the seconds that pass."""

    start: datetime
    began: float = field(default_factory=time.monotonic)

    @property
    def now(self) -> datetime:
        return self.start + timedelta(seconds=time.monotonic() - self.began)

    def __call__(self) -> datetime:
        return self.now


class Served:
    """An ASGI app under uvicorn in a thread, on a port of its own."""

    def __init__(self, app, tls, port, **changes) -> None:
        options = {
            "host": "127.0.0.1", "port": port, "http": PeerProtocol, "ws": "none", "loop": "asyncio",
            "lifespan": "on", "access_log": False, "log_level": "warning",
            "ssl_certfile": tls.certificate, "ssl_keyfile": tls.key, "ssl_ca_certs": str(tls.authority),
            "ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_context_factory": only_tls_1_3,
        }  # fmt: skip
        self.url = f"https://127.0.0.1:{port}"
        self._server = uvicorn.Server(uvicorn.Config(app, **options | changes))
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self):
        self._thread.start()
        end = time.monotonic() + 60
        while not self._server.started and time.monotonic() < end and self._thread.is_alive():
            self._thread.join(0.02)
        assert self._server.started
        return self

    def __exit__(self, *_):
        self._server.should_exit = True
        self._thread.join(30)


Ask = Callable[[bytes], Awaitable[tuple[int, bytes]]]


class Faulty:
    """The real app, with a fault between it and the line. `fault(path, body, ask)` gives status and body."""

    def __init__(self, app, fault) -> None:
        self.app, self.fault = app, fault

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope = self.fault.scope(scope)
        async with self.fault.line:
            body = b""
            more = True
            while more:
                message = await receive()
                body += message.get("body", b"")
                more = message.get("more_body", False)

        async def ask(content: bytes) -> tuple[int, bytes]:
            given = {"status": 500, "body": b""}

            async def take(message) -> None:
                if message["type"] == "http.response.start":
                    given["status"] = message["status"]
                else:
                    given["body"] += message.get("body", b"")

            parts = [{"type": "http.request", "body": content, "more_body": False}]

            async def give():
                return parts.pop() if parts else {"type": "http.disconnect"}

            left_out = {b"content-length"} if self.fault.beside else {b"content-length", b"accept"}
            headers = [(name, value) for name, value in scope["headers"] if name not in left_out]
            await self.app({**scope, "headers": headers}, give, take)
            return given["status"], given["body"]

        status, answer = await self.fault(scope["path"], body, ask)
        media = PAPERS_BESIDE if self.fault.beside and answer[:1] == b"\0" else "application/json"
        headers = [(b"content-type", media.encode()), (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers if answer else []})
        await send({"type": "http.response.body", "body": answer})


class _Open:
    """No lock."""

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        return None


class Fault:
    """No fault: passes everything on. What breaks something overrides one of these."""

    line = _Open()
    beside = False  # whether it knows papers behind the message; a server of contract 1.0 does not

    def scope(self, scope):
        return scope

    async def __call__(self, path: str, body: bytes, ask: Ask) -> tuple[int, bytes]:
        if path != REQUESTS:
            return await self.print(body, ask) if path == PRINTS else await ask(body)
        try:
            asked = json.loads(body)
        except ValueError:
            return await self.not_json(body, ask)
        if not isinstance(asked, dict):
            return await self.not_json(body, ask)
        return await self.request(asked, ask, len(body))

    async def not_json(self, body, ask):
        return await ask(body)

    async def print(self, body, ask):
        return await ask(body)

    async def request(self, asked, ask, size):
        """Spaces around the message stay: they are what is too large."""
        status, answer = await ask(json.dumps(self.asked(asked)).encode().ljust(size))
        if status != 200:
            return status, answer
        said = json.loads(answer)
        return 200, json.dumps(self.issued(said) if said["outcome"] == "issued" else said).encode()

    def asked(self, asked):
        return asked

    def issued(self, said):
        return said


class Rewrites(Fault):
    """Rewrites what is asked, where it should be refused."""

    def __init__(self, change) -> None:
        self.asked = lambda asked: asked | change(asked)


class Retells(Fault):
    """Rewrites each document."""

    def __init__(self, change) -> None:
        self.issued = lambda said: said | {"documents": [one | change(one) for one in said["documents"]]}


class TakesUnknownFields(Fault):
    def asked(self, asked):
        return {name: value for name, value in asked.items() if name != "colour"}


class TakesAnySize(Fault):
    async def request(self, asked, ask, _size):
        return await super().request(asked, ask, 0)


class TakesAnything(Fault):
    async def not_json(self, _body, _ask):
        return 204, b""


class AnswersEveryMunicipality(Fault):
    def scope(self, scope):
        if scope["path"].endswith("/menu"):
            path = "/v1/municipalities/139998/menu"
            return {**scope, "path": path, "raw_path": path.encode()}
        return scope


class ForgetsIds(Fault):
    """Takes a repeated id for a new one: always, or only where the body is another."""

    def __init__(self, *, other_body_only: bool) -> None:
        self.other_body_only, self.seen = other_body_only, {}

    async def request(self, asked, ask, size):
        known = self.seen.setdefault(asked.get("request_id"), asked)
        again = known is not asked and (known != asked) is self.other_body_only
        if not again:
            return await super().request(asked, ask, size)
        status, answer = await super().request(asked | {"request_id": secrets.token_hex(16)}, ask, size)
        if status == 200:
            answer = json.dumps(json.loads(answer) | {"request_id": asked["request_id"]}).encode()
        return status, answer


class RepliesLate(Fault):
    """Makes the paper in time and hands it over after the deadline."""

    def __init__(self, clock) -> None:
        self.clock = clock

    async def request(self, asked, ask, size):
        answer = await super().request(asked, ask, size)
        left = (datetime.fromisoformat(asked["deadline"]).astimezone(UTC) - self.clock()).total_seconds()
        if 0 < left < 5:
            await asyncio.sleep(left + 2)
        return answer


class CutsPapers(Fault):
    """Sends papers behind the message, and loses their last byte."""

    beside = True

    async def request(self, asked, ask, size):
        status, answer = await ask(json.dumps(asked).encode().ljust(size))
        return status, answer[:-1] if answer[:1] == b"\0" else answer


class SwapsPairs(Fault):
    """Hands two persons who ask at the same time each other's paper."""

    def __init__(self) -> None:
        self.waiting, self.asking = [], 0

    async def request(self, asked, ask, size):
        self.asking += 1
        try:
            status, answer = await super().request(asked, ask, size)
        finally:
            self.asking -= 1
        said = json.loads(answer)
        if status != 200 or said["outcome"] != "issued":
            return status, answer
        mine = asyncio.get_running_loop().create_future()
        others = [one for one in self.waiting if one[0]["request_id"] != said["request_id"]]
        if others:
            other, future = others[0]
            self.waiting.remove(others[0])
            future.set_result(said["documents"])
            return 200, json.dumps(said | {"documents": other["documents"]}).encode()
        self.waiting.append((said, mine))
        await self._partner(mine)
        if not mine.done():
            self.waiting = [one for one in self.waiting if one[1] is not mine]
            return status, answer
        return 200, json.dumps(said | {"documents": mine.result()}).encode()

    async def _partner(self, mine) -> None:
        """Wait as long as somebody else's paper is being made, or one is asked for a moment later; else for nobody."""
        while not mine.done():
            others = self.asking
            await asyncio.wait([mine], timeout=0.05 if others else 0.3)
            if not (others or self.asking):
                return


class OneAtATime(Fault):
    """Reads one body at a time, however long its sender takes."""

    def __init__(self) -> None:
        self.line = asyncio.Lock()


class PrintsAnswered(Fault):
    """Answers a print result wrongly where the real app would give `real`; `again`: only for the second like it."""

    def __init__(self, real: int, instead: int, *, again: bool = False) -> None:
        self.real, self.instead, self.again, self.seen = real, instead, again, set()

    async def print(self, body, ask):
        status, answer = await ask(body)
        first = body not in self.seen
        self.seen.add(body)
        if status != self.real or (self.again and first):
            return status, answer
        if self.instead == 204:
            return 204, b""
        return self.instead, json.dumps({"code": "no", "blame": "peer", "message": "no", "case_id": None}).encode()


class NamesEverybodyCenter(Fault):
    """Asks nobody for a certificate."""

    def scope(self, scope):
        return {**scope, "extensions": {PEER: "center"}}
