"""会計日: which days of the ledger are open, in which order they close, on which of them a posting is booked.

Days close in order, so one date, the last closed day, tells every closed day from every open one. A day is closed when
all money of the day is posted and agrees with bank and cash; what is decided afterwards is booked on the next open day.
A business day must be closed even where nothing came in on it: that nothing came in is what closing says (真庭市
2024-07: days were passed over, their payments were missing, and letters went out). Another day has to be closed only
where something was booked on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from kofu.core.calendar import is_business_day, next_business_day
from kofu.core.errors import OperatorFault

ONE_DAY = timedelta(days=1)
NAMED_MAX = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountingDays:
    """How the days of a ledger stand on `today`.

    `closed_to`: the last closed day, None before the first. `begun`: where no day is closed yet, the first day anything
    was booked on (the day of the take-over), None in a ledger without anything. `used`: open days on which a batch or a
    statement stands.
    """

    today: date
    closed_to: date | None
    begun: date | None
    used: frozenset[date] = frozenset()

    def is_closed(self, day: date) -> bool:
        """Whether a day takes no more postings."""
        return self.closed_to is not None and day <= self.closed_to

    def open_days(self) -> tuple[date, ...]:
        """Days that can be booked on, oldest first; never none: when today is closed, the next business day is open."""
        found = list(self._open_to(self.today))
        found += sorted(day for day in self.used if day > self.today and not self.is_closed(day))
        return tuple(found) or (next_business_day((self.closed_to or self.today) + ONE_DAY),)

    def unclosed_before(self, day: date) -> tuple[date, ...]:
        """Days that have to be closed before `day`, oldest first."""
        return tuple(self._open_to(day - ONE_DAY))

    def require_open(self, day: date) -> None:
        """Raise `OperatorFault` `day_closed`, `day_to_come`, `day_not_open`, each naming the days that are open."""
        days = self.open_days()
        if day in days:
            return
        if self.is_closed(day):
            raise OperatorFault("day_closed", f"{day} is closed; {open_words(days)}")
        if day > self.today:
            raise OperatorFault("day_to_come", f"{day} is still to come; {open_words(days)}")
        raise OperatorFault("day_not_open", f"nothing is booked on {day}; {open_words(days)}")

    def require_receipts(self, day: date, received_on: Iterable[date]) -> None:
        """Raise `OperatorFault` `day_before_receipt` where money of `day` was paid after it (領収日).

        A 領収日 after today is a fault of its row, which the check of rows names.
        """
        last = max((one for one in received_on if one <= self.today), default=day)
        if last > day:
            fitting = [one for one in self.open_days() if one >= last]
            raise OperatorFault(
                "day_before_receipt", f"{day} lies before the 領収日 {last} of a payment; {open_words(fitting)}"
            )

    def _open_to(self, last: date) -> Iterator[date]:
        first = self.closed_to + ONE_DAY if self.closed_to else min((*self.used, self.begun or self.today, self.today))
        for step in range((last - first).days + 1):
            day = first + timedelta(days=step)
            if is_business_day(day) or day in self.used or day == self.today:
                yield day


def booking_day(fact_on: date, closed_to: date | None) -> date:
    """Day on which what is done on `fact_on` is booked: that day, or where it is closed the next open one."""
    if closed_to is None or fact_on > closed_to:
        return fact_on
    return next_business_day(closed_to + ONE_DAY)


def open_words(days: Iterable[date]) -> str:
    """Name open days in an error: the first ten, and how many more."""
    named = [day.isoformat() for day in days]
    more = f" and {len(named) - NAMED_MAX} more" if len(named) > NAMED_MAX else ""
    return f"open: {', '.join(named[:NAMED_MAX])}{more}"
