"""Business days and 納期限 (the days taxes are due).

A due day on a Saturday, Sunday, national holiday or 12/29-1/3 moves to the next day that is none of these
(地方税法20条の5第2項, 同施行令6条の18).
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, time, timedelta, timezone

import jpholiday

from kofu.core.errors import ensure

JST = timezone(timedelta(hours=9), "JST")
"""Japan has one zone and no summer time (since 1952), so it needs no zone table, which would be a file to read."""

SATURDAY = 5
YEAR_END_CLOSING = frozenset({(12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3)})  # 年末年始
SALARY_DUE_DAY = 10


def in_japan(instant: datetime) -> datetime:
    """Tell the same instant by the clock of Japan. A naive instant is a defect: `InvariantBroken`."""
    ensure(instant.tzinfo is not None, "an instant carries its zone")
    return instant.astimezone(JST)


def day_in_japan(instant: datetime) -> date:
    """Tell the calendar day in Japan at `instant`."""
    return in_japan(instant).date()


def begin_of(day: date) -> datetime:
    """Give the first instant of a calendar day in Japan."""
    return datetime.combine(day, time(), JST)


def is_year_end_closing(day: date) -> bool:
    """Whether `day` lies in 年末年始, 29 December to 3 January, when offices and kiosks rest."""
    return (day.month, day.day) in YEAR_END_CLOSING


def is_business_day(day: date) -> bool:
    """Whether offices are open: no Saturday, Sunday, 国民の祝日 or 12/29-1/3."""
    return not (day.weekday() >= SATURDAY or is_year_end_closing(day) or jpholiday.is_holiday(day))


def next_business_day(day: date) -> date:
    """`day` itself where offices are open, otherwise the first day after it on which they are."""
    while not is_business_day(day):
        day += timedelta(days=1)
    return day


def last_business_day_before(day: date) -> date:
    """Give the last day before `day` on which offices were open: after a weekend, Friday."""
    day -= timedelta(days=1)
    while not is_business_day(day):
        day -= timedelta(days=1)
    return day


def month_end_due(year: int, month: int) -> date:
    """Last day of the month, moved on where closed."""
    return next_business_day(date(year, month, monthrange(year, month)[1]))


def resident_tax_due_dates(fiscal_year: int) -> tuple[date, date, date, date]:
    """Due dates of the four installments of 普通徴収: ends of June, August, October and January (地方税法320条)."""
    return (
        month_end_due(fiscal_year, 6),
        month_end_due(fiscal_year, 8),
        month_end_due(fiscal_year, 10),
        month_end_due(fiscal_year + 1, 1),
    )


def light_vehicle_due_date(fiscal_year: int) -> date:
    """Due date of 軽自動車税(種別割): the end of May."""
    return month_end_due(fiscal_year, 5)


def salary_due_dates(fiscal_year: int) -> tuple[date, ...]:
    """Due dates of the twelve months of 給与特別徴収, June to May: the 10th of the month after (地方税法321条の5)."""
    months = [(fiscal_year, month) for month in range(7, 13)] + [(fiscal_year + 1, month) for month in range(1, 7)]
    return tuple(next_business_day(date(year, month, SALARY_DUE_DAY)) for year, month in months)
