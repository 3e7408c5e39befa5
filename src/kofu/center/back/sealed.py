"""What the scrambled image holds, sealed: the front as a picture, and when and for which municipality it was made.

In every symbol stand "KFB1" and a nonce of 12 bytes, authenticated. Over the symbols together: the key's id (4 bytes)
and AES-256-GCM of the content.
"""

from __future__ import annotations

import hmac
from datetime import datetime

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kofu.center.back.keys import ID_BYTES, BackKey, BackKeys

MAGIC = b"KFB1"
NONCE_BYTES = 12


class NotOpened(Exception):  # noqa: N818 - an answer about a paper, not an error of the program
    """The sealed content cannot be opened: `unknown_key` or `altered`."""

    def __init__(self, reason: str) -> None:
        """Say why."""
        super().__init__(reason)
        self.reason = reason


class FrontSeen(msgspec.Struct, frozen=True, array_like=True):
    """The front of one sheet as the centre had it. `picture` is lossless WebP, black on white, `dpi` dots an inch."""

    made_at: datetime
    municipality_code: str
    certificate_number: str
    sheet: int
    sheets: int
    dpi: int
    picture: bytes


def nonce_of(front: FrontSeen, key: BackKey) -> bytes:
    """Derive the nonce from all of the content, under the key: another content has another nonce.

    So a paper that is asked for again is sealed to the same bytes, and no nonce ever seals two contents.
    """
    derived = hmac.digest(key.secret, b"kofu back nonce 1" + msgspec.msgpack.encode(front), "sha256")
    return derived[:NONCE_BYTES]


def seal(front: FrontSeen, key: BackKey, nonce: bytes) -> bytes:
    """Seal under `key`. A `nonce` is never used for two contents."""
    content = AESGCM(key.secret).encrypt(nonce, msgspec.msgpack.encode(front), MAGIC + nonce + key.key_id)
    return key.key_id + content


def unseal(sealed: bytes, nonce: bytes, keys: BackKeys) -> FrontSeen:
    """Open it. Raises `NotOpened` where no key of this centre made it, or not one bit is as it was made."""
    key_id, content = sealed[:ID_BYTES], sealed[ID_BYTES:]
    key = keys.by_id.get(key_id)
    if key is None:
        raise NotOpened("unknown_key")
    try:
        return msgspec.msgpack.decode(
            AESGCM(key.secret).decrypt(nonce, content, MAGIC + nonce + key_id), type=FrontSeen
        )
    except (InvalidTag, ValueError, msgspec.DecodeError) as error:
        raise NotOpened("altered") from error


def overhead_bytes() -> int:
    """Tell by how many bytes the sealed content exceeds the picture in it, at most."""
    return ID_BYTES + 16 + 128
