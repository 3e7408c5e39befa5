"""What the card authority's stand-in (公的個人認証) is asked.

Whether a certificate is good is asked by OCSP (RFC 6960, `POST /v1/ocsp`) and read from the CRL (RFC 5280,
`GET /v1/crl`); both are standards and need no message of ours. Specimen cards get their certificates by these two.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from kofu.contracts.issuing import HoldKind, Message, MunicipalityCode, Serial

PublicKey = Annotated[bytes, msgspec.Meta(min_length=64, max_length=1024, description="SubjectPublicKeyInfo, base64")]


class SpecimenCard(Message, frozen=True):
    """POST /v1/specimen-cards: a virtual card has made its key and asks for its certificate. No real card does this."""

    serial: Serial
    public_key: PublicKey


class SpecimenCertificate(Message, frozen=True):
    """利用者証明用電子証明書 of a virtual card (DER)."""

    certificate: bytes


class PersonAsked(Message, frozen=True):
    """POST /v1/standing-holds: what stands against a person now? The number travels in the body: it is personal."""

    municipality_code: MunicipalityCode
    addressee_number: Annotated[str, msgspec.Meta(min_length=1, max_length=15, pattern="^[0-9]+$")]


class StandingHolds(Message, frozen=True):
    """Kinds of the holds the registry has put on the person and not released, each once, sorted."""

    kinds: tuple[HoldKind, ...]
