"""Keys of the signed code and of revocation lists: one file each, with the days it is used on in its name.

    <folder>/2026-04-01_2027-03-31_1a2b3c4d.pem      private key, P-256, PKCS#8, mode 0600; or `pkcs11:LABEL`
    <folder>/2026-04-01_2027-03-31_1a2b3c4d.pub.pem  public key: this is what gets published

A file that says `pkcs11:LABEL` names a key in the token of this process (`platform.message_keys`). That one is of
Ed25519: a token draws a number of its own for each signature of P-256, and the nightly re-check wants the same bytes.
Either signature has 64 bytes; which kind it is, the published key says.

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

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from kofu.core.errors import OperatorFault
from kofu.platform.message_keys import IN_TOKEN, KeyOfToken, private_key, token_of_process

KEY_ID_BYTES = 4
SIGNATURE_BYTES = 64
_HALF = SIGNATURE_BYTES // 2
#: Deterministic (RFC 6979): the same paper is signed with the same bytes.
_SIGNED = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
_VERIFIED = ec.ECDSA(hashes.SHA256())
_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})_(\d{4}-\d{2}-\d{2})_([0-9a-f]{8})(\.pub)?\.pem")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A published key and the first and last day it signs on."""

    begins: date
    ends: date
    public: ec.EllipticCurvePublicKey | Ed25519PublicKey

    @property
    def key_id(self) -> bytes:
        """Four bytes that name it: the beginning of the SHA-256 of its SubjectPublicKeyInfo."""
        return hashlib.sha256(self.spki).digest()[:KEY_ID_BYTES]

    @property
    def spki(self) -> bytes:
        """Give the key as SubjectPublicKeyInfo (DER), as WebCrypto imports it."""
        return self.public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)

    @property
    def algorithm(self) -> str:
        """Name of the kind of key, as WebCrypto has it."""
        return "Ed25519" if isinstance(self.public, Ed25519PublicKey) else "P-256"

    def verify(self, signature: bytes, data: bytes) -> None:
        """Verify 64 bytes. Raises `InvalidSignature`."""
        if isinstance(self.public, Ed25519PublicKey):
            self.public.verify(signature, data)
        else:
            halves = (int.from_bytes(signature[:_HALF], "big"), int.from_bytes(signature[_HALF:], "big"))
            self.public.verify(encode_dss_signature(*halves), data, _VERIFIED)


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A private key, in this process or in its token, with its public half."""

    published: PublicKey
    private: ec.EllipticCurvePrivateKey | KeyOfToken

    @property
    def key_id(self) -> bytes:
        """Id of its public half."""
        return self.published.key_id

    def sign(self, data: bytes) -> bytes:
        """Sign: 64 bytes, the same every time. Raises `OperatorFault` `token_failed`."""
        if isinstance(self.private, KeyOfToken):
            return self.private.sign(data)
        r, s = decode_dss_signature(self.private.sign(data, _SIGNED))
        return r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")

    def __repr__(self) -> str:
        return f"SigningKey({self.key_id.hex()})"


def make_signing_key(folder: Path, begins: date, ends: date, *, in_token: str = "") -> SigningKey:
    """Make a key for the days from `begins` to `ends`, both included; store its public half and where the other is.

    `in_token`: label of the key to be made in the token of this process, instead of in a file.
    """
    if begins > ends:
        raise OperatorFault("bad_key_days", "a key ends after it begins")
    private: ec.EllipticCurvePrivateKey | KeyOfToken
    public: ec.EllipticCurvePublicKey | Ed25519PublicKey
    if in_token:
        token = token_of_process()
        private, public = KeyOfToken(token, in_token), token.make_message_key(in_token)
        kept = f"{IN_TOKEN}{in_token}\n".encode()
    else:
        private = ec.generate_private_key(ec.SECP256R1())
        public = private.public_key()
        kept = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    key = SigningKey(published=PublicKey(begins=begins, ends=ends, public=public), private=private)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"{begins}_{ends}_{key.key_id.hex()}"
    with os.fdopen(os.open(folder / f"{name}.pem", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(kept)
    (folder / f"{name}.pub.pem").write_bytes(
        public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return key


def read_signing_keys(folder: Path) -> tuple[SigningKey, ...]:
    """Read the private keys, or find them in the token.

    Raises `OperatorFault` for a file that is none, or that others can read, and as the token does.
    """
    found = []
    for path in sorted(folder.glob("*.pem")):
        name = _NAME.fullmatch(path.name)
        if name is None or name[4]:
            continue
        if path.stat().st_mode & 0o077:
            raise OperatorFault("signing_key_open", f"{path} can be read by others; chmod 600 it, or make another key")
        wanted = "a key of P-256; one of Ed25519 lives in a token"
        kind = ec.EllipticCurvePrivateKey  # abstract: it is only asked whether a key is one
        private = private_key(path, kind, code="bad_signing_key", wanted=wanted)  # type: ignore[type-abstract]  # as above
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
        if name is None or not isinstance(public, ec.EllipticCurvePublicKey | Ed25519PublicKey):
            raise OperatorFault("bad_signing_key", f"{path} holds no key of P-256 or Ed25519 under its name")
        found.append(_published(path, name, public))
    return tuple(found)


def signing_on(keys: Sequence[SigningKey], day: date) -> SigningKey:
    """Choose the key that signs on `day`. Raises `OperatorFault` where none is in use."""
    in_use = [key for key in keys if key.published.begins <= day <= key.published.ends]
    if not in_use:
        raise OperatorFault("no_signing_key", f"no signing key is in use on {day}; make one by `kofu code new-key`")
    return max(in_use, key=lambda key: (key.published.begins, key.key_id))


def _published(path: Path, name: re.Match[str], public: ec.EllipticCurvePublicKey | Ed25519PublicKey) -> PublicKey:
    try:
        key = PublicKey(begins=date.fromisoformat(name[1]), ends=date.fromisoformat(name[2]), public=public)
    except ValueError as error:
        raise OperatorFault("bad_signing_key", f"{path} names no days") from error
    known_kind = isinstance(public, Ed25519PublicKey) or public.curve.name == "secp256r1"
    if not known_kind or key.key_id.hex() != name[3]:
        raise OperatorFault("bad_signing_key", f"{path} does not hold the key its name says")
    return key
