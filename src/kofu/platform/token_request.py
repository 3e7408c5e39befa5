"""The request for a certificate of a key in a token (PKCS#10, RFC 2986): what the authority is handed."""

from __future__ import annotations

from asn1crypto import algos, core, csr, keys, pem, x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kofu.platform.token import Token


def certificate_request(token: Token, label: str, common_name: str) -> bytes:
    """Build the request (PEM) for the key `label`, signed by it. Raises `OperatorFault` where the token fails."""
    public = token.public_key(label).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    asked = csr.CertificationRequestInfo(
        {
            "version": 0,
            "subject": x509.Name.build({"country_name": "JP", "common_name": common_name}),
            "subject_pk_info": keys.PublicKeyInfo.load(public),
            "attributes": csr.CRIAttributes([]),
        }
    )
    signed = csr.CertificationRequest(
        {
            "certification_request_info": asked,
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
            "signature": core.OctetBitString(token.sign(label, asked.dump())),
        }
    )
    return bytes(pem.armor("CERTIFICATE REQUEST", signed.dump()))
