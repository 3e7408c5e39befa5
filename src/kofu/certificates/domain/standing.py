"""What a paper is decided by: the request, and how the person stands in the tax records. Kiosk and counter alike.

Plain values made of core's words only. The use case fills them from one snapshot of one generation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kofu.core.kinds import CertificateKind, CollectionMethod, Declaration, Liability


class NoticeTax(StrEnum):
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
    """One notice of the person, of whichever tax and year. `plate_number`, `chassis_last4`: "" where not a vehicle.

    `special`: 特別徴収, whose arrears are not the person's.
    """

    tax: NoticeTax
    fiscal_year: int
    origin_year: int
    plate_number: str
    chassis_last4: str
    inspected: bool
    installments: tuple[InstallmentStanding, ...]
    special: bool = False

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
