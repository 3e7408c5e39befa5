"""延滞金 (地方税法326条, 附則3条の2, 20条の4の2).

Per day on the unpaid 本税, from the day after the 納期限 to the day of payment. The run is cut where the rate changes
(after one calendar month, at each new year), where a part payment makes the base smaller, and around exempt days; every
piece is base × rate × days ÷ 365, cut below one yen; the sum is cut below 100 yen, and is nothing below 1,000 yen. The
year has 365 days always, leap years too.

What was assessed later with a 納期限 of its own (増額, 法326条1項) is a part of the 期別 that runs for itself:
`interest_of_parts` puts the parts together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from kofu.core.errors import ensure
from kofu.core.yen import floor_to
from kofu.ledger.books.domain.entries import Detail
from kofu.ledger.books.domain.rates import RateKind, RateTable

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


class NewYear(StrEnum):
    """Whether a run is cut below one yen at a new year where the rate stays the same. The profile says which.

    附則3条の2 cuts "in the course of the calculation"; examples of both are published (安曇野市 joins the years
    of one rate, 岐阜市 and 豊橋市 cut).
    """

    CUT = "cut"
    JOIN = "join"


class ExemptReason(StrEnum):
    """Why no 延滞金 runs on some days."""

    EXTENDED = "extended"  # 期限の延長 (法20条の5の2, 20条の9の5第2項)
    GRACE = "grace"  # 徴収の猶予 that exempts the whole (法15条の9第1項)
    SUSPENDED = "suspended"  # 滞納処分の停止 (法15条の9第1項)
    UNAVOIDABLE = "unavoidable"  # 減免: やむを得ない事由 (法326条3項)


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to `last`, both included; `reason` where they are exempt from 延滞金, by the law in `basis`."""

    first: date
    last: date
    reason: ExemptReason | None = None
    basis: str = ""


@dataclass(frozen=True, slots=True)
class DuePart:
    """Yen of a 期別 that have one 納期限: what was first assessed, or an 増額 with a day of its own."""

    due_date: date
    amount: int


@dataclass(frozen=True, slots=True)
class InterestSegment:
    """One piece of a calculation: days, base in yen, rate in per mille, amount cut below one yen.

    `part`: which part of the 期別 it belongs to, 0 for what was first assessed; each part has its own last cuts.
    """

    first: date
    last: date
    base: int
    rate: int
    kind: RateKind
    part: int = 0

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

    segments: tuple[InterestSegment, ...]
    exempt: tuple[Period, ...] = ()

    @property
    def sum(self) -> int:
        """Sum of the pieces, before the last cuts."""
        return sum(segment.amount for segment in self.segments)

    @property
    def amount(self) -> int:
        """What is owed: the sum of each part, cut below 100 yen, nothing below 1,000."""
        parts = {segment.part for segment in self.segments}
        return sum(last_cuts(sum(one.amount for one in self.segments if one.part == part)) for part in parts)

    def rate_on(self, day: date) -> int:
        """Per mille at which it runs on a day, the highest of its parts; 0 where it does not run (停止, 免除期間)."""
        return max((one.rate for one in self.segments if one.first <= day <= one.last), default=0)

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
                    "basis": period.basis,
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
    new_year: NewYear = NewYear.CUT,
) -> Calculation:
    """Calculate 延滞金 on a 期別 up to and including `until`.

    `due_date` 納期限 after moves for closed days; `assessed` 本税 in yen; `payments` (領収日, yen of 本税), in any
    order: from the day after, the base is smaller. `exempt` 免除期間; `in_grace` 猶予期間 in which it runs at the
    猶予特例基準割合 (法15条の9第2項, 附則3条の2第2項). Raises `OperatorFault` `rate_missing`.
    """
    first = due_date + ONE_DAY
    low_until = months_end(first, 1)
    segments: list[InterestSegment] = []
    for step_first, step_last, remaining in _steps(first, until, assessed, payments):
        base = interest_base(remaining, assessed, small)
        if not base:
            continue
        for part in outside(exempt, step_first, step_last):
            for year_part in by_year(*part):
                segments += [
                    InterestSegment(begin, end, base, rates.rate(kind, begin.year), kind)
                    for begin, end, kind in _by_rate(*year_part, low_until, in_grace)
                ]
    touched = tuple(period for period in exempt if period.last >= first and period.first <= until)
    return Calculation(tuple(segments if new_year is NewYear.CUT else _joined(segments)), touched)


def interest_of_parts(
    parts: Sequence[DuePart],
    *,
    payments: Iterable[tuple[date, int]],
    until: date,
    rates: RateTable,
    exempt: Sequence[Period] = (),
    in_grace: Sequence[Period] = (),
    small: SmallBase = SmallBase.ORIGINAL,
    new_year: NewYear = NewYear.CUT,
) -> Calculation:
    """Calculate 延滞金 on a 期別 whose parts have different 納期限, as `interest` does on each.

    What is paid goes to the part that was due first (民法488条4項: 弁済期 that comes first).
    """
    paid = sorted(payments)
    segments: list[InterestSegment] = []
    touched: dict[Period, None] = {}
    for number, part in enumerate(sorted(parts, key=lambda part: part.due_date)):
        own, paid = _taken(paid, part.amount)
        found = interest(
            due_date=part.due_date,
            assessed=part.amount,
            payments=own,
            until=until,
            rates=rates,
            exempt=exempt,
            in_grace=in_grace,
            small=small,
            new_year=new_year,
        )
        segments += [replace(segment, part=number) for segment in found.segments]
        touched |= dict.fromkeys(found.exempt)
    return Calculation(tuple(segments), tuple(touched))


def _taken(paid: Sequence[tuple[date, int]], amount: int) -> tuple[list[tuple[date, int]], list[tuple[date, int]]]:
    """Cut payments into what the first `amount` yen of them are, and the rest, each in the order of days."""
    own, rest = [], []
    for on, yen in paid:
        taken = min(yen, amount)
        amount -= taken
        if taken:
            own.append((on, taken))
        if yen > taken:
            rest.append((on, yen - taken))
    return own, rest


def _joined(segments: Sequence[InterestSegment]) -> list[InterestSegment]:
    """Put pieces together that follow each other at the same rate on the same base: no cut at a new year between."""
    joined: list[InterestSegment] = []
    for segment in segments:
        before = joined[-1] if joined else None
        if (
            before is not None
            and before.last + ONE_DAY == segment.first
            and (before.base, before.rate, before.kind) == (segment.base, segment.rate, segment.kind)
        ):
            joined[-1] = replace(before, last=segment.last)
        else:
            joined.append(segment)
    return joined


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
        if period.last >= end:
            return
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
