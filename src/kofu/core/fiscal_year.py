"""会計年度: the fiscal year, 1 April to 31 March, is the integer of the year it begins in.

The label that people read is another thing (`kofu.core.wareki.fiscal_year_label`): 2019 is 平成31年度 in one town
and 令和元年度 in the next, and a kiosk and its paper once disagreed about it (文京区).
"""

from __future__ import annotations

from datetime import date

APRIL = 4


def fiscal_year_of(day: date) -> int:
    """Fiscal year `day` lies in (地方自治法208条: from 1 April to 31 March)."""
    return day.year if day.month >= APRIL else day.year - 1


def first_day(fiscal_year: int) -> date:
    """1 April."""
    return date(fiscal_year, APRIL, 1)


def last_day(fiscal_year: int) -> date:
    """31 March of the next calendar year."""
    return date(fiscal_year + 1, 3, 31)


def income_year(fiscal_year: int) -> int:
    """Calendar year whose income the resident tax of `fiscal_year` is on: the year before (地方税法32条, 313条)."""
    return fiscal_year - 1


def assessment_date(fiscal_year: int) -> date:
    """賦課期日: 1 January of the year the fiscal year begins in (地方税法39条, 318条)."""
    return date(fiscal_year, 1, 1)


def oldest_payment_year(day: date) -> int:
    """Oldest fiscal year a 納税証明書 may cover when asked for on `day`: the current one and the three before.

    地方税法施行令6条の21第2項2号 leaves out the fiscal years before the one in which the day three years ago lies.
    """
    return fiscal_year_of(day) - 3
