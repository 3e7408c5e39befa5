"""The authority: its key and certificate, and the certificates it issues to card holders, without name or address."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kofu.core.calendar import JST
from kofu.core.errors import OperatorFault, PeerFault

KEY_BITS = 2048
AUTHORITY_YEARS = 20
#: 利用者証明用 on a card, as J-LIS publishes it (公的個人認証サービス プロファイル仕様書, オブジェクト識別子の体系).
POLICY = x509.ObjectIdentifier("1.2.392.200149.8.5.1.3.30")
NAME = x509.Name(
    [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "KOFU SPECIMEN"),
        x509.NameAttribute(NameOID.COMMON_NAME, "SPECIMEN CA for user authentication"),
    ]
)


@dataclass(frozen=True, slots=True)
class CardIssuer:
    """The authority's certificate and its key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey


def make_authority(folder: Path) -> None:
    """Make `ca.pem` and `ca.key` (mode 0600) in `folder`, where they are not there yet."""
    if (folder / "ca.key").exists() and (folder / "ca.pem").exists():
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(NAME)
        .issuer_name(NAME)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=365 * AUTHORITY_YEARS))  # older than the specimen cards it issued
        .not_valid_after(now + timedelta(days=365 * AUTHORITY_YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(sign_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with os.fdopen(os.open(folder / "ca.key", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(text)
    (folder / "ca.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def load_authority(folder: Path) -> CardIssuer:
    """Read the authority. Raises `OperatorFault` `no_authority` where it is not there or not an RSA key's."""
    try:
        key = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), password=None)
        certificate = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
    except (OSError, ValueError) as error:
        raise OperatorFault("no_authority", f"{folder} holds no authority; `kofu up` makes the stand-in's") from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise OperatorFault("no_authority", f"{folder}: the authority's key is not an RSA key")
    return CardIssuer(certificate, key)


def certify(
    authority: CardIssuer, *, serial: str, public_key: bytes, valid_from: date, valid_to: date
) -> x509.Certificate:
    """Issue a certificate to the holder of `public_key` (SubjectPublicKeyInfo, DER); `valid_to` is the last good day.

    Raises `PeerFault` `bad_public_key` for what is not an RSA key of 2048 bits.
    """
    try:
        key = serialization.load_der_public_key(public_key)
    except ValueError as error:
        raise PeerFault("bad_public_key", "the public key cannot be read") from error
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size != KEY_BITS:
        raise PeerFault("bad_public_key", f"a card's key is an RSA key of {KEY_BITS} bits")
    holder = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "KOFU SPECIMEN"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"SPECIMEN {serial}"),
        ]
    )
    return (
        x509.CertificateBuilder()
        .subject_name(holder)
        .issuer_name(authority.certificate.subject)
        .public_key(key)
        .serial_number(int(serial, 16))
        .not_valid_before(datetime.combine(valid_from, time(), JST))
        .not_valid_after(datetime.combine(valid_to, time(23, 59, 59), JST))
        .add_extension(_usage(sign_certificates=False), critical=True)
        .add_extension(x509.CertificatePolicies([x509.PolicyInformation(POLICY, None)]), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .sign(authority.key, hashes.SHA256())
    )


def _usage(*, sign_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not sign_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=sign_certificates,
        crl_sign=sign_certificates,
        encipher_only=False,
        decipher_only=False,
    )
