"""A certificate as a file, signed: valid for two programs that are not ours, and broken by any change."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from tests.certificates import orders
from tests.certificates.last_look.papers import paper as laid_out
from tests.certificates.last_look.papers import payments
from tests.certificates.preflight import complaints
from tests.certificates.signing_certificates import NOW, certificate, lay, verdict

from kofu.certificates.digital import KeyInFile, SigningIdentity, identity_at, read_identities, sign_document
from kofu.certificates.make import make
from kofu.certificates.render import render
from kofu.certificates.signature_message import SignatureMessage
from kofu.core.errors import InvariantBroken, OperatorFault
from kofu.press.signature_slot import CannotBeSigned, signature_slot

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
    signed = sign_document(released.pdf, released.sha256, identity, reason="税証明書", signed_at=NOW)
    assert signed.startswith(released.pdf)
    status = verdict(signed, folder)
    assert (status.bottom_line, status.trusted, status.coverage.name) == (True, True, "ENTIRE_FILE")


def test_poppler_agrees(released, identity, tmp_path):
    if shutil.which("pdfsig") is None:
        pytest.skip("there is no pdfsig; on Debian: apt-get install poppler-utils")
    file = tmp_path / "signed.pdf"
    file.write_bytes(sign_document(released.pdf, released.sha256, identity, reason="税証明書", signed_at=NOW))
    said = subprocess.run(["pdfsig", "-nocert", str(file)], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid." in said
    assert "ETSI.CAdES.detached" in said
    assert "Total document signed" in said


@pytest.mark.parametrize("way", [render, laid_out], ids=["forme", "typst"])
@pytest.mark.parametrize("order", [orders.TAXATION, payments(11)], ids=["one page", "two pages"])
def test_a_paper_made_in_either_way_has_a_place_for_a_signature(way, order, identity, folder, press):
    pdf = way(order, press)
    signed = sign_document(pdf, hashlib.sha256(pdf).hexdigest(), identity, reason="税証明書", signed_at=NOW)
    assert signed.startswith(pdf)
    assert verdict(signed, folder).bottom_line


@pytest.mark.parametrize(("way", "known"), [(render, True), (laid_out, False)], ids=["forme", "typst"])
def test_only_of_a_paper_set_from_a_forme_is_it_known_how_far_the_form_goes(way, known, press):
    """What is remembered of a file between papers must end before the first thing that is somebody's (P1)."""
    pdf = way(orders.TAXATION, press)
    slot = signature_slot(pdf, 3_000, reason="税証明書", signed_at=NOW)
    assert bool(slot.form_bytes) is known
    assert b"/S Do\n" not in pdf[: slot.form_bytes]
    assert not known or b"/S Do\n" in pdf[slot.form_bytes :][:200]


def test_an_rsa_key_signs_too_and_the_chain_goes_with_it(released, tmp_path):
    above, key = (rsa.generate_private_key(65_537, 2048) for _ in range(2))
    begins = NOW - timedelta(days=1)
    authority = certificate("見本認証局", "見本認証局", above, above, authority=True, begins=begins)
    own = certificate("東京都見本区長", "見本認証局", key, above, authority=False, begins=begins)
    (tmp_path / "authority.pem").write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    by_rsa = SigningIdentity(own, (authority,), KeyInFile(private))
    signed = sign_document(released.pdf, released.sha256, by_rsa, reason="税証明書", signed_at=NOW)
    assert verdict(signed, tmp_path).bottom_line
    assert authority.public_bytes(serialization.Encoding.DER).hex().encode() in signed


def test_another_certificate_of_the_same_key_cannot_be_put_in_the_signers_place(released, folder):
    """What is signed names the certificate by its digest (RFC 5035)."""
    key = ec.generate_private_key(ec.SECP256R1())
    begins = NOW - timedelta(days=1)
    own, other = (certificate(name, "見本認証局", key, key, authority=False, begins=begins) for name in ("甲", "乙"))
    message = SignatureMessage.of(own, ())
    assert hashlib.sha256(own.public_bytes(serialization.Encoding.DER)).digest() in b"".join(message.attributes)
    assert SignatureMessage.of(other, ()).attributes != message.attributes


def test_a_paper_is_signed_once(released, identity):
    signed = sign_document(released.pdf, released.sha256, identity, reason="税証明書", signed_at=NOW)
    with pytest.raises(CannotBeSigned):
        sign_document(signed, hashlib.sha256(signed).hexdigest(), identity, reason="税証明書", signed_at=NOW)


@pytest.mark.parametrize(
    "change",
    [
        lambda pdf: pdf[:-30],
        lambda pdf: pdf.replace(b"/Pages ", b"/Pagen "),
        lambda pdf: pdf.replace(b"/ID[", b"/IE["),
        lambda pdf: re.sub(rb"xref\n0 ", b"xref\n1 ", pdf),
        lambda pdf: re.sub(rb"\d{10} 00000 n", b"0000000009 00000 n", pdf),
    ],
    ids=["cut", "no pages", "no identifier", "another table", "entries that lead elsewhere"],
)
def test_a_file_built_otherwise_has_no_place_for_a_signature(change, released):
    with pytest.raises(CannotBeSigned):
        signature_slot(change(released.pdf), 3_000, reason="税証明書", signed_at=NOW)


def test_one_digit_changed_breaks_the_signature(released, identity, folder):
    signed = bytearray(sign_document(released.pdf, released.sha256, identity, reason="税証明書", signed_at=NOW))
    signed[len(released.pdf) // 2] ^= 1
    assert not verdict(bytes(signed), folder).bottom_line


@pytest.mark.java
def test_the_signed_file_is_still_pdf_a_1b(released, identity):
    signed = sign_document(released.pdf, released.sha256, identity, reason="税証明書", signed_at=NOW)
    assert complaints({"signed": signed}) == {}


def test_only_what_the_last_look_released_is_signed(released, identity):
    with pytest.raises(InvariantBroken):
        sign_document(released.pdf + b" ", released.sha256, identity, reason="税証明書", signed_at=NOW)


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
