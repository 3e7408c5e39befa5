"""Cards and their authority for the centre's tests: real keys, real certificates, real OCSP answers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from tests.center.ocsp_clock import produced_at

from kofu.center.card_check import CardAuthority
from kofu.center.card_profile import CardProfile
from kofu.contracts.center import Challenge, OpenSession, signed_bytes
from kofu.registry.domain.validity import SerialRecord
from kofu.registry.jpki import authority as jpki
from kofu.registry.jpki.status import answer, read_request

FIRST, LAST = date(2024, 1, 1), date(2029, 1, 1)
SERIAL = "0a1b2c".zfill(32)
REVOKED_AT = datetime(2025, 6, 1, tzinfo=UTC)


def authority(name: str = "ours") -> jpki.CardIssuer:
    """The authority, made once for all tests; another name is another authority."""
    return _authority(name)


@cache
def _authority(_name: str) -> jpki.CardIssuer:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    made = (
        x509.CertificateBuilder()
        .subject_name(jpki.NAME)
        .issuer_name(jpki.NAME)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2040, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(jpki._usage(sign_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return jpki.CardIssuer(made, key)


def card_authority() -> CardAuthority:
    return CardAuthority((authority().certificate,), CardProfile.read())


@cache
def key_of(serial: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def certificate_of(serial: str = SERIAL, issuer: str = "ours", first: date = FIRST, last: date = LAST) -> bytes:
    public = (
        key_of(serial)
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    made = jpki.certify(authority(issuer), serial=serial, public_key=public, valid_from=first, valid_to=last)
    return made.public_bytes(serialization.Encoding.DER)


def signature(challenge: Challenge, kiosk: str, municipality: str, serial: str = SERIAL) -> bytes:
    signed = signed_bytes(challenge.challenge_id, challenge.nonce, kiosk, municipality)
    return key_of(serial).sign(signed, padding.PKCS1v15(), hashes.SHA256())


def opening(challenge: Challenge, *, kiosk: str, municipality: str, **changes: object) -> OpenSession:
    values = {
        "kiosk_id": kiosk,
        "municipality_code": municipality,
        "challenge_id": challenge.challenge_id,
        "certificate": certificate_of(),
        "signature": signature(challenge, kiosk, municipality),
    }
    return OpenSession(**(values | changes))


def ocsp_answer(question: bytes, status: str, now: datetime, *, issuer: str = "ours") -> bytes:
    """What the authority says: `status` is that of the registry's record (valid, revoked, suspended) or unknown."""
    request, _serial = read_request(question)
    record = None if status == "unknown" else SerialRecord(FIRST, LAST, status, REVOKED_AT)
    made = answer(request, authority(issuer), record, today=now.date(), now=now - timedelta(seconds=1))
    return produced_at(made, now, authority(issuer).key)
