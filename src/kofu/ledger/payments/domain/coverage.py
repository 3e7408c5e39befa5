"""到達範囲: up to which 領収日 the files of a channel reach, which files are expected when, and which are missing.

A claim is dunned only where every channel its payer can have used is covered up to its 納期限: a payment made in time
would be in the ledger by now. 青森市 sent 2,347 letters in 2023-08 because barcode payments of the last five days came
after the list was drawn; いわき市 (2024) and 伊達市 (2023) sent theirs because the file of one channel was missing and
nobody expected it. So coverage is counted from the calendar of each channel, and every file that is expected and not
there holds it where the file before it ended.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kofu.core.calendar import is_business_day, next_business_day
from kofu.ledger.books.domain.claims import Channel
from kofu.ledger.profile.domain.channel_rules import ChannelRule, Rhythm

ONE_DAY = timedelta(days=1)
MONTHS = 12
PERIODS_BACK = timedelta(days=62)  # past the longest period and its end moved for closed days
CLOSED_AT_MOST = timedelta(days=40)  # past the longest closing of offices: the file before the first one is known


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A file that is expected on `day` and reaches payments of `after` (exclusive) to `reach`."""

    channel: Channel
    day: date
    reach: date
    after: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A posted batch: its 会計日, and the last 領収日 of its payments; `empty`: the file says that nobody paid."""

    booked_on: date
    last_receipt: date | None
    empty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """How far a channel reaches: money paid on or before `to` is in the ledger. `missing`: files that hold it back."""

    rule: ChannelRule
    to: date
    missing: tuple[Expected, ...] = ()


def expected_files(rule: ChannelRule, first: date, last: date, debit_days: Iterable[date] = ()) -> tuple[Expected, ...]:
    """List the files expected from `first` to `last`, by what they reach. `debit_days`: 引落日 that were asked for."""
    match rule.rhythm:
        case Rhythm.AT_DESK | Rhythm.NOT_USED:
            return ()
        case Rhythm.BUSINESS_DAYS:
            dated = [(day, _last_receipt_reached(rule, day)) for day in _business_days(first - CLOSED_AT_MOST, last)]
        case Rhythm.PERIODS:
            dated = [(_arrival(rule, end), end) for end in _period_ends(rule, first, last)]
        case Rhythm.DEBIT_DAYS:
            dated = [(_nth_business_day_after(day, rule.lag_business_days), day) for day in sorted(set(debit_days))]
    before = date.min
    found = []
    for day, reach in sorted(dated, key=lambda pair: pair[1]):
        if first <= day <= last:
            found.append(Expected(channel=rule.channel, day=day, reach=reach, after=before))
        before = reach
    return tuple(found)


def is_there(expected: Expected, arrived: Iterable[Arrived], later: Sequence[Expected] = ()) -> bool:
    """Whether a posted batch is the expected file. `later`: the files of the channel expected after it.

    It was booked on the day the file was expected or later, and its last payment lies after what the file before
    reached. One that reaches further is the file only where no later one was expected by its day: an early payment in
    a late file is no proof that the days between are there.
    """
    return any(_is_the_file(expected, one, later) for one in arrived)


def reached(
    rule: ChannelRule,
    closed_to: date,
    *,
    missing: Sequence[Expected],
    unanswered: Iterable[date] = (),
) -> Reached:
    """How far a channel reaches when days are closed to `closed_to`.

    `missing`: expected files that are not there though their day is closed. `unanswered`: 引落日 the banks were asked
    and have not answered, whether or not an answer is due yet.
    """
    match rule.rhythm:
        case Rhythm.AT_DESK | Rhythm.NOT_USED:
            to = closed_to
        case Rhythm.DEBIT_DAYS:
            to = min([closed_to, *(day - ONE_DAY for day in unanswered)])
        case Rhythm.BUSINESS_DAYS:
            day = closed_to
            while not is_business_day(day):
                day -= ONE_DAY
            to = _last_receipt_reached(rule, day)
        case Rhythm.PERIODS:
            ends = _period_ends(rule, closed_to - timedelta(days=rule.arrives_after_days) - PERIODS_BACK, closed_to)
            to = max(end for end in ends if _arrival(rule, end) <= closed_to)
    reached_before = [one.after for one in missing if one.channel is rule.channel]
    return Reached(
        rule=rule, to=min([to, *reached_before]), missing=tuple(one for one in missing if one.channel is rule.channel)
    )


def covered_to(channels: Iterable[Reached], method: str) -> date:
    """Last 納期限 of a 徴収方法 of which every payment made in time is in; `date.min` where no channel pays it."""
    found = [
        one.to - timedelta(days=one.rule.margin_days)
        for one in channels
        if one.rule.rhythm is not Rhythm.NOT_USED and method in one.rule.methods
    ]
    return min(found, default=date.min)


def _is_the_file(expected: Expected, one: Arrived, later: Sequence[Expected]) -> bool:
    if one.booked_on < expected.day:
        return False
    if one.last_receipt is None:
        return one.empty and one.booked_on == expected.day
    if one.last_receipt <= expected.after:
        return False
    return one.last_receipt <= expected.reach or not any(other.day <= one.booked_on for other in later)


def _last_receipt_reached(rule: ChannelRule, day: date) -> date:
    """Last day of receipt in the file of a business day: the day before the lag's business days began."""
    if not rule.lag_business_days:
        return day
    for _ in range(rule.lag_business_days - 1):
        day -= ONE_DAY
        while not is_business_day(day):
            day -= ONE_DAY
    return day - ONE_DAY


def _nth_business_day_after(day: date, count: int) -> date:
    for _ in range(count):
        day = next_business_day(day + ONE_DAY)
    return next_business_day(day)


def _business_days(first: date, last: date) -> Iterator[date]:
    for step in range((last - first).days + 1):
        if is_business_day(day := first + ONE_DAY * step):
            yield day


def _arrival(rule: ChannelRule, end: date) -> date:
    return next_business_day(end + timedelta(days=rule.arrives_after_days))


def _period_ends(rule: ChannelRule, first: date, last: date) -> list[date]:
    """List the ends of periods whose files can be expected between two days, and some before, in order."""
    day = first - timedelta(days=rule.arrives_after_days) - PERIODS_BACK
    year, month = day.year, day.month
    found: set[date] = set()
    while date(year, month, 1) <= last:
        length = monthrange(year, month)[1]
        found.update(date(year, month, min(end, length)) for end in rule.period_ends)
        year, month = (year + month // MONTHS, month % MONTHS + 1)
    return sorted(found)
