"""HTTP requests and answers as machines write them: read by one pattern, written in one piece.

h11 reads any request HTTP/1.1 allows, step by step and byte by byte, and that takes as long as a good part of making a
paper. What the systems send each other is always the same: a short head, a length, a body. Such a request is read here
at once, when all of it is there, and its answer leaves in one write. Whatever is written otherwise (a transfer coding,
an expectation, a folded line, a length said twice, a second request behind the first) is no whole request, and
h11 reads it from its first byte on. So this accepts less than h11 and understands nothing otherwise; a test holds both
together.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import h11
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, RequestResponseCycle

if TYPE_CHECKING:
    from uvicorn._types import ASGISendEvent, HTTPResponseStartEvent

Headers = list[tuple[bytes, bytes]]

BODY_BYTES_MAX = 64 * 1024
HEAD_BYTES_MAX = 4 * 1024
_HEADER = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}:[ ]?(?:[!-~](?:[ -~]*[!-~])?)?\r\n"
_HEAD = re.compile(rb"(GET|POST) (/[!-~]*) HTTP/1\.1\r\n((?:" + _HEADER + rb")+)\r\n")
_EACH = re.compile(rb"([^:]+):[ ]?([^\r]*)\r\n")
_WRITTEN = re.compile(rb"(?:" + _HEADER + rb")*")
_LENGTH = re.compile(rb"[0-9]{1,6}")
_ONCE = frozenset({b"host", b"content-length", b"connection"})
_OF_THE_LINE = frozenset({b"transfer-encoding", b"expect", b"upgrade", b"te", b"trailer", b"keep-alive"})
_NO_CONTENT = 204


class Head(NamedTuple):
    """The head of a request: its headers by lower-case name, how long its body is, and where that begins."""

    method: bytes
    target: bytes
    headers: Headers
    begins: int
    ends: int


def read_head(data: bytes) -> Head | None:
    """Read the head a request begins with; None where it is not there whole, or is not plain."""
    found = _HEAD.match(data, 0, HEAD_BYTES_MAX)
    if found is None:
        return None
    headers = [(name.lower(), value) for name, value in _EACH.findall(found[3])]
    names = [name for name, _ in headers]
    own = dict(headers)
    stated = own.get(b"content-length", b"0" if found[1] == b"GET" else b"")
    if (
        b"host" not in own
        or not _LENGTH.fullmatch(stated)
        or own.get(b"connection", b"keep-alive").lower() != b"keep-alive"
        or not _OF_THE_LINE.isdisjoint(names)
        or any(names.count(name) > 1 for name in _ONCE)
        or int(stated) > BODY_BYTES_MAX
    ):
        return None
    return Head(found[1], found[2], headers, found.end(), found.end() + int(stated))


def write_head(status: int, headers: Headers, body: bytes) -> bytes | None:
    """Write the head of an answer whose body is all there; None where it is not plain, so that h11 writes it."""
    lines = b"".join([b"%b: %b\r\n" % header for header in headers])
    names = [name.lower() for name, _ in headers]
    lengths = [value for (_, value), name in zip(headers, names, strict=True) if name == b"content-length"]
    right = [] if status == _NO_CONTENT and not body else [b"%d" % len(body)]
    plain = _WRITTEN.fullmatch(lines) and lines.count(b"\n") == len(headers)
    if lengths != right or {b"transfer-encoding", b"connection"} & set(names) or not plain:
        return None
    return b"HTTP/1.1 %d %b\r\n%b\r\n" % (status, STATUS_PHRASES[status], lines)


class WholeCycle(RequestResponseCycle):
    """A request that was read whole, and its answer: written in one piece, or by h11 where it is not plain."""

    request: bytes
    """What was read, for h11 to read it after all."""
    _begun: HTTPResponseStartEvent | None = None
    _by_h11 = False

    def take(self, request: bytes, head: Head) -> None:
        """Hold all of the request."""
        self.request = request
        self.body += request[head.begins : head.ends]
        self.more_body = False
        self.message_event.set()

    async def send(self, message: ASGISendEvent) -> None:
        """Write what the app answers."""
        if self._by_h11:
            await super().send(message)
        elif self._begun is None and message["type"] == "http.response.start":
            self._begun, self.response_started = message, True
        elif not await self._written(message):
            self._let_h11_write()
            if self._begun is not None:
                await super().send(self._begun)
            await super().send(message)

    async def _written(self, message: ASGISendEvent) -> bool:
        begun = self._begun
        if begun is None or message["type"] != "http.response.body" or message.get("more_body", False):
            return False
        body = message.get("body", b"")
        head = write_head(begun["status"], self.default_headers + list(begun.get("headers", [])), body)
        if head is None or self.response_complete:
            return False
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return True
        self.response_complete = True
        self.transport.write(head + body)
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()
        return True

    def _let_h11_write(self) -> None:
        self._by_h11 = True
        if not self.response_complete:
            self.response_started = False
            self.conn.receive_data(self.request)
            while not isinstance(self.conn.next_event(), h11.EndOfMessage):
                pass
