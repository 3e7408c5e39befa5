"""What is known when a request is decided: the request, and how the person behind it stands.

Plain values made of core's words only. The use case fills them from one snapshot of one generation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kofu.core.birthday import Birthday
from kofu.core.kinds import CertificateKind, CollectionMethod, Declaration, HoldKind, Liability


class CardStatus(StrEnum):
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


class Tax(StrEnum):
    """税目 of a notice."""

    RESIDENT = "resident"
    LIGHT_VEHICLE = "light_vehicle"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFacts:
    """What is asked for. `plate_number` is for VEHICLE_INSPECTION only."""

    kind: CertificateKind
    fiscal_year: int
    copies: int
    plate_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardStanding:
    """The card certificate with the serial of the request. `valid_to` is its last day."""

    status: CardStatus
    valid_from: date
    valid_to: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidentStanding:
    """The person the card certificate belongs to, as the registry has them."""

    status: ResidentStatus
    birthday: Birthday


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentStanding:
    """The person's assessment of the fiscal year asked for."""

    taxing_right: bool
    declaration: Declaration
    liability: Liability
    collection_method: CollectionMethod
    correcting: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallmentStanding:
    """期別 of a notice, in yen."""

    due_date: date
    assessed: int
    paid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionStanding:
    """One notice of the person, of whichever tax and year. `plate_number`, `chassis_last4`: "" where not a vehicle."""

    tax: Tax
    fiscal_year: int
    origin_year: int
    plate_number: str
    chassis_last4: str
    inspected: bool
    installments: tuple[InstallmentStanding, ...]

    def arrears_on(self, day: date) -> int:
        """滞納額 in yen: what was due before `day` and is not paid. What is due on `day` or later is 納期未到来.

        Each installment stands for itself: too much paid on one never hides what is owed on another.
        """
        return sum(max(part.assessed - part.paid, 0) for part in self.installments if part.due_date < day)


@dataclass(frozen=True, slots=True, kw_only=True)
class UndrawableCharacter:
    """A cluster the font cannot draw exactly: where it stands (name, address), its code points, and why."""

    field: str
    code_points: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectStanding:
    """Everything known about the person behind the serial, read in one snapshot of one data generation.

    `card` None: the serial is unknown. `resident` None: the card's person has no row. `holds`: kinds of all holds of
    the person or the serial that stand and are not released, whatever their effective day (no before yes, P7).
    `assessment` None: no row for the year. `collections`: *all* notices of the person, every tax and year: arrears of
    an old year must be seen (小樽市: four years of wrong "no arrears"). `undrawable`: result of the glyph check over
    the texts the paper would carry. The feed days are the business dates of the active generation; None: never
    loaded. `halted`: the kill switch is on.
    """

    card: CardStanding | None
    resident: ResidentStanding | None
    holds: tuple[HoldKind, ...]
    assessment: AssessmentStanding | None
    collections: tuple[CollectionStanding, ...]
    undrawable: tuple[UndrawableCharacter, ...]
    tax_feed_day: date | None
    resident_feed_day: date | None
    halted: bool = False
