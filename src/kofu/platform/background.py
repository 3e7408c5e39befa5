"""Work a serving process does beside its requests: again and again, as long as it serves, never two rounds at once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import AsyncExitStack, asynccontextmanager
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
class BackgroundWork:
    """Something to do again and again: a blocking function, its name in the log, seconds between two rounds."""

    work: Callable[[], object]
    name: str
    seconds_between: float


@dataclass(frozen=True, slots=True)
class WithBackground:
    """An ASGI app that knows no lifespan (Django), with background work from the server's start to its end."""

    app: App
    works: tuple[BackgroundWork, ...]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the server's lifespan here; hand everything else to the app."""
        if scope["type"] != "lifespan":
            await self.app(scope, receive, send)
            return
        await receive()
        async with AsyncExitStack() as doing:
            for one in self.works:
                await doing.enter_async_context(
                    keep_doing(one.work, name=one.name, seconds_between=one.seconds_between)
                )
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})
