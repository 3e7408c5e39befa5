"""The list of revoked certificates (取り消した証明書): single numbers, signed, published as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import msgspec
from cryptography.exceptions import InvalidSignature

from kofu.certificates.signing_keys import SIGNATURE_BYTES, PublicKey, SigningKey
from kofu.core.errors import PeerFault

_PURPOSE = b"kofu revocations\n"


class RevokedNumber(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One number and the day it was revoked on. Why is the ward's matter and not public."""

    certificate_number: str
    revoked_on: date


class RevocationList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All revoked numbers of a municipality as of an instant."""

    municipality_code: str
    issued_at: datetime
    revoked: tuple[RevokedNumber, ...]


class SignedList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The published file: the list as text, exactly as signed; key id and signature (64 bytes) in hexadecimal."""

    list: str
    key_id: str
    signature: str


@dataclass(frozen=True, slots=True)
class Revocations:
    """A verified list."""

    known: RevocationList

    def revoked_on(self, certificate_number: str) -> date | None:
        """Give the day a number was revoked on, None where it was not."""
        return next(
            (one.revoked_on for one in self.known.revoked if one.certificate_number == certificate_number), None
        )


def sign_list(known: RevocationList, key: SigningKey) -> bytes:
    """Write the file to publish."""
    text = msgspec.json.encode(known)
    signature = key.sign(_PURPOSE + text)
    signed = SignedList(list=text.decode("utf-8"), key_id=key.key_id.hex(), signature=signature.hex())
    return msgspec.json.encode(signed)


def read_list(file: bytes, keys: Sequence[PublicKey]) -> Revocations:
    """Read a published file. Raises `PeerFault` where it is none, or no known key signed it."""
    try:
        signed = msgspec.json.decode(file, type=SignedList)
        raw = bytes.fromhex(signed.signature)
        known = msgspec.json.decode(signed.list, type=RevocationList)
    except (msgspec.DecodeError, ValueError) as error:
        raise PeerFault("bad_revocations", "this is no list of revocations") from error
    key = next((key for key in keys if key.key_id.hex() == signed.key_id), None)
    if key is None or len(raw) != SIGNATURE_BYTES:
        raise PeerFault("revocations_unsigned", "no key known here signed this list of revocations")
    try:
        key.verify(raw, _PURPOSE + signed.list.encode("utf-8"))
    except InvalidSignature as error:
        raise PeerFault("revocations_unsigned", "no key known here signed this list of revocations") from error
    return Revocations(known)
