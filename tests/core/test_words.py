"""Fiscal years, 和暦, yen and errors: the examples the rules were checked on."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kofu.core import fiscal_year, wareki
from kofu.core.errors import Blame, InvariantBroken, KofuError, OperatorFault, OurFault, PeerFault, ensure
from kofu.core.wareki import ERAS, Era, fiscal_year_label, format_date, income_year_label
from kofu.core.yen import floor_to, format_yen

DAYS = st.dates(date(1868, 2, 1), date(2200, 12, 31))


@given(DAYS)
def test_every_day_lies_in_exactly_one_fiscal_year(day: date) -> None:
    year = fiscal_year.fiscal_year_of(day)
    assert fiscal_year.first_day(year) <= day <= fiscal_year.last_day(year)


def test_the_fiscal_year_turns_on_the_first_of_april() -> None:
    assert fiscal_year.fiscal_year_of(date(2026, 3, 31)) == 2025
    assert fiscal_year.fiscal_year_of(date(2026, 4, 1)) == 2026


def test_the_tax_of_a_year_is_on_last_years_income_of_whoever_lives_there_on_the_first_of_january() -> None:
    """地方税法39条, 318条 (賦課期日), 32条, 313条 (前年の所得)."""
    assert fiscal_year.income_year(2026) == 2025
    assert fiscal_year.assessment_date(2026) == date(2026, 1, 1)


@pytest.mark.parametrize(("day", "oldest"), [("2026-11-23", 2023), ("2027-03-31", 2023), ("2027-04-01", 2024)])
def test_a_payment_certificate_reaches_back_three_fiscal_years(day: str, oldest: int) -> None:
    """地方税法施行令6条の21第2項2号: not before the fiscal year in which the day three years ago lies."""
    assert fiscal_year.oldest_payment_year(date.fromisoformat(day)) == oldest


@pytest.mark.parametrize(
    ("day", "text"),
    [
        ("2026-11-23", "令和8年11月23日"),
        ("2019-05-01", "令和元年5月1日"),
        ("2019-04-30", "平成31年4月30日"),
        ("1989-01-08", "平成元年1月8日"),
        ("1989-01-07", "昭和64年1月7日"),
        ("1926-12-25", "昭和元年12月25日"),
        ("1926-12-24", "大正15年12月24日"),
        ("1912-07-30", "大正元年7月30日"),
        ("1912-07-29", "明治45年7月29日"),
    ],
)
def test_days_are_written_in_the_era_they_lie_in(day: str, text: str) -> None:
    assert format_date(date.fromisoformat(day)) == text


@pytest.mark.parametrize(
    ("year", "by_start", "by_end"),
    [
        (2026, "令和8年度", "令和8年度"),
        (2019, "平成31年度", "令和元年度"),  # 文京区: the kiosk said one, the paper the other
        (2018, "平成30年度", "平成30年度"),
        (2020, "令和2年度", "令和2年度"),
        (1989, "平成元年度", "平成元年度"),
        (1988, "昭和63年度", "昭和63年度"),  # 平成 began in January of it and has no year for it
    ],
)
def test_a_fiscal_year_is_labelled_by_its_start_or_its_end(year: int, by_start: str, by_end: str) -> None:
    assert fiscal_year_label(year, era_change="start") == by_start
    assert fiscal_year_label(year, era_change="end") == by_end


def test_income_is_labelled_by_its_calendar_year() -> None:
    assert income_year_label(2026, era_change="end") == "令和7年分"
    assert income_year_label(2020, era_change="start") == "平成31年分"
    assert income_year_label(2020, era_change="end") == "令和元年分"


def test_a_future_era_is_only_data() -> None:
    """住民記録システム標準仕様書 §1.1.9: a change of era is a parameter."""
    eras = (*ERAS, Era("架空", date(2031, 5, 1)))
    assert format_date(date(2031, 5, 1), eras=eras) == "架空元年5月1日"
    assert format_date(date(2031, 4, 30), eras=eras) == "令和13年4月30日"
    assert fiscal_year_label(2031, era_change="start", eras=eras) == "令和13年度"
    assert fiscal_year_label(2031, era_change="end", eras=eras) == "架空元年度"


def test_a_day_before_the_first_era_is_refused_and_never_written_wrongly() -> None:
    with pytest.raises(OurFault):
        wareki.format_date(date(1867, 12, 31))


def test_amounts_are_grouped_and_negatives_bear_the_triangle() -> None:
    assert [format_yen(amount) for amount in (0, 1234, 1_000_000, -1234)] == ["0", "1,234", "1,000,000", "△1,234"]


def test_what_is_below_the_unit_is_cut_off() -> None:
    """地方税法20条の4の2: 課税標準 below 1,000 yen, 税額 below 100 yen."""
    assert floor_to(1_999, 1_000) == 1_000
    assert floor_to(199, 100) == 100
    assert floor_to(-1_999, 1_000) == -1_000


@given(st.integers(-(10**12), 10**12), st.sampled_from([1, 100, 1_000]))
def test_cutting_off_never_makes_an_amount_larger(amount: int, unit: int) -> None:
    cut = floor_to(amount, unit)
    assert cut % unit == 0
    assert 0 <= abs(amount) - abs(cut) < unit


def test_an_error_says_whose_fault_it_is() -> None:
    assert [kind("c", "m").blame for kind in (OurFault, PeerFault, OperatorFault)] == ["ours", "peer", "operator"]
    error = KofuError("some_code", "a sentence", blame=Blame.RESIDENT)
    assert (error.code, error.message, error.blame, str(error)) == (
        "some_code", "a sentence", Blame.RESIDENT, "a sentence [some_code]",
    )  # fmt: skip


def test_ensure_stops_on_what_can_never_be() -> None:
    ensure(condition=True, message="holds")
    with pytest.raises(InvariantBroken, match="does not hold") as caught:
        ensure(condition=False, message="does not hold")
    assert caught.value.blame is Blame.OURS


def test_an_era_is_immutable() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        ERAS[0].name = "x"  # type: ignore[misc]
