"""Bodies of requests between systems: read within a limit, decoded as one message of a contract.

Nothing past the limit is kept: a body that says it is longer is refused before its first byte, one that turns out to be
at the chunk that goes beyond. Whatever cannot be read is the peer's fault, bytes that are no UTF-8 too.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec
from starlette.requests import Request

from kofu.contracts.unreadable import UNREADABLE
from kofu.core.errors import PeerFault

T = TypeVar("T", bound=msgspec.Struct)


async def read_body(request: Request, bytes_max: int) -> bytes:
    """Read a body of at most `bytes_max` bytes. Raises `PeerFault` `body_too_large`."""
    stated = request.headers.get("content-length", "0")
    received = bytearray()
    if not (stated.isascii() and stated.isdigit() and int(stated[:20]) <= bytes_max):
        raise PeerFault("body_too_large", f"a body has at most {bytes_max} bytes")
    async for chunk in request.stream():
        received += chunk
        if len(received) > bytes_max:
            raise PeerFault("body_too_large", f"a body has at most {bytes_max} bytes")
    return bytes(received)


def decode_message(body: bytes, kind: type[T]) -> T:
    """Decode a body. Raises `PeerFault`: `not_json`, or `malformed` where it has not the contract's shape."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise PeerFault("malformed", str(error)) from None
    except UNREADABLE:
        raise PeerFault("not_json", "the body is not JSON in UTF-8") from None
