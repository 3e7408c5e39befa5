"""What the tests of the machine endpoints share: a small ward, and apps on a loop of their own."""

from __future__ import annotations

import asyncio
import threading

import pytest
from psycopg_pool import ConnectionPool
from tests.issuing.serving.asked_gateway import Asking
from tests.issuing.world import World, people

from kofu.issuing.serving.gateway import create_app
from kofu.issuing.serving.workers import Workers, WorkerSlot


@pytest.fixture(scope="module")
def asked_ward(system_database, tmp_path_factory):
    world = World(system_database("issuing"), tmp_path_factory.mktemp("feeds"))
    residents, cards, assessments = people(3)
    world.load_residents(residents, cards)
    world.load_tax(assessments)
    return world


@pytest.fixture
def start(asked_ward, press):
    """Start apps on a loop of their own; end them all."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    ends = []

    def begin(*, slots=2, url="", watch=None, **how):
        def open_workers():
            pool = ConnectionPool(
                url or asked_ward.database.app_url,
                min_size=slots,
                max_size=slots,
                kwargs={"autocommit": True},
                open=True,
            )
            return Workers(
                pool,
                tuple(WorkerSlot(asked_ward.issuer(press, lane=f"lane-{n}", **how)) for n in range(slots)),
                watch=watch,
            )

        app = create_app(open_workers)
        lifespan = app.router.lifespan_context(app)
        asyncio.run_coroutine_threadsafe(lifespan.__aenter__(), loop).result(30)
        ends.append(lifespan)
        return Asking(app, loop)

    yield begin
    for lifespan in ends:
        asyncio.run_coroutine_threadsafe(lifespan.__aexit__(None, None, None), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


@pytest.fixture
def ask(start):
    return start()
