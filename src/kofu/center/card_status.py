"""What the authority says of a card's certificate: its OCSP answer (RFC 6960), believed only where it can be.

The answer is signed by the authority itself, or by a responder whose certificate the same key issued for just that
(§4.2.2.2). It is about this certificate of this issuer. With our nonce it answers us; without one (§4.4.1: a responder
need not give it back) it is believed for as long as it is fresh. Everything else is no answer, and no answer is a no.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from kofu.center.card_profile import find_extension
from kofu.core.errors import PeerFault

ANSWER_AGE_MAX = timedelta(minutes=10)
CLOCK_SLACK = timedelta(minutes=2)
NONCE_BYTES = 16
UNPROVEN = "validity_unproven"  # no answer about revocation, or none that can be believed: no session
HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
READ = frozenset({ExtensionOID.BASIC_CONSTRAINTS, ExtensionOID.EXTENDED_KEY_USAGE, ExtensionOID.KEY_USAGE})


class CertificateStatus(StrEnum):
    """What the authority says of a certificate."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CardStatus:
    """`reason`: why it was revoked, as RFC 5280 §5.3.1 names it; "" where the authority does not say."""

    standing: CertificateStatus
    reason: str = ""


def question(card: x509.Certificate, issuer: x509.Certificate, nonce: bytes) -> bytes:
    """Write the OCSP question about a card's certificate (DER)."""
    request = (
        ocsp.OCSPRequestBuilder()
        .add_certificate(card, issuer, hashes.SHA256())
        .add_extension(x509.OCSPNonce(nonce), critical=False)
        .build()
    )
    return request.public_bytes(serialization.Encoding.DER)


def read_answer(
    answer: bytes, card: x509.Certificate, issuer: x509.Certificate, nonce: bytes, now: datetime
) -> CardStatus:
    """Read what the authority says of a card's certificate. Raises `PeerFault` `validity_unproven`."""
    try:
        response = ocsp.load_der_ocsp_response(answer)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise _unproven("it is no answer")
        _check_signature(response, issuer, now)
        _check_nonce(response, nonce)
        single = next((one for one in response.responses if _is_about(one, card, issuer)), None)
        if single is None:
            raise _unproven("it answers another question")
        _check_fresh(response.produced_at_utc, single, now)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, x509.DuplicateExtension) as error:
        raise _unproven("it cannot be read, or the authority did not sign it") from error
    match single.certificate_status:
        case ocsp.OCSPCertStatus.GOOD:
            return CardStatus(CertificateStatus.GOOD)
        case ocsp.OCSPCertStatus.REVOKED:
            reason = single.revocation_reason
            return CardStatus(CertificateStatus.REVOKED, "" if reason is None else reason.name)
        case _:
            return CardStatus(CertificateStatus.UNKNOWN)


def _check_signature(response: ocsp.OCSPResponse, issuer: x509.Certificate, now: datetime) -> None:
    hash_algorithm = response.signature_hash_algorithm
    if not isinstance(hash_algorithm, HASHES):
        raise _unproven("it is not signed with SHA-2")
    signer = _signer(response, issuer, now)
    match signer.public_key():
        case rsa.RSAPublicKey() as key:
            key.verify(response.signature, response.tbs_response_bytes, padding.PKCS1v15(), hash_algorithm)
        case ec.EllipticCurvePublicKey() as key:
            key.verify(response.signature, response.tbs_response_bytes, ec.ECDSA(hash_algorithm))
        case _:
            raise _unproven("it is signed with a key of a kind that is not taken")


def _signer(response: ocsp.OCSPResponse, issuer: x509.Certificate, now: datetime) -> x509.Certificate:
    """Give the certificate of who signed: the issuer's own, or a responder's that the issuer named for this."""
    if _is_signer(issuer, response):
        return issuer
    named = [one for one in response.certificates if _is_signer(one, response)]
    if not named:
        raise _unproven("it is somebody else's")
    responder = named[0]
    responder.verify_directly_issued_by(issuer)  # ValueError or InvalidSignature where it is another's
    purposes = find_extension(responder, x509.ExtendedKeyUsage)
    if purposes is None or ExtendedKeyUsageOID.OCSP_SIGNING not in purposes:
        raise _unproven("its signer was not named for OCSP (id-kp-OCSPSigning)")
    if not responder.not_valid_before_utc <= now <= responder.not_valid_after_utc:
        raise _unproven("the certificate of its signer is not valid now")
    usage = find_extension(responder, x509.KeyUsage)
    if usage is not None and not usage.digital_signature:
        raise _unproven("its signer's key is not for signatures")
    if any(extension.critical and extension.oid not in READ for extension in responder.extensions):
        raise _unproven("its signer's certificate has a critical extension that nobody here understands")
    if find_extension(responder, x509.OCSPNoCheck) is None:
        # without it the responder's own revocation would have to be asked for, of nobody but itself (§4.2.2.2.1)
        raise _unproven("its signer may be revoked itself (no id-pkix-ocsp-nocheck)")
    return responder


def _is_signer(certificate: x509.Certificate, response: ocsp.OCSPResponse) -> bool:
    if response.responder_name is not None:
        return certificate.subject == response.responder_name
    key = x509.SubjectKeyIdentifier.from_public_key(certificate.public_key())  # SHA-1, as in ResponderID (§4.2.1)
    return key.digest == response.responder_key_hash


def _check_nonce(response: ocsp.OCSPResponse, nonce: bytes) -> None:
    for extension in response.extensions:
        if isinstance(extension.value, x509.OCSPNonce):
            if extension.value.nonce != nonce:
                raise _unproven("it answers another question")
        elif extension.critical:
            raise _unproven("it has a critical extension that nobody here understands")


def _is_about(one: ocsp.OCSPSingleResponse, card: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether an answer is about this certificate of this issuer: two issuers can give out the same number."""
    own = ocsp.OCSPRequestBuilder().add_certificate(card, issuer, one.hash_algorithm).build()
    return (own.issuer_name_hash, own.issuer_key_hash, own.serial_number) == (
        one.issuer_name_hash,
        one.issuer_key_hash,
        one.serial_number,
    )


def _check_fresh(produced_at: datetime, one: ocsp.OCSPSingleResponse, now: datetime) -> None:
    """Raise where an answer is of the future, older than ten minutes, or past what it says of itself (§4.2.2.1)."""
    for at in (produced_at, one.this_update_utc):
        if not now - ANSWER_AGE_MAX <= at <= now + CLOCK_SLACK:
            raise _unproven("it is not fresh")
    if one.next_update_utc is not None and one.next_update_utc < now:
        raise _unproven("there is a newer one")


def _unproven(why: str) -> PeerFault:
    return PeerFault(UNPROVEN, f"the validity service's answer proves nothing: {why}")
