"""Contractors (委託先): on which days a worker may work, and when a proof of erasure is due. Pure.

個人情報の保護に関する法律66条2項 (the duty of security binds who is entrusted with the work); the contract asks for a
roster of workers (作業者名簿) with a responsible person (取扱責任者), for training, for a pledge, and for the return or
erasure of what was handed over, proved in writing (消去証明).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from kofu.core.labelled import LabelledEnum

CONTRACTOR = "contractor"
#: Days after the end of a contract, or the return of keyed papers, until the proof must be here.
DAYS_TO_PROOF = 30


class EntrustedWork(LabelledEnum):
    """What a contract entrusts."""

    MAINTENANCE = "maintenance", "保守"
    DATA_ENTRY = "data_entry", "データ入力（パンチ）"


class ProvedThing(LabelledEnum):
    """What a proof of erasure is for."""

    CONTRACT = "contract", "契約の終了"
    DELIVERY = "delivery", "パンチ委託の送付"


class ErasureWay(LabelledEnum):
    """What became of the data."""

    RETURNED = "returned", "返還"
    ERASED = "erased", "消去"
    BOTH = "both", "返還し、写しを消去"


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterLine:
    """A worker's line in the roster with its contract's days; both ends are included, `None` has no end.

    `trained_on`, `pledged_on`: None where there was no training or pledge yet. `confirmed`: by a second administrator.
    """

    starts_on: date
    ends_on: date | None
    contract_starts_on: date
    contract_ends_on: date
    trained_on: date | None
    pledged_on: date | None
    confirmed: bool

    @property
    def first_day(self) -> date:
        """The first day the line and its contract both hold."""
        return max(self.starts_on, self.contract_starts_on)

    @property
    def last_day(self) -> date:
        """The last day the line and its contract both hold."""
        return self.contract_ends_on if self.ends_on is None else min(self.ends_on, self.contract_ends_on)

    def holds_on(self, day: date) -> bool:
        """Whether the worker may work on a day: confirmed, trained and pledged by then, inside line and contract."""
        ready = all(done is not None and done <= day for done in (self.trained_on, self.pledged_on))
        return self.confirmed and ready and self.first_day <= day <= self.last_day


def proof_due(ended_on: date) -> date:
    """Give the day until which the contractor proves the erasure of what it had until `ended_on`."""
    return ended_on + timedelta(days=DAYS_TO_PROOF)


def half_year_of(day: date) -> date:
    """Give the first day of the half of a fiscal year: 1 April or 1 October."""
    if 4 <= day.month < 10:  # noqa: PLR2004 - April to September
        return date(day.year, 4, 1)
    return date(day.year if day.month >= 10 else day.year - 1, 10, 1)  # noqa: PLR2004 - October


#: Days from the first of a half-year until every account was looked at (アカウント棚卸).
REVIEW_DAYS = 30


def review_overdue(day: date) -> bool:
    """Whether accounts that nobody signed in this half-year are overdue on a day."""
    return day > half_year_of(day) + timedelta(days=REVIEW_DAYS)
