"""Signing certificates of an invented authority, and what a validator that is not ours says of a signed paper."""

from __future__ import annotations

import asyncio
import io
from datetime import UTC, datetime, timedelta

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

NOW = datetime.now(UTC)
USES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def certificate(subject, issuer, key, issuer_key, *, authority: bool, begins: datetime) -> x509.Certificate:
    usage = dict.fromkeys(USES, False)
    usage |= {"key_cert_sign": True} if authority else {"digital_signature": True, "content_commitment": True}
    return (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=400))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


def lay(folder, file: str, authority_key, begins: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    own = certificate("東京都見本区長", "見本認証局", key, authority_key, authority=False, begins=begins)
    path = folder / f"{file}.key.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    path.chmod(0o600)
    (folder / f"{file}.chain.pem").write_bytes(own.public_bytes(serialization.Encoding.PEM))


def verdict(pdf: bytes, folder):
    trusted = x509.load_pem_x509_certificate((folder / "authority.pem").read_bytes())
    root = asn1_x509.Certificate.load(trusted.public_bytes(serialization.Encoding.DER))
    (signature,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    return asyncio.run(async_validate_pdf_signature(signature, ValidationContext(trust_roots=[root])))
