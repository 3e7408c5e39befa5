"""What the card authority's stand-in (公的個人認証) is asked.

Whether a certificate is good is asked by OCSP (RFC 6960, `POST /v1/ocsp`) and read from the CRL (RFC 5280,
`GET /v1/crl`); both are standards and need no message of ours. Specimen cards get their certificates by these two.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from kofu.contracts.issuing import Message, Serial

PublicKey = Annotated[bytes, msgspec.Meta(min_length=64, max_length=1024, description="SubjectPublicKeyInfo, base64")]


class SpecimenCard(Message, frozen=True):
    """POST /v1/specimen-cards: a virtual card has made its key and asks for its certificate. No real card does this."""

    serial: Serial
    public_key: PublicKey


class SpecimenCertificate(Message, frozen=True):
    """利用者証明用電子証明書 of a virtual card (DER)."""

    certificate: bytes
