"""The threads of an issuing process: a fixed number, a bounded queue before them, and "busy" beyond."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TypeVar

import psycopg
from psycopg_pool import ConnectionPool

from kofu.core.errors import KofuError
from kofu.issuing.issuer import Issuer

QUEUE_PER_SLOT = 8
_T = TypeVar("_T")


class BusyError(KofuError):
    """More work waits than can be done in time."""

    def __init__(self) -> None:
        """Say it in words."""
        super().__init__("busy", "too many requests are waiting; try again in a moment")


@dataclass(frozen=True, slots=True)
class Slot:
    """One worker: an issuer with an audit lane of its own."""

    issuer: Issuer


class Workers:
    """A fixed number of threads, each with a slot; a bounded queue before them."""

    def __init__(self, pool: ConnectionPool, slots: tuple[Slot, ...], claim: psycopg.Connection | None = None) -> None:
        """Make one thread per slot. `claim` is a connection kept open as long as this process serves."""
        self._claim = claim
        self._pool = pool
        self._slots: SimpleQueue[Slot] = SimpleQueue()
        for slot in slots:
            self._slots.put(slot)
        self._threads = ThreadPoolExecutor(max_workers=len(slots), thread_name_prefix="issuing")
        self._waiting_max = len(slots) * (1 + QUEUE_PER_SLOT)
        self._waiting = 0  # touched by the event loop only
        self.profile_code = slots[0].issuer.profile.code
        self.ground = slots[0].issuer.ground

    async def run(self, work: Callable[[psycopg.Connection, Issuer], _T]) -> _T:
        """Do `work` in a thread with a connection and an issuer. Raises `BusyError` where too much waits already."""
        if self._waiting >= self._waiting_max:
            raise BusyError
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._work, work)
        finally:
            self._waiting -= 1

    def _work(self, work: Callable[[psycopg.Connection, Issuer], _T]) -> _T:
        slot = self._slots.get()  # there are as many slots as threads: one is always free here
        try:
            with self._pool.connection() as connection:
                return work(connection, slot.issuer)
        finally:
            self._slots.put(slot)

    def close(self) -> None:
        """Wait for work under way, then end the threads."""
        self._threads.shutdown(wait=True)
        self._pool.close()
        if self._claim is not None:
            self._claim.close()
