"""The head of an answer and its first bytes go out together: one record of TLS, one packet, one waking of the peer.

uvicorn writes the head as soon as it has it, and the body a moment later: two records, two ways through the kernel, and
the peer is woken for a head it can do nothing with. Here a small first write waits for the next one, and for the end of
this turn of the loop at most. So no more than it is ever held back, and a peer that does not take its answer stops
whoever writes as before.
"""

from __future__ import annotations

import asyncio
from typing import Any

HELD_BYTES_MAX = 4096
"""What is longer is no head: it goes out at once."""


class OneWriteTransport:
    """A transport as uvicorn uses it, on which a small write goes out with the one that follows it in the same turn."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        """Write to `transport`, whose other methods are as they are."""
        self._transport = transport
        self._loop = loop
        self._held = b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write, or hold until the next write, the close, or the end of this turn."""
        if self._held:
            held, self._held = self._held, b""
            self._transport.writelines((held, data))
        elif len(data) > HELD_BYTES_MAX:
            self._transport.write(data)
        elif data:
            self._held = data
            self._loop.call_soon(self._let_go)

    def close(self) -> None:
        """Close when everything is written."""
        self._let_go()
        self._transport.close()

    def _let_go(self) -> None:
        held, self._held = self._held, b""
        if held and not self._transport.is_closing():
            self._transport.write(held)
