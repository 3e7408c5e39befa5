"""TLS between systems: every connection names both ends by X.509 certificates.

In production the operator lays the files; for a first run `make_development_ca` makes a certification authority and
one certificate per system under `var/tls` (or `KOFU_TLS_DIR`)::

    ca.pem  ca.key          the development authority
    <name>.pem  <name>.key  certificate and key of one system; its subject common name is the name

Keys have mode 0600. TLS 1.3 only: both ends are ours.
"""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kofu.core.errors import OperatorFault
from kofu.platform.settings import var_dir

#: Systems that get a certificate at the first run.
NAMES: tuple[str, ...] = ("issuing", "center", "registry", "ledger", "kiosk-0001")
VALID_DAYS = 825


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Paths of the authority's certificate and of one system's certificate and key."""

    authority: Path
    certificate: Path
    key: Path


def tls_dir() -> Path:
    """Folder of the TLS files."""
    named = os.environ.get("KOFU_TLS_DIR")
    return Path(named).resolve() if named else var_dir() / "tls"


def tls_files(name: str) -> TlsFiles:
    """Paths for the system `name`. Raises `OperatorFault` where a file is missing."""
    folder = tls_dir()
    files = TlsFiles(folder / "ca.pem", folder / f"{name}.pem", folder / f"{name}.key")
    for path in (files.authority, files.certificate, files.key):
        if not path.is_file():
            raise OperatorFault("no_tls_file", f"{path} is missing; `kofu up` makes development certificates")
    return files


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(text)


def _read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise OperatorFault("bad_key", f"{path} does not hold an elliptic-curve key")
    return key


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(subject: str, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=VALID_DAYS))
    )


def make_development_ca(folder: Path) -> None:
    """Make the authority and a certificate for each of `NAMES`. What is there already stays."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (folder / "ca.pem").exists():
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name("kofu development CA")
        certificate = (
            _builder("kofu development CA", name, key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        _write_key(folder / "ca.key", key)
        (folder / "ca.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    for system in NAMES:
        if not (folder / f"{system}.pem").exists():
            issue_certificate(folder, system)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def issue_certificate(folder: Path, name: str) -> TlsFiles:
    """Issue a certificate to `name` for both ends of a connection, valid on this machine's loopback."""
    authority = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
    authority_key = _read_key(folder / "ca.key")
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.DNSName(name), x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    both_ends = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    certificate = (
        _builder(name, authority.subject, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage(both_ends), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()),
            critical=False,
        )
        .sign(authority_key, hashes.SHA256())
    )
    files = TlsFiles(folder / "ca.pem", folder / f"{name}.pem", folder / f"{name}.key")
    _write_key(files.key, key)
    files.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return files


def client_context(files: TlsFiles) -> ssl.SSLContext:
    """TLS context of a client that shows `files.certificate` and trusts only `files.authority`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(files.authority)
    context.load_cert_chain(files.certificate, files.key)
    return context
