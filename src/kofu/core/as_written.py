"""Days and numbers as people write them: 和暦 and 西暦, full width and half, with commas and 円.

What can be read in one way only is read; everything else is refused with a code that says why, never guessed. A year
without its era is read in the latest era, and only where the day is no more than a year ahead: 8.6.30 is 令和8年 in
2026, 63.4.1 is asked about.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import NoReturn

from kofu.core.errors import OperatorFault
from kofu.core.wareki import ERAS, Era

AHEAD_DAYS_MAX = 366
DIGITS_MAX = 18

#: 元号 as people shorten them: the initial in Latin letters, and the one-character forms of Unicode.
SHORT = {"R": "令和", "H": "平成", "S": "昭和", "T": "大正", "M": "明治"}
SQUARED = {"㍾": "明治", "㍽": "大正", "㍼": "昭和", "㍻": "平成", "\u32ff": "令和"}
FIRST_CHARACTER = {"令": "令和", "平": "平成", "昭": "昭和", "大": "大正", "明": "明治"}

_KANJI_DIGITS = "〇一二三四五六七八九"
_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " ", 0xFFE5: "¥"}
_DASHES = dict.fromkeys(map(ord, "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212ー—ｰ"), "-")
_POINTS = {ord("・"): ".", ord("。"): ".", ord("･"): ".", ord("｡"): "."}
_COMMAS = {ord("、"): ",", ord("､"): ","}

_PARTS = re.compile(r"(\d{1,4}|元)(?:年|[./-])(\d{1,2})(?:月|[./-])(\d{1,2})日?")
_RUN = re.compile(r"(\d{2}|\d{4})(\d{2})(\d{2})")
_GROUPED = re.compile(r"\d{1,3}(,\d{3})+|\d+")


class UnreadableEntry(OperatorFault):
    """What was written cannot be read; `code` says why. `detail`: an era or a day the answer may name."""

    def __init__(self, code: str, message: str, detail: str = "") -> None:
        """Build the error."""
        super().__init__(code, message)
        self.detail = detail


def plain(text: str) -> str:
    """Write digits, letters and marks in half width, without blanks. The field this is for holds no names."""
    return text.translate(_WIDTH).translate(_DASHES).replace(" ", "").replace("\t", "").strip()


def read_day(text: str, *, today: date | None, eras: tuple[Era, ...] = ERAS) -> date:
    """Read a day: R8.6.30, 令和8年6月30日, 令和元年5月1日, 2026/6/30, 2026年6月30日, 20260630, R080630, 8.6.30.

    `today` None: nobody can say which era a year without one means (birthdays).
    Raises `UnreadableEntry`: `not_a_day`, `no_such_day`, `era_needed`, `era_over`, `era_not_begun`.
    """
    words = _kanji_to_digits(plain(text).translate(_POINTS))
    era, rest = _split_era(words, eras)
    matched = _PARTS.fullmatch(rest) or _RUN.fullmatch(rest)
    if matched is None:
        raise UnreadableEntry("not_a_day", "this is not a day as 令和8年6月30日 or 2026-06-30")
    written, month, day = matched.groups()
    year = 1 if written == "元" else int(written)
    if era is None and len(written) == 4:  # noqa: PLR2004 - 西暦 has four digits
        return _day(year, int(month), int(day))
    if len(written) > 2:  # noqa: PLR2004 - no era lasts a hundred years
        raise UnreadableEntry("not_a_day", "a year of an era has one or two digits, one of the Western calendar four")
    if era is not None:
        found = _day(era.start.year + year - 1, int(month), int(day)) if year else _no_such_day()
        _check_era(found, era, eras)
        return found
    if matched.re is _RUN or today is None:  # 080630 could be many things
        raise UnreadableEntry("era_needed", "a year without its era cannot be told")
    latest = [one for one in eras if one.start <= today][-1]
    found = _day(latest.start.year + year - 1, int(month), int(day)) if year else _no_such_day()
    if found < latest.start or found > today + timedelta(days=AHEAD_DAYS_MAX):
        raise UnreadableEntry("era_needed", "a year without its era cannot be told")
    return found


def read_year(text: str, *, eras: tuple[Era, ...] = ERAS) -> int:
    """Read a year of the Western calendar or of an era: 2026, 令和8年度, R8, 令和元年分; give the Western year.

    Raises `UnreadableEntry`: `not_a_year`, `era_needed`.
    """
    words = re.sub(r"(年度|年分|年)$", "", _kanji_to_digits(plain(text)))
    era, rest = _split_era(words, eras)
    if rest == "元":
        rest = "1"
    if not re.fullmatch(r"\d{1,4}", rest):
        raise UnreadableEntry("not_a_year", "this is not a year as 令和8 or 2026")
    if era is None:
        if len(rest) != 4:  # noqa: PLR2004 - 西暦 has four digits
            raise UnreadableEntry("era_needed", "a year without its era cannot be told")
        return int(rest)
    if not 1 <= int(rest) <= 99:  # noqa: PLR2004 - no era lasts a hundred years
        raise UnreadableEntry("not_a_year", "a year of an era has one or two digits")
    return era.start.year + int(rest) - 1


def read_number(text: str) -> int:
    """Read a whole number: 1,234 １２，３４５円 ￥500 △300 12枚; commas stand where they must or not at all.

    Raises `UnreadableEntry`: `not_a_number`, `not_whole`, `commas`, `too_long`.
    """
    number = read_decimal(text)
    if number != number.to_integral_value():
        raise UnreadableEntry("not_whole", "a whole number is needed")
    return int(number)


def read_decimal(text: str) -> Decimal:
    """Read a number that may have a fraction: 1.5, １．５％. Raises `UnreadableEntry` as `read_number` does."""
    words = plain(text).translate(_COMMAS)
    words = re.sub(r"(円|件|枚|通|部|人|%|也)+$", "", words)
    sign, words = (-1, words[1:]) if words[:1] in {"-", "△", "▲"} else (1, words)
    words = words.removeprefix("¥").removeprefix("\\").removeprefix("+")
    whole, point, fraction = words.partition(".")
    if not whole or not re.fullmatch(r"[\d,]+", whole) or (point and not re.fullmatch(r"\d+", fraction)):
        raise UnreadableEntry("not_a_number", "this is not a number as 12,345")
    if not _GROUPED.fullmatch(whole):
        raise UnreadableEntry("commas", "commas stand after every third digit from the right")
    if len(whole) + len(fraction) > DIGITS_MAX:
        raise UnreadableEntry("too_long", "a number of this length cannot be meant")
    return sign * Decimal(whole.replace(",", "") + (f".{fraction}" if point else ""))


def _split_era(words: str, eras: tuple[Era, ...]) -> tuple[Era | None, str]:
    """Take the era from the front of what is written; None where none stands there. 西暦 is no era."""
    by_name = {era.name: era for era in eras}
    if words.startswith("西暦"):
        return None, words.removeprefix("西暦")
    for name, era in by_name.items():
        if words.startswith(name):
            return era, words.removeprefix(name)
    for mark, name in (SQUARED | FIRST_CHARACTER | SHORT).items():
        if words[:1].upper() == mark and name in by_name:
            return by_name[name], words[1:].removeprefix(".")
    return None, words


def _check_era(found: date, era: Era, eras: tuple[Era, ...]) -> None:
    """Refuse a day that lies outside its era: 令和元年4月30日, 平成31年5月1日."""
    if found < era.start:
        raise UnreadableEntry("era_not_begun", "the era had not begun on this day", era.name)
    later = [one for one in eras if one.start > era.start]
    if later and found >= later[0].start:
        raise UnreadableEntry("era_over", "the era was over on this day", era.name)


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        _no_such_day()


def _no_such_day() -> NoReturn:
    raise UnreadableEntry("no_such_day", "the calendar has no such day")


def _kanji_to_digits(words: str) -> str:
    """Write numbers up to 99 in digits: 令和八年六月三十日, 二〇二六年."""

    def number(found: re.Match[str]) -> str:
        text = found[0]
        if "十" not in text:
            return "".join(str(_KANJI_DIGITS.index(character)) for character in text)
        tens, _, ones = text.partition("十")
        if len(tens) > 1 or len(ones) > 1:
            return text
        return str((_KANJI_DIGITS.index(tens) if tens else 1) * 10 + (_KANJI_DIGITS.index(ones) if ones else 0))

    return re.sub(f"[{_KANJI_DIGITS}十]+", number, words)
