"""TLS between systems: every connection names both ends by X.509 certificates.

In production the operator lays the files; for a first run `make_development_ca` makes a certification authority and
one certificate per system under `var/tls` (or `KOFU_TLS_DIR`)::

    ca.pem  ca.key          the development authority
    <name>.pem  <name>.key  certificate and key of one system; its subject common name is the name

Keys have mode 0600. TLS 1.3 only: both ends are ours. A certificate is good for what its owner does and no more: who
asks others alone (the ledger, a kiosk) cannot serve, and bears no name of a host.

A certificate is replaced by laying the next one, certificate and key, in the place of the old: `FreshContext` takes it
for the lines that are opened from then on, lines that are open go on to their end. `ca.pem` may hold two authorities
while one follows the other.
"""

from __future__ import annotations

import os
import re
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
from kofu.platform.made_once import replace_whole
from kofu.platform.settings import var_dir

#: Systems that get a certificate at the first run.
NAMES: tuple[str, ...] = ("issuing", "center", "registry", "ledger", "kiosk-0001")
VALID_DAYS = 825
#: Who answers, and so needs a certificate that a client may believe as a server's.
SERVERS: frozenset[str] = frozenset({"issuing", "center", "registry"})
LOOPBACK: tuple[str, ...] = ("localhost", "127.0.0.1")
#: A name is part of the names of files, and stands in the certificate as a name of DNS.
MACHINE_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
AUTHORITY = "ca"


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
    replace_whole(path, text)


def read_authority_key(folder: Path) -> ec.EllipticCurvePrivateKey:
    """Read the development authority's key. Raises `OperatorFault` where it is none."""
    return _read_key(folder / "ca.key")


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


def issue_certificate(folder: Path, name: str, hosts: tuple[str, ...] = LOOPBACK) -> TlsFiles:
    """Issue a certificate to `name`; one of `SERVERS` may answer under its name and `hosts` (names or addresses).

    What lies there is replaced whole, the key first: whoever reads between the two finds a pair that does not fit, and
    looks again. Raises `OperatorFault` `machine_name` for a name that is none, or the authority's.
    """
    require_machine_name(name)
    authority = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
    authority_key = _read_key(folder / "ca.key")
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.DNSName(name), *(map(_host, hosts) if name in SERVERS else ())]
    ends = [ExtendedKeyUsageOID.CLIENT_AUTH] + [ExtendedKeyUsageOID.SERVER_AUTH] * (name in SERVERS)
    certificate = (
        _builder(name, authority.subject, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage(ends), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()),
            critical=False,
        )
        .sign(authority_key, hashes.SHA256())
    )
    files = TlsFiles(folder / "ca.pem", folder / f"{name}.pem", folder / f"{name}.key")
    _write_key(files.key, key)
    replace_whole(files.certificate, certificate.public_bytes(serialization.Encoding.PEM), mode=0o644)
    return files


def require_machine_name(name: str) -> None:
    """Let no name lead out of the folder, or to the authority's own key. Raises `OperatorFault` `machine_name`."""
    if not MACHINE_NAME.fullmatch(name) or name == AUTHORITY:
        raise OperatorFault(
            "machine_name",
            f"a machine's name is small letters, digits and hyphens, such as kiosk-0001, not {AUTHORITY}",
        )


def _host(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def file_stamp(path: Path) -> tuple[int, int] | None:
    """Give what tells one state of a file from the next: its number and when it changed, None where it is not."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


@dataclass(slots=True)
class FreshContext:
    """A TLS context that follows its files: `look` takes a certificate that was laid in the place of the last one.

    To be called where nobody opens a line with the context at the same moment: in the event loop that serves it.
    """

    context: ssl.SSLContext
    certificate: Path
    key: Path
    authority: Path | None = None
    _seen: tuple[tuple[int, int] | None, ...] = ()

    def __post_init__(self) -> None:
        """Take the files as they are for those the context was made of."""
        self._seen = self._stamps()

    def look(self) -> bool:
        """Take what is new; True where there was something. A pair that does not fit (yet) changes nothing."""
        stamps = self._stamps()
        if stamps == self._seen:
            return False
        trial = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            _load(trial, self.certificate, self.key, self.authority)
            _load(self.context, self.certificate, self.key, self.authority)
        except (OSError, ssl.SSLError):
            return False
        self._seen = stamps
        return True

    def _stamps(self) -> tuple[tuple[int, int] | None, ...]:
        return tuple(file_stamp(path) for path in (self.certificate, self.key, self.authority) if path is not None)


def _load(context: ssl.SSLContext, certificate: Path, key: Path, authority: Path | None) -> None:
    if authority is not None:
        context.load_verify_locations(authority)
    context.load_cert_chain(certificate, key)


def fresh_client(files: TlsFiles) -> FreshContext:
    """`client_context`, and what keeps it fresh in a client that lives long."""
    return FreshContext(client_context(files), files.certificate, files.key, files.authority)


def client_context(files: TlsFiles) -> ssl.SSLContext:
    """TLS context of a client that shows `files.certificate` and trusts only `files.authority`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(files.authority)
    context.load_cert_chain(files.certificate, files.key)
    return context
