"""Days typed at a command, before anything is done with them."""

from __future__ import annotations

from datetime import date

from kofu.core.errors import OperatorFault

#: A hundred years: longer than anything is kept, and within what a calendar can count.
DAYS_MAX = 36_525


def require_day_come(day: date, today: date) -> date:
    """Give the day back where it has come: of one to come nothing is on record, and nothing is written for it.

    So a year typed wrong (9999 for 2026) makes no feed of that day. Raises `OperatorFault` `day_to_come`.
    """
    if day > today:
        raise OperatorFault("day_to_come", f"{day} is still to come; today is {today}")
    return day
