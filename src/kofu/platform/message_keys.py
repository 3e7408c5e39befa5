"""Keys that sign what systems say to each other and to those who check: feeds, sets of glyphs, anchors, erasures.

A key lies in a file of mode 0600, made at first use. Where the file says `pkcs11:LABEL` in its place, the key lives in
the token of this process (`platform.token`) under that label, signs there, and is in no file. Ed25519 gives the same
signature for the same bytes from either, so nobody who checks can tell them apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol, TypeVar

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kofu.core.errors import OperatorFault
from kofu.platform.made_once import make_once
from kofu.platform.token import Token, open_token

K = TypeVar("K")
IN_TOKEN = "pkcs11:"  # noqa: S105 - how a file begins that names a key


class MessageKey(Protocol):
    """What signs, wherever the key is."""

    def sign(self, data: bytes, /) -> bytes:
        """Sign (Ed25519)."""

    def public_key(self) -> Ed25519PublicKey:
        """Give the public half."""


@dataclass(frozen=True, slots=True)
class KeyOfToken:
    """A key in the token of this process."""

    token: Token
    label: str

    def sign(self, data: bytes, /) -> bytes:
        """Sign in the token. Raises `OperatorFault` `token_failed`."""
        return self.token.sign_message(self.label, data)

    def public_key(self) -> Ed25519PublicKey:
        """Read the public half from the token."""
        return self.token.message_key(self.label)


@lru_cache(maxsize=1)
def token_of_process() -> Token:
    """Open the token the environment names, once: one thread of the process speaks with it."""
    return open_token()


def key_in_token(data: bytes) -> KeyOfToken | None:
    """Find the key a file names (`pkcs11:LABEL`) in the token of this process; None where the file names none.

    Raises as `open_token` and the token do: that there is such a key is known at once, not at the first signature.
    """
    if not data.startswith(IN_TOKEN.encode()):
        return None
    found = KeyOfToken(token_of_process(), data.decode("utf-8").removeprefix(IN_TOKEN).strip())
    found.public_key()
    return found


def message_key(path: Path) -> MessageKey:
    """Read a key, made at first use with mode 0600, or find it in the token the file names.

    Raises `OperatorFault` `bad_message_key` for a file of another kind, and as `open_token` and the token do.
    """
    if not path.exists():
        made = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        make_once(path, made)
    kind: type[MessageKey] = Ed25519PrivateKey  # type: ignore[type-abstract]  # only asked whether a key is one
    return private_key(path, kind, code="bad_message_key", wanted="an Ed25519 key")


def private_key(path: Path, kind: type[K], *, code: str, wanted: str) -> K | KeyOfToken:
    """Read a private key of a kind from a file (PEM), or find it in the token the file names.

    Raises `OperatorFault` `code` where the file holds no key or one of another kind than `wanted` says, and as
    `open_token` and the token do.
    """
    data = path.read_bytes()
    found = key_in_token(data)
    if found is not None:
        return found
    try:
        key = serialization.load_pem_private_key(data, password=None)
    except ValueError as error:
        raise OperatorFault(code, f"{path} holds no private key, and names none in a token") from error
    if not isinstance(key, kind):
        raise OperatorFault(code, f"{path} does not hold {wanted}")
    return key
