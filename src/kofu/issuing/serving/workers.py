"""The threads of an issuing process: a fixed number, a bounded queue before them, and "busy" beyond.

Nothing waits for ever: not for a thread, not for a connection, not for a database that swallows what it is sent. Who
asks is told within the time its work has; work under way comes to its own end and hands nothing out after its deadline.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from queue import SimpleQueue
from typing import TypeVar

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from kofu.core.errors import KofuError
from kofu.issuing.acting.domain.clocks import CLOCKS_APART_MAX
from kofu.issuing.checks.watch import Watch
from kofu.issuing.requests.issuer import Issuer
from kofu.platform.commit import certain

QUEUE_PER_SLOT = 8
ANSWER_SECONDS_MAX = 10.0
"""How long a caller without a deadline of its own waits for work to be done."""
CONNECTION_SECONDS_MAX = 5.0
"""How long work waits for a connection to the database."""
_T = TypeVar("_T")


class BusyError(KofuError):
    """More work waits than can be done in time."""

    def __init__(self) -> None:
        """Say it in words."""
        super().__init__("busy", "too many requests are waiting; try again in a moment")


class DatabaseUnavailableError(KofuError):
    """The database did not do what was asked within the time there was."""

    def __init__(self) -> None:
        """Say it in words."""
        super().__init__("database_unavailable", "the database cannot be used at the moment; try again in a moment")


@dataclass(slots=True)
class WorkerSlot:
    """One worker: an issuer with an audit lane of its own; another one takes its place when glyphs (外字) came."""

    issuer: Issuer


class Workers:
    """A fixed number of threads, each with a slot; a bounded queue before them."""

    def __init__(
        self,
        pool: ConnectionPool,
        slots: tuple[WorkerSlot, ...],
        claim: psycopg.Connection | None = None,
        watch: Watch | None = None,
    ) -> None:
        """Make one thread per slot. `claim` is a connection kept open as long as this process serves.

        `watch` says whether it may still serve.
        """
        self._claim = claim
        self._watch = watch
        self._pool = pool
        self._slots: SimpleQueue[WorkerSlot] = SimpleQueue()
        for slot in slots:
            self._slots.put(slot)
        self._threads = ThreadPoolExecutor(max_workers=len(slots), thread_name_prefix="issuing")
        self._waiting_max = len(slots) * (1 + QUEUE_PER_SLOT)
        self._waiting = 0  # touched by the event loop only
        self.profile_code = slots[0].issuer.profile.code
        self.acting = slots[0].issuer.acting
        self._seconds_longest = slots[0].issuer.profile.deadline_longest_seconds
        self.leaving_seconds_max = self._seconds_longest + CLOCKS_APART_MAX.total_seconds()

    async def run(self, work: Callable[[psycopg.Connection, Issuer], _T], *, seconds: float = ANSWER_SECONDS_MAX) -> _T:
        """Do `work` in a thread with a connection and an issuer; wait at most `seconds` for what comes of it.

        Raises `BusyError` where too much waits already, `DatabaseUnavailableError` where the time is over, the watch's
        `OperatorFault` where this process may not serve any more, and `CommitInDoubtError` where the database warned
        of what it stored: then nothing is acknowledged and nothing leaves.
        """
        self.require_fit()
        if self._waiting >= self._waiting_max:
            raise BusyError
        self._waiting += 1
        under_way = asyncio.get_running_loop().run_in_executor(self._threads, self._work, work)
        under_way.add_done_callback(self._done)
        try:
            return await asyncio.wait_for(asyncio.shield(under_way), seconds)
        except (TimeoutError, PoolTimeout):
            raise DatabaseUnavailableError from None

    def seconds_until(self, deadline: datetime) -> float:
        """Tell how long an answer may take that has a deadline: no longer than the profile lets any request."""
        left = (deadline - self.acting.clock()).total_seconds()
        return min(max(left, 0.0), self._seconds_longest)

    def require_fit(self) -> None:
        """Raise the watch's `OperatorFault` where this process may not serve any more."""
        if self._watch is not None and self._watch.fault is not None:
            raise self._watch.fault

    def _done(self, under_way: asyncio.Future[_T]) -> None:
        self._waiting -= 1
        if not under_way.cancelled():
            under_way.exception()  # who asked may be gone: what broke was recorded where it broke

    def _work(self, work: Callable[[psycopg.Connection, Issuer], _T]) -> _T:
        slot = self._slots.get()  # there are as many slots as threads: one is always free here
        try:
            with self._pool.connection(timeout=CONNECTION_SECONDS_MAX) as connection, certain(connection):
                return work(connection, slot.issuer)
        finally:
            self._slots.put(slot)

    def close(self) -> None:
        """Wait for work under way, then end the threads."""
        if self._watch is not None:
            self._watch.stop()
        self._threads.shutdown(wait=True)
        self._pool.close()
        if self._claim is not None:
            self._claim.close()
