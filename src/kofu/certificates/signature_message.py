"""The message that carries a signature (CMS SignedData, RFC 5652), as PAdES baseline B-B wants it.

Detached, one signer, three signed attributes: what kind of content it is, its digest, and which certificate signs (RFC
5035), so that no other certificate of the same key can be put in its place. All of it but the digest and the signature
is the same for every paper of an identity, and made once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from kofu.core.errors import OperatorFault

INTEGER, OCTETS, SEQUENCE, SET, ATTRIBUTES, CERTIFICATES, DIRECTORY_NAME = 0x02, 0x04, 0x30, 0x31, 0xA0, 0xA0, 0xA4
LONG_FORM = 0x80  # from this length on, DER says first how many bytes the length takes
_DATA = bytes.fromhex("06092a864886f70d010701")
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_CONTENT_TYPE = bytes.fromhex("06092a864886f70d010903")
_MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d010904")
_SIGNING_CERTIFICATE = bytes.fromhex("060b2a864886f70d010910022f")
_SHA256 = bytes.fromhex("300b0609608648016503040201")
_ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
_RSA_SHA256 = bytes.fromhex("300d06092a864886f70d01010b0500")
_ONE = bytes.fromhex("020101")
_NO_DIGEST = bytes(32)


def der(tag: int, *parts: bytes) -> bytes:
    """Write a value by the distinguished encoding rules (X.690): tag, length, content."""
    content = b"".join(parts)
    size = len(content)
    if size < LONG_FORM:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, LONG_FORM | len(length))) + length + content


@dataclass(frozen=True, slots=True)
class SignatureMessage:
    """What is the same in every message of an identity.

    `attributes`: the signed attributes, around the digest; `signer`: who signs, up to the attributes; `algorithm`: of
    the signature; `certificates`: the signer's and its issuers'; `bytes_max`: how large a message can be.
    """

    attributes: tuple[bytes, bytes]
    signer: bytes
    algorithm: bytes
    certificates: bytes
    bytes_max: int

    @classmethod
    def of(cls, certificate: x509.Certificate, chain: Iterable[x509.Certificate]) -> SignatureMessage:
        """Prepare the message of a certificate. Raises `OperatorFault` for a key of another kind."""
        key = certificate.public_key()
        if isinstance(key, ec.EllipticCurvePublicKey):
            algorithm, largest = _ECDSA_SHA256, 2 * (key.key_size // 8 + 4) + 4
        elif isinstance(key, rsa.RSAPublicKey):
            algorithm, largest = _RSA_SHA256, key.key_size // 8
        else:
            raise OperatorFault("bad_signing_identity", "a signing certificate is of an EC or RSA key")
        whole = certificate.public_bytes(Encoding.DER)
        issuer, serial = certificate.issuer.public_bytes(), _integer(certificate.serial_number)
        identified = der(
            SEQUENCE,
            der(OCTETS, hashlib.sha256(whole).digest()),
            der(SEQUENCE, der(SEQUENCE, der(DIRECTORY_NAME, issuer)), serial),
        )
        attributes = sorted(
            (
                der(SEQUENCE, _CONTENT_TYPE, der(SET, _DATA)),
                der(SEQUENCE, _MESSAGE_DIGEST, der(SET, der(OCTETS, _NO_DIGEST))),
                der(SEQUENCE, _SIGNING_CERTIFICATE, der(SET, der(SEQUENCE, der(SEQUENCE, identified)))),
            )
        )
        before, _, after = b"".join(attributes).partition(_NO_DIGEST)
        all_of_them = sorted({whole, *(one.public_bytes(Encoding.DER) for one in chain)})
        made = cls(
            (before, after),
            _ONE + der(SEQUENCE, issuer, serial) + _SHA256,
            algorithm,
            der(CERTIFICATES, *all_of_them),
            0,
        )
        return cls(
            made.attributes,
            made.signer,
            made.algorithm,
            made.certificates,
            bytes_max=len(made.signed(_NO_DIGEST, lambda _: bytes(largest))),
        )

    def signed(self, digest: bytes, sign: Callable[[bytes], bytes]) -> bytes:
        """Give the message (DER) about content of this SHA-256; `sign` signs bytes with the identity's key."""
        before, after = self.attributes
        attributes = der(SET, before, digest, after)
        signature = sign(attributes)
        as_they_stand = bytes((ATTRIBUTES,)) + attributes[1:]  # signed as a set, written with a tag of their own
        signer = der(SEQUENCE, self.signer, as_they_stand, self.algorithm, der(OCTETS, signature))
        data = der(SEQUENCE, _ONE, der(SET, _SHA256), der(SEQUENCE, _DATA), self.certificates, der(SET, signer))
        return der(SEQUENCE, _SIGNED_DATA, der(0xA0, data))


def _integer(value: int) -> bytes:
    return der(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))
