"""The notes that bytes have left, written in groups behind the answers (`sent`).

Such a note decides nothing: a request without it stays `made` and is treated alike, only a hold that waits for papers
on their way waits a little longer. So no answer and no worker waits for it; what came together is written by one
statement. Touched by the event loop only.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from datetime import datetime
from functools import partial

import psycopg

from kofu.core.errors import KofuError
from kofu.issuing.requests.journal_store import SentNote, record_all_sent

GROUP_SECONDS = 0.1
NOTES_MAX = 10_000
_LOG = logging.getLogger("kofu.issuing.serving.sent_notes")

Runner = Callable[[Callable[[psycopg.Connection], None]], Coroutine[None, None, None]]
"""Does work with a connection in a worker's thread. Raises `KofuError` where it cannot be done now."""


class SentNotes:
    """The notes not yet written. At most `NOTES_MAX`: beyond, the oldest are let go."""

    def __init__(self, run: Runner) -> None:
        """Write by `run`."""
        self._run = run
        self._waiting: deque[SentNote] = deque(maxlen=NOTES_MAX)
        self._writing: asyncio.Task[None] | None = None

    def add(self, request_id: str, at: datetime) -> None:
        """Take a note; it is written soon, with those that come meanwhile."""
        self._waiting.append(SentNote(request_id, at))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())

    async def close(self) -> None:
        """Write what is left."""
        if self._writing is not None:
            await self._writing

    async def _write(self) -> None:
        while self._waiting:
            await asyncio.sleep(GROUP_SECONDS)
            notes = tuple(self._waiting)
            self._waiting.clear()
            try:
                await self._run(partial(record_all_sent, notes=notes))
            except (KofuError, psycopg.Error) as error:
                _LOG.error("sent notes: %s", type(error).__name__)  # these requests stay `made`
