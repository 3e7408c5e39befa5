"""OCSP answers of another moment: the library dates each answer by the clock on the wall, tests have their own."""

from __future__ import annotations

from datetime import datetime

from asn1crypto import ocsp as asn1_ocsp
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa


def produced_at(
    answer: bytes,
    at: datetime,
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    algorithm: hashes.HashAlgorithm | None = None,
) -> bytes:
    """Write another producedAt into an answer and sign it again, as its signer did."""
    response = asn1_ocsp.OCSPResponse.load(answer)
    basic = response["response_bytes"]["response"].parsed
    data = basic["tbs_response_data"]
    data["produced_at"] = at.replace(microsecond=0)
    used = algorithm or hashes.SHA256()
    kind = "rsa" if isinstance(key, rsa.RSAPrivateKey) else "ecdsa"
    basic["signature_algorithm"] = {"algorithm": f"{used.name}_{kind}"}
    signed = data.dump(force=True)
    if isinstance(key, rsa.RSAPrivateKey):
        basic["signature"] = key.sign(signed, padding.PKCS1v15(), used)
    else:
        basic["signature"] = key.sign(signed, ec.ECDSA(used))
    outer = asn1_ocsp.OCSPResponse(
        {
            "response_status": "successful",
            "response_bytes": {"response_type": "basic_ocsp_response", "response": basic},
        }
    )
    return outer.dump()
