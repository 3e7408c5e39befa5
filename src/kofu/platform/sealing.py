"""Sealed content: AES-256-GCM under a key of the deployment, so that a database or its backup alone shows nothing.

The key lies under `KOFU_VAR/keys`, is made at first use, and is backed up apart from the database. What is sealed is
bound to the name of its place: put in another row, it does not open.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kofu.core.errors import OperatorFault, OurFault, ensure

KEY_BYTES = 32
NONCE_BYTES = 12  # NIST SP 800-38D 8.2: 96 bits, never twice under one key; random ones are far from 2**32 messages
KEY_ID_HEX = 16


@dataclass(frozen=True, slots=True)
class Seal:
    """Seals and opens under one key. The key is not shown when the value is printed."""

    key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse a key of another length."""
        ensure(len(self.key) == KEY_BYTES, f"a sealing key has {KEY_BYTES} bytes")

    @property
    def key_id(self) -> str:
        """Name of the key, which says nothing of it."""
        return hashlib.sha256(b"kofu sealing key" + self.key).hexdigest()[:KEY_ID_HEX]

    def seal(self, content: bytes, place: str) -> bytes:
        """Seal content for a place."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self.key).encrypt(nonce, content, place.encode())

    def open(self, sealed: bytes, place: str, *, key_id: str) -> bytes:
        """Open what was sealed for a place. Raises `OperatorFault` `other_key`, `OurFault` `seal_broken`."""
        if key_id != self.key_id:
            message = f"it was sealed under key {key_id}, the key here is {self.key_id}; restore the key from its copy"
            raise OperatorFault("other_key", message)
        try:
            return AESGCM(self.key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode())
        except (InvalidTag, ValueError) as error:  # ValueError: too short to be sealed at all
            raise OurFault("seal_broken", "what is stored is not what was sealed; look at the database") from error
