"""Keys of the signed code and of revocation lists: one file each, with the days it is used on in its name.

    <folder>/2026-04-01_2027-03-31_1a2b3c4d.pem      private key, P-256, PKCS#8, mode 0600
    <folder>/2026-04-01_2027-03-31_1a2b3c4d.pub.pem  public key: this is what gets published

On any day the key that began last among those in use signs. A key is rolled over by laying the next one before its
first day; public keys stay for as long as papers of theirs are about.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from kofu.core.errors import OperatorFault

KEY_ID_BYTES = 4
_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})_(\d{4}-\d{2}-\d{2})_([0-9a-f]{8})(\.pub)?\.pem")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A published key and the first and last day it signs on."""

    begins: date
    ends: date
    public: ec.EllipticCurvePublicKey

    @property
    def key_id(self) -> bytes:
        """Four bytes that name it: the beginning of the SHA-256 of its SubjectPublicKeyInfo."""
        return hashlib.sha256(self.spki).digest()[:KEY_ID_BYTES]

    @property
    def spki(self) -> bytes:
        """Give the key as SubjectPublicKeyInfo (DER), as WebCrypto imports it."""
        return self.public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A private key with its public half."""

    published: PublicKey
    private: ec.EllipticCurvePrivateKey

    @property
    def key_id(self) -> bytes:
        """Id of its public half."""
        return self.published.key_id

    def __repr__(self) -> str:
        return f"SigningKey({self.key_id.hex()})"


def make_signing_key(folder: Path, begins: date, ends: date) -> SigningKey:
    """Make a key for the days from `begins` to `ends`, both included, and store both halves."""
    if begins > ends:
        raise OperatorFault("bad_key_days", "a key ends after it begins")
    private = ec.generate_private_key(ec.SECP256R1())
    key = SigningKey(published=PublicKey(begins=begins, ends=ends, public=private.public_key()), private=private)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"{begins}_{ends}_{key.key_id.hex()}"
    secret = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with os.fdopen(os.open(folder / f"{name}.pem", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secret)
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (folder / f"{name}.pub.pem").write_bytes(public)
    return key


def read_signing_keys(folder: Path) -> tuple[SigningKey, ...]:
    """Read the private keys. Raises `OperatorFault` for a file that is none, or that others can read."""
    found = []
    for path in sorted(folder.glob("*.pem")):
        name = _NAME.fullmatch(path.name)
        if name is None or name[4]:
            continue
        if path.stat().st_mode & 0o077:
            raise OperatorFault("signing_key_open", f"{path} can be read by others; chmod 600 it, or make another key")
        try:
            private = serialization.load_pem_private_key(path.read_bytes(), password=None)
        except ValueError as error:
            raise OperatorFault("bad_signing_key", f"{path} holds no private key") from error
        if not isinstance(private, ec.EllipticCurvePrivateKey):
            raise OperatorFault("bad_signing_key", f"{path} holds no key of P-256")
        found.append(SigningKey(published=_published(path, name, private.public_key()), private=private))
    return tuple(found)


def read_public_keys(folder: Path) -> tuple[PublicKey, ...]:
    """Read the published keys. Raises `OperatorFault` for a file that is none."""
    found = []
    for path in sorted(folder.glob("*.pub.pem")):
        name = _NAME.fullmatch(path.name)
        try:
            public = serialization.load_pem_public_key(path.read_bytes())
        except ValueError as error:
            raise OperatorFault("bad_signing_key", f"{path} holds no public key") from error
        if name is None or not isinstance(public, ec.EllipticCurvePublicKey):
            raise OperatorFault("bad_signing_key", f"{path} holds no key of P-256 under its name")
        found.append(_published(path, name, public))
    return tuple(found)


def signing_on(keys: Sequence[SigningKey], day: date) -> SigningKey:
    """Choose the key that signs on `day`. Raises `OperatorFault` where none is in use."""
    in_use = [key for key in keys if key.published.begins <= day <= key.published.ends]
    if not in_use:
        raise OperatorFault("no_signing_key", f"no signing key is in use on {day}; make one by `kofu code new-key`")
    return max(in_use, key=lambda key: (key.published.begins, key.key_id))


def _published(path: Path, name: re.Match[str], public: ec.EllipticCurvePublicKey) -> PublicKey:
    try:
        key = PublicKey(begins=date.fromisoformat(name[1]), ends=date.fromisoformat(name[2]), public=public)
    except ValueError as error:
        raise OperatorFault("bad_signing_key", f"{path} names no days") from error
    if key.public.curve.name != "secp256r1" or key.key_id.hex() != name[3]:
        raise OperatorFault("bad_signing_key", f"{path} does not hold the key its name says")
    return key
