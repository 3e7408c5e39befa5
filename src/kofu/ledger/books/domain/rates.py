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


FORMULA_SINCE = 2021  # 附則3条の2 as amended for days from 2021-01-01
HIGHEST_AVERAGE = 200  # per mille: beyond it something was mistyped
LAW_FIRST_MONTH, LAW_AFTER = 73, 146  # 法326条1項, per mille: no rate is above the law's own


def rates_from_average(year: int, average: int) -> dict[RateKind, int]:
    """Compute the rates of a year from its 平均貸付割合 (per mille), as 附則3条の2 does for years from 2021 on.

    延滞金特例基準割合 is the average and 1 %: 1 % more for the first month, 7.3 % more after it. 還付加算金 and 猶予
    run at the average and 0.5 %. Raises `OperatorFault` `rate_year`, `rate_average`.
    """
    if year < FORMULA_SINCE:
        raise OperatorFault("rate_year", f"the law computed the rates of {year} otherwise; they are known already")
    if not 0 <= average <= HIGHEST_AVERAGE:
        raise OperatorFault(
            "rate_average", f"a 平均貸付割合 lies between 0 and {HIGHEST_AVERAGE} per mille: 8 is 0.8 %"
        )
    special = average + 10
    return {
        RateKind.FIRST_MONTH: min(special + 10, LAW_FIRST_MONTH),
        RateKind.AFTER: min(special + LAW_FIRST_MONTH, LAW_AFTER),
        RateKind.REFUND: min(average + 5, LAW_FIRST_MONTH),
        RateKind.GRACE: min(average + 5, LAW_FIRST_MONTH),
    }


@dataclass(frozen=True, slots=True)
class RateTable:
    """Rates by calendar year, in per mille of a year of 365 days. `source` names the file or register to complete."""

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
