"""The threads of an issuing process: a fixed number, a bounded queue before them, and "busy" beyond.

Nothing waits for ever: not for a thread, not for a connection, not for a database that swallows what it is sent. Who
asks is told within the time its work has; work under way comes to its own end and hands nothing out after its deadline.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from queue import SimpleQueue
from threading import Thread
from typing import Any, NamedTuple, TypeVar

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


class _Piece(NamedTuple):
    """A piece of work, and where what comes of it is waited for."""

    work: Callable[[psycopg.Connection, Issuer], Any]
    answer: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop


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
        self._pieces: SimpleQueue[_Piece | None] = SimpleQueue()
        self._threads = [
            Thread(target=self._serve, args=(slot,), name=f"issuing-{number}", daemon=True)
            for number, slot in enumerate(slots)
        ]
        for thread in self._threads:
            thread.start()
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
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[_T] = loop.create_future()
        self._pieces.put(_Piece(work, answer, loop))
        give_up = loop.call_later(seconds, _give_up, answer)
        try:
            return await answer
        except (TimeoutError, PoolTimeout):
            raise DatabaseUnavailableError from None
        finally:
            give_up.cancel()

    def seconds_until(self, deadline: datetime) -> float:
        """Tell how long an answer may take that has a deadline: no longer than the profile lets any request."""
        left = (deadline - self.acting.clock()).total_seconds()
        return min(max(left, 0.0), self._seconds_longest)

    def require_fit(self) -> None:
        """Raise the watch's `OperatorFault` where this process may not serve any more."""
        if self._watch is not None and self._watch.fault is not None:
            raise self._watch.fault

    def _serve(self, slot: WorkerSlot) -> None:
        """Do one piece after another, in a thread of its own."""
        while (piece := self._pieces.get()) is not None:
            came, fault = None, None
            try:
                came = self._do(piece.work, slot)
            except BaseException as error:  # noqa: BLE001 - whatever it is, who asked is told
                fault = error
            with suppress(RuntimeError):  # the loop has ended, and nobody waits
                piece.loop.call_soon_threadsafe(self._deliver, piece.answer, came, fault)

    def _do(self, work: Callable[[psycopg.Connection, Issuer], _T], slot: WorkerSlot) -> _T:
        with self._pool.connection(timeout=CONNECTION_SECONDS_MAX) as connection, certain(connection):
            return work(connection, slot.issuer)

    def _deliver(self, answer: asyncio.Future[_T], came: _T, fault: BaseException | None) -> None:
        """Tell who asked, in the event loop; who is gone or was told is not: what broke was recorded where it broke."""
        self._waiting -= 1
        if answer.done():
            return
        if fault is None:
            answer.set_result(came)
        else:
            answer.set_exception(fault)

    def close(self) -> None:
        """Wait for work under way, then end the threads."""
        if self._watch is not None:
            self._watch.stop()
        for _ in self._threads:
            self._pieces.put(None)
        for thread in self._threads:
            thread.join()
        self._pool.close()
        if self._claim is not None:
            self._claim.close()


def _give_up(answer: asyncio.Future[Any]) -> None:
    """End the waiting; the work comes to its own end."""
    if not answer.done():
        answer.set_exception(DatabaseUnavailableError())
