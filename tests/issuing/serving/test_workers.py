"""Work is done in threads, and who asked is told in time, once, whatever comes of it."""

from __future__ import annotations

import asyncio
import threading
from contextlib import nullcontext
from types import SimpleNamespace

import pytest
from psycopg_pool import PoolTimeout

from kofu.issuing.serving.workers import QUEUE_PER_SLOT, BusyError, DatabaseUnavailableError, Workers, WorkerSlot

SLOTS = 2


class Pool:
    """A pool whose connections say nothing."""

    def connection(self, **_limits: float):
        quiet = SimpleNamespace(add_notice_handler=lambda _: None, remove_notice_handler=lambda _: None)
        return nullcontext(quiet)

    def close(self) -> None:
        pass


@pytest.fixture
def workers():
    issuers = [
        SimpleNamespace(profile=SimpleNamespace(code="139998", deadline_longest_seconds=30), acting=None, number=number)
        for number in range(SLOTS)
    ]
    made = Workers(Pool(), tuple(WorkerSlot(issuer) for issuer in issuers))
    yield made
    made.close()


def test_as_many_pieces_are_under_way_as_there_are_slots_each_with_an_issuer_of_its_own(workers):
    together = threading.Barrier(SLOTS, timeout=10)

    def work(_connection, issuer) -> int:
        together.wait()
        return issuer.number

    async def ask() -> list[int]:
        return await asyncio.gather(*(workers.run(work) for _ in range(SLOTS)))

    assert sorted(asyncio.run(ask())) == list(range(SLOTS))


def test_work_that_takes_too_long_is_told_in_time_and_comes_to_its_own_end(workers):
    go_on, ended = threading.Event(), threading.Event()

    def work(_connection, _issuer) -> None:
        go_on.wait(10)
        ended.set()

    async def ask() -> str:
        with pytest.raises(DatabaseUnavailableError):
            await workers.run(work, seconds=0.01)
        go_on.set()
        return await workers.run(lambda _connection, _issuer: "the next")

    assert asyncio.run(ask()) == "the next"
    assert ended.wait(10)


@pytest.mark.parametrize(
    ("fault", "told"),
    [(ValueError("x"), ValueError), (PoolTimeout("x"), DatabaseUnavailableError)],
)
def test_what_breaks_is_told_and_the_thread_goes_on(workers, fault, told):
    def work(_connection, _issuer) -> None:
        raise fault

    async def ask() -> str:
        for _ in range(SLOTS + 1):
            with pytest.raises(told):
                await workers.run(work)
        return await workers.run(lambda _connection, _issuer: "the next")

    assert asyncio.run(ask()) == "the next"


def test_what_is_beyond_the_queue_is_told_busy_until_there_is_room_again(workers):
    go_on = threading.Event()

    async def ask() -> None:
        waiting = [
            asyncio.create_task(workers.run(lambda _connection, _issuer: go_on.wait(10)))
            for _ in range(SLOTS * (1 + QUEUE_PER_SLOT))
        ]
        await asyncio.sleep(0)
        with pytest.raises(BusyError):
            await workers.run(lambda _connection, _issuer: None)
        go_on.set()
        assert await asyncio.gather(*waiting) == [True] * len(waiting)
        assert await workers.run(lambda _connection, _issuer: "room") == "room"

    asyncio.run(ask())


def test_who_went_away_leaves_nothing_behind(workers):
    go_on = threading.Event()

    async def ask() -> None:
        asked = [asyncio.create_task(workers.run(lambda _connection, _issuer: go_on.wait(10))) for _ in range(SLOTS)]
        await asyncio.sleep(0)
        for task in asked:
            task.cancel()
        go_on.set()
        assert await workers.run(lambda _connection, _issuer: "the next") == "the next"
        assert workers._waiting == 0

    asyncio.run(ask())


def test_closing_waits_for_work_under_way(workers):
    ended = threading.Event()

    async def ask() -> None:
        asked = asyncio.create_task(
            workers.run(lambda _connection, _issuer: threading.Event().wait(0.1) or ended.set())
        )
        await asyncio.sleep(0)
        await asyncio.to_thread(workers.close)
        assert ended.is_set()
        await asked

    asyncio.run(ask())
