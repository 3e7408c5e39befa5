"""The signature on a certificate delivered as a file (PAdES, ETSI EN 319 142-1 baseline B-B), optional.

The released bytes stay as they are: the signature is an incremental update behind them, and certifies that nothing may
be added afterwards. The signing certificate is an X.509 certificate of the municipality (in production 職責証明書 or
the like, from the authority the receivers trust); which of several is used follows from their own days of validity.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from asn1crypto.x509 import Certificate
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pyhanko.keys import load_certs_from_pemder_data, load_private_key_from_pemder_data
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko_certvalidator.registry import CertificateStore, SimpleCertificateStore

from kofu.core.errors import OperatorFault, ensure
from kofu.platform.token import Token

FIELD = "KofuSignature"
CHAIN_MAX = 8


@dataclass(frozen=True, slots=True)
class KeyInFile:
    """A private key in memory (PKCS#8, DER)."""

    content: bytes = field(repr=False)

    def sign_with(
        self, certificate: Certificate, chain: CertificateStore, work: Callable[[signers.Signer], None]
    ) -> None:
        """Do `work` with what signs."""
        work(
            signers.SimpleSigner(
                signing_cert=certificate,
                signing_key=load_private_key_from_pemder_data(self.content, passphrase=None),
                cert_registry=chain,
            )
        )


@dataclass(frozen=True, slots=True)
class KeyInToken:
    """A private key in a token, which does the signing; nothing here ever holds the key."""

    token: Token
    label: str

    def sign_with(
        self, certificate: Certificate, chain: CertificateStore, work: Callable[[signers.Signer], None]
    ) -> None:
        """Do `work` with what signs, in the one thread that speaks with the token."""
        from pyhanko.sign.pkcs11 import PKCS11Signer

        def sign(session: Any) -> None:
            work(
                PKCS11Signer(
                    session,
                    key_label=self.label,
                    signing_cert=certificate,
                    ca_chain=set(chain),
                    other_certs_to_pull=(),
                    use_raw_mechanism=True,  # tokens that hash for themselves are few
                )
            )

        self.token.run(sign)


@dataclass(frozen=True, slots=True)
class SigningIdentity:
    """A certificate, its chain (nearest issuer first) and the private key it is of."""

    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    key: KeyInFile | KeyInToken

    def valid_at(self, instant: datetime) -> bool:
        """Whether the certificate is within its days."""
        return self.certificate.not_valid_before_utc <= instant <= self.certificate.not_valid_after_utc

    def __repr__(self) -> str:
        return f"SigningIdentity({self.certificate.serial_number:x})"


def read_identities(folder: Path, token: Token | None = None) -> tuple[SigningIdentity, ...]:
    """Read the identities of a folder; with a token, its keys by the names of the chains (`<label>.chain.pem`).

    Raises `OperatorFault` where key and certificate do not belong together, a file is open to others, or a key lies in
    a file although keys are kept in a token.
    """
    return _in_files(folder) if token is None else _in_token(folder, token)


def _in_token(folder: Path, token: Token) -> tuple[SigningIdentity, ...]:
    for path in sorted(folder.glob("*.key.pem")):
        raise OperatorFault("key_in_file", f"{path} is a key in a file; the profile keeps signing keys in a token")
    found = []
    for path in sorted(folder.glob("*.chain.pem")):
        label = path.name.removesuffix(".chain.pem")
        try:
            chain = x509.load_pem_x509_certificates(path.read_bytes())
        except (ValueError, OSError) as error:
            raise OperatorFault("bad_signing_identity", f"{path} holds no chain of certificates") from error
        if len(chain) > CHAIN_MAX or chain[0].public_key() != token.public_key(label):
            raise OperatorFault(
                "bad_signing_identity", f"in token {token.label}, {label} is not the key of the first one in {path}"
            )
        found.append(SigningIdentity(chain[0], tuple(chain[1:]), KeyInToken(token, label)))
    return tuple(found)


def _in_files(folder: Path) -> tuple[SigningIdentity, ...]:
    """Read every `<name>.key.pem` with its `<name>.chain.pem` (the signer's certificate first).

    Raises `OperatorFault` where a key is open to others, or key and certificate do not belong together.
    """
    found = []
    for path in sorted(folder.glob("*.key.pem")):
        if path.stat().st_mode & 0o077:
            raise OperatorFault("signing_key_open", f"{path} can be read by others; chmod 600 it")
        chain_file = path.with_name(path.name.removesuffix(".key.pem") + ".chain.pem")
        try:
            key = serialization.load_pem_private_key(path.read_bytes(), password=None)
            chain = x509.load_pem_x509_certificates(chain_file.read_bytes())
        except (ValueError, OSError) as error:
            raise OperatorFault(
                "bad_signing_identity", f"{path} and {chain_file} do not hold a key and its chain"
            ) from error
        if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) or len(chain) > CHAIN_MAX:
            raise OperatorFault("bad_signing_identity", f"{path} holds a key of a kind not used for signatures")
        if chain[0].public_key() != key.public_key():
            raise OperatorFault("bad_signing_identity", f"{path} is not the key of the first one in {chain_file}")
        found.append(
            SigningIdentity(
                chain[0],
                tuple(chain[1:]),
                KeyInFile(
                    key.private_bytes(
                        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
                    )
                ),
            )
        )
    return tuple(found)


def identity_at(identities: tuple[SigningIdentity, ...], instant: datetime) -> SigningIdentity:
    """Choose the identity that became valid last. Raises `OperatorFault` where none is valid at `instant`."""
    valid = [identity for identity in identities if identity.valid_at(instant)]
    if not valid:
        raise OperatorFault(
            "no_signing_identity", "no signing certificate is valid now; lay key and chain into the folder"
        )
    return max(valid, key=lambda identity: identity.certificate.not_valid_before_utc)


def sign_document(pdf: bytes, sha256: str, identity: SigningIdentity, *, reason: str) -> bytes:
    """Sign a released certificate; `sha256` is the digest the last look released it with.

    Blocking, about ten milliseconds; not from within an event loop. Raises `InvariantBroken` for other bytes than those
    released.
    """
    ensure(hashlib.sha256(pdf).hexdigest() == sha256, "only what the last look released is signed")
    chain = SimpleCertificateStore()
    chain.register_multiple(load_certs_from_pemder_data(b"".join(map(_pem, identity.chain))) if identity.chain else ())
    meta = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        reason=reason,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )
    writer = _Writer(io.BytesIO(pdf))
    _add_field(writer)
    out = io.BytesIO()

    def sign(signer: signers.Signer) -> None:
        signers.PdfSigner(meta, signer).sign_pdf(writer, existing_fields_only=True, output=out)

    (certificate,) = load_certs_from_pemder_data(_pem(identity.certificate))
    identity.key.sign_with(certificate, chain, sign)
    signed = out.getvalue()
    ensure(signed.startswith(pdf), "the released bytes stand first, unchanged")
    return signed


class _Writer(IncrementalPdfFileWriter):
    """Leaves the document's metadata as released: pyHanko would write them anew, without what PDF/A wants in them."""

    def _update_meta(self) -> None:
        return


def _add_field(writer: IncrementalPdfFileWriter) -> None:
    """Add the signature's field: nothing is seen of it, but PDF/A-1b wants an appearance (ISO 19005-1, 6.9)."""
    fields.append_signature_field(writer, fields.SigFieldSpec(FIELD))
    widget = writer.root["/AcroForm"]["/Fields"][0]
    nothing = generic.StreamObject(
        {
            pdf_name("/Type"): pdf_name("/XObject"),
            pdf_name("/Subtype"): pdf_name("/Form"),
            pdf_name("/BBox"): generic.ArrayObject([generic.NumberObject(0)] * 4),
        },
        stream_data=b"",
    )
    widget[pdf_name("/AP")] = generic.DictionaryObject({pdf_name("/N"): writer.add_object(nothing)})


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
