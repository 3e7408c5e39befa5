"""和暦: the Japanese calendar. Eras are data: a future one is added to `ERAS` or passed in, no code changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from kofu.core.errors import OurFault
from kofu.core.fiscal_year import first_day, income_year, last_day

EraChange = Literal["start", "end"]
"""Which end of a year names it where the era changes inside: "start" 平成31年度, "end" 令和元年度."""


@dataclass(frozen=True, slots=True)
class Era:
    """An era (元号) and the first day it is counted from."""

    name: str
    start: date


ERAS: tuple[Era, ...] = (
    # Meiji dates follow the solar calendar from 明治6年1月1日 on (明治5年太政官布告337号); nobody older is alive.
    Era("明治", date(1868, 1, 25)),
    Era("大正", date(1912, 7, 30)),
    Era("昭和", date(1926, 12, 25)),
    Era("平成", date(1989, 1, 8)),
    Era("令和", date(2019, 5, 1)),
)


def era_of(day: date, *, eras: tuple[Era, ...] = ERAS) -> Era:
    """Era that `day` lies in; `eras` in the order of their starts. Raises `OurFault` before the first."""
    found = None
    for era in eras:
        if era.start <= day:
            found = era
    if found is None:
        raise OurFault("before_first_era", "a day before the first era of the table cannot be written in 和暦")
    return found


def year_in_era(day: date, *, eras: tuple[Era, ...] = ERAS) -> str:
    """Write the year alone: 令和8年; the first year of an era is 元年."""
    era = era_of(day, eras=eras)
    number = day.year - era.start.year + 1
    return f"{era.name}{'元' if number == 1 else number}年"


def format_date(day: date, *, eras: tuple[Era, ...] = ERAS) -> str:
    """Write a day as certificates do: 令和8年11月23日, 令和元年5月1日."""
    return f"{year_in_era(day, eras=eras)}{day.month}月{day.day}日"


def format_short(day: date, *, eras: tuple[Era, ...] = ERAS) -> str:
    """Write a day as lists do: 令和8.11.23, 令和元.5.1; a day before the first era as 1867-12-31."""
    if day < eras[0].start:
        return day.isoformat()
    era = era_of(day, eras=eras)
    number = day.year - era.start.year + 1
    return f"{era.name}{'元' if number == 1 else number}.{day.month}.{day.day}"


def fiscal_year_label(fiscal_year: int, *, era_change: EraChange, eras: tuple[Era, ...] = ERAS) -> str:
    """Label of a fiscal year: 令和8年度. 2019 is 平成31年度 ("start": by 1 April) or 令和元年度 ("end": by 31 March).

    By "end" the year is counted in the era of 31 March but from the year the fiscal year begins in, as in 令和元年度.
    An era that begins between 1 January and 31 March would have no year for it; then the era of 1 April names it.
    """
    start = first_day(fiscal_year)
    if era_change == "start":
        return f"{year_in_era(start, eras=eras)}度"
    era = era_of(last_day(fiscal_year), eras=eras)
    number = fiscal_year - era.start.year + 1
    if number < 1:
        return f"{year_in_era(start, eras=eras)}度"
    return f"{era.name}{'元' if number == 1 else number}年度"


def income_year_label(fiscal_year: int, *, era_change: EraChange, eras: tuple[Era, ...] = ERAS) -> str:
    """Label of the year whose income counts: 令和7年分 for 2026; for 2020 平成31年分 or 令和元年分."""
    year = income_year(fiscal_year)
    day = date(year, 1, 1) if era_change == "start" else date(year, 12, 31)
    return f"{year_in_era(day, eras=eras)}分"
