"""When the centre serves: 6:30 to 23:00 every day, closed from 29 December to 3 January."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from kofu.core.calendar import is_year_end_closing

TOKYO = ZoneInfo("Asia/Tokyo")
OPENS = time(6, 30)
CLOSES = time(23, 0)


def is_open(now: datetime) -> bool:
    """Whether the centre serves at the instant `now` (aware)."""
    local = now.astimezone(TOKYO)
    return OPENS <= local.time() < CLOSES and not is_year_end_closing(local.date())
