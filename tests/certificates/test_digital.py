"""A certificate as a file, signed: valid for two programs that are not ours, and broken by any change."""

from __future__ import annotations

import shutil
import subprocess
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.certificates import orders
from tests.certificates.preflight import complaints
from tests.certificates.signing_certificates import NOW, certificate, lay, verdict

from kofu.certificates.digital import identity_at, read_identities, sign_document
from kofu.certificates.make import make
from kofu.core.errors import InvariantBroken, OperatorFault

pytestmark = pytest.mark.font


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


def test_what_an_error_shows_of_an_identity_has_nothing_of_its_key(identity):
    assert repr(identity.key) == "KeyInFile()"
    assert "key" not in repr(identity)


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
