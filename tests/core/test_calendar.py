"""Due dates, against the published table."""

from __future__ import annotations

from datetime import date

import pytest

from kofu.core.calendar import (
    is_business_day,
    light_vehicle_due_date,
    next_business_day,
    resident_tax_due_dates,
    salary_due_dates,
)

# R7 second installment 9/1 and fourth 2026-02-02 also stand on the pages of 福岡市 and 中央市 (山梨県); the rest of the
# table is the rule of 新宿区 (https://www.city.shinjuku.lg.jp/hoken/file04_04_00001.html: ends of June, August,
# October, January, next open day) applied to the calendars of those years.
PUBLISHED = {
    2023: ("2023-05-31", "2023-06-30", "2023-08-31", "2023-10-31", "2024-01-31"),
    2024: ("2024-05-31", "2024-07-01", "2024-09-02", "2024-10-31", "2025-01-31"),
    2025: ("2025-06-02", "2025-06-30", "2025-09-01", "2025-10-31", "2026-02-02"),
    2026: ("2026-06-01", "2026-06-30", "2026-08-31", "2026-11-02", "2027-02-01"),
    2027: ("2027-05-31", "2027-06-30", "2027-08-31", "2027-11-01", "2028-01-31"),
}


@pytest.mark.parametrize("fiscal_year", PUBLISHED)
def test_due_dates_are_those_of_the_published_table(fiscal_year: int) -> None:
    """地方税法20条の5第2項, 同施行令6条の18: a due day on a closed day moves to the next open one."""
    vehicle, *installments = (date.fromisoformat(day) for day in PUBLISHED[fiscal_year])
    assert light_vehicle_due_date(fiscal_year) == vehicle
    assert list(resident_tax_due_dates(fiscal_year)) == installments


def test_salary_is_due_on_the_tenth_of_the_month_after() -> None:
    """地方税法321条の5: June's tax by 10 July … May's by 10 June; 2026-10-10 is a Saturday and the 12th a holiday."""
    due = salary_due_dates(2026)
    assert len(due) == 12
    assert due[0] == date(2026, 7, 10)
    assert due[3] == date(2026, 10, 13)
    assert due[-1] == date(2027, 6, 10)


@pytest.mark.parametrize(
    ("day", "open_"),
    [
        ("2026-12-28", True),
        ("2026-12-29", False),
        ("2027-01-03", False),
        ("2027-01-04", True),
        ("2026-11-23", False),  # 勤労感謝の日
        ("2026-11-24", True),
        ("2026-11-21", False),  # Saturday
        ("2026-05-06", False),  # 振替休日 of 3 May
        ("2026-09-22", False),  # 国民の休日 between two holidays
    ],
)
def test_offices_close_on_weekends_holidays_and_over_the_new_year(day: str, open_: bool) -> None:  # noqa: FBT001 - a table
    assert is_business_day(date.fromisoformat(day)) is open_


def test_a_day_in_the_new_year_break_moves_past_the_weekend_after_it() -> None:
    """12/31 of 2027 is a Friday; 1–3 January 2028 end on a Monday, so the next open day is Tuesday the 4th."""
    assert next_business_day(date(2027, 12, 31)) == date(2028, 1, 4)
    assert next_business_day(date(2026, 6, 30)) == date(2026, 6, 30)
