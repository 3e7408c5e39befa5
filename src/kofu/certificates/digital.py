"""The signature on a certificate delivered as a file (PAdES, ETSI EN 319 142-1 baseline B-B), optional.

The released bytes stay as they are: the signature is an incremental update behind them, and certifies that nothing may
be added afterwards. The signing certificate is an X.509 certificate of the municipality (in production 職責証明書 or
the like, from the authority the receivers trust); which of several is used follows from their own days of validity.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from kofu.certificates.paper_digest import begin_digest
from kofu.certificates.signature_message import SignatureMessage
from kofu.core.errors import OperatorFault, ensure
from kofu.platform.token import Token
from kofu.press.signature_slot import signature_slot

CHAIN_MAX = 8


@dataclass(frozen=True, slots=True)
class KeyInFile:
    """A private key in memory (PKCS#8, DER)."""

    content: bytes = field(repr=False)

    def sign(self, data: bytes) -> bytes:
        """Sign the SHA-256 of `data`: ECDSA in DER, or RSA (PKCS#1 v1.5)."""
        key = _private_key(self.content)
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return key.sign(data, ec.ECDSA(hashes.SHA256()))
        return key.sign(data, padding.PKCS1v15(), hashes.SHA256())


@lru_cache(maxsize=8)  # a municipality has few, and reading one takes longer than signing with it
def _private_key(content: bytes) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    key = serialization.load_der_private_key(content, password=None)
    ensure(isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey), "a signing key is EC or RSA")
    return key  # type: ignore[return-value]  # as ensured


@dataclass(frozen=True, slots=True)
class KeyInToken:
    """A private key in a token, which does the signing; nothing here ever holds the key."""

    token: Token
    label: str

    def sign(self, data: bytes) -> bytes:
        """Sign the SHA-256 of `data` (ECDSA, DER), in the one thread that speaks with the token."""
        return self.token.sign(self.label, data)


@dataclass(frozen=True, slots=True)
class SigningIdentity:
    """A certificate, its chain (nearest issuer first) and the private key it is of."""

    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    key: KeyInFile | KeyInToken

    def valid_at(self, instant: datetime) -> bool:
        """Whether the certificate is within its days."""
        return self.certificate.not_valid_before_utc <= instant <= self.certificate.not_valid_after_utc

    def __repr__(self) -> str:
        return f"SigningIdentity({self.certificate.serial_number:x})"


def read_identities(folder: Path, token: Token | None = None) -> tuple[SigningIdentity, ...]:
    """Read the identities of a folder; with a token, its keys by the names of the chains (`<label>.chain.pem`).

    Raises `OperatorFault` where key and certificate do not belong together, a file is open to others, or a key lies in
    a file although keys are kept in a token.
    """
    return _in_files(folder) if token is None else _in_token(folder, token)


def _in_token(folder: Path, token: Token) -> tuple[SigningIdentity, ...]:
    for path in sorted(folder.glob("*.key.pem")):
        raise OperatorFault("key_in_file", f"{path} is a key in a file; the profile keeps signing keys in a token")
    found = []
    for path in sorted(folder.glob("*.chain.pem")):
        label = path.name.removesuffix(".chain.pem")
        try:
            chain = x509.load_pem_x509_certificates(path.read_bytes())
        except (ValueError, OSError) as error:
            raise OperatorFault("bad_signing_identity", f"{path} holds no chain of certificates") from error
        if len(chain) > CHAIN_MAX or chain[0].public_key() != token.public_key(label):
            raise OperatorFault(
                "bad_signing_identity", f"in token {token.label}, {label} is not the key of the first one in {path}"
            )
        found.append(SigningIdentity(chain[0], tuple(chain[1:]), KeyInToken(token, label)))
    return tuple(found)


def _in_files(folder: Path) -> tuple[SigningIdentity, ...]:
    """Read every `<name>.key.pem` with its `<name>.chain.pem` (the signer's certificate first).

    Raises `OperatorFault` where a key is open to others, or key and certificate do not belong together.
    """
    found = []
    for path in sorted(folder.glob("*.key.pem")):
        if path.stat().st_mode & 0o077:
            raise OperatorFault("signing_key_open", f"{path} can be read by others; chmod 600 it")
        chain_file = path.with_name(path.name.removesuffix(".key.pem") + ".chain.pem")
        try:
            key = serialization.load_pem_private_key(path.read_bytes(), password=None)
            chain = x509.load_pem_x509_certificates(chain_file.read_bytes())
        except (ValueError, OSError) as error:
            raise OperatorFault(
                "bad_signing_identity", f"{path} and {chain_file} do not hold a key and its chain"
            ) from error
        if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) or len(chain) > CHAIN_MAX:
            raise OperatorFault("bad_signing_identity", f"{path} holds a key of a kind not used for signatures")
        if chain[0].public_key() != key.public_key():
            raise OperatorFault("bad_signing_identity", f"{path} is not the key of the first one in {chain_file}")
        found.append(
            SigningIdentity(
                chain[0],
                tuple(chain[1:]),
                KeyInFile(
                    key.private_bytes(
                        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
                    )
                ),
            )
        )
    return tuple(found)


def identity_at(identities: tuple[SigningIdentity, ...], instant: datetime) -> SigningIdentity:
    """Choose the identity that became valid last. Raises `OperatorFault` where none is valid at `instant`."""
    valid = [identity for identity in identities if identity.valid_at(instant)]
    if not valid:
        raise OperatorFault(
            "no_signing_identity", "no signing certificate is valid now; lay key and chain into the folder"
        )
    return max(valid, key=lambda identity: identity.certificate.not_valid_before_utc)


def sign_document(pdf: bytes, sha256: str, identity: SigningIdentity, *, reason: str, signed_at: datetime) -> bytes:
    """Sign a released certificate; `sha256` is the digest the last look released it with, `signed_at` (aware) the time.

    The bytes are digested once: what the released ones give is compared, and goes on over the update behind them.
    Raises `InvariantBroken` for other bytes than those released, `CannotBeSigned` for a file of another form.
    """
    message = _message_of(identity.certificate, identity.chain)
    slot = signature_slot(pdf, message.bytes_max, reason=reason, signed_at=signed_at)
    digest = begin_digest(pdf, slot.form_bytes)
    ensure(digest.hexdigest() == sha256, "only what the last look released is signed")
    digest.update(slot.before)
    digest.update(slot.after)
    return pdf + slot.filled(message.signed(digest.digest(), identity.key.sign))


@lru_cache(maxsize=16)  # of the identities of a municipality, what is the same on every paper
def _message_of(certificate: x509.Certificate, chain: tuple[x509.Certificate, ...]) -> SignatureMessage:
    return SignatureMessage.of(certificate, chain)
