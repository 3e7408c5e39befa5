"""Whether the card's holder is at the kiosk: chain, period, signature, revocation, in this order; all else is a no.

The centre gives a challenge once; the card signs it together with who asked for it. A signature that was made for
another challenge, another kiosk or another municipality proves nothing here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from kofu.core.errors import OperatorFault, PeerFault

SERIAL_DIGITS = 32
ANSWER_AGE_MAX = timedelta(minutes=5)
CLOCK_SLACK = timedelta(minutes=2)
NONCE_BYTES = 16
UNPROVEN = "validity_unproven"  # no answer about revocation, or none that can be believed: no session


@dataclass(frozen=True, slots=True)
class CardAuthority:
    """The certificate of the authority whose cards are taken (公的個人認証)."""

    certificate: x509.Certificate

    @classmethod
    def read(cls, path: Path) -> CardAuthority:
        """Read the authority's certificate (PEM). Raises `OperatorFault` `no_card_authority`."""
        try:
            return cls(x509.load_pem_x509_certificate(path.read_bytes()))
        except (OSError, ValueError) as error:
            raise OperatorFault(
                "no_card_authority", f"{path} is no certificate; name the card authority's by KOFU_CARD_AUTHORITY"
            ) from error

    def check(self, certificate: bytes, signature: bytes, signed: bytes, now: datetime) -> x509.Certificate:
        """Check everything a certificate can show by itself; give it.

        Raises `PeerFault`: `certificate_unreadable`, `certificate_foreign` (another authority), `certificate_tampered`
        (names our authority, which did not sign it), `certificate_not_yet_valid`, `certificate_expired`,
        `certificate_not_for_this` (not made for user authentication), `signature_wrong`.
        """
        try:
            card = x509.load_der_x509_certificate(certificate)
            key = card.public_key()
            ours = self._is_named_by(card)
        except (ValueError, x509.DuplicateExtension) as error:
            raise PeerFault("certificate_unreadable", "the card's certificate cannot be read") from error
        if not ours:
            raise PeerFault("certificate_foreign", "the card's certificate is of another authority")
        try:
            card.verify_directly_issued_by(self.certificate)
        except (ValueError, TypeError, InvalidSignature) as error:
            raise PeerFault("certificate_tampered", "the authority did not sign this certificate as it is") from error
        if now < card.not_valid_before_utc:
            raise PeerFault("certificate_not_yet_valid", "the card's certificate is not valid yet")
        if now > card.not_valid_after_utc:
            raise PeerFault("certificate_expired", "the card's certificate is no longer valid")
        if not _is_for_authentication(card) or not isinstance(key, rsa.RSAPublicKey):
            raise PeerFault("certificate_not_for_this", "the certificate is not one for user authentication")
        try:
            key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature as error:
            raise PeerFault("signature_wrong", "the card did not sign this challenge") from error
        return card

    def _is_named_by(self, card: x509.Certificate) -> bool:
        """Whether a certificate names this authority and, where both say so, its key (RFC 5280 §4.2.1.1)."""
        if card.issuer != self.certificate.subject:
            return False
        try:
            named = card.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
            own = self.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
        except x509.ExtensionNotFound:
            return True  # the signature decides
        return named is None or named == own

    def question(self, card: x509.Certificate, nonce: bytes) -> bytes:
        """Write the OCSP question about a card's certificate (DER)."""
        request = (
            ocsp.OCSPRequestBuilder()
            .add_certificate(card, self.certificate, hashes.SHA256())
            .add_extension(x509.OCSPNonce(nonce), critical=False)
            .build()
        )
        return request.public_bytes(serialization.Encoding.DER)

    def status(self, answer: bytes, card: x509.Certificate, nonce: bytes, now: datetime) -> str:
        """Read an OCSP answer: good, revoked or unknown.

        Raises `PeerFault` `validity_unproven` where it is not the authority's own fresh answer to this question.
        """
        try:
            response = ocsp.load_der_ocsp_response(answer)
            if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
                raise _unproven("it is no answer")
            key = self.certificate.public_key()
            if not isinstance(key, rsa.RSAPublicKey) or response.signature_hash_algorithm is None:
                raise _unproven("its signature cannot be checked")
            key.verify(
                response.signature, response.tbs_response_bytes, padding.PKCS1v15(), response.signature_hash_algorithm
            )
            given = response.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
        except (ValueError, InvalidSignature, x509.ExtensionNotFound) as error:
            raise _unproven("it is not signed, or answers no question of ours") from error
        if given != nonce or response.serial_number != card.serial_number:
            raise _unproven("it answers another question")
        if not now - ANSWER_AGE_MAX <= response.this_update_utc <= now + CLOCK_SLACK:
            raise _unproven("it is not fresh")
        return {ocsp.OCSPCertStatus.GOOD: "good", ocsp.OCSPCertStatus.REVOKED: "revoked"}.get(
            response.certificate_status, "unknown"
        )


def serial_of(card: x509.Certificate) -> str:
    """Write a certificate's serial number as the wards know it."""
    return f"{card.serial_number:0{SERIAL_DIGITS}x}"


def _is_for_authentication(card: x509.Certificate) -> bool:
    try:
        constraints = card.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = card.extensions.get_extension_for_class(x509.KeyUsage).value
        extended = card.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return not constraints.ca and usage.digital_signature and ExtendedKeyUsageOID.CLIENT_AUTH in extended


def _unproven(why: str) -> PeerFault:
    return PeerFault(UNPROVEN, f"the validity service's answer proves nothing: {why}")
