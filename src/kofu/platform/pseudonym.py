"""Pseudonyms: how the audit log names a resident without naming them.

HMAC-SHA-256 over municipality and 宛名番号 under a key that only the system itself holds: the same person has the same
pseudonym, so that "who was looked up how often" can be answered, and without the key nobody can come
back from it to the person.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from kofu.core.errors import ensure
from kofu.platform.made_once import secret_file
from kofu.platform.settings import var_dir

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

    def of_all(self, people: Iterable[tuple[str, str]]) -> tuple[str, ...]:
        """Give the pseudonyms of people, each once, by municipality and 宛名番号; of nobody ("") none."""
        found = (self.of(municipality_code, number) for municipality_code, number in people)
        return tuple(dict.fromkeys(one for one in found if one is not None))


def pseudonyms_of(system: str) -> Pseudonyms:
    """Give the pseudonyms of a system; its key is made at first use, readable by its own account only."""
    return _pseudonyms_at(var_dir() / "keys" / f"{system}-pseudonyms.key")


@cache
def _pseudonyms_at(path: Path) -> Pseudonyms:
    return Pseudonyms(secret_file(path))
