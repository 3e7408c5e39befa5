"""What the card authority's stand-in (公的個人認証) is asked.

Whether a certificate is good is asked by OCSP (RFC 6960, `POST /v1/ocsp`) and read from the CRL (RFC 5280,
`GET /v1/crl`); both are standards and need no message of ours. Specimen cards get their certificates by these two.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

import msgspec

from kofu.contracts.issuing import Asked, HoldKind, Message, MunicipalityCode, Serial


class Sex(StrEnum):
    """性別 as the networks code it."""

    MALE = "male"
    FEMALE = "female"
    UNRECORDED = "unrecorded"


PublicKey = Annotated[bytes, msgspec.Meta(min_length=64, max_length=1024, description="SubjectPublicKeyInfo, base64")]


class SpecimenCard(Asked, frozen=True):
    """POST /v1/specimen-cards: a virtual card has made its key and asks for its certificate. No real card does this."""

    serial: Serial
    public_key: PublicKey


class SpecimenCertificate(Message, frozen=True):
    """利用者証明用電子証明書 of a virtual card (DER)."""

    certificate: bytes


ResidentCode = Annotated[
    str, msgspec.Meta(pattern="^[0-9]{11}$", description="住民票コード; its check digit is not published")
]
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class LookUp(Asked, frozen=True):
    """POST /v1/look-ups: find one person outside the ward, by 住民票コード or by name and at least one thing more.

    Who looks, from where and what for stands in the registry's own record of look-ups.
    """

    look_up_id: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
    clerk: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    office: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    purpose: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    resident_code: ResidentCode | None = None
    name: Words | None = None
    birthday: Annotated[str, msgspec.Meta(pattern="^[0-9?]{4}-[0-9?]{2}-[0-9?]{2}$")] | None = None
    address: Words | None = None
    sex: Sex | None = None


class PersonOutside(Message, frozen=True):
    """本人確認情報: what the network states of one person. No 個人番号."""

    resident_code: ResidentCode
    name: str
    kana: str
    birthday: str
    sex: Sex
    postal_code: str
    address: str
    municipality: str
    status: Annotated[str, msgspec.Meta(description="resident or dead")]
    status_date: date


class LookedUp(Message, frozen=True):
    """The answer: the one person, or how many fit. More than one are not named: the question must say more."""

    look_up_id: str
    count: int
    person: PersonOutside | None = None


class PersonAsked(Asked, frozen=True):
    """POST /v1/standing-holds: what stands against a person now? The number travels in the body: it is personal."""

    municipality_code: MunicipalityCode
    addressee_number: Annotated[str, msgspec.Meta(min_length=1, max_length=15, pattern="^[0-9]+$")]


class StandingHolds(Message, frozen=True):
    """Kinds of the holds the registry has put on the person and not released, each once, sorted."""

    kinds: tuple[HoldKind, ...]


class ProtectedPeople(Message, frozen=True):
    """GET /v1/municipalities/{code}/protected-people: everybody under 支援措置 now, by 宛名番号, sorted."""

    addressee_numbers: tuple[str, ...]
