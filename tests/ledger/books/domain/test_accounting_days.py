"""会計日: the oldest open day first, in order, none that is closed, to come, or before what it books."""

from __future__ import annotations

from datetime import date

import hypothesis.strategies as st
import pytest
from hypothesis import given

from kofu.core.calendar import is_business_day
from kofu.core.errors import OperatorFault
from kofu.ledger.books.domain.accounting_days import ONE_DAY, AccountingDays, booking_day

THURSDAY, FRIDAY, SATURDAY, MONDAY = date(2026, 7, 16), date(2026, 7, 17), date(2026, 7, 18), date(2026, 7, 20)
TUESDAY = date(2026, 7, 21)  # Monday 2026-07-20 is 海の日


def days(today: date = FRIDAY, closed_to: date | None = date(2026, 7, 15), **more) -> AccountingDays:
    return AccountingDays(today=today, closed_to=closed_to, begun=more.pop("begun", None), **more)


def test_the_oldest_open_day_comes_first() -> None:
    assert days().open_days() == (THURSDAY, FRIDAY)


def test_a_day_offices_rest_is_open_only_where_something_was_booked_on_it_or_it_is_today() -> None:
    assert days(TUESDAY).open_days() == (THURSDAY, FRIDAY, TUESDAY)
    assert days(TUESDAY, used=frozenset({SATURDAY})).open_days() == (THURSDAY, FRIDAY, SATURDAY, TUESDAY)
    assert days(SATURDAY).open_days() == (THURSDAY, FRIDAY, SATURDAY)


def test_when_today_is_closed_the_next_business_day_is_open() -> None:
    assert days(FRIDAY, closed_to=FRIDAY).open_days() == (TUESDAY,)
    assert days(FRIDAY, closed_to=FRIDAY, used=frozenset({TUESDAY})).open_days() == (TUESDAY,)


def test_a_ledger_that_closed_nothing_begins_with_its_take_over() -> None:
    assert days(closed_to=None, begun=THURSDAY).open_days() == (THURSDAY, FRIDAY)
    assert days(closed_to=None).open_days() == (FRIDAY,)
    assert days(closed_to=None, begun=FRIDAY, used=frozenset({THURSDAY})).open_days() == (THURSDAY, FRIDAY)


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (date(2062, 11, 29), "day_to_come"),
        (date(2026, 7, 15), "day_closed"),
        (date(2026, 7, 1), "day_closed"),
        (SATURDAY, "day_not_open"),
    ],
)
def test_a_day_that_is_not_open_is_refused_with_those_that_are(day: date, code: str) -> None:
    with pytest.raises(OperatorFault, match="open: 2026-07-16, 2026-07-17, 2026-07-21") as refused:
        days(TUESDAY).require_open(day)
    assert refused.value.code == code


def test_a_day_before_the_ledger_began_is_not_open() -> None:
    with pytest.raises(OperatorFault, match="open: 2026-07-17") as refused:
        days(closed_to=None, begun=FRIDAY).require_open(THURSDAY)
    assert refused.value.code == "day_not_open"


def test_a_day_before_the_receipt_is_refused_with_the_days_that_fit() -> None:
    with pytest.raises(OperatorFault, match="open: 2026-07-17, 2026-07-21") as refused:
        days(TUESDAY).require_receipts(THURSDAY, [date(2026, 7, 1), FRIDAY])
    assert refused.value.code == "day_before_receipt"
    days(TUESDAY).require_receipts(FRIDAY, [FRIDAY])
    days(TUESDAY).require_receipts(THURSDAY, [])


def test_a_receipt_that_is_still_to_come_is_a_fault_of_its_row() -> None:
    days(TUESDAY).require_receipts(THURSDAY, [date(2062, 11, 29)])


def test_days_before_a_day_are_named_in_order() -> None:
    assert days(TUESDAY).unclosed_before(TUESDAY) == (THURSDAY, FRIDAY)
    assert days(TUESDAY, closed_to=THURSDAY).unclosed_before(FRIDAY) == ()


def test_many_open_days_are_named_to_ten() -> None:
    with pytest.raises(OperatorFault, match="and 4 more"):
        days(date(2026, 8, 5)).require_open(date(2062, 11, 29))


def test_what_is_done_on_a_closed_day_is_booked_on_the_next_business_day() -> None:
    assert booking_day(FRIDAY, None) == FRIDAY
    assert booking_day(FRIDAY, THURSDAY) == FRIDAY
    assert booking_day(FRIDAY, FRIDAY) == TUESDAY


dates = st.dates(date(2026, 1, 1), date(2026, 12, 31))


@given(dates, st.one_of(st.none(), dates), dates, st.frozensets(dates, max_size=4))
def test_open_days_are_never_closed_never_none_in_order_and_hold_every_business_day(
    today: date, closed_to: date | None, begun: date, used: frozenset[date]
) -> None:
    standing = AccountingDays(today=today, closed_to=closed_to, begun=begun, used=used)
    found = standing.open_days()
    assert found
    assert list(found) == sorted(set(found))
    assert not any(standing.is_closed(day) for day in found)
    first = closed_to + ONE_DAY if closed_to else min({*used, begun, today})
    wanted = {first + ONE_DAY * n for n in range((today - first).days + 1)}
    assert {day for day in wanted if is_business_day(day)} <= set(found)
    assert {day for day in used if not standing.is_closed(day)} <= set(found)
    assert booking_day(today, closed_to) > (closed_to or date.min)
