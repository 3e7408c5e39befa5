"""生年月日: a birthday of which the day, the month or everything may be unknown (不詳)."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from kofu.core.errors import PeerFault
from kofu.core.wareki import ERAS, Era, format_date, year_in_era

_WRITTEN = re.compile(r"([0-9]{4}|\?{4})-([0-9]{2}|\?{2})-([0-9]{2}|\?{2})", re.ASCII)
LEAP_YEAR = 2000  # stands in for an unknown year when a day is checked against its month
DECEMBER = 12


@dataclass(frozen=True, slots=True)
class Birthday:
    """Year, month and day; None where unknown. `parse_birthday` makes only ones that can be."""

    year: int | None
    month: int | None
    day: int | None

    def text(self) -> str:
        """As feeds write it: 1950-03-01, 1950-??-??."""
        year = "????" if self.year is None else f"{self.year:04d}"
        month = "??" if self.month is None else f"{self.month:02d}"
        day = "??" if self.day is None else f"{self.day:02d}"
        return f"{year}-{month}-{day}"

    def youngest_age_on(self, day: date) -> int | None:
        """Age in full years on `day` that the person has reached for certain; None where the year is unknown.

        The latest day the birthday can be is taken, so an unknown month means 31 December. A year of age counts from
        the birthday itself on, as at the counter; the law's end of the day before (年齢計算ニ関する法律2項) is the same
        moment. Someone born on 29 February is a year older on 1 March of other years.
        """
        if self.year is None:
            return None
        month = self.month or DECEMBER
        last = self.day or monthrange(self.year, month)[1]
        return day.year - self.year - ((day.month, day.day) < (month, last))


def parse_birthday(text: str) -> Birthday:
    """Read 1950-03-01, 1950-03-??, 1950-??-??, ????-??-?? and the like. Raises `PeerFault` without the text in it."""
    match = _WRITTEN.fullmatch(text)
    if match is None:
        raise PeerFault("bad_birthday", "a birthday is written YYYY-MM-DD, with ? for every digit of an unknown part")
    year, month, day = (None if part.startswith("?") else int(part) for part in match.groups())
    if month is not None and not 1 <= month <= DECEMBER:
        raise PeerFault("bad_birthday", "the month of a birthday is 01 to 12 or ??")
    longest = 31 if month is None else monthrange(LEAP_YEAR if year is None else max(year, 1), month)[1]
    if year == 0 or (day is not None and not 1 <= day <= longest):
        raise PeerFault("bad_birthday", "there is no such day in that month")
    return Birthday(year, month, day)


def format_birthday(birthday: Birthday, *, eras: tuple[Era, ...] = ERAS) -> str:
    """As certificates write it: 昭和25年3月1日; unknown parts read 不詳: 昭和25年3月不詳, 昭和25年不詳, 不詳.

    Where the day is unknown and the era changes within the month or year, the year is written in the Western calendar:
    the era would claim to know which half it was.
    """
    if birthday.year is None:
        return "不詳"
    if birthday.month is not None and birthday.day is not None:
        return format_date(date(birthday.year, birthday.month, birthday.day), eras=eras)
    first = date(birthday.year, birthday.month or 1, 1)
    month = birthday.month or DECEMBER
    last = date(birthday.year, month, monthrange(birthday.year, month)[1])
    year = year_in_era(first, eras=eras)
    if year != year_in_era(last, eras=eras):
        year = f"西暦{birthday.year}年"
    return f"{year}不詳" if birthday.month is None else f"{year}{birthday.month}月不詳"
