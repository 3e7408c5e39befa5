"""The issuing system keeps to its own published contract, whatever is sent: generated from the OpenAPI document."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from psycopg_pool import ConnectionPool
from tests.issuing.world import World, people
from tests.openapi_attack import attack

from kofu.contracts.openapi import ISSUING
from kofu.issuing.serving.gateway import create_app
from kofu.issuing.serving.workers import Workers, WorkerSlot
from kofu.platform.serve import PEER

pytestmark = [pytest.mark.storage, pytest.mark.font]
EXAMPLES = 20


# psycopg's pool draws its waits from `random` in a thread of its own, whatever Hypothesis is drawing meanwhile
@pytest.mark.filterwarnings("ignore:Do not use the `random` module:hypothesis.errors.HypothesisDeprecationWarning")
def test_every_answer_is_one_the_contract_names(system_database, tmp_path, press) -> None:
    world = World(system_database("issuing"), tmp_path)
    residents, cards, assessments = people(3)
    world.load_residents(residents, cards)
    world.load_tax(assessments)
    callers = {operation.path: operation.callers[0] for operation in ISSUING.operations}

    def open_workers() -> Workers:
        pool = ConnectionPool(world.database.app_url, min_size=1, max_size=1, kwargs={"autocommit": True}, open=True)
        return Workers(pool, (WorkerSlot(world.issuer(press, lane="attacked")),), watch=None)

    app = create_app(open_workers)

    async def named(scope, receive, send) -> None:
        path = next((path for path in callers if scope["path"].startswith(path.partition("{")[0])), "")
        await app(scope | {"extensions": {PEER: callers.get(path, "center")}}, receive, send)

    async def asking(**asked) -> httpx.Response:
        transport = httpx.ASGITransport(named, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://issuing") as client:
            return await client.request(**asked)

    with asyncio.Runner() as runner:
        lifespan = app.router.lifespan_context(app)
        runner.run(lifespan.__aenter__())
        try:
            ask = lambda **asked: runner.run(asking(**asked))  # noqa: E731 - as the registry's
            published = ask(method="GET", url="/v1/openapi.json").json()
            attacked = attack(published, ask, examples=EXAMPLES)
        finally:
            runner.run(lifespan.__aexit__(None, None, None))
    assert attacked == len(ISSUING.operations)
