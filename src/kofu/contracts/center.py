"""What the kiosk speaks with the centre (証明書交付センター). JSON over mutually authenticated TLS."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from kofu.contracts.issuing import (
    Asked,
    CertificateKind,
    Identifier,
    Message,
    MunicipalityCode,
    PrintOutcome,
    Reference,
    Text,
    Year,
)

KioskId = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9-]{1,32}$")]
Copies = Annotated[int, msgspec.Meta(ge=1, le=10)]
Plate = Annotated[str, msgspec.Meta(max_length=20, description="標識番号, for VEHICLE_INSPECTION only")]
CardCertificate = Annotated[bytes, msgspec.Meta(min_length=64, max_length=4096, description="DER, base64")]
CardSignature = Annotated[bytes, msgspec.Meta(min_length=64, max_length=512, description="base64")]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class AskChallenge(Asked, frozen=True):
    """POST /v1/challenges: a card is on the reader and its PIN was right; it needs something to sign."""

    kiosk_id: KioskId
    municipality_code: MunicipalityCode


class Challenge(Message, frozen=True):
    """What the card signs, together with who asked: once, until `expires_at`."""

    challenge_id: Identifier
    nonce: bytes
    expires_at: datetime


class OpenSession(Asked, frozen=True):
    """POST /v1/sessions: the card's certificate (DER) and its signature over `signed_bytes` of the challenge.

    RSASSA-PKCS1-v1_5 with SHA-256, as 利用者証明用電子証明書 sign.
    """

    kiosk_id: KioskId
    municipality_code: MunicipalityCode
    challenge_id: Identifier
    certificate: CardCertificate
    signature: CardSignature


def signed_bytes(challenge_id: str, nonce: bytes, kiosk_id: str, municipality_code: str) -> bytes:
    """Give what a card signs: the challenge bound to the kiosk and the municipality it was given for."""
    return f"kofu user authentication 1\n{challenge_id}\n{kiosk_id}\n{municipality_code}\n".encode() + nonce


class Session(Message, frozen=True):
    """The centre checked the certificate's validity and knows the ward.

    Ends at `expires_at`, whatever happens, and before that where nothing was asked in it for twelve minutes.
    """

    session_id: Identifier
    expires_at: datetime


class SessionRequest(Asked, frozen=True):
    """POST /v1/sessions/{session_id}/certificate: one certificate. The request id is made by the kiosk."""

    request_id: Identifier
    kind: CertificateKind
    fiscal_year: Year
    copies: Copies
    plate_number: Plate | None = None


class CenterDocument(Message, frozen=True):
    """One copy, ready to be printed on both sides: front, back, front, back …; `pages` counts both.

    The ward's own document is the first `front_bytes` bytes of `pdf`, unchanged, and `sha256` (hex) is its digest. The
    backs (偽造防止: 地紋, スクランブル画像, 検出画像) follow as an incremental update.
    """

    certificate_number: str
    pages: int
    sha256: str
    front_bytes: int
    pdf: bytes


class CenterIssued(Message, frozen=True, tag_field="outcome", tag="issued"):
    """The documents, on their way through. The centre keeps none of it."""

    request_id: Identifier
    reference: Reference
    title: str
    fee_per_copy: int
    documents: tuple[CenterDocument, ...]


class CenterRefused(Message, frozen=True, tag_field="outcome", tag="refused"):
    """Refused by the ward or by the centre; shown to the resident before paying.

    `reference` is the ward's; None where the centre refused by itself and the ward knows nothing of it.
    """

    request_id: Identifier
    reference: Reference | None
    code: str
    resident_text: Text
    next_step: Text


class SessionPrintResult(Asked, frozen=True):
    """POST /v1/sessions/{session_id}/print-result: what became of the paper. Passed on to the ward.

    The first definite word stands. It is taken after the session's end too: it ends the ward's not knowing.
    """

    request_id: Identifier
    outcome: PrintOutcome
    copies_printed: Annotated[int, msgspec.Meta(ge=0, le=10)]
    fee_paid: Annotated[int, msgspec.Meta(ge=0, le=1_000_000, description="yen")]
    occurred_at: Instant
