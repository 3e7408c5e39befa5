"""The machine endpoints as tests ask them: over the real ASGI app, each time as one peer."""

from __future__ import annotations

import asyncio
import secrets
from datetime import timedelta

import httpx
from tests.issuing.feed_maker import serial_of

from kofu.platform.serve import PEER


class Named:
    """The app as the server shows it: with the name of the client's certificate in the scope."""

    def __init__(self, app, peer):
        self.app, self.peer = app, peer

    async def __call__(self, scope, receive, send):
        await self.app(scope | {"extensions": {PEER: self.peer}}, receive, send)


class Asking:
    """Asks the running app, each time as one peer."""

    def __init__(self, app, loop):
        self._app, self._loop = app, loop

    def __call__(self, peer, method, path, **how):
        async def ask():
            transport = httpx.ASGITransport(Named(self._app, peer))
            async with httpx.AsyncClient(transport=transport, base_url="https://issuing") as client:
                return await client.request(method, path, **how)

        return asyncio.run_coroutine_threadsafe(ask(), self._loop).result(30)


def body(ward, serial="00a1", **fields):
    return {
        "request_id": secrets.token_hex(16),
        "municipality_code": "139998",
        "serial": serial_of(serial),
        "kind": "taxation",
        "fiscal_year": 2026,
        "copies": 1,
        "kiosk_id": "K-1",
        "deadline": (ward.clock.now + timedelta(seconds=30)).isoformat(),
    } | fields
