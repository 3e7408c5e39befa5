"""One-time codes (TOTP, RFC 6238: SHA-1, 30 seconds, six digits), as an authenticator app shows them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct

PERIOD_SECONDS = 30
DIGITS = 6
_LOW_31_BITS = 0x7FFF_FFFF


def one_time_code(secret: str, now: float) -> str:
    """Give the code of a base-32 `secret` at `now`, seconds since 1970."""
    counter = struct.pack(">Q", int(now) // PERIOD_SECONDS)
    digest = hmac.new(base64.b32decode(secret, casefold=True), counter, hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & _LOW_31_BITS
    return f"{number % 10**DIGITS:0{DIGITS}}"
