"""到達範囲: how far each channel's files reach, which are expected when and missing. Dates of published cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import hypothesis.strategies as st
import pytest
from hypothesis import given

from kofu.core.calendar import is_business_day
from kofu.core.errors import OperatorFault
from kofu.ledger.books.domain.claims import Channel
from kofu.ledger.payments.domain.coverage import ONE_DAY, Arrived, covered_to, expected_files, is_there, reached
from kofu.ledger.profile.domain.channel_rules import ChannelRule, Rhythm

DESK = ChannelRule(channel=Channel.COUNTER, rhythm=Rhythm.AT_DESK)
DAILY = ChannelRule(channel=Channel.ELECTRONIC, rhythm=Rhythm.BUSINESS_DAYS, sender="eL", lag_business_days=1)
STORES = ChannelRule(
    channel=Channel.CONVENIENCE, rhythm=Rhythm.PERIODS, sender="代行", period_ends=(5, 10, 15, 20, 26, 31),
    arrives_after_days=16,
)  # fmt: skip
DEBITS = ChannelRule(channel=Channel.DIRECT_DEBIT, rhythm=Rhythm.DEBIT_DAYS, sender="銀行", lag_business_days=3)


def days_of(rule: ChannelRule, first: date, last: date, debits: tuple[date, ...] = ()) -> list[tuple[date, date, date]]:
    return [(one.day, one.after, one.reach) for one in expected_files(rule, first, last, debits)]


def test_payments_of_the_last_five_days_of_july_come_on_16_august() -> None:
    """青森市 2023-08: due 7/31; 2,347 letters went to people whose barcode payments came on 8/16."""
    due = date(2023, 7, 31)
    last_file = expected_files(STORES, date(2023, 8, 16), date(2023, 8, 16))
    assert [(one.after, one.reach) for one in last_file] == [(date(2023, 7, 26), due)]
    assert reached(STORES, date(2023, 8, 15), missing=()).to == date(2023, 7, 26)
    assert reached(STORES, date(2023, 8, 16), missing=()).to == due
    assert reached(STORES, date(2023, 8, 17), missing=last_file).to == date(2023, 7, 26)


def test_a_daily_file_has_what_was_paid_to_the_day_before() -> None:
    """Monday's file has Friday to Sunday; after 海の日 the Tuesday's has Monday too."""
    assert days_of(DAILY, date(2026, 7, 17), date(2026, 7, 22)) == [
        (date(2026, 7, 17), date(2026, 7, 15), date(2026, 7, 16)),
        (date(2026, 7, 21), date(2026, 7, 16), date(2026, 7, 20)),
        (date(2026, 7, 22), date(2026, 7, 20), date(2026, 7, 21)),
    ]


def test_a_lag_in_business_days_is_longer_over_the_turn_of_the_year() -> None:
    slow = replace(DAILY, lag_business_days=3)
    assert reached(slow, date(2027, 1, 4), missing=()).to == date(2026, 12, 24)
    assert reached(slow, date(2026, 7, 9), missing=()).to == date(2026, 7, 6)
    assert reached(replace(DAILY, lag_business_days=0), date(2026, 7, 9), missing=()).to == date(2026, 7, 9)


def test_banks_answer_some_business_days_after_the_debit_and_hold_the_channel_until_they_do() -> None:
    asked = (date(2026, 6, 30), date(2026, 8, 31))
    assert days_of(DEBITS, date(2026, 7, 1), date(2026, 9, 30), asked) == [
        (date(2026, 7, 3), date.min, date(2026, 6, 30)),
        (date(2026, 9, 3), date(2026, 6, 30), date(2026, 8, 31)),
    ]
    assert reached(DEBITS, date(2026, 7, 2), missing=(), unanswered=asked[:1]).to == date(2026, 6, 29)
    assert reached(DEBITS, date(2026, 7, 2), missing=()).to == date(2026, 7, 2)


def test_what_is_entered_at_a_desk_is_covered_by_the_closing() -> None:
    assert days_of(DESK, date(2026, 7, 1), date(2026, 7, 31)) == []
    assert reached(DESK, date(2026, 7, 9), missing=()).to == date(2026, 7, 9)


def test_the_channel_that_reaches_least_decides_and_its_margin_counts() -> None:
    closed = date(2026, 7, 31)
    channels = [reached(rule, closed, missing=()) for rule in (DESK, DAILY, STORES)]
    assert covered_to(channels, "ordinary") == date(2026, 7, 15)
    cautious = [*channels, reached(replace(DAILY, margin_days=20), closed, missing=())]
    assert covered_to(cautious, "ordinary") == date(2026, 7, 10)


def test_what_nobody_can_pay_by_any_channel_is_never_covered() -> None:
    assert covered_to([reached(DESK, date(2026, 7, 31), missing=())], "salary") == date.min
    assert covered_to([], "ordinary") == date.min


JULY = tuple(expected_files(STORES, date(2023, 8, 7), date(2023, 8, 31)))


def expected(reach: date):
    return next(one for one in JULY if one.reach == reach)


def later(reach: date):
    return [one for one in JULY if one.reach > reach]


@pytest.mark.parametrize(
    ("arrived", "there"),
    [
        (Arrived(booked_on=date(2023, 8, 16), last_receipt=date(2023, 7, 30)), True),
        (Arrived(booked_on=date(2023, 8, 18), last_receipt=date(2023, 7, 31)), True),  # late
        (Arrived(booked_on=date(2023, 8, 14), last_receipt=date(2023, 7, 27)), False),  # early money in the file before
        (Arrived(booked_on=date(2023, 8, 16), last_receipt=date(2023, 7, 26)), False),  # the file before, late
        (Arrived(booked_on=date(2023, 8, 16), last_receipt=date(2023, 8, 1)), True),  # reaches further than agreed
        (Arrived(booked_on=date(2023, 8, 21), last_receipt=date(2023, 8, 4)), False),  # the file after
        (Arrived(booked_on=date(2023, 8, 16), last_receipt=None, empty=True), True),
        (Arrived(booked_on=date(2023, 8, 17), last_receipt=None, empty=True), False),
        (Arrived(booked_on=date(2023, 8, 16), last_receipt=None), False),  # 速報 only: no money
    ],
)
def test_a_batch_is_the_expected_file_by_its_day_and_its_payments(arrived: Arrived, *, there: bool) -> None:
    reach = date(2023, 7, 31)
    assert is_there(expected(reach), [arrived], later(reach)) is there


@pytest.mark.parametrize(
    "rule",
    [
        replace(STORES, period_ends=()),
        replace(STORES, period_ends=(0,)),
        replace(STORES, period_ends=(32,)),
        replace(STORES, sender=""),
        replace(DAILY, lag_business_days=-1),
        replace(DAILY, margin_days=-1),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused(rule: ChannelRule) -> None:
    with pytest.raises(OperatorFault) as refused:
        rule.check()
    assert refused.value.code == "channel_rule"


rules = st.one_of(
    st.builds(lambda lag: replace(DAILY, lag_business_days=lag), st.integers(0, 12)),
    st.builds(
        lambda ends, lag: replace(STORES, period_ends=tuple(sorted(ends)), arrives_after_days=lag),
        st.sets(st.integers(1, 31), min_size=1, max_size=6),
        st.integers(0, 60),
    ),
)
days = st.dates(date(2023, 1, 1), date(2027, 12, 31))


@given(rules, days, st.integers(1, 90))
def test_coverage_is_what_the_expected_files_reach_without_a_gap(rule: ChannelRule, first: date, length: int) -> None:
    """Each file begins where the one before ended; a closed day is covered to the last file expected by it."""
    last = first + timedelta(days=length)
    files = expected_files(rule, first, last)
    assert all(is_business_day(one.day) and first <= one.day <= last for one in files)
    assert all(before.reach == after.after for before, after in pairwise(files))
    assert all(one.after < one.reach < one.day + ONE_DAY for one in files)
    if files:
        assert reached(rule, last, missing=()).to == files[-1].reach
        assert reached(rule, last, missing=files).to == files[0].after
