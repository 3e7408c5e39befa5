"""A font file as it was read once: its bytes and their digest, so that what was attested is what is drawn with."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FontFile:
    """The bytes of a font, its file name, and the SHA-256 (hex) of the bytes. Whoever draws or compares takes these.

    A file on disk can be replaced while it is in use; bytes that are held cannot.
    """

    name: str
    data: bytes = field(repr=False)
    sha256: str

    @classmethod
    def of(cls, name: str, data: bytes) -> FontFile:
        """Hold `data` under the name of its file."""
        return cls(name, data, hashlib.sha256(data).hexdigest())
