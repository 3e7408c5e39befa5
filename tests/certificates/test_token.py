"""Signing keys in a token (PKCS#11): used there, never read; what they sign is as valid as with a key in a file."""

from __future__ import annotations

import secrets
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.certificates import orders
from tests.certificates.signing_certificates import NOW, certificate, lay, verdict
from tests.operators import ROOT, log_in
from typer.testing import CliRunner

from kofu.certificates.digital import identity_at, read_identities, sign_document
from kofu.certificates.make import make
from kofu.certificates.render import CertificatePress
from kofu.certificates.revocations import RevocationList, RevokedNumber, read_list, sign_list
from kofu.certificates.signed_code import CodeSigner
from kofu.certificates.signing_keys import make_signing_key, read_public_keys, read_signing_keys
from kofu.cli import build
from kofu.contracts.feed import FeedKind
from kofu.core.errors import OperatorFault, PeerFault
from kofu.platform.audit_note import LOG_KEY, Note, NoteKey, sign
from kofu.platform.feeds import public_key, signing_key
from kofu.platform.fonts import read_font
from kofu.platform.message_keys import message_key
from kofu.platform.token import Token, open_token
from kofu.platform.token_request import certificate_request

pkcs11 = pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed: make test installs it")
MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "98765432"
BEGINS = NOW - timedelta(days=1)


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Token]:
    """A token of software with one key in it."""
    if shutil.which("softhsm2-util") is None or not MODULE.exists():
        pytest.skip("there is no SoftHSM; on Debian: apt-get install softhsm2")
    folder = tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\n", encoding="ascii")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
        words = ["softhsm2-util", "--init-token", "--free", "--label", "kofu", "--so-pin", "12345678", "--pin", PIN]
        subprocess.run(words, check=True, capture_output=True)
        (folder / "pin").write_text(f"{PIN}\n", encoding="ascii")
        (folder / "pin").chmod(0o600)
        patch.setenv("KOFU_PKCS11_MODULE", str(MODULE))
        patch.setenv("KOFU_PKCS11_TOKEN", "kofu")
        patch.setenv("KOFU_PKCS11_PIN_FILE", str(folder / "pin"))
        made = open_token()
        made.make_key("seal")
        yield made
        made.close()


@pytest.fixture
def folder(token, tmp_path) -> Path:
    """The folder of the signing certificate: a chain for the token's key, and no key."""
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority = certificate("見本認証局", "見本認証局", authority_key, authority_key, authority=True, begins=BEGINS)
    key = SimpleNamespace(public_key=lambda: token.public_key("seal"))
    own = certificate("東京都見本区長", "見本認証局", key, authority_key, authority=False, begins=BEGINS)
    (tmp_path / "authority.pem").write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "seal.chain.pem").write_bytes(own.public_bytes(serialization.Encoding.PEM))
    return tmp_path


@pytest.mark.font
def test_a_paper_is_signed_in_the_token_and_valid(token, folder, press):
    released = make(orders.TAXATION, press)
    identity = identity_at(read_identities(folder, token), NOW)
    signed = sign_document(released.pdf, released.sha256, identity, reason="税証明書", signed_at=NOW)
    assert signed.startswith(released.pdf)
    status = verdict(signed, folder)
    assert (status.bottom_line, status.trusted, status.coverage.name) == (True, True, "ENTIRE_FILE")


def test_the_key_is_never_given_out(token):
    """Not in the clear, and not wrapped in another key: the token itself refuses (issue 12 §4)."""
    from pkcs11 import Attribute, ObjectClass

    def attempt(session: object) -> tuple[bool, bool]:
        key = session.get_key(object_class=ObjectClass.PRIVATE_KEY, label="seal")  # type: ignore[attr-defined]
        with pytest.raises(pkcs11.AttributeSensitive):
            key[Attribute.VALUE]
        wrapping = session.generate_key(pkcs11.KeyType.AES, 256, label="wrap")  # type: ignore[attr-defined]
        with pytest.raises(pkcs11.PKCS11Error):
            wrapping.wrap_key(key)
        return bool(key[Attribute.SENSITIVE]), bool(key[Attribute.EXTRACTABLE])

    assert token.run(attempt) == (True, False)


def test_a_key_in_a_file_is_refused_where_the_profile_keeps_them_in_a_token(token, folder):
    lay(folder, "old", ec.generate_private_key(ec.SECP256R1()), BEGINS)
    assert len(read_identities(folder)) == 1
    with pytest.raises(OperatorFault, match=r"old\.key\.pem is a key in a file"):
        read_identities(folder, token)


def test_a_chain_of_another_key_is_refused(token, folder):
    token.make_key("other")
    shutil.copy(folder / "seal.chain.pem", folder / "other.chain.pem")
    with pytest.raises(OperatorFault, match=r"other is not the key of the first one"):
        read_identities(folder, token)


def test_many_threads_sign_at_once(token):
    """One thread speaks with the token: without that SoftHSM ends the process."""
    public = token.public_key("seal")
    with ThreadPoolExecutor(8) as pool:
        texts = [secrets.token_bytes(100) for _ in range(40)]
        for text, signature in zip(texts, pool.map(lambda one: token.sign("seal", one), texts), strict=True):
            public.verify(signature, text, ec.ECDSA(hashes.SHA256()))


def test_the_request_for_a_certificate_is_signed_by_the_key_itself(token):
    asked = x509.load_pem_x509_csr(certificate_request(token, "seal", "東京都見本区長"))
    assert asked.is_signature_valid
    assert asked.public_key() == token.public_key("seal")
    assert asked.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "東京都見本区長"


def test_what_is_wrong_with_a_token_is_said_without_its_pin(token, monkeypatch, tmp_path):
    pin = tmp_path / "pin"
    pin.write_text("00000000", encoding="ascii")
    pin.chmod(0o644)
    monkeypatch.setenv("KOFU_PKCS11_PIN_FILE", str(pin))
    with pytest.raises(OperatorFault, match="its owner alone can read"):
        open_token()
    pin.chmod(0o600)
    for name, value in (("KOFU_PKCS11_TOKEN", "another"), ("KOFU_PKCS11_MODULE", "/nowhere.so")):
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            with pytest.raises(OperatorFault, match="cannot be opened") as caught:
                open_token()
            assert "00000000" not in str(caught.value)
    monkeypatch.delenv("KOFU_PKCS11_TOKEN")
    with pytest.raises(OperatorFault, match="KOFU_PKCS11_TOKEN is not set"):
        open_token()
    with pytest.raises(OperatorFault, match="holds no key labelled absent"):
        token.public_key("absent")


def test_anchors_and_feeds_are_signed_in_the_token_and_no_key_lies_in_a_file(token, tmp_path, monkeypatch):
    """The file names the key; what is signed is what a key in a file would sign, byte for byte the same every time."""
    monkeypatch.setattr("kofu.platform.message_keys.token_of_process", lambda: token)
    public = token.make_message_key("anchor-2027")
    (tmp_path / "anchor.key").write_text("pkcs11:anchor-2027\n", encoding="ascii")
    key = message_key(tmp_path / "anchor.key")
    line = sign("kofu.local/ledger\n4\nhash\n", "kofu.local/ledger", key)
    note = Note("kofu.local/ledger\n4\nhash\n", (line,))
    assert note.signed_by(NoteKey.of("kofu.local/ledger", LOG_KEY, public))
    assert key.sign(b"x") == key.sign(b"x")
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "feed-tax.pem").write_text("pkcs11:anchor-2027", encoding="ascii")
    signing_key(tmp_path / "keys", FeedKind.TAX).sign(b"manifest")
    assert public_key(tmp_path / "keys", FeedKind.TAX) == public
    with pytest.raises(OperatorFault, match="already"):
        token.make_message_key("anchor-2027")


@pytest.mark.parametrize(
    ("said", "why"), [("pkcs11:nobody", "no key labelled"), ("pkcs11:seal", "no Ed25519 key"), ("x", "no private key")]
)
def test_a_file_that_names_no_such_key_is_refused_at_once(token, tmp_path, monkeypatch, said, why):
    monkeypatch.setattr("kofu.platform.message_keys.token_of_process", lambda: token)
    (tmp_path / "anchor.key").write_text(said, encoding="ascii")
    with pytest.raises(OperatorFault, match=why):
        message_key(tmp_path / "anchor.key")


@pytest.mark.font
def test_the_signed_code_is_signed_in_the_token_and_the_recheck_comes_to_the_same_bytes(
    token, tmp_path, monkeypatch, font
):
    """Ed25519: the token gives the same signature for the same paper, which a key of P-256 in it would not."""
    for module in ("kofu.platform.message_keys", "kofu.certificates.signing_keys"):
        monkeypatch.setattr(f"{module}.token_of_process", lambda: token)
    made_key = make_signing_key(tmp_path, date(2026, 1, 1), date(2026, 12, 31), in_token="code-2026")
    kept = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert b"pkcs11:code-2026\n" in kept.values()
    assert not any(b"PRIVATE" in content for content in kept.values()), "the key is in no file"
    signer = CodeSigner(read_signing_keys(tmp_path), read_public_keys(tmp_path))
    assert signer.keys[0].key_id == made_key.key_id
    press = CertificatePress(read_font(font), signer=signer)
    once, again = make(orders.TAXATION, press), make(orders.TAXATION, press)
    assert once.sha256 == again.sha256
    known = RevocationList("139998", NOW, (RevokedNumber("2026-00000001", date(2026, 11, 30)),))
    signed = sign_list(known, signer.keys[0])
    assert read_list(signed, signer.published).known == known
    with pytest.raises(PeerFault, match="revocations_unsigned"):
        read_list(signed.replace(b"2026-11-30", b"2026-11-29"), signer.published)


@pytest.mark.storage
def test_keys_are_made_and_a_certificate_is_asked_for_by_commands_on_record(
    token, system_database, tmp_path, monkeypatch
):
    """An administrator under a session of their own; the record says who made which key, and no key is in it."""
    monkeypatch.setattr("kofu.platform.message_keys.token_of_process", lambda: token)
    database = system_database("issuing")
    operators = log_in("issuing", database, tmp_path, kanri="administrator", sato="certificate_operator")
    monkeypatch.setenv("KOFU_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("KOFU_PROFILE", str(ROOT / "profiles" / "mihon.toml"))
    for name, value in operators.urls.items():
        monkeypatch.setenv(name, value)

    def run(who: str, *words: str) -> int:
        operators.be(monkeypatch, who)
        return CliRunner().invoke(build(), ["token", *words]).exit_code

    csr = tmp_path / "seal-2028.csr"
    assert run("sato", "new-key", "seal-2028") == 2
    assert run("kanri", "new-key", "seal-2028") == 0
    assert run("kanri", "new-key", "anchor-2028", "--messages") == 0
    assert run("kanri", "request", "seal-2028", "--name=東京都見本区長", f"--out={csr}") == 0
    assert x509.load_pem_x509_csr(csr.read_bytes()).public_key() == token.public_key("seal-2028")
    with psycopg.connect(database.owner_url) as owner:
        entries = owner.execute(
            "SELECT body::json->>'actor', body::json->>'result' FROM audit_entry"
            " WHERE body::json->>'action' = 'code_key.make' ORDER BY recorded_at"
        ).fetchall()
    assert entries == [("sato", "refused"), *[("kanri", "allowed")] * 3]
