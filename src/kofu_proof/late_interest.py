"""延滞金 counted day by day (地方税法326条, 附則3条の2, 20条の4の2): slow, and in another way than the ledger."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)
BASE = 1_000
SMALLEST_BASE = 2_000
SMALLEST = 1_000
UNIT = 100


@dataclass(frozen=True, slots=True)
class YearRates:
    """Per mille of a year: 延滞金 in the first month and after it, 還付加算金."""

    first_month: int
    after: int
    refund: int


def late_interest(due: date, assessed: int, paid: Iterable[tuple[date, int]], rates: Mapping[int, YearRates]) -> int:
    """Count what `assessed` yen due on a day come to, paid by (領収日, yen), up to the last of these days.

    Each day bears on what was unpaid when it began, cut below 1,000 yen; days of one base, rate and year in a row are
    cut below one yen together; the sum below 100, and nothing is owed below 1,000. Raises `KeyError` for a year
    without a rate.
    """
    by_day = sorted(paid)
    if assessed < SMALLEST_BASE or not by_day:
        return 0
    last = by_day[-1][0]
    month = _month_from(due + DAY)
    total = days = 0
    standing: tuple[int, int, int] | None = None
    day = due + DAY
    while day <= last:
        unpaid = assessed - sum(yen for on, yen in by_day if on < day)
        rate = rates[day.year].first_month if day <= month else rates[day.year].after
        now = (unpaid // BASE * BASE, rate, day.year)
        if now != standing:
            total += _piece(standing, days)
            standing, days = now, 0
        days += 1
        day += DAY
    total += _piece(standing, days)
    return 0 if total < SMALLEST else total // UNIT * UNIT


def _piece(standing: tuple[int, int, int] | None, days: int) -> int:
    return standing[0] * standing[1] * days // 365_000 if standing is not None else 0


def _month_from(first: date) -> date:
    """Give the last day of the month that begins on a day (民法143条)."""
    year, month = (first.year, first.month + 1) if first.month < 12 else (first.year + 1, 1)  # noqa: PLR2004 - December
    length = monthrange(year, month)[1]
    return date(year, month, length) if first.day > length else date(year, month, first.day) - DAY
