"""How 個人住民税 is levied where a municipality lies: shares, what 条例 add, 級地. Values of the profile.

`kofu.judgement` holds the law itself; here stands only what differs from place to place.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Grade(IntEnum):
    """級地区分 of 生活保護, by which 均等割 spares small incomes (地方税法施行令47条の3, 施行規則9条の2の2)."""

    FIRST = 1
    SECOND = 2
    THIRD = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Surcharge:
    """What 条例 add to the standard from a fiscal year on, until the next (超過課税; below zero: they take off).

    Per capita in yen of a year; rates of 総所得, 山林 and 退職 in thousandths of a percent (0.025 % is 25).
    """

    since: int
    municipal_per_capita: int
    prefectural_per_capita: int
    municipal_rate: int
    prefectural_rate: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidentTax:
    """個人住民税 of a municipality. `designated_city`: 指定都市 (地方自治法252条の19第1項).

    `surcharges`: by year, each in force until the next.
    """

    designated_city: bool
    grade: Grade
    surcharges: tuple[Surcharge, ...]


#: A municipality that is no 指定都市 and adds nothing; the 23 wards are 1級地.
ORDINARY = ResidentTax(designated_city=False, grade=Grade.FIRST, surcharges=())
