"""When the centre serves: every day from 6:30 to 23:00, closed from 29 December to 3 January.

The hours are dated: a new line begins on its day, the older ones stay for the calendar's past.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from kofu.core.calendar import in_japan, is_year_end_closing


@dataclass(frozen=True, slots=True)
class Hours:
    """Service hours of a day from `valid_from` on: from `opens` until just before `closes`, times in Japan."""

    valid_from: date
    opens: time
    closes: time


#: 交付時間 6:30-23:00, as the municipalities of コンビニ交付 publish it; the service began in 2010.
HOURS: tuple[Hours, ...] = (Hours(date(2010, 1, 1), time(6, 30), time(23, 0)),)


def hours_on(day: date) -> Hours | None:
    """Give the hours of a day in Japan, None where the centre is closed on it."""
    begun = [hours for hours in HOURS if hours.valid_from <= day]
    if not begun or is_year_end_closing(day):
        return None
    return max(begun, key=lambda hours: hours.valid_from)


def is_open(now: datetime) -> bool:
    """Whether the centre serves at the instant `now` (aware)."""
    local = in_japan(now)
    hours = hours_on(local.date())
    return hours is not None and hours.opens <= local.time() < hours.closes
