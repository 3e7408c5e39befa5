"""収納率: what was collected of what was assessed, by tax and 課税年度, in total and month by month.

Rate = 収入額 / 調定額 of 本税, 減免 taken off 調定額. A month's rate is that of all that was collected until its end,
over what is assessed now: so the line of a year never falls because of an assessment that was added later.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal

from kofu.ledger.books.domain.claims import Tax

APRIL = 4
MONTHS_SHOWN = 14  # April to May of the year after next: with 出納整理期間, which ends on 31 May (地方自治法235条の5)
HUNDREDTHS = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionTotals:
    """A tax of a year, in yen: 調定額 (減免 taken off), 収入額, 不納欠損額, 収入未済額."""

    tax: Tax
    fiscal_year: int
    assessed: int
    collected: int
    written_off: int
    due: int

    @property
    def rate(self) -> Decimal | None:
        """収納率 in percent."""
        return percent(self.collected, self.assessed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """Yen collected of a tax of a year on payments booked in a month (its first day)."""

    tax: Tax
    fiscal_year: int
    month: date
    amount: int


@dataclass(frozen=True, slots=True)
class MonthRate:
    """A month of a year: yen collected in it, yen collected until its end, rate in percent."""

    month: date
    collected: int
    until: int
    rate: Decimal | None


@dataclass(frozen=True, slots=True)
class YearLine:
    """A tax of a year month by month: April to May of the year after; later months are in the total alone."""

    standing: CollectionTotals
    months: tuple[MonthRate, ...]


def percent(part: int, whole: int) -> Decimal | None:
    """Give a rate in percent to two places, cut and not rounded: 99.999 % collected is not 100. None of nothing."""
    if whole == 0:
        return None
    return (Decimal(part) * 100 / Decimal(whole)).quantize(HUNDREDTHS, ROUND_DOWN)


def months_of(fiscal_year: int) -> tuple[date, ...]:
    """First days of the months in which a year's tax is collected: April to May of the year after."""
    return tuple(
        date(fiscal_year + (APRIL - 1 + place) // 12, (APRIL - 1 + place) % 12 + 1, 1) for place in range(MONTHS_SHOWN)
    )


def year_lines(
    standings: Iterable[CollectionTotals], collected: Iterable[Collected], until: date
) -> tuple[YearLine, ...]:
    """Give a line per standing, in their order.

    What was booked before April counts into April; months after `until` are left out.
    """
    by_year: dict[tuple[Tax, int], dict[date, int]] = {}
    for one in collected:
        months = by_year.setdefault((one.tax, one.fiscal_year), {})
        months[one.month] = months.get(one.month, 0) + one.amount
    lines = []
    for standing in standings:
        amounts = by_year.get((standing.tax, standing.fiscal_year), {})
        shown = [month for month in months_of(standing.fiscal_year) if month <= until]
        total, rates = 0, []
        for place, month in enumerate(shown):
            here = sum(amount for day, amount in amounts.items() if (day <= month if place == 0 else day == month))
            total += here
            rates.append(MonthRate(month, here, total, percent(total, standing.assessed)))
        lines.append(YearLine(standing, tuple(rates)))
    return tuple(lines)
