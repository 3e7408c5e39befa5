"""The signature on a certificate delivered as a file (PAdES, ETSI EN 319 142-1 baseline B-B), optional.

The released bytes stay as they are: the signature is an incremental update behind them, and certifies that nothing may
be added afterwards. The signing certificate is an X.509 certificate of the municipality (in production 職責証明書 or
the like, from the authority the receivers trust); which of several is used follows from their own days of validity.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pyhanko.keys import load_certs_from_pemder_data, load_private_key_from_pemder_data
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko_certvalidator.registry import SimpleCertificateStore

from kofu.core.errors import OperatorFault, ensure

FIELD = "KofuSignature"
CHAIN_MAX = 8


@dataclass(frozen=True, slots=True)
class SigningIdentity:
    """A certificate, its chain (nearest issuer first) and its private key (PKCS#8, DER)."""

    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    key: bytes

    def valid_at(self, instant: datetime) -> bool:
        """Whether the certificate is within its days."""
        return self.certificate.not_valid_before_utc <= instant <= self.certificate.not_valid_after_utc

    def __repr__(self) -> str:
        return f"SigningIdentity({self.certificate.serial_number:x})"


def read_identities(folder: Path) -> tuple[SigningIdentity, ...]:
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
                key.private_bytes(
                    serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
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
    signer = signers.SimpleSigner(
        signing_cert=next(iter(load_certs_from_pemder_data(_pem(identity.certificate)))),
        signing_key=load_private_key_from_pemder_data(identity.key, passphrase=None),
        cert_registry=chain,
    )
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
    signers.PdfSigner(meta, signer).sign_pdf(writer, existing_fields_only=True, output=out)
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
