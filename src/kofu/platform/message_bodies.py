"""Bodies of requests between systems: read within a limit, decoded as one message of a contract.

Nothing past the limit is kept: a body that says it is longer is refused before its first byte, one that turns out to be
at the chunk that goes beyond. Whatever cannot be read is the peer's fault, bytes that are no UTF-8 too. So is a line
that ends before its body does: nobody is there to be answered, and nothing was asked.
"""

from __future__ import annotations

import itertools
from typing import TypeVar

import msgspec
import structlog
from starlette.requests import ClientDisconnect, Request

from kofu.contracts.unreadable import UNREADABLE
from kofu.core.errors import PeerFault

T = TypeVar("T", bound=msgspec.Struct)
HUNG_UP = 499
"""Status by which logs tell who hung up; nobody reads the answer (a convention of proxies, not of RFC 9110)."""

log = structlog.get_logger()
_hung_up = itertools.count(1)


async def read_body(request: Request, bytes_max: int) -> bytes:
    """Read a body of at most `bytes_max` bytes. Raises `PeerFault`: `body_too_large`, `hung_up`.

    Each line that ended too early is logged with how many did since this process began.
    """
    stated = request.headers.get("content-length", "0")
    received = bytearray()
    if not (stated.isascii() and stated.isdigit() and int(stated[:20]) <= bytes_max):
        raise PeerFault("body_too_large", f"a body has at most {bytes_max} bytes")
    try:
        async for chunk in request.stream():
            received += chunk
            if len(received) > bytes_max:
                raise PeerFault("body_too_large", f"a body has at most {bytes_max} bytes")
    except ClientDisconnect:
        log.info("peer.hung_up", since_start=next(_hung_up), bytes=len(received))
        raise PeerFault("hung_up", "the line ended before the body did") from None
    return bytes(received)


def decode_message(body: bytes, kind: type[T]) -> T:
    """Decode a body. Raises `PeerFault`: `not_json`, or `malformed` where it has not the contract's shape."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise PeerFault("malformed", str(error)) from None
    except UNREADABLE:
        raise PeerFault("not_json", "the body is not JSON in UTF-8") from None
