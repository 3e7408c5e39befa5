"""The registry keeps to its own published contract, whatever is sent: generated from the OpenAPI document itself."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from tests.center.cards import authority
from tests.openapi_attack import attack

from kofu.contracts.openapi import REGISTRY, document
from kofu.platform.serve import PEER
from kofu.registry.app import create_app

pytestmark = pytest.mark.storage
EXAMPLES = 20


def test_every_answer_is_one_the_contract_names(system_database) -> None:
    app = create_app(system_database("registry").app_url, authority=authority(), specimens=True)
    callers = {operation.path: operation.callers[0] for operation in REGISTRY.operations}

    async def named(scope, receive, send) -> None:
        path = next((path for path in callers if scope["path"].startswith(path.partition("{")[0])), "")
        peer = callers.get(path, "").replace("kiosk", "kiosk-0001")
        await app(scope | {"extensions": {PEER: peer}}, receive, send)

    async def asking(**asked) -> httpx.Response:
        transport = httpx.ASGITransport(named, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://registry") as client:
            return await client.request(**asked)

    with asyncio.Runner() as runner:
        lifespan = app.router.lifespan_context(app)
        runner.run(lifespan.__aenter__())
        try:
            attacked = attack(document(REGISTRY), lambda **asked: runner.run(asking(**asked)), examples=EXAMPLES)
        finally:
            runner.run(lifespan.__aexit__(None, None, None))
    assert attacked == len(REGISTRY.operations)
