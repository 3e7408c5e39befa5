"""Whether the card's holder is at the kiosk: chain, period, profile, signature, revocation, in this order; else a no.

The centre gives a challenge once; the card signs it together with who asked for it. A signature that was made for
another challenge, another kiosk or another municipality proves nothing here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from kofu.center import card_status
from kofu.center.card_profile import CardKey, CardProfile, find_extension
from kofu.center.card_status import CardStatus
from kofu.contracts.issuing import serial_text
from kofu.core.errors import OperatorFault, PeerFault

SERIAL_BITS_MAX = 160  # 20 octets (RFC 5280 §4.1.2.2)


@dataclass(frozen=True, slots=True)
class ProvenCard:
    """A certificate whose holder is there, and the authority's certificate under which it was issued."""

    certificate: x509.Certificate
    issuer: x509.Certificate

    @property
    def serial(self) -> str:
        """The serial number as the wards know it."""
        return serial_text(self.certificate.serial_number)

    def question(self, nonce: bytes) -> bytes:
        """Write the OCSP question about the certificate (DER)."""
        return card_status.question(self.certificate, self.issuer, nonce)

    def status(self, answer: bytes, nonce: bytes, now: datetime) -> CardStatus:
        """Read the OCSP answer. Raises `PeerFault` `validity_unproven` where it cannot be believed."""
        return card_status.read_answer(answer, self.certificate, self.issuer, nonce, now)


@dataclass(frozen=True, slots=True)
class CardAuthority:
    """The authority whose cards are taken (公的個人認証): all certificates it issues under, and its profile.

    The authority changes its key every few years; old and new issuers stand beside each other until the last card of
    the old one has expired. Cards of an issuer that is over are over with it.
    """

    issuers: tuple[x509.Certificate, ...]
    profile: CardProfile

    @classmethod
    def read(cls, path: Path, profile: CardProfile) -> CardAuthority:
        """Read the authority's certificates (PEM, one or several). Raises `OperatorFault` `no_card_authority`."""
        try:
            issuers = tuple(x509.load_pem_x509_certificates(path.read_bytes()))
            strangers = [one.subject.rfc4514_string() for one in issuers if not _is_authority(one)]
        except (OSError, ValueError, x509.DuplicateExtension) as error:
            raise OperatorFault(
                "no_card_authority", f"{path} holds no certificate; name the card authority's by KOFU_CARD_AUTHORITY"
            ) from error
        if strangers:
            raise OperatorFault(
                "no_card_authority", f"{path}: {strangers[0]} is not the certificate of an authority; take it out"
            )
        return cls(issuers, profile)

    def check(self, certificate: bytes, signature: bytes, signed: bytes, now: datetime) -> ProvenCard:
        """Check everything a certificate can show by itself; give it.

        Raises `PeerFault`: `certificate_unreadable`, `certificate_foreign` (another authority), `certificate_tampered`
        (names our authority, which did not sign it), `certificate_not_yet_valid`, `certificate_expired` (it, or
        its issuer), `certificate_not_for_this` (not made for user authentication), `signature_wrong`.
        """
        try:
            card = x509.load_der_x509_certificate(certificate)
            if not 0 < card.serial_number < 1 << SERIAL_BITS_MAX:
                raise PeerFault("certificate_unreadable", "the serial number of the card's certificate is none")
            issuer = self._issuer_of(card)
            _check_period(card, issuer, now)
            key = self.profile.check(card)
        except _UNREADABLE as error:
            raise PeerFault("certificate_unreadable", "the card's certificate cannot be read") from error
        if not _signed_by(key, signature, signed):
            raise PeerFault("signature_wrong", "the card did not sign this challenge")
        return ProvenCard(card, issuer)

    def _issuer_of(self, card: x509.Certificate) -> x509.Certificate:
        """Find who issued it: of the issuers a certificate names, the one whose key proves it."""
        named = list(self._named_by(card))
        if not named:
            raise PeerFault("certificate_foreign", "the card's certificate is of another authority")
        proven = [one for one in named if _issued_by(card, one)]
        if not proven:
            raise PeerFault("certificate_tampered", "the authority did not sign this certificate as it is")
        # an issuer's certificate may have been renewed with its key: the one that lasts longest counts
        return max(proven, key=lambda one: one.not_valid_after_utc)

    def _named_by(self, card: x509.Certificate) -> Iterator[x509.Certificate]:
        """Give the issuers a certificate names, by key where both say so (RFC 5280 §4.2.1.1)."""
        extension = find_extension(card, x509.AuthorityKeyIdentifier)
        wanted = None if extension is None else extension.key_identifier
        for one in self.issuers:
            own = find_extension(one, x509.SubjectKeyIdentifier)
            if one.subject == card.issuer and (wanted is None or own is None or own.digest == wanted):
                yield one


#: What a certificate that is damaged, or not of X.509, makes the library say.
_UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)


def _is_authority(certificate: x509.Certificate) -> bool:
    constraints = find_extension(certificate, x509.BasicConstraints)
    usage = find_extension(certificate, x509.KeyUsage)
    return constraints is not None and constraints.ca and (usage is None or usage.key_cert_sign)


def _issued_by(card: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        card.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _check_period(card: x509.Certificate, issuer: x509.Certificate, now: datetime) -> None:
    if now < card.not_valid_before_utc:
        raise PeerFault("certificate_not_yet_valid", "the card's certificate is not valid yet")
    if now > card.not_valid_after_utc:
        raise PeerFault("certificate_expired", "the card's certificate is no longer valid")
    if not issuer.not_valid_before_utc <= now <= issuer.not_valid_after_utc:
        raise PeerFault("certificate_expired", "the authority's certificate it was issued under is over")


def _signed_by(key: CardKey, signature: bytes, signed: bytes) -> bool:
    """Whether the key made the signature: RSASSA-PKCS1-v1_5 or ECDSA with SHA-256; on P-384 also with SHA-384."""
    if isinstance(key, rsa.RSAPublicKey):
        return _holds(partial(key.verify, signature, signed, padding.PKCS1v15(), hashes.SHA256()))
    ways = (hashes.SHA256(), hashes.SHA384()) if isinstance(key.curve, ec.SECP384R1) else (hashes.SHA256(),)
    return any(_holds(partial(key.verify, signature, signed, ec.ECDSA(way))) for way in ways)


def _holds(verify: Callable[[], None]) -> bool:
    try:
        verify()
    except InvalidSignature:
        return False
    return True
