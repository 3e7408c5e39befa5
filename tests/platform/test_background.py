"""platform.background: work beside a server's requests goes on for as long as it serves, whatever fails."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from kofu.core.errors import OperatorFault
from kofu.platform.background import BackgroundWork, WithBackground


async def never(scope, receive, send) -> None:
    raise AssertionError("the app knows no lifespan")


def serve_until(done: asyncio.Event, work) -> list[str]:
    """Start the app as a server does, stop it when `done` is set; gives what it said."""
    said: list[str] = []

    async def run() -> None:
        asked = iter(("startup", "shutdown"))

        async def receive():
            kind = next(asked)
            if kind == "shutdown":
                await asyncio.wait_for(done.wait(), 10)
            return {"type": f"lifespan.{kind}"}

        async def send(message) -> None:
            said.append(message["type"])

        await WithBackground(never, (BackgroundWork(work, "test", 0.0),))({"type": "lifespan"}, receive, send)

    asyncio.run(run())
    return said


@pytest.mark.parametrize("fault", [psycopg.OperationalError("gone"), OperatorFault("no_tls_file", "missing")])
def test_a_round_that_fails_is_followed_by_another(fault) -> None:
    rounds: list[int] = []
    done = asyncio.Event()

    def work() -> None:
        rounds.append(1)
        if len(rounds) == 1:
            raise fault
        done.set()

    assert serve_until(done, work) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert len(rounds) >= 2


def test_requests_go_to_the_app() -> None:
    async def answer(scope, receive, send) -> None:
        await send({"type": scope["type"]})

    said: list[str] = []

    async def send(message) -> None:
        said.append(message["type"])

    async def receive():
        raise AssertionError("nothing is received")

    asyncio.run(WithBackground(answer, (BackgroundWork(print, "test", 1.0),))({"type": "http"}, receive, send))
    assert said == ["http"]
