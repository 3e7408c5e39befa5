"""Days and numbers as people write them: whatever a day or number is written as is read back; nothing is guessed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kofu.core.as_written import UnreadableEntry, plain, read_day, read_decimal, read_number, read_year
from kofu.core.wareki import ERAS, Era, era_of, format_date
from kofu.core.yen import format_yen

TODAY = date(2026, 11, 29)
DAYS = st.dates(date(1868, 2, 1), date(2090, 12, 31))
FULL_WIDTH = {ord(half): ord(half) + 0xFEE0 for half in "0123456789RHSTM./-,"}
FULL_WIDTH_MARKS = st.sampled_from([{}, FULL_WIDTH])
INITIALS = {"令和": "R", "平成": "H", "昭和": "S", "大正": "T", "明治": "M"}


def _short(day: date, mark: str) -> str:
    era = era_of(day)
    return f"{INITIALS[era.name]}{day.year - era.start.year + 1}{mark}{day.month}{mark}{day.day}"


@given(DAYS, FULL_WIDTH_MARKS, st.sampled_from("./-"))
def test_a_day_is_read_however_it_is_written(day: date, width: dict[int, int], mark: str) -> None:
    for written in (
        format_date(day),
        _short(day, mark),
        _short(day, mark).lower(),
        f"{day.year}{mark}{day.month}{mark}{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
        f"西暦{day.year}年{day.month:02d}月{day.day:02d}日",
        f"{day:%Y%m%d}",
        day.isoformat(),
        f"　{format_date(day)} ",
    ):
        assert read_day(written.translate(width), today=TODAY) == day, written


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("R8.6.30", "2026-06-30"),
        ("Ｒ８．６．３０", "2026-06-30"),
        ("令和8年6月30日", "2026-06-30"),
        ("令和８年６月３０日", "2026-06-30"),
        ("令８・６・３０", "2026-06-30"),
        ("令和八年六月三十日", "2026-06-30"),
        ("二〇二六年六月三十日", "2026-06-30"),
        ("㋿8.6.30", "2026-06-30"),
        ("R080630", "2026-06-30"),
        ("令和元年5月1日", "2019-05-01"),
        ("R1.5.1", "2019-05-01"),
        ("R元.5.1", "2019-05-01"),
        ("H31-4-30", "2019-04-30"),
        ("㍻31.4.30", "2019-04-30"),
        ("S64/1/7", "1989-01-07"),
        ("2026ー06ー30", "2026-06-30"),
        ("2026−6−30", "2026-06-30"),
    ],
)
def test_the_ways_of_the_counter(written: str, day: str) -> None:
    assert read_day(written, today=TODAY) == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("written", "day"), [("8.6.30", "2026-06-30"), ("８年６月３０日", "2026-06-30"), ("9/3/31", "2027-03-31")]
)
def test_a_year_without_its_era_is_the_latest_eras_where_that_can_be(written: str, day: str) -> None:
    assert read_day(written, today=TODAY) == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("63.4.1", "era_needed"),  # 昭和63年, or 令和63年?
        ("26/6/30", "era_needed"),  # 2026年, or 令和26年?
        ("080630", "era_needed"),
        ("R8.2.30", "no_such_day"),
        ("2026-13-01", "no_such_day"),
        ("0000-01-01", "no_such_day"),
        ("R0.1.1", "no_such_day"),
        ("令和元年4月30日", "era_not_begun"),
        ("平成31年5月1日", "era_over"),
        ("平成32年4月1日", "era_over"),
        ("2026-06", "not_a_day"),
        ("令和8年6月末", "not_a_day"),
        ("R2026.6.30", "not_a_day"),
        ("きのう", "not_a_day"),
        ("X8.6.30", "not_a_day"),
        ("", "not_a_day"),
    ],
)
def test_what_can_be_no_day_or_more_than_one_is_refused_with_the_reason(written: str, code: str) -> None:
    with pytest.raises(UnreadableEntry) as found:
        read_day(written, today=TODAY)
    assert found.value.code == code


def test_a_birthday_needs_its_era() -> None:
    """5.3.1 is 昭和5年 as well as 令和5年: of a birthday nobody can say."""
    with pytest.raises(UnreadableEntry, match="era"):
        read_day("5.3.1", today=None)
    assert read_day("S5.3.1", today=None) == date(1930, 3, 1)


@given(st.text("0123456789RHS令和平成年月日./-元 ", max_size=12))
def test_a_day_read_without_its_era_is_never_more_than_a_year_ahead(written: str) -> None:
    """甲賀市 2019-06: 令和10年 typed for 令和1年. What names no era and no Western year is not taken far ahead."""
    try:
        day = read_day(written, today=TODAY)
    except UnreadableEntry:
        return
    words = plain(written)
    named = words[:1] in {"R", "H", "S", "令", "平"} or words[:4].isdigit()
    assert named or day <= TODAY + timedelta(days=366)


def test_a_coming_era_is_data() -> None:
    coming = (*ERAS, Era("新元", date(2030, 5, 1)))
    assert read_day("新元2年1月1日", today=TODAY, eras=coming) == date(2031, 1, 1)
    with pytest.raises(UnreadableEntry) as found:
        read_day("R12.5.1", today=TODAY, eras=coming)
    assert found.value.code == "era_over"
    assert read_day("12.4.1", today=date(2030, 4, 20), eras=coming) == date(2030, 4, 1)


@given(st.integers(-(10**12), 10**12), FULL_WIDTH_MARKS)
def test_a_number_is_read_however_it_is_written(number: int, width: dict[int, int]) -> None:
    for written in (
        str(number),
        f"{number:,}",
        f"{number:,}円",
        format_yen(number),
        f" {number:,} 円",
        f"{number:,}件",
    ):
        assert read_number(written.translate(width)) == number, written
    assert read_number(f"￥{abs(number):,}也".translate(width)) == abs(number)


@given(st.decimals(0, 20, places=1))
def test_a_rate_is_read_with_its_unit(rate: Decimal) -> None:
    assert read_decimal(f"{rate}%") == read_decimal(f"{rate}％".translate(FULL_WIDTH)) == rate


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("1,23", "commas"),
        ("12,3456", "commas"),
        (",123", "commas"),
        ("1.5", "not_whole"),
        ("12万", "not_a_number"),
        ("千円", "not_a_number"),
        ("1e3", "not_a_number"),
        ("--1", "not_a_number"),
        ("", "not_a_number"),
        ("円", "not_a_number"),
        ("1234567890123456789", "too_long"),
    ],
)
def test_what_is_no_number_is_refused_with_the_reason(written: str, code: str) -> None:
    with pytest.raises(UnreadableEntry) as found:
        read_number(written)
    assert found.value.code == code


@pytest.mark.parametrize(
    ("written", "year"),
    [("2026", 2026), ("２０２６年度", 2026), ("令和8年度", 2026), ("R8", 2026), ("令和元年分", 2019), ("平成31", 2019)],
)
def test_a_year_is_read_by_its_era_or_as_a_western_one(written: str, year: int) -> None:
    assert read_year(written) == year


@pytest.mark.parametrize(("written", "code"), [("8", "era_needed"), ("R0", "not_a_year"), ("来年", "not_a_year")])
def test_a_year_without_its_era_is_asked_about(written: str, code: str) -> None:
    with pytest.raises(UnreadableEntry) as found:
        read_year(written)
    assert found.value.code == code
