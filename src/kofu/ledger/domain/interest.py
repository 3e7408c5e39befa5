"""延滞金 (地方税法326条, 附則3条の2, 20条の4の2).

Per day on the unpaid 本税, from the day after the 納期限 to the day of payment. The run is cut where the rate changes
(after one calendar month, at each new year), where a part payment makes the base smaller, and around exempt days; every
piece is base × rate × days ÷ 365, cut below one yen; the sum is cut below 100 yen, and is nothing below 1,000 yen. The
year has 365 days always, leap years too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from kofu.core.errors import ensure
from kofu.core.yen import floor_to
from kofu.ledger.domain.entries import Detail
from kofu.ledger.domain.rates import RateKind, RateTable

DAYS_OF_A_YEAR = 365
BASE_UNIT = 1_000  # 法20条の4の2第2項
SMALLEST_BASE = 2_000  # same
AMOUNT_UNIT = 100  # 法20条の4の2第5項
SMALLEST_AMOUNT = 1_000  # same
ONE_DAY = timedelta(days=1)


class SmallBase(StrEnum):
    """Whether a base under 2,000 yen is dropped by what was assessed or by what remains after part payments.

    The text of the law was not read on this point; some municipalities publish that a remainder under 2,000 yen goes
    on bearing interest. The profile of the ledger says which.
    """

    ORIGINAL = "original"
    REMAINING = "remaining"


class ExemptReason(StrEnum):
    """Why no 延滞金 runs on some days."""

    EXTENDED = "extended"  # 期限の延長 (法20条の5の2, 20条の9の5第2項)
    GRACE = "grace"  # 徴収猶予・換価の猶予 that exempt the whole (法15条の9)
    UNAVOIDABLE = "unavoidable"  # 減免: やむを得ない事由 (法326条3項)


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to `last`, both included; `reason` where they are exempt from 延滞金."""

    first: date
    last: date
    reason: ExemptReason | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """One piece of a calculation: days, base in yen, rate in per mille, amount cut below one yen."""

    first: date
    last: date
    base: int
    rate: int
    kind: RateKind

    @property
    def days(self) -> int:
        """Days of the piece, both ends included."""
        return (self.last - self.first).days + 1

    @property
    def amount(self) -> int:
        """Yen of the piece."""
        return self.base * self.rate * self.days // (1000 * DAYS_OF_A_YEAR)


@dataclass(frozen=True, slots=True)
class Calculation:
    """A calculation that can be shown line by line, and its result in yen. `exempt`: the days left out, and why."""

    segments: tuple[Segment, ...]
    exempt: tuple[Period, ...] = ()

    @property
    def sum(self) -> int:
        """Sum of the pieces, before the last cuts."""
        return sum(segment.amount for segment in self.segments)

    @property
    def amount(self) -> int:
        """What is owed: cut below 100 yen, nothing below 1,000."""
        return last_cuts(self.sum)

    def detail(self) -> dict[str, Detail]:
        """Give the calculation as the detail of an entry."""
        return {
            "segments": [
                {
                    "first": segment.first.isoformat(),
                    "last": segment.last.isoformat(),
                    "days": segment.days,
                    "base": segment.base,
                    "rate": segment.rate,
                    "kind": segment.kind.value,
                    "amount": segment.amount,
                }
                for segment in self.segments
            ],
            "exempt": [
                {
                    "first": period.first.isoformat(),
                    "last": period.last.isoformat(),
                    "reason": period.reason.value if period.reason else None,
                }
                for period in self.exempt
            ],
            "sum": self.sum,
            "amount": self.amount,
        }


def last_cuts(amount: int) -> int:
    """Cut below 100 yen; what is then below 1,000 yen is nothing (法20条の4の2第5項)."""
    return 0 if amount < SMALLEST_AMOUNT else floor_to(amount, AMOUNT_UNIT)


def interest_base(remaining: int, assessed: int, small: SmallBase = SmallBase.ORIGINAL) -> int:
    """Yen the interest runs on: cut below 1,000; nothing where the amount that is judged is below 2,000."""
    judged = assessed if small is SmallBase.ORIGINAL else remaining
    return 0 if judged < SMALLEST_BASE else floor_to(remaining, BASE_UNIT)


def months_end(first: date, months: int) -> date:
    """Last day of a period of calendar months that begins on `first` (民法143条): 3 February and one month: 2 March.

    Where the last month has no such day the period ends with that month: 31 May and one month is 30 June.
    """
    index = first.year * 12 + first.month - 1 + months
    try:
        return date(index // 12, index % 12 + 1, first.day) - ONE_DAY
    except ValueError:
        return date((index + 1) // 12, (index + 1) % 12 + 1, 1) - ONE_DAY


def interest(
    *,
    due_date: date,
    assessed: int,
    payments: Iterable[tuple[date, int]],
    until: date,
    rates: RateTable,
    exempt: Sequence[Period] = (),
    in_grace: Sequence[Period] = (),
    small: SmallBase = SmallBase.ORIGINAL,
) -> Calculation:
    """Calculate 延滞金 on a 期別 up to and including `until`.

    `due_date` 納期限 after moves for closed days; `assessed` 本税 in yen; `payments` (領収日, yen of 本税), in any
    order: from the day after, the base is smaller. `exempt` 免除期間; `in_grace` 猶予期間 in which it runs at the
    猶予特例基準割合 (法15条の9, 附則3条の2). Raises `OperatorFault` `rate_missing`.
    """
    first = due_date + ONE_DAY
    low_until = months_end(first, 1)
    segments: list[Segment] = []
    for step_first, step_last, remaining in _steps(first, until, assessed, payments):
        base = interest_base(remaining, assessed, small)
        if not base:
            continue
        for part in outside(exempt, step_first, step_last):
            for year_part in by_year(*part):
                segments += [
                    Segment(begin, end, base, rates.rate(kind, begin.year), kind)
                    for begin, end, kind in _by_rate(*year_part, low_until, in_grace)
                ]
    touched = tuple(period for period in exempt if period.last >= first and period.first <= until)
    return Calculation(tuple(segments), touched)


def rate_running(due_date: date, base: int, on: date, rates: RateTable) -> int:
    """Per mille of a year at which 延滞金 runs on a day: 0 where it is not late, or `base` (yen) bears none."""
    if on <= due_date or not base:
        return 0
    kind = RateKind.FIRST_MONTH if on <= months_end(due_date + ONE_DAY, 1) else RateKind.AFTER
    return rates.rate(kind, on.year)


def _steps(
    first: date, until: date, assessed: int, payments: Iterable[tuple[date, int]]
) -> Iterator[tuple[date, date, int]]:
    """Cut the run at part payments: (first day, last day, what remains unpaid)."""
    remaining, begin = assessed, first
    for paid_on, amount in sorted(payments):
        ensure(amount > 0, "a part payment is above zero")
        last = min(paid_on, until)
        if last >= begin and remaining > 0:
            yield begin, last, remaining
            begin = last + ONE_DAY
        remaining -= amount
    if begin <= until and remaining > 0:
        yield begin, until, remaining


def outside(exempt: Sequence[Period], begin: date, end: date) -> Iterator[tuple[date, date]]:
    """Give the parts of a run of days that lie outside exempt periods."""
    for period in sorted(exempt, key=lambda period: period.first):
        if period.last < begin or period.first > end:
            continue
        if period.first > begin:
            yield begin, period.first - ONE_DAY
        begin = period.last + ONE_DAY
    if begin <= end:
        yield begin, end


def by_year(begin: date, end: date) -> Iterator[tuple[date, date]]:
    """Cut a run of days at each new year."""
    borders = [begin, *(date(year, 1, 1) for year in range(begin.year + 1, end.year + 1)), end + ONE_DAY]
    for first, following in pairwise(borders):
        yield first, following - ONE_DAY


def _by_rate(
    begin: date, end: date, low_until: date, in_grace: Sequence[Period]
) -> Iterator[tuple[date, date, RateKind]]:
    """Cut days of one year where the rate changes: after the first month, and around days of grace."""
    parts = [
        (begin, min(end, low_until), RateKind.FIRST_MONTH),
        (max(begin, low_until + ONE_DAY), end, RateKind.AFTER),
    ]
    for first, last, kind in parts:
        if first > last:
            continue
        normal = list(outside(in_grace, first, last))
        grace = outside([Period(*days) for days in normal], first, last)
        yield from sorted([(*days, kind) for days in normal] + [(*days, RateKind.GRACE) for days in grace])
