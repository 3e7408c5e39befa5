"""Work a serving process does beside its requests: again and again, as long as it serves, never two rounds at once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import psycopg
import structlog

from kofu.core.errors import KofuError

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

log = structlog.get_logger()


@asynccontextmanager
async def keep_doing(work: Callable[[], object], *, name: str, seconds_between: float) -> AsyncIterator[None]:
    """Do `work` (blocking, in a thread) in rounds while the block lasts.

    A round that fails for the database, the network or a fault of ours is logged by its class, and the next one comes:
    what was to be done is still stored.
    """

    async def rounds() -> None:
        while True:
            try:
                await asyncio.to_thread(work)
            except (psycopg.Error, httpx.HTTPError, KofuError, OSError) as error:
                log.error("background.failed", work=name, kind=type(error).__name__)  # noqa: TRY400 - a driver's traceback may hold data
            await asyncio.sleep(seconds_between)

    task = asyncio.create_task(rounds())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@dataclass(frozen=True, slots=True)
class WithBackground:
    """An ASGI app that knows no lifespan (Django), with background work from the server's start to its end."""

    app: App
    work: Callable[[], object]
    name: str
    seconds_between: float

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the server's lifespan here; hand everything else to the app."""
        if scope["type"] != "lifespan":
            await self.app(scope, receive, send)
            return
        await receive()
        async with keep_doing(self.work, name=self.name, seconds_between=self.seconds_between):
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})
