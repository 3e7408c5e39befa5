"""The manifest of a feed, read and its signature checked; apart from what reads and writes tables, which is heavy."""

from __future__ import annotations

import base64
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kofu.contracts.feed import MANIFEST_NAME, SIGNATURE_NAME, Manifest, decode_manifest
from kofu.core.errors import PeerFault


class FeedNotVouchedFor(PeerFault):
    """The signature, the key or the manifest of a feed is missing or wrong."""

    def __init__(self, message: str) -> None:
        super().__init__("feed_not_vouched_for", message)


def read_signed_manifest(folder: Path, key: Ed25519PublicKey) -> Manifest:
    """Read the manifest of a feed, its signature checked first. The tables are the importer's work.

    Raises `FeedNotVouchedFor` naming what is wrong: missing file, signature, form of the manifest.
    """
    try:
        data = (folder / MANIFEST_NAME).read_bytes()
        signature = base64.b64decode((folder / SIGNATURE_NAME).read_bytes().strip(), validate=True)
        key.verify(signature, data)
        return decode_manifest(data)
    except FileNotFoundError as error:
        raise FeedNotVouchedFor(f"{Path(error.filename).name} is missing") from error
    except (InvalidSignature, ValueError, msgspec.MsgspecError) as error:
        raise FeedNotVouchedFor(f"{folder.name}: {type(error).__name__} {error}") from error
