"""What the kiosk speaks with the centre (証明書交付センター). JSON over mutually authenticated TLS."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from kofu.contracts.issuing import (
    CertificateKind,
    Identifier,
    Message,
    MunicipalityCode,
    PrintOutcome,
    Serial,
    Text,
    Year,
)

KioskId = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9-]{1,32}$")]
Copies = Annotated[int, msgspec.Meta(ge=1, le=10)]
Plate = Annotated[str, msgspec.Meta(max_length=20, description="標識番号, for VEHICLE_INSPECTION only")]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class OpenSession(Message, frozen=True):
    """POST /v1/sessions: a card is on the reader and its PIN was right. `device` is how the certificate is carried."""

    kiosk_id: KioskId
    municipality_code: MunicipalityCode
    serial: Serial


class Session(Message, frozen=True):
    """The centre checked the certificate's validity and knows the ward. Ends at `expires_at`, whatever happens."""

    session_id: Identifier
    expires_at: datetime


class SessionRequest(Message, frozen=True):
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
    title: str
    fee_per_copy: int
    documents: tuple[CenterDocument, ...]


class CenterRefused(Message, frozen=True, tag_field="outcome", tag="refused"):
    """Refused by the ward or by the centre; shown to the resident before paying."""

    request_id: Identifier
    code: str
    resident_text: Text
    next_step: Text


class SessionPrintResult(Message, frozen=True):
    """POST /v1/sessions/{session_id}/print-result: what became of the paper. Passed on to the ward."""

    request_id: Identifier
    outcome: PrintOutcome
    copies_printed: Annotated[int, msgspec.Meta(ge=0, le=10)]
    fee_paid: Annotated[int, msgspec.Meta(ge=0, le=1_000_000, description="yen")]
    occurred_at: Instant
