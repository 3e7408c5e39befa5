"""Pseudonyms: how the audit log names a resident without naming them.

HMAC-SHA-256 over municipality and 宛名番号 under a key that only the system itself holds: the same person has the same
pseudonym, so that "who was looked up how often" can be answered, and without the key nobody can come
back from it to the person.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

from kofu.core.errors import ensure

KEY_BYTES_MIN = 32
_SHOWN_HEX = 32  # 128 bits: enough never to meet by chance


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Gives pseudonyms under one key. The key is not shown when the value is printed."""

    key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse a key too short to keep anything."""
        ensure(len(self.key) >= KEY_BYTES_MIN, f"a pseudonym key has at least {KEY_BYTES_MIN} bytes")

    def of(self, municipality_code: str, addressee_number: str) -> str | None:
        """Give the pseudonym of a person, or None where nobody is known yet."""
        if not addressee_number:
            return None
        message = f"{municipality_code}:{addressee_number}".encode()
        return hmac.new(self.key, message, hashlib.sha256).hexdigest()[:_SHOWN_HEX]
