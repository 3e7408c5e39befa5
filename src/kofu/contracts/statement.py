"""The month's statement (手数料・交付件数実績) of the centre for one municipality: printed, paid, given back.

A file, not an endpoint: `statement-<municipality>-<month>.json` is a `MonthlyStatement`. One entry stands for each
print result of the month, by the instant it occurred (Asia/Tokyo), and for each refund. A request whose result was
unknown and came late has two entries, each in its own month. No entry holds anything a certificate says.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated

import msgspec

from kofu.contracts.center import Instant, KioskId
from kofu.contracts.issuing import CertificateKind, Identifier, Message, MunicipalityCode, Year

Month = Annotated[str, msgspec.Meta(pattern="^[0-9]{4}-(0[1-9]|1[0-2])$")]


class EntryKind(StrEnum):
    """What an entry tells of."""

    PRINTED = "printed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"
    REFUND = "refund"


class StatementEntry(Message, frozen=True):
    """One print result, or one refund. `sheets`: of paper printed. `yen`: paid; given back where negative."""

    entry: EntryKind
    request_id: Identifier
    occurred_at: Instant
    kind: CertificateKind
    fiscal_year: Year
    kiosk_id: KioskId
    copies: Annotated[int, msgspec.Meta(ge=0)]
    sheets: Annotated[int, msgspec.Meta(ge=0)]
    fee_per_copy: Annotated[int, msgspec.Meta(ge=0, description="yen")]
    yen: int


class StatementTotals(Message, frozen=True):
    """Sums of the entries. `fees` is paid, `refunds` given back (positive), `unknown` counts results nobody knows."""

    copies: int
    sheets: int
    fees: int
    refunds: int
    unknown: int

    @property
    def net(self) -> int:
        """Give what the municipality is due, in yen."""
        return self.fees - self.refunds


class MonthlyStatement(Message, frozen=True):
    """All entries of a month, by time, and their sums."""

    municipality_code: MunicipalityCode
    month: Month
    made_at: Instant
    entries: tuple[StatementEntry, ...]
    totals: StatementTotals


def totals_of(entries: Iterable[StatementEntry]) -> StatementTotals:
    """Sum up: both ends do it, and compare."""
    copies = sheets = fees = refunds = unknown = 0
    for entry in entries:
        if entry.entry is EntryKind.REFUND:
            refunds -= entry.yen
            continue
        copies += entry.copies
        sheets += entry.sheets
        fees += entry.yen
        unknown += entry.entry is EntryKind.UNKNOWN
    return StatementTotals(copies=copies, sheets=sheets, fees=fees, refunds=refunds, unknown=unknown)
