"""People who live outside the ward and whom its tax office must find: those who moved out, and others it writes to.

They stand in the stand-in of 住基ネット, each under an invented 住民票コード (eleven digits; how its check digit is
computed is not published, so nobody computes one). Person i is the same in a ward of any size.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from kofu.ward import words
from kofu.ward.draw import Draw
from kofu.ward.names import name_of
from kofu.ward.people import WardPerson, WardPlan
from kofu.ward.shapes import NameShape

HEADER = (
    "resident_code", "name", "kana", "birthday", "sex", "postal_code", "address", "municipality", "status",
    "status_date",
)  # fmt: skip
STRANGER_EVERY = 20
_NAME, _KANA, _BIRTHDAY, _SEX, _STATUS, _CHANGED = 5, 6, 7, 8, 2, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsidePerson:
    """本人確認情報 of one person who lives outside the ward, as the network states it."""

    resident_code: str
    name: str
    kana: str
    birthday: str
    sex: str
    postal_code: str
    address: str
    municipality: str
    status: str
    status_date: date

    def cells(self) -> tuple[str, ...]:
        """Give the row of the file, in the order of `HEADER`."""
        return (
            self.resident_code,
            self.name,
            self.kana,
            self.birthday,
            self.sex,
            self.postal_code,
            self.address,
            self.municipality,
            self.status,
            self.status_date.isoformat(),
        )


def outside_of(plan: WardPlan, person: WardPerson) -> Iterator[OutsidePerson]:
    """Give who is found outside because of this person: the person where they moved out, and now and then another.

    One in eleven of those who moved out has died since.
    """
    resident = person.resident
    draw = Draw(plan.seed, person.index, "outside")
    if resident[_STATUS] == "moved_out":
        left = resident[_CHANGED]
        moved = left if isinstance(left, date) else plan.day
        dead = person.index % 11 == 0
        yield OutsidePerson(
            resident_code=_code(plan, person.index, 1),
            name=str(resident[_NAME]),
            kana=str(resident[_KANA]),
            birthday=str(resident[_BIRTHDAY]),
            sex=str(resident[_SEX]),
            postal_code=f"000{draw.below(10_000):04d}",
            address=_address(draw),
            municipality=draw.pick(words.ELSEWHERE).split("市")[0] + "市",
            status="dead" if dead else "resident",
            status_date=min(plan.day, moved + timedelta(days=draw.between(0, 400))),
        )
    if person.index % STRANGER_EVERY == 0:
        name = name_of(NameShape.ORDINARY, draw, words.FEW_SEQUENCES, person.index)
        yield OutsidePerson(
            resident_code=_code(plan, person.index, 2),
            name=name.text,
            kana=name.kana or "",
            birthday=date(plan.day.year - draw.between(20, 85), draw.between(1, 12), draw.between(1, 28)).isoformat(),
            sex=name.sex,
            postal_code=f"000{draw.below(10_000):04d}",
            address=_address(draw),
            municipality=draw.pick(words.ELSEWHERE).split("市")[0] + "市",
            status="resident",
            status_date=plan.day - timedelta(days=draw.between(400, 9_000)),
        )


def _address(draw: Draw) -> str:
    place = draw.pick(words.ELSEWHERE)
    return f"{place}　第{draw.between(1, 40)}見本荘{draw.between(101, 912)}号"


def _code(plan: WardPlan, index: int, series: int) -> str:
    return f"9{series}{(index * 7_919 + plan.seed * 104_729) % 10**9:09d}"
