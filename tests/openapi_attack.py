"""Send whatever a published contract can generate, and see that every answer is one the contract names."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.applications import Starlette

from kofu.contracts.openapi import Interface
from kofu.platform.serve import PEER

SERVER_FAULT = 500


@contextmanager
def asked_by_peers(app: Starlette, interface: Interface) -> Iterator[Callable[..., httpx.Response]]:
    """Start an app in this process; what is asked of it comes from the first peer that may, as the contract has it."""
    callers = {operation.path: operation.callers[0] for operation in interface.operations}

    async def named(scope: Any, receive: Any, send: Any) -> None:
        fitting = (peer for path, peer in callers.items() if scope["path"].startswith(path.partition("{")[0]))
        peer = next(fitting, interface.operations[0].callers[0])  # of what is no operation, such as the document
        await app(scope | {"extensions": {PEER: peer.replace("kiosk", "kiosk-0001")}}, receive, send)

    async def asking(**asked: Any) -> httpx.Response:
        transport = httpx.ASGITransport(named, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://peer") as client:
            return await client.request(**asked)

    with asyncio.Runner() as runner:
        lifespan = app.router.lifespan_context(app)
        runner.run(lifespan.__aenter__())
        try:
            yield lambda **asked: runner.run(asking(**asked))
        finally:
            runner.run(lifespan.__aexit__(None, None, None))


def attack(document: dict[str, Any], ask: Callable[..., httpx.Response], *, examples: int) -> int:
    """Try `examples` messages for each operation, good ones and bad ones; gives how many operations there are.

    `ask(method, path, content=…, headers=…)` asks as a peer that may. A fault of ours is never an answer.
    """
    operations = [found.ok() for found in schemathesis.openapi.from_dict(document).get_all_operations()]
    for operation in operations:

        @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(case=operation.as_strategy())
        def keeps_to_it(case: Any) -> None:
            asked = case.as_transport_kwargs(base_url="https://peer")
            asked.pop("cookies", None)
            answer = ask(**asked)
            assert answer.status_code != SERVER_FAULT
            # JSON Schema takes 2026.0 for an integer; our readers do not, nor what no ward can mean
            case.validate_response(answer, excluded_checks=[positive_data_acceptance])

        keeps_to_it()
    return len(operations)
