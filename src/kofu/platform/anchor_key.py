"""The key that signs the daily anchors of the audit log."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kofu.core.errors import OperatorFault
from kofu.platform.made_once import make_once


def anchor_key(path: Path) -> Ed25519PrivateKey:
    """Read the key, made at first use with mode 0600. Raises `OperatorFault` where the file holds another kind."""
    if not path.exists():
        made = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        make_once(path, made)
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise OperatorFault("bad_anchor_key", f"{path} does not hold an Ed25519 key")
    return key
