"""Whether a certificate is good: OCSP answers (RFC 6960) at once, and the list of revoked ones (CRL, RFC 5280)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from kofu.contracts.issuing import serial_text
from kofu.core.errors import PeerFault
from kofu.registry.domain.validity import SerialRecord, validity_on
from kofu.registry.jpki.authority import CardIssuer

ANSWER_HOLDS = timedelta(minutes=5)
CRL_HOLDS = timedelta(hours=24)
REQUEST_BYTES_MAX = 4096


def read_request(data: bytes) -> tuple[ocsp.OCSPRequest, str]:
    """Read a question; give it with the serial it is about. Raises `PeerFault` `bad_ocsp_request`."""
    if len(data) > REQUEST_BYTES_MAX:
        raise PeerFault("bad_ocsp_request", f"an OCSP request has at most {REQUEST_BYTES_MAX} bytes")
    try:
        request = ocsp.load_der_ocsp_request(data)
        return request, serial_text(request.serial_number)
    except (ValueError, RuntimeError) as error:  # several questions in one are a RuntimeError of the library
        raise PeerFault("bad_ocsp_request", "the body is not an OCSP request about one certificate") from error


def answer(
    request: ocsp.OCSPRequest,
    authority: CardIssuer,
    record: SerialRecord | None,
    *,
    today: date,
    now: datetime,
) -> bytes:
    """Answer a question, signed by the authority, with the question's nonce in it.

    Good is only a known serial within its period that is neither revoked nor suspended; what is outside its period, and
    what another authority issued, is unknown (P7: no before yes).
    """
    issued_here = _is_about(request, authority)
    status = validity_on(record, today) if issued_here else "unknown"
    states = {"good": ocsp.OCSPCertStatus.GOOD, "revoked": ocsp.OCSPCertStatus.REVOKED}
    state = states.get(status, ocsp.OCSPCertStatus.UNKNOWN)
    revoked = state is ocsp.OCSPCertStatus.REVOKED
    hold = revoked and record is not None and record.status == "suspended"
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response_by_hash(
            issuer_name_hash=request.issuer_name_hash,
            issuer_key_hash=request.issuer_key_hash,
            serial_number=request.serial_number,
            algorithm=request.hash_algorithm,
            cert_status=state,
            this_update=now,
            next_update=now + ANSWER_HOLDS,
            revocation_time=record.status_since if revoked and record is not None else None,
            revocation_reason=x509.ReasonFlags.certificate_hold if hold else None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, authority.certificate)
    )
    try:
        nonce = request.extensions.get_extension_for_class(x509.OCSPNonce).value
    except x509.ExtensionNotFound:
        pass
    else:
        builder = builder.add_extension(nonce, critical=False)
    return builder.sign(authority.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


@dataclass(frozen=True, slots=True)
class RevokedCard:
    """One line of the list: what is revoked, or suspended, since when."""

    serial: str
    since: datetime
    status: str


def revocation_list(authority: CardIssuer, revoked: Iterable[RevokedCard], now: datetime) -> bytes:
    """Write the list of revoked and suspended serials, good for a day, signed by the authority (DER)."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(now)
        .next_update(now + CRL_HOLDS)
        .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
    )
    for one in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(int(one.serial, 16)).revocation_date(one.since)
        if one.status == "suspended":
            entry = entry.add_extension(x509.CRLReason(x509.ReasonFlags.certificate_hold), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(authority.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _is_about(request: ocsp.OCSPRequest, authority: CardIssuer) -> bool:
    """Whether the question is about a certificate of this authority, by the hashes of its name and key."""
    own = (
        ocsp.OCSPRequestBuilder()
        .add_certificate(authority.certificate, authority.certificate, request.hash_algorithm)
        .build()
    )
    return (own.issuer_name_hash, own.issuer_key_hash) == (request.issuer_name_hash, request.issuer_key_hash)
