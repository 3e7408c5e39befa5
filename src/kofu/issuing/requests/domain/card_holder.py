"""How the person behind a card stands when a kiosk's request is decided.

Plain values made of core's words only; those the counter decides by too are `kofu.certificates.domain.standing`. The
use case fills them from one snapshot of one generation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kofu.certificates.domain.standing import AssessmentStanding, CollectionStanding, UndrawableCharacter
from kofu.core.birthday import Birthday
from kofu.core.kinds import HoldKind


class SerialStatus(StrEnum):
    """状態 of a card certificate in the resident feed."""

    VALID = "valid"
    REVOKED = "revoked"
    SUSPENDED = "suspended"


class ResidentStatus(StrEnum):
    """住民区分 in the resident feed."""

    RESIDENT = "resident"
    MOVING_OUT = "moving_out"
    MOVED_OUT = "moved_out"
    DEAD = "dead"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardStanding:
    """The card certificate with the serial of the request. `valid_to` is its last day."""

    status: SerialStatus
    valid_from: date
    valid_to: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidentStanding:
    """The person the card certificate belongs to, as the registry has them."""

    status: ResidentStatus
    birthday: Birthday


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectStanding:
    """Everything known about the person behind the serial, read in one snapshot of one data generation.

    `card` None: the serial is unknown. `resident` None: the card's person has no row. `holds`: kinds of all holds of
    the person or the serial that stand and are not released, whatever their effective day (no before yes, P7).
    `assessment` None: no row for the year. `collections`: *all* notices of the person, every tax and year: arrears of
    an old year must be seen (小樽市: four years of wrong "no arrears"); unread, and broken by whoever looks, where no
    rule of the kind looks at them. `undrawable`: result of the glyph check over
    the texts the paper would carry. The feed days are the business dates of the active generation; None: never
    loaded. `held_rows`: rules by which rows of the person wait for people's look. `halted`: the kill switch is on.
    """

    card: CardStanding | None
    resident: ResidentStanding | None
    holds: tuple[HoldKind, ...]
    assessment: AssessmentStanding | None
    collections: tuple[CollectionStanding, ...]
    undrawable: tuple[UndrawableCharacter, ...]
    tax_feed_day: date | None
    resident_feed_day: date | None
    held_rows: tuple[str, ...] = ()
    halted: bool = False
