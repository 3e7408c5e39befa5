"""Rates of 延滞金 and 還付加算金: dated data, never a constant. A year without a rate stops the calculation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kofu.core.errors import OperatorFault


class RateKind(StrEnum):
    """Which rate of a year."""

    FIRST_MONTH = "first_month"  # 延滞金: 納期限の翌日から1月を経過する日まで
    AFTER = "after"  # 延滞金: その後
    REFUND = "refund"  # 還付加算金
    GRACE = "grace"  # 延滞金: 徴収猶予・換価の猶予の期間 (猶予特例基準割合)


@dataclass(frozen=True, slots=True)
class RateTable:
    """Rates by calendar year, in per mille of a year of 365 days. `source` is the file to complete."""

    years: Mapping[int, Mapping[RateKind, int]]
    source: str

    def rate(self, kind: RateKind, year: int) -> int:
        """Rate of a calendar year in per mille. Raises `OperatorFault` `rate_missing` naming year, rate and file."""
        try:
            return self.years[year][kind]
        except KeyError:
            raise OperatorFault(
                "rate_missing",
                f"{self.source} has no rate {kind.value} for {year}; add the announced rate, then calculate again",
            ) from None
