"""A certificate as a file, signed: valid for two programs that are not ours, and broken by any change."""

from __future__ import annotations

import asyncio
import io
import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from tests.certificates import orders
from tests.certificates.preflight import complaints

from kofu.certificates.digital import identity_at, read_identities, sign_document
from kofu.certificates.make import make
from kofu.core.errors import InvariantBroken, OperatorFault

pytestmark = pytest.mark.font
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


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("digital")
    authority_key = ec.generate_private_key(ec.SECP256R1())
    begins = NOW - timedelta(days=30)
    authority = certificate("見本認証局", "見本認証局", authority_key, authority_key, authority=True, begins=begins)
    (folder / "authority.pem").write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    lay(folder, "old", authority_key, begins)
    lay(folder, "new", authority_key, NOW - timedelta(days=1))
    return folder


@pytest.fixture(scope="module")
def identity(folder):
    return identity_at(read_identities(folder), NOW)


@pytest.fixture(scope="module")
def released(press):
    return make(orders.TAXATION, press)


def verdict(pdf: bytes, folder):
    trusted = x509.load_pem_x509_certificate((folder / "authority.pem").read_bytes())
    root = asn1_x509.Certificate.load(trusted.public_bytes(serialization.Encoding.DER))
    (signature,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    return asyncio.run(async_validate_pdf_signature(signature, ValidationContext(trust_roots=[root])))


def test_the_released_bytes_stay_and_the_signature_is_valid(released, identity, folder):
    signed = sign_document(released.pdf, released.sha256, identity, reason="税証明書")
    assert signed.startswith(released.pdf)
    status = verdict(signed, folder)
    assert (status.bottom_line, status.trusted, status.coverage.name) == (True, True, "ENTIRE_FILE")


def test_poppler_agrees(released, identity, tmp_path):
    if shutil.which("pdfsig") is None:
        pytest.skip("there is no pdfsig; on Debian: apt-get install poppler-utils")
    file = tmp_path / "signed.pdf"
    file.write_bytes(sign_document(released.pdf, released.sha256, identity, reason="税証明書"))
    said = subprocess.run(["pdfsig", "-nocert", str(file)], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid." in said
    assert "ETSI.CAdES.detached" in said
    assert "Total document signed" in said


def test_one_digit_changed_breaks_the_signature(released, identity, folder):
    signed = bytearray(sign_document(released.pdf, released.sha256, identity, reason="税証明書"))
    signed[len(released.pdf) // 2] ^= 1
    assert not verdict(bytes(signed), folder).bottom_line


@pytest.mark.java
def test_the_signed_file_is_still_pdf_a_1b(released, identity):
    signed = sign_document(released.pdf, released.sha256, identity, reason="税証明書")
    assert complaints({"signed": signed}) == {}


def test_only_what_the_last_look_released_is_signed(released, identity):
    with pytest.raises(InvariantBroken):
        sign_document(released.pdf + b" ", released.sha256, identity, reason="税証明書")


def test_certificates_roll_over_by_their_own_days(folder):
    identities = read_identities(folder)
    old = identity_at(identities, NOW - timedelta(days=10))
    assert identity_at(identities, NOW) is not old
    with pytest.raises(OperatorFault, match="no signing certificate"):
        identity_at(identities, NOW + timedelta(days=900))


def test_a_key_that_is_open_or_of_another_certificate_is_refused(folder, tmp_path):
    for file in folder.glob("*.pem"):
        shutil.copy(file, tmp_path)
    shutil.copy(folder / "old.chain.pem", tmp_path / "new.chain.pem")
    with pytest.raises(OperatorFault, match="not the key"):
        read_identities(tmp_path)
    (tmp_path / "new.key.pem").chmod(0o644)
    with pytest.raises(OperatorFault, match="others"):
        read_identities(tmp_path)
