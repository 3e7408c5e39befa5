"""延滞金: every published example to the yen, and the traps a simple calculation falls into."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import hypothesis.strategies as st
import pytest
from hypothesis import given

from kofu.core.calendar import resident_tax_due_dates
from kofu.core.errors import OperatorFault
from kofu.ledger.books.domain.interest import (
    DuePart,
    ExemptReason,
    NewYear,
    Period,
    SmallBase,
    interest,
    interest_base,
    interest_of_parts,
    last_cuts,
    months_end,
)
from kofu.ledger.books.domain.rates import RateKind
from kofu.ledger.books.rates_file import load_rates

RATES = load_rates()


def run(due: date, assessed: int, until: date, **more):
    return interest(
        due_date=due, assessed=assessed, payments=more.pop("payments", ()), until=until, rates=RATES, **more
    )


def shown(calculation) -> list[tuple[int, int, int]]:
    return [(segment.days, segment.rate, segment.amount) for segment in calculation.segments]


def test_the_example_of_chuo_city() -> None:
    """https://www.city.chuo.yamanashi.jp/soshiki/zeimu/shuunou/10746.html: 56,400 yen, R8.2.2 to R8.5.29."""
    calculation = run(date(2026, 2, 2), 56_400, date(2026, 5, 29))
    assert shown(calculation) == [(28, 28, 120), (88, 91, 1_228)]
    assert calculation.segments[0].last == date(2026, 3, 2)
    assert calculation.amount == 1_300


def test_the_example_of_toyohashi_city() -> None:
    """https://www-city-toyohashi-lg-jp.cache.yimg.jp/dd.aspx?menuid=10874: 65,000 yen, R3.5.31 to R4.1.31."""
    calculation = run(date(2021, 5, 31), 65_000, date(2022, 1, 31))
    assert shown(calculation) == [(30, 25, 133), (184, 88, 2_883), (31, 87, 480)]
    assert calculation.amount == 3_400


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2026, 2, 1), date(2026, 2, 28)),
        (date(2024, 2, 1), date(2024, 2, 29)),
        (date(2026, 5, 31), date(2026, 6, 30)),
        (date(2026, 2, 3), date(2026, 3, 2)),
        (date(2026, 1, 31), date(2026, 2, 28)),
        (date(2026, 12, 15), date(2027, 1, 14)),
    ],
)
def test_trap_1_a_month_is_a_calendar_month_not_thirty_days(first: date, last: date) -> None:
    """民法143条."""
    assert months_end(first, 1) == last


def test_trap_1_a_leap_year_has_365_days_too() -> None:
    """閏年を含む期間も365日当たり (和歌山県, 江東区条例, 福岡市, 鳥羽市)."""
    calculation = run(date(2023, 12, 31), 1_000_000, date(2024, 12, 31))
    assert sum(segment.days for segment in calculation.segments) == 366
    assert calculation.segments[-1].amount == 1_000_000 * 87 * calculation.segments[-1].days // 365_000


def test_trap_2_a_year_without_a_rate_stops_the_calculation() -> None:
    """令和9年の率は告示前: never guessed."""
    with pytest.raises(OperatorFault, match=r"rates.toml has no rate after for 2027"):
        run(date(2026, 8, 31), 50_000, date(2027, 1, 5))


def test_from_the_day_after_a_part_payment_the_base_is_smaller() -> None:
    calculation = run(date(2026, 2, 2), 56_400, date(2026, 5, 29), payments=[(date(2026, 3, 31), 30_000)])
    assert [(segment.base, segment.days) for segment in calculation.segments] == [
        (56_000, 28),
        (56_000, 29),
        (26_000, 59),
    ]


def test_exempt_days_bear_no_interest() -> None:
    exempt = Period(date(2026, 3, 10), date(2026, 4, 9), ExemptReason.EXTENDED)
    calculation = run(date(2026, 2, 2), 56_400, date(2026, 5, 29), exempt=[exempt])
    assert sum(segment.days for segment in calculation.segments) == 28 + 88 - 31
    assert calculation.exempt == (exempt,)
    assert calculation.detail()["exempt"] == [
        {"first": "2026-03-10", "last": "2026-04-09", "reason": "extended", "basis": ""},
    ]


def test_exempt_days_outside_the_run_are_not_shown() -> None:
    before = Period(date(2025, 3, 10), date(2026, 2, 2), ExemptReason.GRACE)
    assert run(date(2026, 2, 2), 56_400, date(2026, 5, 29), exempt=[before]).exempt == ()


def test_days_of_grace_bear_the_rate_of_grace() -> None:
    """猶予特例基準割合 (令和8年: 1.3 %), in the first month and after it."""
    grace = Period(date(2026, 2, 20), date(2026, 3, 20))
    calculation = run(date(2026, 2, 2), 56_400, date(2026, 5, 29), in_grace=[grace])
    assert [(segment.first, segment.days, segment.kind, segment.rate) for segment in calculation.segments] == [
        (date(2026, 2, 3), 17, RateKind.FIRST_MONTH, 28),
        (date(2026, 2, 20), 11, RateKind.GRACE, 13),
        (date(2026, 3, 3), 18, RateKind.GRACE, 13),
        (date(2026, 3, 21), 70, RateKind.AFTER, 91),
    ]


def test_trap_3_the_run_begins_after_the_due_date_as_it_was_moved() -> None:
    """R7の2期は8/31(日)→9/1 (福岡市), 4期は1/31(土)→R8.2.2 (中央市): the first day of 延滞金 is the day after these."""
    _, second, _, fourth = resident_tax_due_dates(2025)
    assert (second, fourth) == (date(2025, 9, 1), date(2026, 2, 2))
    assert run(second, 100_000, date(2025, 9, 2)).segments[0].first == date(2025, 9, 2)


def test_trap_1_each_piece_is_cut_below_one_yen_before_they_are_added() -> None:
    """岐阜市 https://www.city.gifu.lg.jp/31254.htm: 計算の過程で円未満の端数が生じた場合、これを切り捨て."""
    calculation = run(date(2021, 5, 31), 15_000, date(2022, 3, 31))
    exact = sum(
        (Fraction(s.base * s.rate * s.days, 365_000) for s in calculation.segments),
        start=Fraction(0),
    )
    assert [segment.amount for segment in calculation.segments] == [30, 665, 321]
    assert (calculation.sum, int(exact)) == (1_016, 1_018)


def test_a_payment_beyond_what_is_owed_ends_the_run_and_is_never_negative() -> None:
    calculation = run(
        date(2026, 2, 2),
        10_000,
        date(2026, 5, 29),
        payments=[(date(2026, 3, 31), 15_000), (date(2026, 4, 30), 5_000)],
    )
    assert calculation.segments[-1].last == date(2026, 3, 31)
    assert all(segment.amount > 0 for segment in calculation.segments)


@pytest.mark.parametrize(("remaining", "judged", "base"), [
    (1_999, SmallBase.ORIGINAL, 0), (2_999, SmallBase.ORIGINAL, 2_000), (56_400, SmallBase.REMAINING, 56_000),
])  # fmt: skip
def test_the_base_is_cut_below_1000_and_dropped_below_2000(remaining: int, judged: SmallBase, base: int) -> None:
    """法20条の4の2第2項."""
    assert interest_base(remaining, remaining, judged) == base


def test_a_small_remainder_of_a_larger_tax_is_judged_by_the_profile() -> None:
    assert interest_base(1_500, 10_000, SmallBase.ORIGINAL) == 1_000
    assert interest_base(1_500, 10_000, SmallBase.REMAINING) == 0


@pytest.mark.parametrize(("amount", "cut"), [(999, 0), (1_000, 1_000), (1_099, 1_000), (3_496, 3_400)])
def test_the_sum_is_cut_below_100_and_dropped_below_1000(amount: int, cut: int) -> None:
    """法20条の4の2第5項."""
    assert last_cuts(amount) == cut


def test_paid_by_the_due_date_bears_nothing() -> None:
    assert run(date(2026, 6, 30), 50_000, date(2026, 6, 30)).segments == ()


@given(assessed=st.integers(0, 3_000_000), days=st.integers(0, 600), more=st.integers(0, 60))
def test_interest_never_shrinks_with_time(assessed: int, days: int, more: int) -> None:
    due = date(2024, 9, 2)
    earlier = run(due, assessed, due + timedelta(days=days))
    later = run(due, assessed, due + timedelta(days=days + more))
    assert 0 <= earlier.amount <= later.amount


@given(
    assessed=st.integers(10_000, 900_000),
    payments=st.lists(st.tuples(st.integers(1, 400), st.integers(1, 9_000)), max_size=4),
)
def test_the_days_of_the_pieces_are_the_days_of_the_run(assessed: int, payments: list[tuple[int, int]]) -> None:
    due, until = date(2024, 9, 2), date(2026, 1, 10)
    dated = [(due + timedelta(days=day), amount) for day, amount in payments]
    calculation = run(due, assessed, until, payments=dated)
    if all(segment.base for segment in calculation.segments) and assessed - sum(a for _, a in payments) >= 1_000:
        assert sum(segment.days for segment in calculation.segments) == (until - due).days


PAYMENTS = st.lists(st.tuples(st.integers(-20, 400), st.integers(1, 30_000)), max_size=4)
PERIODS = st.lists(st.tuples(st.integers(-20, 400), st.integers(0, 60)), max_size=3)


@given(assessed=st.integers(0, 900_000), days=st.integers(0, 480), paid=PAYMENTS, exempt=PERIODS, grace=PERIODS)
def test_the_pieces_are_what_counting_day_by_day_gives_within_the_cuts(assessed, days, paid, exempt, grace) -> None:
    """An independent count: each day its base and its rate, nothing cut. Each piece loses less than one yen of it."""
    due = date(2024, 9, 2)
    until = due + timedelta(days=days)
    payments = [(due + timedelta(days=day), amount) for day, amount in paid]
    closed, easy = (
        [Period(due + timedelta(days=day), due + timedelta(days=day + length)) for day, length in periods]
        for periods in (exempt, grace)
    )
    calculation = run(due, assessed, until, payments=payments, exempt=closed, in_grace=easy)
    exact = Fraction(0)
    for offset in range(1, days + 1):
        day = due + timedelta(days=offset)
        if any(period.first <= day <= period.last for period in closed):
            continue
        left = max(assessed - sum(amount for on, amount in payments if on < day), 0)
        kind = RateKind.FIRST_MONTH if day <= date(2024, 10, 2) else RateKind.AFTER
        if any(period.first <= day <= period.last for period in easy):
            kind = RateKind.GRACE
        exact += Fraction(interest_base(left, assessed) * RATES.rate(kind, day.year), 365_000)
    assert 0 <= exact - calculation.sum <= len(calculation.segments)
    assert calculation.amount in (0, calculation.sum // 100 * 100)


def test_a_new_year_at_the_same_rate_is_cut_or_joined_as_the_profile_says() -> None:
    """安曇野市の公表例: 16,000 yen due 2024-07-01, paid 2025-04-12, 8.7 % in both years: joined it makes 1,000 yen."""
    cut = run(date(2024, 7, 1), 16_000, date(2025, 4, 12))
    joined = run(date(2024, 7, 1), 16_000, date(2025, 4, 12), new_year=NewYear.JOIN)
    assert (shown(cut), cut.sum, cut.amount) == ([(31, 24, 32), (152, 87, 579), (102, 87, 388)], 999, 0)
    assert (shown(joined), joined.amount) == ([(31, 24, 32), (254, 87, 968)], 1_000)


def test_years_of_different_rates_are_cut_whatever_the_profile_says() -> None:
    """令和7年 8.7 %, 令和8年 9.1 %."""
    joined = run(date(2025, 9, 1), 50_000, date(2026, 3, 31), new_year=NewYear.JOIN)
    assert joined.segments == run(date(2025, 9, 1), 50_000, date(2026, 3, 31)).segments


def test_an_increase_with_a_due_date_of_its_own_bears_interest_from_there() -> None:
    """法326条1項: 延滞金 runs from the 納期限 of what it is owed on. 500,000 in time, 200,000 due 2026-11-02."""
    parts = [DuePart(date(2026, 6, 30), 500_000), DuePart(date(2026, 11, 2), 200_000)]
    first = [(date(2026, 6, 29), 500_000)]
    in_time = interest_of_parts(
        parts, payments=[*first, (date(2026, 11, 2), 200_000)], until=date(2026, 11, 2), rates=RATES
    )
    late = interest_of_parts(
        parts, payments=[*first, (date(2026, 12, 2), 200_000)], until=date(2026, 12, 2), rates=RATES
    )
    assert in_time.amount == 0
    assert (shown(late), late.amount) == ([(30, 28, 460)], 0)
    assert late.segments[0].first == date(2026, 11, 3)


def test_each_part_has_its_own_last_cuts_and_what_is_paid_goes_to_the_part_due_first() -> None:
    parts = [DuePart(date(2025, 6, 30), 100_000), DuePart(date(2025, 9, 1), 100_000)]
    found = interest_of_parts(parts, payments=[(date(2025, 10, 31), 100_000)], until=date(2026, 1, 30), rates=RATES)
    first = run(date(2025, 6, 30), 100_000, date(2026, 1, 30), payments=[(date(2025, 10, 31), 100_000)])
    second = run(date(2025, 9, 1), 100_000, date(2026, 1, 30))
    assert found.amount == first.amount + second.amount
    assert found.sum == first.sum + second.sum


def test_an_exemption_without_an_end_takes_every_day_after_it() -> None:
    forever = Period(date(2026, 3, 3), date.max, ExemptReason.SUSPENDED)
    assert shown(run(date(2026, 2, 2), 56_400, date(2026, 5, 29), exempt=[forever])) == [(28, 28, 120)]
