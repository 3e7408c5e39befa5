"""Calls of the registry as its clients make them."""

from __future__ import annotations

import asyncio

import httpx


def call(app, method, path, *, peer=None, json=None, content=None) -> httpx.Response:
    """Call the app as the server runs it: the peer's common name comes from the verified client certificate."""

    async def with_peer(scope, receive, send):
        extensions = {"kofu.peer": peer} if peer else {}
        await app({**scope, "extensions": extensions}, receive, send)

    async def calling():
        transport = httpx.ASGITransport(with_peer)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="https://registry") as client,
        ):
            return await client.request(method, path, json=json, content=content)

    return asyncio.run(calling())
