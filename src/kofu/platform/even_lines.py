"""Lines of clients shared evenly between the workers of one service.

All workers listen on one socket, and the kernel wakes them all for a new line. asyncio's own server takes whatever
waits, as soon as it is awake: of eight lasting lines of the centre one worker had eight and the other none. Here each
worker writes down how many lines it has, where the others see it. One that has more than the least waits a moment
before it takes another, the longer the more it has; then it takes it, for no line may wait for a worker that stands
still.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

_LOG = logging.getLogger("kofu.platform.even_lines")

NO_ROOM_SECONDS = 1.0
PATIENCE_SECONDS = 0.01
"""How long a worker leaves a line to the others, for each line it has more than one of them."""
PATIENCE_SECONDS_MAX = 0.2
NOT_LISTENING = 2**31 - 1
"""Written by, or for, a worker that takes no lines: nobody waits for it."""


class LineCounts(Protocol):
    """Numbers of lines in memory that the workers share, one place for each; only its worker writes a place."""

    def __getitem__(self, place: int, /) -> int: ...
    def __setitem__(self, place: int, lines: int, /) -> None: ...
    def __iter__(self) -> Iterator[int]: ...


@dataclass(frozen=True, slots=True)
class ShareOfLines:
    """A worker's place among the workers of its service."""

    counts: LineCounts
    place: int

    def begin(self) -> None:
        """Say that this worker takes lines from now on."""
        self.counts[self.place] = 0

    def end(self) -> None:
        """Say that it takes none any more."""
        self.counts[self.place] = NOT_LISTENING

    def add(self, lines: int) -> None:
        """Count lines that came, or with a minus went."""
        if self.counts[self.place] != NOT_LISTENING:
            self.counts[self.place] += lines

    def patience_seconds(self) -> float:
        """Tell how long to leave the next line to the others."""
        more = self.counts[self.place] - min(self.counts)
        return min(more * PATIENCE_SECONDS, PATIENCE_SECONDS_MAX)


class _ThisWorker:
    """The share of this process; none where it is the only worker. Set once, before it serves."""

    share: ShareOfLines | None = None


HERE = _ThisWorker()


def count(lines: int) -> None:
    """Count lines of this process that came, or with a minus went; called by the protocols."""
    if HERE.share is not None:
        HERE.share.add(lines)


class EvenServer:
    """Listens for one worker among several, on a socket they share. It knows what uvicorn asks of a server."""

    def __init__(
        self,
        share: ShareOfLines,
        listener: socket.socket,
        protocol: Callable[[], asyncio.Protocol],
        **options: Any,
    ) -> None:
        """Begin to listen. `options`: as of `loop.connect_accepted_socket`."""
        self._share = share
        self._listener = listener
        self._protocol = protocol
        self._options = options
        self._loop = asyncio.get_running_loop()
        self._patient: asyncio.TimerHandle | None = None
        self._waited = False
        self._opening: set[asyncio.Task[None]] = set()
        share.begin()
        self._loop.add_reader(listener, self._line_waits)

    def close(self) -> None:
        """Take no more lines. Those there are go on."""
        self._share.end()
        self._loop.remove_reader(self._listener)
        if self._patient is not None:
            self._patient.cancel()

    async def wait_closed(self) -> None:
        """Do nothing: uvicorn itself waits for the lines there are."""

    def _line_waits(self) -> None:
        patience = 0.0 if self._waited else self._share.patience_seconds()
        self._waited = False
        if patience:
            self._pause(patience)
            return
        try:
            line, _address = self._listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):  # another worker took it, or it is gone
            return
        except OSError as fault:  # no descriptor or no memory left: some line will end
            _LOG.error("no line can be taken: %s", errno.errorcode.get(fault.errno or 0, "unknown"))
            self._pause(NO_ROOM_SECONDS)
            return
        self._share.add(1)
        line.settimeout(0)
        opening = self._loop.create_task(self._open(line))
        self._opening.add(opening)  # the loop itself holds tasks only weakly
        opening.add_done_callback(self._opening.discard)

    def _pause(self, seconds: float) -> None:
        self._loop.remove_reader(self._listener)
        self._patient = self._loop.call_later(seconds, self._listen_again)

    def _listen_again(self) -> None:
        self._waited = True  # whatever still waits now, nobody else wanted
        self._loop.add_reader(self._listener, self._line_waits)

    async def _open(self, line: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(self._protocol, line, **self._options)
        except OSError:  # no handshake, or none in time: the line is closed
            line.close()
        finally:
            self._share.add(-1)  # an open line is counted by its protocol
