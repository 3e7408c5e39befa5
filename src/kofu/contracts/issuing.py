"""What `issuing` speaks with the centre and with those who send holds: requests, outcomes, print results, holds.

The real J-LIS layouts are under NDA and stand behind an adapter; this is kofu's own published contract. Transport is
JSON over mutually authenticated TLS. Everything is closed: unknown fields are refused.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from kofu.core.kinds import CertificateKind as CertificateKind  # noqa: PLC0414 - re-exported: part of the contract
from kofu.core.kinds import HoldKind as HoldKind  # noqa: PLC0414 - re-exported: part of the contract

Identifier = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$", description="128 random bits, hexadecimal")]
MunicipalityCode = Annotated[
    str, msgspec.Meta(pattern="^[0-9]{6}$", description="全国地方公共団体コード with check digit")
]
Serial = Annotated[
    str,
    msgspec.Meta(
        pattern="^[0-9a-f]{1,40}$",
        description="serial of the 利用者証明用電子証明書: hexadecimal, lower case, leading zeros up to 32 digits",
    ),
]
SERIAL_DIGITS = 32
_FIRST_PRINTED = 0x20
YEARS = range(1950, 3000)
REVISION_MAX = 2**63 - 1
FEE_YEN_MAX = 1_000_000
Year = Annotated[int, msgspec.Meta(ge=1950, le=2999, description="fiscal year (会計年度)")]
Reference = Annotated[
    str,
    msgspec.Meta(
        pattern="^[0-9A-HJKMNP-TV-Z]{8}$",
        description="受付番号: what resident and staff call the request; seven characters and a check symbol",
    ),
]
ReasonCode = Annotated[str, msgspec.Meta(pattern="^[a-z0-9_]{1,64}$")]


def serial_text(number: int) -> str:
    """Write a certificate's serial number (1 to 2¹⁶⁰ - 1, RFC 5280 §4.1.2.2) in the one form all systems know it by."""
    return f"{number:0{SERIAL_DIGITS}x}"


class Message(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A message of the contract: immutable, closed."""


class Asked(Message, frozen=True):
    """A message that asks or reports: no text in it holds a control character, each instant has a zone and a year.

    A pattern that ends in `$` lets a line feed pass at the end, and no database holds U+0000. Either would end as a
    fault of the database, which the caller is told to try again, where the caller's own message is at fault.
    """

    def __post_init__(self) -> None:
        """Refuse what no database holds. Raises `ValueError`, which a reader of messages turns into a refusal."""
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, str) and value and ord(min(value)) < _FIRST_PRINTED:
                raise ValueError(f"{name} holds a control character")
            if isinstance(value, datetime) and (value.tzinfo is None or value.year not in YEARS):
                raise ValueError(f"{name} is an instant in UTC, ending in Z, of a year from 1950 to 2999")


class CertificateRequest(Asked, frozen=True):
    """POST /v1/certificate-requests. The same id with the same body has the same outcome; with another body: 409 (P11).

    `deadline`: past it the answer is a refusal, whatever has been made by then (P3). The deadline of the first message
    counts: a repeat that names another one asks for the same thing. `plate_number`: 標識番号, for VEHICLE_INSPECTION
    only.
    """

    request_id: Identifier
    municipality_code: MunicipalityCode
    serial: Serial
    kind: CertificateKind
    fiscal_year: Year
    copies: Annotated[int, msgspec.Meta(ge=1, le=10)]
    kiosk_id: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9-]{1,32}$")]
    deadline: datetime
    plate_number: Annotated[str, msgspec.Meta(max_length=20)] | None = None


class DocumentStated(Message, frozen=True):
    """What is said of one copy wherever its PDF stands: its 発行番号, page count, SHA-256 (hex) of the PDF."""

    certificate_number: str
    pages: int
    sha256: str


class Document(DocumentStated, frozen=True):
    """One copy: its 発行番号, page count, SHA-256 (hex) of the PDF, and the PDF itself (base64 in JSON)."""

    pdf: bytes


class IssuedStated(Message, frozen=True, tag_field="outcome", tag="issued"):
    """What is said of a certificate wherever its papers stand."""

    request_id: Identifier
    reference: Reference
    title: str
    fee_per_copy: int


class Issued(IssuedStated, frozen=True):
    """The certificate, one document per copy. It counts as issued only when the print result says so."""

    documents: tuple[Document, ...]


class Text(Message, frozen=True):
    """A sentence in the languages the residents read."""

    ja: str
    en: str


class Refused(Message, frozen=True, tag_field="outcome", tag="refused"):
    """A refusal decided by the ward. `code` is stable and neutral where the true reason would leak (支援措置)."""

    request_id: Identifier
    reference: Reference
    code: ReasonCode
    resident_text: Text
    next_step: Text


class AnsweredBefore(Message, frozen=True, tag_field="outcome", tag="answered_before"):
    """The certificate of this request may have left before, and does not leave again. This is no refusal.

    Said after the deadline, after the print result, or where a stop or hold came meanwhile; once said it is said to
    every further repeat. Whoever has no paper in hand reports the print result as it was for him.
    """

    request_id: Identifier
    reference: Reference
    code: ReasonCode


Outcome = Issued | Refused | AnsweredBefore


class ErrorBody(Message, frozen=True):
    """Body of every 4xx/5xx answer. `blame` says whose fault it is; `case_id` names the case opened for it, if any."""

    code: ReasonCode
    blame: Literal["ours", "peer", "operator"]
    message: str
    case_id: Identifier | None = None


class PrintOutcome(StrEnum):
    """How it ended at the kiosk."""

    PRINTED = "printed"
    FAILED = "failed"  # jam, out of paper: not handed over
    CANCELLED = "cancelled"  # not paid, or given up
    UNKNOWN = "unknown"  # power cut, no answer: becomes a case


class PrintResult(Asked, frozen=True):
    """POST /v1/print-results. Reported once per request; the same report again changes nothing."""

    request_id: Identifier
    outcome: PrintOutcome
    copies_printed: Annotated[int, msgspec.Meta(ge=0, le=10)]
    fee_paid: Annotated[int, msgspec.Meta(ge=0, le=FEE_YEN_MAX, description="yen")]
    occurred_at: datetime


PRINT_RESULT_CASES = frozenset({"print_contradiction", "request_unknown"})
"""Error codes by which the ward says that it has a print result, and a case because of it. Others ask for a retry."""


class MenuKind(Message, frozen=True):
    """A kind the kiosk may offer, its label, fee in yen, and the years with the labels the profile gives them."""

    kind: CertificateKind
    label: Text
    fee: int
    years: tuple[MenuYear, ...]


class MenuYear(Message, frozen=True):
    """A year to choose. `label` is what the screen and the certificate both say.

    `income_label` names the calendar year whose income the certificate states (令和7年中の所得 beside 令和8年度);
    "" for a certificate that states no income.
    """

    fiscal_year: int
    label: str
    income_label: str


class Menu(Message, frozen=True):
    """GET /v1/municipalities/{code}/menu. Nothing personal; what is open right now."""

    municipality_code: MunicipalityCode
    municipality_name: str
    open: bool
    closed_text: Text | None
    kinds: tuple[MenuKind, ...]
    max_copies: int


class ActiveData(Message, frozen=True):
    """GET /v1/municipalities/{code}/data. What certificates are made from right now; 0 where nothing was taken in yet.

    A sender releases 更正処理中 once the generation of its feed that states the correction is active, or a
    later one. `tax_feed_sha256` is that of the manifest: a feed taken in by hand may bear any number, and is not the
    sender's.
    """

    municipality_code: MunicipalityCode
    data_generation: int
    tax_feed_generation: int
    tax_feed_sha256: str
    resident_feed_generation: int


class Hold(Asked, frozen=True):
    """POST /v1/holds. State of one hold, numbered by its sender.

    A hold is known by `hold_id`; `revision` counts up with each change of it; the highest revision seen stands, in
    whatever order the messages arrive, and the same revision again changes nothing. `released` ends it: time alone
    never does (抑止は終了日を過ぎても自動的に終了しない). Exactly one of addressee_number and serial is given.

    A hold belongs to its sender, the name in the certificate its first message came with. A revision from another
    sender, of another kind or on another target is refused with 409.
    """

    hold_id: Identifier
    revision: Annotated[int, msgspec.Meta(ge=1, le=REVISION_MAX)]
    municipality_code: MunicipalityCode
    kind: HoldKind
    addressee_number: str | None
    serial: Serial | None
    released: bool
    effective_from: date
    sent_at: datetime


class HoldAccepted(Message, frozen=True):
    """The hold is stored and in force for every request from now on. `standing_revision` is the one that stands."""

    hold_id: Identifier
    standing_revision: int
